//! What a text is made of, with the bytes of each part.

use granit_parser::{ScalarStyle, Scanner, StrInput, TokenType};

/// A token with its bytes.
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// Columns before it on its line.
    pub column: usize,
}

/// What a token is, as far as layout asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Begin,
    End,
    Entry,
    Value,
    Comma,
    Open {
        braces: bool,
    },
    Close {
        braces: bool,
    },
    Scalar(ScalarStyle),
    /// An anchor, an alias or a tag.
    Mark,
}

/// What is not laid out, as whoever wrote it would know it.
const DOCUMENTS: &str = "it holds several documents, or a directive";
const KEY: &str = "it holds an explicit key (`? a`)";
const KEPT_ENDS: &str = "a text of it keeps its last line ends (`|+`)";
/// What cannot be told more exactly.
pub(super) const LOSS: &str = "what it says could become something else";

/// Why a text is not laid out, and the byte of it where that is.
pub(super) type Reason = (usize, &'static str);

/// The tokens of a text, or why it is not laid out.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Reason> {
    let mut all: Vec<Token> = Vec::new();
    for token in Scanner::new(StrInput::new(text)) {
        let before = all.last().map_or(0, |token| token.end);
        let lost = || (before, LOSS);
        let (span, token) = token.map_err(|_| lost())?.into_parts();
        let (start, end) = (span.start.byte_offset().ok_or_else(lost)?, span.end.byte_offset().ok_or_else(lost)?);
        let kind = match token {
            TokenType::StreamStart | TokenType::StreamEnd => continue,
            TokenType::BlockSequenceStart | TokenType::BlockMappingStart => Kind::Begin,
            TokenType::BlockEnd => Kind::End,
            TokenType::Key if text.get(start..start + 1) != Some("?") || end == start => continue,
            TokenType::BlockEntry => Kind::Entry,
            TokenType::Value => Kind::Value,
            TokenType::FlowEntry => Kind::Comma,
            TokenType::FlowSequenceStart => Kind::Open { braces: false },
            TokenType::FlowSequenceEnd => Kind::Close { braces: false },
            TokenType::FlowMappingStart => Kind::Open { braces: true },
            TokenType::FlowMappingEnd => Kind::Close { braces: true },
            TokenType::Scalar(style, _) => Kind::Scalar(style),
            TokenType::Alias(_) | TokenType::Anchor(_) | TokenType::Tag(..) => Kind::Mark,
            TokenType::Key => return Err((start, KEY)),
            TokenType::DocumentStart | TokenType::DocumentEnd | TokenType::VersionDirective(..) | TokenType::TagDirective(..) => {
                return Err((start, DOCUMENTS));
            }
            _ => return Err((start, LOSS)),
        };
        let keeps_ends = matches!(kind, Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded));
        let header = text[..start].trim_end().len();
        let reason = if keeps_ends { (header, KEPT_ENDS) } else { (start, LOSS) };
        let (start, end) = whole(text, kind, before, start, end).ok_or(reason)?;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        all.push(Token { kind, start, end, column: text[line..start].chars().count() });
    }
    Ok(all)
}

/// The bytes of a token with what the scanner leaves out of them: of an entry its dash, of a value its colon, of a
/// text of lines its header. None where they are not found.
fn whole(text: &str, kind: Kind, before: usize, start: usize, end: usize) -> Option<(usize, usize)> {
    match kind {
        Kind::Entry => {
            // A comment may stand between it and where the entry begins.
            let line = text.get(before..start)?;
            let ends = line.match_indices('#').map(|(at, _)| at).chain([line.len()]);
            let dash = ends.filter_map(|end| line[..end].trim_end_matches(' ').strip_suffix('-')).map(str::len).next()?;
            Some((before + dash, before + dash + 1))
        }
        Kind::Value => (text.get(start..=start)? == ":").then_some((start, start + 1)),
        Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded) => {
            let between = text.get(before..start)?;
            let header = before + between.find(['|', '>'])?;
            let first = text[header..].lines().next().unwrap_or_default();
            // What keeps its last line ends is one with what follows.
            // A comment may stand behind it.
            let says = first.split('#').next().unwrap_or_default();
            let is_plain = between.get(..header - before)?.trim().is_empty() && !says.contains('+');
            let length = last_line(text.get(header..end)?);
            is_plain.then_some((header, header + length))
        }
        _ => Some((start, end)),
    }
}

/// Bytes of a text of lines up to the end of its last one, with the blanks that end it, which are its own.
fn last_line(text: &str) -> usize {
    let whole = text.trim_end().len();
    text[whole..].find('\n').map_or(text.len(), |end| whole + end)
}

/// Comments in their order. Between tokens there is nothing else but blanks.
pub(super) fn comments(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut from = 0;
    let ends = tokens(text).ok()?.into_iter().filter(|token| token.end > token.start).map(|token| (token.start, token.end));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let between = text.get(from..start)?;
        all.extend(between.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_owned())));
        from = end;
    }
    Some(all)
}

/// Columns before the lines of a text that begins with `|` or `>`, where nothing but they tells them.
pub(super) fn text_of_lines(kind: Kind, written: &str) -> Option<usize> {
    let (head, lines) = written.split_once('\n')?;
    let is_told = head.split('#').next().is_some_and(|head| head.contains(|c: char| c.is_ascii_digit()));
    let is_text = matches!(kind, Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded));
    let first = lines.lines().find(|line| !line.trim_matches(' ').is_empty())?;
    (is_text && !is_told).then(|| first.len() - first.trim_start_matches(' ').len())
}

/// Whether a text in single quotes is the same in double ones.
pub(super) fn is_simple(written: &str) -> bool {
    let inner = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    written.len() >= 2 && !inner.contains(['\\', '"', '\'', '\n']) && inner.chars().all(|c| !c.is_control())
}
