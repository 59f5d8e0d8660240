//! A plan as one page that needs nothing else: no script, font or picture from elsewhere.

mod graph;
mod layout;

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};

use super::markup::{anchor, lines, text};
use super::plan::{self, ACTIONS, View, ordered, symbol, word};
use super::value::show_field;
use super::{heading, notes, plain, stakes};
use crate::contract::written::Line;
use crate::evidence::Objection;
use crate::model::stake::Holding;
use crate::model::{Action, Step};
use crate::source::yaml;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of all stacks.
pub fn page(views: &[View<'_>]) -> String {
    // What a name or a value may hold is no script: only this one runs, known by its digest.
    let digest = |of: &str| STANDARD.encode(Sha256::digest(of.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    let title = match views {
        [one] => format!("Plan of {} ({})", one.plan.scope.stack, one.plan.scope.env),
        several => format!("Plan of {} stacks", several.len()),
    };
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
        text(&title),
        text(&title)
    );
    write_tools(&mut page, views);
    for (number, view) in views.iter().enumerate() {
        write_stack(&mut page, view, &format!("s{number}-"));
    }
    // Writing to a String cannot fail.
    let _ = write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

/// Without the script nothing can be filtered, and so the script shows this.
fn write_tools(page: &mut String, views: &[View<'_>]) {
    page.push_str(
        "<div class=\"tools\" hidden>\n<input id=\"search\" type=\"search\" placeholder=\"Filter: address, field, value ( / )\" \
         aria-label=\"Filter\">\n",
    );
    for action in ACTIONS {
        let count: usize = views.iter().map(|view| view.plan.count(action)).sum();
        if count > 0 {
            let (word, sign) = (word(action), symbol(action).0);
            let _ = writeln!(
                page,
                "<button type=\"button\" data-action=\"{word}\" aria-pressed=\"false\" class=\"{word}\"><span class=\"act\">{sign}</span> {count} {word}</button>"
            );
        }
    }
    page.push_str(
        "<button type=\"button\" id=\"open\" title=\"e\">Open all</button>\n<button type=\"button\" id=\"close\" title=\"c\">Close all</button>\n\
         <span id=\"shown\" class=\"soft\" role=\"status\"></span>\n</div>\n",
    );
}

fn write_stack(page: &mut String, view: &View<'_>, prefix: &str) {
    let View { plan, alias, notes: told, missing, cost, explained, passed_over, spent, .. } = *view;
    let _ = writeln!(page, "<section>\n<h2>{}</h2>", text(&plain(&heading::place(&plan.scope, alias))));
    let _ = writeln!(page, "<p><strong>{}</strong></p>", text(&plan::summary(plan, told)));
    for note in told {
        let _ = writeln!(page, "<p class=\"note\">{}</p>", text(&notes::text(note)));
    }
    for step in ordered(plan) {
        write_step(page, view, step, prefix);
    }
    for missing in missing {
        let _ = writeln!(page, "<p class=\"soft\">evidence: {}</p>", text(missing));
    }
    if let Some(cost) = cost {
        let _ = writeln!(page, "<h3>Cost</h3>\n<pre>{}</pre>", lines(plain(&super::cost::text(cost, view.details)).trim_end()));
    }
    if let Some(explained) = explained {
        let head = "Critical path, as AWS's quotas and the table of times foretell it";
        let _ = writeln!(page, "<h3>Time</h3>\n<pre>{}</pre>", lines(plain(&super::explain::text(explained, head)).trim_end()));
    }
    let drawn = graph::svg(view, prefix);
    if !drawn.is_empty() {
        let _ = writeln!(
            page,
            "<details open>\n<summary>Dependencies: what needs nothing stands left</summary>\n<div class=\"graph\" tabindex=\"0\" role=\"region\" aria-label=\"Dependency graph\">\n{drawn}</div>\n</details>"
        );
    }
    if let Some(told) = plan::not_looked_at(passed_over) {
        let _ = writeln!(page, "<p class=\"soft\">{}</p>", text(&told));
    }
    let _ = writeln!(page, "<p class=\"soft\">{}</p>\n</section>", text(&spent.to_string()));
}

fn write_step(page: &mut String, view: &View<'_>, step: &Step, prefix: &str) {
    let (sign, word) = (symbol(step.action).0, word(step.action));
    let id = step.id.to_string();
    let holdings = view.stakes.get(&step.id).map(Vec::as_slice).unwrap_or_default();
    let against = view.objections.get(&step.id).map(Vec::as_slice).unwrap_or_default();
    let _ = writeln!(
        page,
        "<details class=\"step\" id=\"{prefix}{}\" data-action=\"{word}\">\n<summary><span class=\"act {word}\">{sign} {word}</span><b>{}</b><span class=\"what\">{}</span></summary>\n<div class=\"body\">\n<p class=\"soft\">{}</p>",
        anchor(&id),
        text(&id),
        text(&what(view, step, holdings)),
        text(&step.name)
    );
    if !holdings.is_empty() {
        let class = if holdings.iter().any(Holding::is_data) { "held" } else { "soft" };
        let _ = writeln!(page, "<p class=\"{class}\">holds: {}</p>", text(&stakes::text(holdings)));
    }
    if step.action == Action::Release {
        page.push_str("<p class=\"soft\">loses its mark and stays</p>\n");
    }
    // The page folds them, so that what goes without saying may be told too.
    let told = view.worded.worded().of(&step.id, true);
    if !told.is_empty() {
        page.push_str("<table>\n");
        let sides = if step.action == Action::Create {
            "<th scope=\"col\">value</th>"
        } else {
            "<th scope=\"col\">before</th><th scope=\"col\">after</th>"
        };
        let _ = writeln!(page, "<tr><th scope=\"col\">field</th>{sides}</tr>");
        for line in told {
            write_line(page, step.action, line, against);
        }
        page.push_str("</table>\n");
    }
    page.push_str("</div>\n</details>\n");
}

/// What a step is about, in one line.
fn what(view: &View<'_>, step: &Step, holdings: &[Holding]) -> String {
    if !holdings.is_empty() {
        return format!("holds: {}", stakes::text(holdings));
    }
    match step.action {
        Action::Create => step.name.clone(),
        _ => view.worded.worded().of(&step.id, true).iter().map(|line| line.path.to_string()).collect::<Vec<_>>().join(", "),
    }
}

fn write_line(page: &mut String, action: Action, line: &Line, against: &[Objection]) {
    let Line { field, path, before, after, is_document, is_entry: _, is_sensitive, left, spec } = line;
    let _ = write!(page, "<tr><td><code>{}</code>", text(&path.to_string()));
    if let Some(why) = left {
        let _ = write!(page, "<p class=\"soft\">{}</p>", text(why));
    }
    for objection in against.iter().filter(|objection| objection.field == *field) {
        let _ = write!(page, "<p class=\"note\">{}</p>", text(&objection.to_string()));
    }
    page.push_str("</td>");
    let side = |class: &str, shown: String| match shown.is_empty() {
        true => "<td class=\"soft\">–</td>".to_owned(),
        false => format!("<td class=\"value {class}\">{}</td>", text(&shown)),
    };
    let flow = |value: &Value| if value.is_null() { String::new() } else { yaml::flow(value) };
    if action == Action::Create {
        page.push_str(&side("", flow(after)));
    } else if *is_sensitive && !before.is_null() && !after.is_null() {
        page.push_str("<td class=\"soft\" colspan=\"2\">(sensitive value changes)</td>");
    } else if let Some((Value::Object(gone), Value::Null)) = spec {
        let _ = write!(
            page,
            "{}{}",
            side("before", format!("{} ({})", flow(before), yaml::entries(gone.iter()))),
            side("after", String::new())
        );
    } else if let Some((old, new)) = spec {
        // The file says the same of both.
        let _ = write!(page, "{}{}", side("before", show_field(field, old)), side("after", show_field(field, new)));
    } else if *is_document && !before.is_null() && !after.is_null() {
        let _ = write!(page, "<td colspan=\"2\"><pre>{}</pre></td>", document(before, after));
    } else {
        let _ = write!(page, "{}{}", side("before", flow(before)), side("after", flow(after)));
    }
    page.push_str("</tr>\n");
}

/// Two documents line by line.
fn document(before: &Value, after: &Value) -> String {
    let [before, after] = [before, after].map(|side| format!("{}\n", yaml::block(side)));
    let diff = TextDiff::from_lines(&before, &after);
    let mut shown = String::new();
    for group in diff.grouped_ops(3) {
        for line in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let told = lines(line.value().trim_end());
            let _ = match line.tag() {
                ChangeTag::Delete => writeln!(shown, "<del>- {told}</del>"),
                ChangeTag::Insert => writeln!(shown, "<ins>+ {told}</ins>"),
                ChangeTag::Equal => writeln!(shown, "  {told}"),
            };
        }
    }
    shown
}
