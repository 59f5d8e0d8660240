//! The dependency graph of a plan as SVG: what needs nothing stands left.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::markup::{anchor, text};
use super::super::plan::{View, symbol, word};
use super::layout::{Place, places};
use crate::model::{Action, ResourceId, Step};

/// Measures in pixels. A letter of the font is thought to be this wide.
const LETTER: usize = 7;
const HEIGHT: usize = 26;
const ROW: usize = 36;
const GAP: usize = 64;
const MARGIN: usize = 8;
/// Of what is longer the end is cut; its title says it all.
const LETTERS: usize = 38;

/// The graph of all that a plan is about, changed or not; nothing where it is about nothing.
pub fn svg(view: &View<'_>, prefix: &str) -> String {
    let steps: Vec<&Step> = view.plan.steps.iter().collect();
    let number: BTreeMap<&ResourceId, usize> = steps.iter().enumerate().map(|(at, step)| (&step.id, at)).collect();
    let mut needs: Vec<(usize, usize)> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        // A delete comes after what needed it; drawn is who needs whom.
        let planned = step.needs.iter().filter_map(|need| number.get(need)).map(|need| match step.action {
            Action::Delete | Action::Release => (*need, at),
            _ => (at, *need),
        });
        needs.extend(planned);
        let wanted = view.files.nodes.get(&step.id).into_iter().flat_map(|node| &node.needs);
        needs.extend(wanted.filter_map(|need| number.get(need)).map(|need| (at, *need)));
    }
    needs.sort_unstable();
    needs.dedup();
    let places = places(steps.len(), &needs);
    let Some(columns) = places.iter().map(|place| place.column + 1).max() else { return String::new() };
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let of = steps.iter().zip(&places).filter(|(_, place)| place.column == column);
            let letters = of.map(|(step, _)| label(step).chars().count()).max().unwrap_or(0);
            (letters + 2) * LETTER
        })
        .collect();
    let left = |column: usize| MARGIN + widths[..column].iter().map(|width| width + GAP).sum::<usize>();
    let at = |place: &Place| (left(place.column), MARGIN + place.row * ROW);
    let width = left(columns) - GAP + MARGIN;
    let height = 2 * MARGIN + (places.iter().map(|place| place.row).max().unwrap_or(0)) * ROW + HEIGHT;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"group\" aria-label=\"What needs what\">\n"
    );
    for (from, to) in &needs {
        let (from, to) = (&places[*from], &places[*to]);
        let ((x1, y1), (x2, y2)) = (at(from), at(to));
        let (x2, y1, y2) = (x2 + widths[to.column], y1 + HEIGHT / 2, y2 + HEIGHT / 2);
        let bend = GAP / 2;
        // Writing to a String cannot fail.
        let _ = writeln!(svg, "<path d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>", x1.saturating_sub(bend), x2 + bend);
    }
    for (step, place) in steps.iter().zip(&places) {
        let (x, y) = at(place);
        let (w, middle) = (widths[place.column], y + HEIGHT / 2);
        let id = step.id.to_string();
        let class = word(step.action);
        let drawn = format!(
            "<title>{}: {class}</title><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{HEIGHT}\" rx=\"4\"/>\
             <text x=\"{}\" y=\"{middle}\">{}</text>",
            text(&id),
            x + LETTER,
            text(&label(step)),
        );
        let _ = if step.action == Action::Keep {
            writeln!(svg, "<g class=\"{class}\">{drawn}</g>")
        } else {
            writeln!(svg, "<a class=\"{class}\" href=\"#{prefix}{}\">{drawn}</a>", anchor(&id))
        };
    }
    svg.push_str("</svg>\n");
    svg
}

fn label(step: &Step) -> String {
    let sign = symbol(step.action).0;
    let id = step.id.to_string();
    let id = if id.chars().count() > LETTERS { id.chars().take(LETTERS - 1).chain(['…']).collect() } else { id };
    if sign.trim().is_empty() { id } else { format!("{sign} {id}") }
}
