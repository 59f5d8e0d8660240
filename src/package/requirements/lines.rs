//! A requirements file as lines: continued ones joined, comments taken out, each word with its place.

/// A line as pip would join it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its words, split at white space.
    pub words: Vec<Word>,
}

/// A word and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

/// A character that hides what a line says, or ends it for some readers and not for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unseen {
    /// The character.
    pub character: char,
    /// Line, from one.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

/// The first character that nobody sees, if there is one. Python ends a line at more of them than
/// editors do, so a comment for one would be a requirement for the other.
pub fn unseen(text: &str) -> Option<Unseen> {
    for (index, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some((column, character)) = line.chars().enumerate().find(|(_, c)| is_unseen(*c)) {
            return Some(Unseen { character, line: index + 1, column: column + 1 });
        }
    }
    None
}

fn is_unseen(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The lines that say something, in order.
pub fn of(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Vec<(char, usize, usize)> = Vec::new();
    for (index, raw) in text.split('\n').enumerate() {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        let is_comment = raw.trim_start().starts_with('#');
        let goes_on = raw.ends_with('\\') && !is_comment;
        let kept = if goes_on { raw.trim_end_matches('\\') } else { raw };
        // A comment ends what was continued, and belongs to it.
        if is_comment {
            open.push((' ', index + 1, 1));
        }
        open.extend(kept.chars().enumerate().map(|(column, c)| (c, index + 1, column + 1)));
        if !goes_on {
            lines.push(words(&std::mem::take(&mut open)));
        }
    }
    lines.push(words(&open));
    lines.retain(|line| !line.words.is_empty());
    lines
}

fn words(characters: &[(char, usize, usize)]) -> Line {
    let mut words: Vec<Word> = Vec::new();
    let mut within = false;
    for &(c, line, column) in characters {
        if c.is_whitespace() {
            within = false;
            continue;
        }
        match words.last_mut().filter(|_| within) {
            Some(word) => word.text.push(c),
            // `#` within a word is a part of it: `…#egg=x`.
            None if c == '#' => break,
            None => words.push(Word { text: c.to_string(), line, column }),
        }
        within = true;
    }
    Line { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        of(text).into_iter().map(|line| line.words.into_iter().map(|word| word.text).collect()).collect()
    }

    #[test]
    fn lines_are_joined_and_comments_taken_out() {
        assert_eq!(
            texts("a==1 \\\r\n    --hash=x \\\n  --hash=y # c\n\n# c\n  # c \\\nb#c\n"),
            [vec!["a==1", "--hash=x", "--hash=y"], vec!["b#c"]]
        );
        // A comment ends the line that was continued.
        assert_eq!(texts("a \\\n# c\n--pre\n"), [["a"], ["--pre"]]);
        assert_eq!(texts("a==1\\\n0\n"), [["a==10"]]);
        assert_eq!(texts("a\\"), [["a"]]);
    }

    #[test]
    fn words_know_their_place() {
        let lines = of("\na \\\n  --pre\n");
        assert_eq!(lines[0].words.iter().map(|word| (word.line, word.column)).collect::<Vec<_>>(), [(2, 1), (3, 3)]);
    }

    #[test]
    fn what_nobody_sees_is_found() {
        for c in ['\u{b}', '\u{c}', '\u{1c}', '\u{85}', '\u{2028}', '\r', '\0', '\u{202e}'] {
            assert_eq!(unseen(&format!("a\n# x{c}--pre\n")), Some(Unseen { character: c, line: 2, column: 4 }), "{c:?}");
        }
        assert_eq!(unseen("a\tb\r\nc\r\n"), None);
    }
}
