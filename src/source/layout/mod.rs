//! The text of a stack file, laid out in one way: indentation, spaces, quotes, blank lines. Order, words and
//! comments stay; what is read is the same, or the text stays as it is.

use std::path::Path;
use std::sync::Arc;

use granit_parser::ScalarStyle;

use self::differs::differs;
use self::head::parted;
use self::tokens::{Kind, LOSS, Reason, Token, comments, is_simple, text_of_lines, tokens};
use super::diagnostic::{Diagnostic, Source};
use super::node::Node;

mod differs;
mod head;
mod tokens;

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// This.
    Text(String),
    /// It is not laid out.
    Left {
        /// The line that tells why, where one does.
        line: Option<usize>,
        /// Why.
        why: &'static str,
    },
}

/// Columns of one level.
const INDENT: usize = 2;

/// Lays a file out.
///
/// # Errors
/// It is no YAML.
pub fn layout(path: &Path, text: &str) -> Result<Layout, Diagnostic> {
    let parse = |text: &str| Node::as_written(&Arc::new(Source::new(path, text.to_owned())));
    let before = parse(text)?;
    let text = text.replace("\r\n", "\n");
    let (head, body) = parted(&text);
    let laid = match laid_out(body) {
        Ok(laid) => laid,
        Err((at, why)) => {
            // The document is what the text ends in.
            let at = text.len() - body.len() + at;
            return Ok(Layout::Left { line: Some(1 + text[..at].matches('\n').count()), why });
        }
    };
    let has_comments = comments(body).is_some_and(|all| comments(&laid).is_some_and(|after| all == after));
    // Twice is like once, or nobody would know when it is done.
    let is_done = laid_out(&laid).is_ok_and(|twice| twice == laid);
    let whole = head + &laid;
    let after = parse(&whole).map(|node| node.to_json());
    let is_same = after.as_ref().is_ok_and(|after| *after == before.to_json());
    if has_comments && is_done && is_same {
        return Ok(Layout::Text(whole));
    }
    let other = after.ok().and_then(|after| differs(&before.to_json(), &after));
    let place = other.and_then(|path| before.place_along(&path.iter().map(String::as_str).collect::<Vec<_>>()));
    Ok(Layout::Left { line: place.map(|place| place.line), why: LOSS })
}

/// A mapping or a list of lines: where it stood, and where it is put.
#[derive(Clone, Copy)]
struct Block {
    column: usize,
    put: usize,
    /// A list that stood under its key without being indented.
    is_flush: bool,
}

struct Out<'a> {
    text: &'a str,
    out: String,
    blocks: Vec<Block>,
    /// The same before what ended since the last token: comments may still be theirs.
    ended: Vec<Block>,
    /// Blocks that begin with the next token.
    begin: usize,
    /// How deep in braces and brackets, and by how much what is in them moves.
    flow: usize,
    moved: isize,
}

fn laid_out(text: &str) -> Result<String, Reason> {
    let all = tokens(text)?;
    let mut out = Out { text, out: String::new(), blocks: Vec::new(), ended: Vec::new(), begin: 0, flow: 0, moved: 0 };
    let (mut from, mut last) = (0, None);
    for token in &all {
        match token.kind {
            Kind::Begin => out.begin += 1,
            Kind::End => {
                out.close_flush(None);
                out.blocks.pop();
            }
            // A key without a value has a value of no length.
            _ if token.end == token.start => {}
            kind => {
                let lost = (token.start, LOSS);
                out.before(text.get(from..token.start).ok_or(lost)?, last, token);
                out.put(token).ok_or(lost)?;
                out.ended.clone_from(&out.blocks);
                (from, last) = (token.end, Some(kind));
            }
        }
    }
    out.behind(text.get(from..).ok_or((from, LOSS))?);
    // Blanks at the end are those of a text.
    let mut whole = out.out.trim_start_matches('\n').trim_end_matches('\n').to_owned();
    whole.push('\n');
    Ok(whole)
}

impl Out<'_> {
    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    /// A flush list ends where something else stands in its column.
    fn close_flush(&mut self, token: Option<&Token>) {
        let goes_on = |token: &Token, block: &Block| token.kind == Kind::Entry && token.column == block.column;
        while let Some(block) = self.blocks.last()
            && block.is_flush
            && !token.is_some_and(|token| goes_on(token, block) || token.column > block.column)
        {
            self.blocks.pop();
        }
    }

    /// What stands between the last token and this one.
    fn before(&mut self, between: &str, last: Option<Kind>, token: &Token) {
        let begins_line = last.is_none() || between.contains('\n');
        if !begins_line {
            let is_one = last.is_some_and(|last| spaced(last, token.kind));
            if is_one {
                self.out.push(' ');
            }
            for _ in 0..std::mem::take(&mut self.begin) {
                let put = self.column();
                self.blocks.push(Block { column: token.column, put, is_flush: false });
            }
            return;
        }
        let outer = std::mem::take(&mut self.ended);
        // Braces on a line of their own, below the key that they are of.
        let is_below = last == Some(Kind::Value) && matches!(token.kind, Kind::Open { .. }) && self.begin == 0;
        if self.flow == 0 {
            self.close_flush(Some(token));
            for _ in 0..std::mem::take(&mut self.begin) {
                let put = self.blocks.last().map_or(0, |block| block.put + INDENT);
                self.blocks.push(Block { column: token.column, put, is_flush: false });
            }
            let top = self.blocks.last().copied();
            if let Some(top) =
                top.filter(|top| token.kind == Kind::Entry && !top.is_flush && top.column == token.column && self.is_mapping(token))
            {
                self.blocks.push(Block { column: top.column, put: top.put + INDENT, is_flush: true });
            }
        }
        let indent = match self.blocks.last() {
            _ if self.flow > 0 => moved(token.column, self.moved),
            Some(block) if is_below => block.put + INDENT,
            _ => self.put_at(token.column),
        };
        self.lines(between, &outer, token.column, indent);
        self.out.push_str(&" ".repeat(indent));
    }

    /// Whether what stands before an entry of a list in its column is a key, which the list is of.
    fn is_mapping(&self, token: &Token) -> bool {
        // A list of its own begins with its first entry, in a block of its own.
        let line_of = |at: usize| self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = self.text[..line_of(token.start)].lines().rev();
        let same = before
            .map(|line| (line.chars().take_while(|c| *c == ' ').count(), line.trim_start()))
            .find(|(column, line)| *column <= token.column && !line.is_empty() && !line.starts_with('#'));
        same.is_some_and(|(column, line)| column == token.column && !line.starts_with("- ") && line != "-")
    }

    fn put_at(&self, column: usize) -> usize {
        self.blocks.last().map_or(column, |block| if block.column == column { block.put } else { moved(column, block.by()) })
    }

    /// The rest of a line, and lines of comments, and blank ones: of several one.
    fn lines(&mut self, between: &str, outer: &[Block], column: usize, indent: usize) {
        let mut all = between.split('\n');
        self.rest(all.next().unwrap_or_default());
        let mut was_blank = false;
        let lines: Vec<&str> = all.collect();
        // Behind the last line end stands the indentation of what follows.
        for line in lines.iter().take(lines.len().saturating_sub(1)) {
            let of = line.trim();
            if of.is_empty() {
                was_blank = true;
                continue;
            }
            self.out.push_str(if was_blank { "\n\n" } else { "\n" });
            was_blank = false;
            let at = line.chars().take_while(|c| *c == ' ').count();
            let of_block =
                outer.iter().chain(&self.blocks).rev().find(|block| block.column == at && !block.is_flush).map(|block| block.put);
            let put = if at == column || self.flow > 0 { indent } else { of_block.unwrap_or(indent) };
            self.out.push_str(&" ".repeat(put));
            self.out.push_str(of);
        }
        if !self.out.is_empty() || !lines.is_empty() {
            self.out.push_str(if was_blank { "\n\n" } else { "\n" });
        }
    }

    /// A comment behind what stands on a line: in its column, where it can be.
    fn rest(&mut self, rest: &str) {
        let comment = rest.trim();
        if comment.is_empty() {
            return;
        }
        if self.out.is_empty() || self.out.ends_with('\n') {
            self.out.push_str(comment);
            return;
        }
        let start = rest.as_ptr() as usize - self.text.as_ptr() as usize;
        let line = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let hash = start + rest.len() - rest.trim_start().len();
        let indent = |line: &str| line.chars().take_while(|c| *c == ' ').count();
        let is_moved = indent(&self.text[line..]) != indent(&self.out[self.out.rfind('\n').map_or(0, |at| at + 1)..]);
        let blanks = if is_moved { hash - start } else { self.text[line..hash].chars().count().saturating_sub(self.column()).max(1) };
        self.out.push_str(&" ".repeat(blanks));
        self.out.push_str(comment);
    }

    /// What stands behind the last token.
    fn behind(&mut self, rest: &str) {
        let outer = std::mem::take(&mut self.ended);
        let text = format!("{}\n", rest.trim_end());
        if rest.contains('#') {
            // Its bytes are those of the text, as far as the comment beside the last token goes.
            self.rest(rest.split('\n').next().unwrap_or_default());
            let below = text.split_once('\n').map_or("", |(_, below)| below);
            self.lines(&format!("\n{below}"), &outer, 0, 0);
        }
    }

    fn put(&mut self, token: &Token) -> Option<()> {
        let written = self.text.get(token.start..token.end)?;
        match token.kind {
            Kind::Open { .. } => {
                if self.flow == 0 {
                    let line = self.text[..token.start].rfind('\n').map_or(0, |at| at + 1);
                    let from = self.text[line..].chars().take_while(|c| *c == ' ').count();
                    let to = self.out[self.out.rfind('\n').map_or(0, |at| at + 1)..].chars().take_while(|c| *c == ' ').count();
                    self.moved = to as isize - from as isize;
                }
                self.flow += 1;
                self.out.push_str(written);
            }
            Kind::Close { .. } => {
                self.flow = self.flow.checked_sub(1)?;
                self.out.push_str(written);
            }
            Kind::Scalar(ScalarStyle::SingleQuoted) if is_simple(written) => {
                self.out.push_str(&format!("\"{}\"", &written[1..written.len() - 1]));
            }
            Kind::Scalar(_) => {
                let by = match self.blocks.last() {
                    _ if self.flow > 0 => self.moved,
                    Some(block) => text_of_lines(token.kind, written)
                        .map_or_else(|| block.by(), |column| (block.put + INDENT) as isize - column as isize),
                    None => 0,
                };
                let mut lines = written.split('\n');
                self.out.push_str(lines.next().unwrap_or_default());
                for line in lines {
                    self.out.push('\n');
                    let blanks = line.chars().take_while(|c| *c == ' ').count();
                    if line.len() > blanks {
                        self.out.push_str(&" ".repeat(moved(blanks, by)));
                        self.out.push_str(&line[blanks..]);
                    } else if matches!(token.kind, Kind::Scalar(ScalarStyle::Literal | ScalarStyle::Folded)) {
                        self.out.push_str(&" ".repeat(if blanks == 0 { 0 } else { moved(blanks, by) }));
                    }
                }
            }
            _ => self.out.push_str(written),
        }
        Some(())
    }
}

impl Block {
    fn by(self) -> isize {
        self.put as isize - self.column as isize
    }
}

fn moved(column: usize, by: isize) -> usize {
    column.saturating_add_signed(by)
}

/// Whether a blank stands between two tokens of a line.
fn spaced(last: Kind, next: Kind) -> bool {
    match (last, next) {
        (Kind::Open { braces: true }, Kind::Close { braces: true }) => false,
        (Kind::Open { braces }, _) | (_, Kind::Close { braces }) => braces,
        // `*x :` is an alias, `*x:` another one.
        (Kind::Mark, Kind::Value) => true,
        (_, Kind::Value | Kind::Comma) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Layout {
        layout(Path::new("stack.yaml"), text).unwrap_or(Layout::Left { line: None, why: "no YAML" })
    }

    fn becomes(text: &str, expected: &str) {
        assert_eq!(of(text), Layout::Text(expected.to_owned()), "\n{text}");
        assert_eq!(of(expected), Layout::Text(expected.to_owned()), "\n{expected}");
    }

    #[test]
    fn indentation_spaces_quotes_and_blank_lines_are_one_way() {
        becomes(
            "\n\n# top\nstack:   a   # beside\nregion: 'us-east-1'   \n\n\n\nfunctions:\n    # of work\n    work:\n        layers: [a,b ,  c]\n        vpc: {subnets: [x], ipv6:  true}\n        empty: { }\n        list: [ ]\n        # last of work\n    other: {}\n# end\n\n",
            "# top\nstack: a     # beside\nregion: \"us-east-1\"\n\nfunctions:\n  # of work\n  work:\n    layers: [a, b, c]\n    vpc: { subnets: [x], ipv6: true }\n    empty: {}\n    list: []\n    # last of work\n  other: {}\n# end\n",
        );
    }

    #[test]
    fn lists_stand_under_their_keys() {
        becomes("a:\n- 1\n-   b: 2\n    c: 3\n- - 4\n  - 5\nd:\n- 6\n", "a:\n  - 1\n  - b: 2\n    c: 3\n  - - 4\n    - 5\nd:\n  - 6\n");
        becomes(
            "a:\n    - x: 1\n      y:\n          - z\n    # of both\n    - x: 2\n",
            "a:\n  - x: 1\n    y:\n      - z\n  # of both\n  - x: 2\n",
        );
    }

    #[test]
    fn texts_of_several_lines_move_as_they_are() {
        becomes(
            "a:\n    b: |\n        one\n          two  \n\n        three\n    c: 1\n",
            "a:\n  b: |\n    one\n      two  \n\n    three\n  c: 1\n",
        );
        becomes("a:\n    b: >-\n      one\n      two\n    c: \"x\n      y\"\n", "a:\n  b: >-\n    one\n    two\n  c: \"x\n    y\"\n");
        becomes("a:\n    b: |  # c++ code\n        x  \n    c: |\n        y\t\n\n", "a:\n  b: |  # c++ code\n    x  \n  c: |\n    y\t\n");
        becomes("a: |\n    x  \n# end\n", "a: |\n  x  \n# end\n");
        becomes("a: { b: 1,\n     c: 2 }\n", "a: { b: 1,\n     c: 2 }\n");
        becomes("a:\n  - |4\n      two in\n", "a:\n  - |4\n      two in\n");
        becomes("a:\n  - |\n        in a list\n", "a:\n  - |\n    in a list\n");
    }

    #[test]
    fn braces_below_their_key_stand_two_columns_in() {
        becomes("a:\n  b:\n          { c: 1,\n            d: 2 }\n", "a:\n  b:\n    { c: 1,\n      d: 2 }\n");
        becomes("a:\n    b:\n      # why\n      [1, 2]\n", "a:\n  b:\n    # why\n    [1, 2]\n");
    }

    #[test]
    fn the_line_that_begins_a_document_stays_at_its_head() {
        becomes("---\na:   1\n", "---\na: 1\n");
        becomes("--- # head\na:   1\n", "--- # head\na: 1\n");
        becomes("\n# top\n\n---  \n\n# of a\na:   1\n", "# top\n---\n# of a\na: 1\n");
    }

    #[test]
    fn quotes_that_mean_something_stay() {
        becomes(
            "a: 'say \"x\"'\nb: 'it''s'\nc: 'back\\slash'\nd: \"x\\ty\"\n",
            "a: 'say \"x\"'\nb: 'it''s'\nc: 'back\\slash'\nd: \"x\\ty\"\n",
        );
        becomes("a: &x { b: 1 }\nc: *x\nd: { <<: *x }\n", "a: &x { b: 1 }\nc: *x\nd: { <<: *x }\n");
    }

    #[test]
    fn what_is_not_laid_out_is_left() {
        for (text, at, why) in [
            ("? a\n: 1\n", 1, "`? a`"),
            ("\n# top\n---\n\nb: 1\n? a\n: 1\n", 6, "`? a`"),
            ("%YAML 1.2\n---\na: 1\n", 1, "a directive"),
            ("a: 1\nb: |+  # all\n  x\n\n\nc: 1\n", 2, "`|+`"),
        ] {
            let left = of(text);
            assert!(matches!(left, Layout::Left { line: Some(line), why: told } if told.contains(why) && line == at), "{text}: {left:?}");
        }
        assert!(layout(Path::new("x"), "a: [").is_err());
    }
}
