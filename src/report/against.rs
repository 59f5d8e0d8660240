//! Two environments side by side: for people in two columns, for programs, and for comments.

use std::fmt::Write;

use serde_json::{Value, json};

use super::markdown::cell;
use super::value::{show_document, show_field};
use super::wrap::{columns_of, hung, padded, stdout_columns};
use super::{escape, paint, style};
use crate::model::against::{Difference, shown};
use crate::model::secret::redact_message;
use crate::model::{Account, Change, Guarded, Scope};

/// Version of the JSON.
const FORMAT_VERSION: &str = "1";
/// Narrower than this each side has lines of its own.
const NARROW: usize = 60;
/// Between two columns.
const GAP: usize = 2;

/// A stack in both.
pub struct Pair<'a> {
    /// The environment of the plan.
    pub left: &'a Scope,
    /// The other one.
    pub right: &'a Scope,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

/// For people.
pub fn text(pairs: &[Pair<'_>]) -> String {
    pairs.iter().map(|pair| of_stack(pair, stdout_columns())).collect::<Vec<_>>().join("\n")
}

fn of_stack(Pair { left, right, differences }: &Pair<'_>, width: usize) -> String {
    let mut text = String::new();
    for line in hung(&escape::line(&format!("{} · {} against {}", left.stack, place(left), place(right))), width, 2) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", paint(style::BOLD, &line));
    }
    let sides = [escape::line(&left.env), escape::line(&right.env)];
    for difference in differences {
        text.push('\n');
        let id = escape::line(&difference.id.to_string());
        match &difference.names {
            [Some(name), None] => only(&mut text, &format!("  - {id}: only in {} ({name})", sides[0]), style::REMOVE, width),
            [None, Some(name)] => only(&mut text, &format!("  + {id}: only in {} ({name})", sides[1]), style::ADD, width),
            _ => {
                only(&mut text, &format!("  ~ {id}"), style::BOLD, width);
                fields(&mut text, &difference.fields, &sides, width);
            }
        }
    }
    let end = match differences.len() {
        0 => "No differences but names.".to_owned(),
        1 => "1 resource differs.".to_owned(),
        number => format!("{number} resources differ."),
    };
    let _ = writeln!(text, "\n{}", paint(style::BOLD, &end));
    text
}

/// What tells the two apart beside their names.
fn place(scope: &Scope) -> String {
    match &scope.account {
        Account::Known(account) => format!("{} ({account}, {})", scope.env, scope.region),
        Account::Late => format!("{} ({})", scope.env, scope.region),
    }
}

fn only(text: &mut String, line: &str, color: anstyle::Style, width: usize) {
    for line in hung(&redact_message(line), width, 4) {
        let _ = writeln!(text, "{}", paint(color, &line));
    }
}

fn value(change: &Change, side: &Guarded) -> String {
    let value = shown(side);
    let text = if change.document && !value.is_null() { show_document(&value) } else { show_field(&change.path, &value) };
    escape::line(&redact_message(&text))
}

fn fields(text: &mut String, fields: &[Change], sides: &[String; 2], width: usize) {
    let rows: Vec<[String; 3]> = fields
        .iter()
        .map(|change| {
            let (left, right) = (value(change, &change.before), value(change, &change.after));
            let same = change.is_sensitive() && left == right;
            [escape::line(change.shown_path()), left, if same { format!("{right}, another one") } else { right }]
        })
        .collect();
    if width < NARROW {
        for [path, left, right] in &rows {
            let both = [format!("    {path}"), format!("      {}: {left}", sides[0]), format!("      {}: {right}", sides[1])];
            both.iter().flat_map(|line| hung(line, width, 8)).for_each(|line| {
                let _ = writeln!(text, "{line}");
            });
        }
        return;
    }
    let room = width - 4 - 2 * GAP;
    let paths = rows.iter().map(|[path, ..]| columns_of(path)).max().unwrap_or(0).min(room / 3);
    let lefts = rows.iter().map(|[_, left, _]| columns_of(left)).chain([columns_of(&sides[0])]).max().unwrap_or(0);
    let lefts = lefts.min((room - paths) / 2);
    let rights = room - paths - lefts;
    let laid = |path: &str, left: &str, right: &str| format!("    {}{}{right}", padded(path, paths + GAP), padded(left, lefts + GAP));
    let head = laid("", &sides[0], &sides[1]);
    let _ = writeln!(text, "{}", paint(style::DIM, head.trim_end()));
    for [path, left, right] in &rows {
        let cells = [hung(path, paths, 0), hung(left, lefts, 0), hung(right, rights, 0)];
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let cell = |column: usize| cells[column].get(at).map_or("", String::as_str);
            let line = laid(cell(0), cell(1), cell(2));
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
}

/// For programs. The form is stable: `docs/running.md`.
pub fn json(pairs: &[Pair<'_>]) -> String {
    let side = |scope: &Scope| {
        let account = if let Account::Known(account) = &scope.account { Some(account) } else { None };
        json!({"env": scope.env, "instance": scope.instance, "account": account, "region": scope.region})
    };
    let field = |change: &Change| json!({"path": change.shown_path(), "left": shown(&change.before), "right": shown(&change.after), "sensitive": change.is_sensitive()});
    let resource = |Difference { id, names, fields }: &Difference| {
        let only = match names {
            [Some(_), None] => Some("left"),
            [None, Some(_)] => Some("right"),
            _ => None,
        };
        let names: Vec<Value> =
            names.iter().map(|name| name.as_ref().map_or(Value::Null, |name| Value::from(redact_message(name)))).collect();
        let [left, right] = &names[..] else { return Value::Null };
        json!({"address": id, "kind": id.kind, "only": only, "left": left, "right": right, "fields": fields.iter().map(field).collect::<Vec<_>>()})
    };
    let stack = |pair: &Pair<'_>| {
        json!({
            "stack": pair.left.stack,
            "left": side(pair.left),
            "right": side(pair.right),
            "differences": pair.differences.iter().map(resource).collect::<Vec<_>>(),
        })
    };
    let document = json!({"format_version": FORMAT_VERSION, "against": pairs.iter().map(stack).collect::<Vec<_>>()});
    format!("{document:#}\n")
}

/// For comments.
pub fn markdown(pairs: &[Pair<'_>]) -> String {
    let mut text = String::new();
    for Pair { left, right, differences } in pairs {
        let _ = writeln!(text, "### {} · {} against {}\n", cell(&left.stack), cell(&place(left)), cell(&place(right)));
        if differences.is_empty() {
            text.push_str("No differences but names.\n\n");
            continue;
        }
        let _ = writeln!(text, "| resource | field | {} | {} |\n| --- | --- | --- | --- |", cell(&left.env), cell(&right.env));
        for Difference { id, names, fields } in differences {
            let id = cell(&id.to_string());
            if let [Some(name), None] | [None, Some(name)] = names {
                let name = cell(&redact_message(name));
                let (one, other) = if names[0].is_some() { (name.as_str(), "–") } else { ("–", name.as_str()) };
                let _ = writeln!(text, "| {id} |  | {one} | {other} |");
            }
            for change in fields {
                let (one, other) = (cell(&value(change, &change.before)), cell(&value(change, &change.after)));
                let _ = writeln!(text, "| {id} | {} | {one} | {other} |", cell(change.shown_path()));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ResourceId;

    fn pair<'a>(scopes: &'a [Scope; 2]) -> Pair<'a> {
        let change = |path: &str, left: Value, right: Value| Change {
            path: path.into(),
            before: Guarded::open(left),
            after: Guarded::open(right),
            document: false,
        };
        let long = "arn:aws:iam::123456789012:policy/a-very-long-name-of-a-policy-that-nobody-could-print-on-one-line";
        let fields = vec![
            change("memory", json!(128), json!(512)),
            change("description", json!("数据 数据"), json!("right")),
            change("role.managed_policies", json!([long]), json!([])),
        ];
        let both =
            Difference { id: ResourceId::new("function", "work"), names: [Some("work-dev".into()), Some("work-prod".into())], fields };
        let one = Difference { id: ResourceId::new("queue", "try"), names: [Some("try-dev".into()), None], fields: vec![] };
        Pair { left: &scopes[0], right: &scopes[1], differences: vec![both, one] }
    }

    fn scopes() -> [Scope; 2] {
        ["dev", "prod"].map(|env| Scope {
            partition: "aws".into(),
            account: Account::Late,
            region: "eu-west-1".into(),
            stack: "jobs".into(),
            env: env.into(),
            instance: env.into(),
        })
    }

    #[test]
    fn both_stand_beside_each_other_and_fit() {
        let scopes = scopes();
        for width in [20, 40, 60, 80, 140] {
            let text = super::super::plain(&of_stack(&pair(&scopes), width));
            for line in text.lines() {
                assert!(columns_of(line) <= width, "{width}: {line:?}\n{text}");
            }
            assert!(text.contains("memory") && text.contains("128") && text.contains("512"), "{text}");
        }
        let wide = super::super::plain(&of_stack(&pair(&scopes), 80));
        let begins = |text: &str| wide.lines().find_map(|line| Some(columns_of(&line[..line.find(text)?])));
        assert_eq!(begins("right"), begins("512"), "wide characters take two columns: {wide}");
        assert!(
            wide.contains("~ function/work") && wide.contains("- queue/try: only in dev (try-dev)") && wide.contains("2 resources differ."),
            "{wide}"
        );
    }

    #[test]
    fn a_table_for_comments_has_a_row_a_field() {
        let scopes = scopes();
        let text = markdown(&[pair(&scopes)]);
        assert!(text.contains("| function/work | memory | 128 | 512 |") && text.contains("| queue/try |  | try-dev | – |"), "{text}");
    }
}
