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

/// The tokens of a text; none where it holds what is not laid out.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut all = Vec::new();
    for token in Scanner::new(StrInput::new(text)) {
        let (span, token) = token.ok()?.into_parts();
        let (start, end) = (span.start.byte_offset()?, span.end.byte_offset()?);
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
            _ => return None,
        };
        let before = all.last().map_or(0, |token: &Token| token.end);
        let (start, end) = whole(text, kind, before, start, end)?;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        all.push(Token { kind, start, end, column: text[line..start].chars().count() });
    }
    Some(all)
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
            let is_plain = between.get(..header - before)?.trim().is_empty() && !first.contains('+');
            is_plain.then(|| (header, header + text[header..end].trim_end().len()))
        }
        _ => Some((start, end)),
    }
}

/// Comments in their order. Between tokens there is nothing else but blanks.
pub(super) fn comments(text: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut from = 0;
    let ends = tokens(text)?.into_iter().filter(|token| token.end > token.start).map(|token| (token.start, token.end));
    for (start, end) in ends.chain([(text.len(), text.len())]) {
        let between = text.get(from..start)?;
        all.extend(between.lines().filter_map(|line| line.find('#').map(|at| line[at..].trim_end().to_owned())));
        from = end;
    }
    Some(all)
}
