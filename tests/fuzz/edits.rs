//! Random edits of a text that somebody once wrote: what is nearly right finds more than noise does.

use proptest::prelude::*;

/// One edit. Places are shares of the text, in 65,536ths, so that a case shrinks whatever the seed.
#[derive(Debug, Clone)]
pub enum Edit {
    Cut(u16),
    RemoveLines(u16, u8),
    RepeatLines(u16, u8),
    MoveLine(u16, u16),
    Indent(u16, u8),
    Insert(u16, String),
    ReplaceWord(u16, String),
    Flip(u16, u8),
}

/// A few of them; words are taken from `vocabulary` or made up.
pub fn edits(vocabulary: &'static [&'static str]) -> impl Strategy<Value = Vec<Edit>> {
    let word = || prop_oneof![4 => proptest::sample::select(vocabulary).prop_map(str::to_owned), 1 => any::<String>()];
    let edit = prop_oneof![
        1 => any::<u16>().prop_map(Edit::Cut),
        3 => (any::<u16>(), 1..4_u8).prop_map(|(at, lines)| Edit::RemoveLines(at, lines)),
        2 => (any::<u16>(), 1..4_u8).prop_map(|(at, lines)| Edit::RepeatLines(at, lines)),
        2 => (any::<u16>(), any::<u16>()).prop_map(|(from, to)| Edit::MoveLine(from, to)),
        2 => (any::<u16>(), 0..9_u8).prop_map(|(at, blanks)| Edit::Indent(at, blanks)),
        4 => (any::<u16>(), word()).prop_map(|(at, word)| Edit::Insert(at, word)),
        6 => (any::<u16>(), word()).prop_map(|(at, word)| Edit::ReplaceWord(at, word)),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Edit::Flip(at, byte)),
    ];
    proptest::collection::vec(edit, 1..6)
}

/// The bytes after all edits.
pub fn apply(seed: &[u8], edits: &[Edit]) -> Vec<u8> {
    edits.iter().fold(seed.to_vec(), |bytes, edit| one(&bytes, edit))
}

fn one(bytes: &[u8], edit: &Edit) -> Vec<u8> {
    let at = |share: u16| bytes.len() * usize::from(share) / 65_536;
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let line = |share: u16| lines.len() * usize::from(share) / 65_536;
    match edit {
        Edit::Cut(share) => bytes[..at(*share)].to_vec(),
        Edit::RemoveLines(share, count) => {
            let (from, to) = (line(*share), (line(*share) + usize::from(*count)).min(lines.len()));
            [&lines[..from], &lines[to..]].concat().concat()
        }
        Edit::RepeatLines(share, count) => {
            let (from, to) = (line(*share), (line(*share) + usize::from(*count)).min(lines.len()));
            [&lines[..to], &lines[from..to], &lines[to..]].concat().concat()
        }
        Edit::MoveLine(from, to) => {
            let mut lines = lines.clone();
            if lines.is_empty() {
                return Vec::new();
            }
            let moved = lines.remove(line(*from));
            lines.insert((lines.len() + 1) * usize::from(*to) / 65_536, moved);
            lines.concat()
        }
        Edit::Indent(share, blanks) => {
            let mut all: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
            if let Some(line) = all.get_mut(line(*share)) {
                *line = [b" ".repeat(usize::from(*blanks)), line.trim_ascii_start().to_vec()].concat();
            }
            all.concat()
        }
        Edit::Insert(share, word) => [&bytes[..at(*share)], word.as_bytes(), &bytes[at(*share)..]].concat(),
        Edit::ReplaceWord(share, word) => {
            let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
            let end = |from: usize, in_word: bool| {
                bytes[from..].iter().position(|byte| is_word(byte) != in_word).map_or(bytes.len(), |n| from + n)
            };
            let from = end(at(*share), false);
            [&bytes[..from], word.as_bytes(), &bytes[end(from, true)..]].concat()
        }
        Edit::Flip(share, byte) => {
            let mut bytes = bytes.to_vec();
            if let Some(place) = bytes.get_mut(at(*share)) {
                *place ^= byte;
            }
            bytes
        }
    }
}
