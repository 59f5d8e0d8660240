//! What of a comment stays where all of it is more than may be sent.

use crate::model::Action;

/// For the sentence that tells what was cut.
const TOLD: usize = 300;

/// A piece of a comment.
pub struct Part {
    rank: Rank,
    text: String,
}

/// What goes first where there is too much: the fields of what is made, last the row of what is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Always,
    Row(Danger),
    Table,
    Detail(Danger),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Danger {
    Goes,
    Changes,
    Comes,
}

impl Danger {
    fn of(action: Action) -> Self {
        match action {
            Action::Delete | Action::Replace | Action::Release => Self::Goes,
            Action::Update | Action::Adopt => Self::Changes,
            Action::Create | Action::Keep => Self::Comes,
        }
    }
}

impl Part {
    /// What stays whatever there is.
    pub fn always(text: String) -> Self {
        Self { rank: Rank::Always, text }
    }

    /// The row of a resource.
    pub fn row(action: Action, text: String) -> Self {
        Self { rank: Rank::Row(Danger::of(action)), text }
    }

    /// A table that a line of its own sums up.
    pub fn table(text: String) -> Self {
        Self { rank: Rank::Table, text }
    }

    /// The fields of a resource.
    pub fn detail(action: Action, text: String) -> Self {
        Self { rank: Rank::Detail(Danger::of(action)), text }
    }
}

/// What was cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Resources without their row.
    pub rows: usize,
    /// Resources without their fields.
    pub details: usize,
    /// Tables.
    pub tables: usize,
    /// Lines of what else would stay.
    pub lines: usize,
}

/// All parts in their order that fit into `limit` characters, the most important first. Of a rank of
/// which one does not fit, smaller ones may.
pub fn within(parts: Vec<Part>, limit: usize) -> (String, Left) {
    let lengths: Vec<usize> = parts.iter().map(|part| part.text.chars().count()).collect();
    let fits_whole = lengths.iter().sum::<usize>() <= limit;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| parts[*at].rank);
    let mut room = if fits_whole { limit } else { limit.saturating_sub(TOLD) };
    let mut stays = vec![false; parts.len()];
    let mut left = Left::default();
    for at in order {
        let rank = parts[at].rank;
        if rank == Rank::Always || lengths[at] <= room {
            stays[at] = true;
            room = room.saturating_sub(lengths[at]);
            continue;
        }
        match rank {
            Rank::Row(_) => left.rows += 1,
            Rank::Table => left.tables += 1,
            Rank::Detail(_) => left.details += 1,
            Rank::Always => {}
        }
    }
    let text: String = parts.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(part, _)| part.text).collect();
    if text.chars().count() <= limit {
        return (text, left);
    }
    // So many stacks that their headings alone are too much.
    let mut room = limit.saturating_sub(TOLD);
    let mut shown = String::new();
    for line in text.split_inclusive('\n') {
        match room.checked_sub(line.chars().count()) {
            Some(less) if left.lines == 0 => {
                room = less;
                shown.push_str(line);
            }
            _ => left.lines += 1,
        }
    }
    (shown, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Vec<Part> {
        let text = |letter: &str| letter.repeat(400);
        vec![
            Part::always(text("h")),
            Part::row(Action::Create, text("c")),
            Part::row(Action::Delete, text("d")),
            Part::detail(Action::Create, text("C")),
            Part::detail(Action::Update, text("U")),
        ]
    }

    fn letters(limit: usize) -> (String, Left) {
        let (text, left) = within(parts(), limit);
        let mut letters: Vec<char> = text.chars().collect();
        letters.dedup();
        (letters.into_iter().collect(), left)
    }

    #[test]
    fn what_goes_stays_longest() {
        assert_eq!(letters(2000), ("hcdCU".to_owned(), Left::default()));
        assert_eq!(letters(1999), ("hcdU".to_owned(), Left { details: 1, ..Left::default() }));
        assert_eq!(letters(1600), ("hcd".to_owned(), Left { details: 2, ..Left::default() }));
        assert_eq!(letters(1100), ("hd".to_owned(), Left { rows: 1, details: 2, ..Left::default() }));
        assert_eq!(letters(10), (String::new(), Left { rows: 2, details: 2, lines: 1, ..Left::default() }));
    }
}
