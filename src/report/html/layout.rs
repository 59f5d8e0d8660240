//! Where the nodes of a dependency graph stand when it is drawn from left to right: what needs nothing
//! stands left, and what needs it right of it.

use std::collections::BTreeMap;

/// How often the order within columns is bettered. More makes graphs of this shape no clearer.
const SWEEPS: usize = 8;

/// Where a node stands, counted in columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From the left.
    pub column: usize,
    /// From above.
    pub row: usize,
}

/// The place of each of `count` nodes. `needs` are pairs of who needs and what is needed; one that
/// closes a circle counts for nothing.
pub fn places(count: usize, needs: &[(usize, usize)]) -> Vec<Place> {
    let mut needed: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut needing: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in needs.iter().filter(|(from, to)| from != to && *from < count && *to < count) {
        needed[from].push(to);
        needing[to].push(from);
    }
    let columns = columns(&needed);
    let mut by_column: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, column) in columns.iter().enumerate() {
        by_column.entry(*column).or_default().push(node);
    }
    let mut rows = vec![0; count];
    number(&by_column, &mut rows);
    for sweep in 0..SWEEPS {
        let beside = if sweep % 2 == 0 { &needed } else { &needing };
        for nodes in by_column.values_mut() {
            nodes.sort_by(|a, b| middle(&beside[*a], &rows, rows[*a]).total_cmp(&middle(&beside[*b], &rows, rows[*b])));
            nodes.iter().enumerate().for_each(|(row, node)| rows[*node] = row);
        }
    }
    columns.into_iter().zip(rows).map(|(column, row)| Place { column, row }).collect()
}

fn number(by_column: &BTreeMap<usize, Vec<usize>>, rows: &mut [usize]) {
    for nodes in by_column.values() {
        nodes.iter().enumerate().for_each(|(row, node)| rows[*node] = row);
    }
}

/// The middle of the rows of what stands beside a node, or its own where nothing does.
fn middle(beside: &[usize], rows: &[usize], own: usize) -> f64 {
    if beside.is_empty() {
        return own as f64;
    }
    beside.iter().map(|node| rows[*node] as f64).sum::<f64>() / beside.len() as f64
}

/// The length of the longest way from each node to one that needs nothing.
fn columns(needed: &[Vec<usize>]) -> Vec<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; needed.len()];
    let mut columns = vec![0; needed.len()];
    for start in 0..needed.len() {
        // Deep graphs would be too much for the stack of a recursion.
        let mut path = vec![(start, 0)];
        while let Some((node, at)) = path.pop() {
            if at == 0 && seen[node] != Seen::No {
                continue;
            }
            seen[node] = Seen::Open;
            match needed[node].get(at) {
                Some(&next) => {
                    path.push((node, at + 1));
                    if seen[next] == Seen::No {
                        path.push((next, 0));
                    }
                }
                None => {
                    let below = needed[node].iter().filter(|next| seen[**next] == Seen::Done).map(|next| columns[*next] + 1);
                    columns[node] = below.max().unwrap_or(0);
                    seen[node] = Seen::Done;
                }
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_needed_stands_left() {
        let places = places(4, &[(0, 1), (1, 2), (0, 2), (3, 2)]);
        assert_eq!(places.iter().map(|place| place.column).collect::<Vec<_>>(), [2, 1, 0, 1]);
    }

    #[test]
    fn a_circle_is_drawn_all_the_same() {
        assert_eq!(places(2, &[(0, 1), (1, 0), (1, 1)]).len(), 2);
    }

    #[test]
    fn rows_follow_what_they_need() {
        // Two pairs, named crosswise: in order no line crosses the other.
        let places = places(4, &[(2, 1), (3, 0)]);
        assert_eq!(places[2].row, places[1].row);
        assert_eq!(places[3].row, places[0].row);
    }

    proptest! {
        #[test]
        fn no_two_stand_in_one_place(needs in prop::collection::vec((0_usize..12, 0_usize..12), 0..30)) {
            let places = places(12, &needs);
            let mut all: Vec<_> = places.iter().map(|place| (place.column, place.row)).collect();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(all.len(), 12);
        }
    }
}
