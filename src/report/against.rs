//! Two environments side by side: for people in two columns, for programs, and for comments.

use std::fmt::Write;

use serde_json::{Value, json};

use super::markdown::cell;
use super::same::{self, Block};
use super::value::show_field;
use super::wrap::{columns_of, hung, listed, padded, stdout_columns};
use super::{escape, paint, style};
use crate::contract::written::Line;
use crate::model::against::{Difference, shown, told};
use crate::model::secret::redact_message;
use crate::model::{Account, Change, ResourceId, Scope, counted, one_or_many};
use crate::source::yaml;

/// Version of the JSON.
const FORMAT_VERSION: &str = "1";
/// Narrower than this each side has lines of its own.
const NARROW: usize = 60;
/// What stands for nothing.
const ABSENT: &str = "–";
/// Between two columns.
const GAP: usize = 2;

/// A stack in both.
pub struct Pair<'a> {
    /// The environment of the plan.
    pub left: &'a Scope,
    /// The other one.
    pub right: &'a Scope,
    /// Where they differ.
    pub differences: Vec<Differing>,
}

/// A resource that differs.
pub struct Differing {
    /// Where, in the spec.
    pub difference: Difference,
    /// The same in the words of the file.
    pub lines: Vec<Line>,
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
    let blocks = same::grouped(self::lines(differences));
    for (on, rows) in shared(&blocks) {
        text.push('\n');
        only(&mut text, &format!("  ~ on {} resources", on.len()), style::BOLD, width);
        fields(&mut text, &rows, &sides, width);
        let addresses: Vec<String> = on.iter().map(|id| escape::line(&id.to_string())).collect();
        let _ = writeln!(text, "{}", paint(style::DIM, &listed(&addresses, "      ", width)));
    }
    for Differing { difference, lines } in differences {
        let own = lines.iter().filter(|line| !same::is_in(&blocks, &difference.id, line));
        let rows: Vec<[String; 3]> = own.map(row).collect();
        if rows.is_empty() && !lines.is_empty() {
            continue;
        }
        text.push('\n');
        let id = escape::line(&difference.id.to_string());
        match &difference.names {
            [Some(name), None] => only(&mut text, &format!("  - {id}: only in {} ({name})", sides[0]), style::REMOVE, width),
            [None, Some(name)] => only(&mut text, &format!("  + {id}: only in {} ({name})", sides[1]), style::ADD, width),
            _ => {
                only(&mut text, &format!("  ~ {id}"), style::BOLD, width);
                fields(&mut text, &rows, &sides, width);
            }
        }
    }
    let end = match differences.len() {
        0 => "No differences but names.".to_owned(),
        number => format!("{} {}.", counted(number, "resource"), one_or_many(&number, "differs", "differ")),
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

/// Where a line stands, and what on either side.
fn row(line: &Line) -> [String; 3] {
    let Line { field, path, before, after, is_document: _, is_entry: _, is_sensitive, left, spec } = line;
    let text = |text: &str| escape::line(&redact_message(text));
    let place = match left {
        Some(why) => text(&format!("{path} ({why})")),
        None => text(&path.to_string()),
    };
    let value = |value: &Value| if value.is_null() { ABSENT.to_owned() } else { text(&yaml::flow(&told(value))) };
    let [one, other] = match spec {
        Some((Value::Object(gone), Value::Null)) => [format!("{} ({})", value(before), text(&yaml::entries(gone.iter()))), value(after)],
        // The file says the same of both.
        Some((one, other)) => [one, other].map(|value| text(&show_field(field, value))),
        None => [before, after].map(value),
    };
    let same = *is_sensitive && one == other;
    [place, one, if same { format!("{other}, another one") } else { other }]
}

/// Resources, with the rows that all of them have: what the same ones have stands together.
fn shared<'a>(blocks: &'a [Block<'a>]) -> Vec<(&'a [&'a ResourceId], Vec<[String; 3]>)> {
    let mut shared: Vec<(&[&ResourceId], Vec<[String; 3]>)> = Vec::new();
    for Block { line, on } in blocks {
        match shared.iter_mut().find(|(known, _)| known == on) {
            Some((_, rows)) => rows.push(row(line)),
            None => shared.push((on, vec![row(line)])),
        }
    }
    shared
}

fn lines(differences: &[Differing]) -> impl Iterator<Item = (&ResourceId, &Line)> {
    differences.iter().flat_map(|Differing { difference, lines }| lines.iter().map(|line| (&difference.id, line)))
}

fn fields(text: &mut String, rows: &[[String; 3]], sides: &[String; 2], width: usize) {
    if width < NARROW {
        for [path, left, right] in rows {
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
    for [path, left, right] in rows {
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
    let resource = |Differing { difference: Difference { id, names, fields }, lines: _ }: &Differing| {
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
        for Differing { difference: Difference { id, names, fields: _ }, lines } in differences {
            let id = cell(&id.to_string());
            if let [Some(name), None] | [None, Some(name)] = names {
                let name = cell(&redact_message(name));
                let (one, other) = if names[0].is_some() { (name.as_str(), ABSENT) } else { (ABSENT, name.as_str()) };
                let _ = writeln!(text, "| {id} |  | {one} | {other} |");
            }
            for line in lines {
                let [place, one, other] = row(line).map(|text| cell(&text));
                let _ = writeln!(text, "| {id} | {place} | {one} | {other} |");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::written::Path;

    fn pair<'a>(scopes: &'a [Scope; 2]) -> Pair<'a> {
        let line = |path: &str, before: Value, after: Value| Line {
            field: path.into(),
            path: Path::of(&path.split('.').map(str::to_owned).collect::<Vec<_>>()),
            before,
            after,
            is_document: false,
            is_entry: false,
            is_sensitive: false,
            left: None,
            spec: None,
        };
        let long = "arn:aws:iam::123456789012:policy/a-very-long-name-of-a-policy-that-nobody-could-print-on-one-line";
        let lines = vec![
            line("memory", json!(128), json!(512)),
            line("description", json!("数据 数据"), json!("right")),
            line("role.managed_policies", json!([long]), Value::Null),
        ];
        let difference =
            |id: ResourceId, names: [Option<&str>; 2]| Difference { id, names: names.map(|name| name.map(str::to_owned)), fields: vec![] };
        let both = difference(ResourceId::new("function", "work"), [Some("work-dev"), Some("work-prod")]);
        let one = difference(ResourceId::new("queue", "try"), [Some("try-dev"), None]);
        let differences = vec![Differing { difference: both, lines }, Differing { difference: one, lines: vec![] }];
        Pair { left: &scopes[0], right: &scopes[1], differences }
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
    fn what_several_share_is_told_once() {
        let scopes = scopes();
        let mut pair = pair(&scopes);
        let Differing { lines, .. } = &pair.differences[0];
        let memory = lines[0].clone();
        for key in ["load", "more"] {
            let (id, names) = (ResourceId::new("function", key), [Some(key.to_owned()), Some(key.to_owned())]);
            pair.differences.push(Differing { difference: Difference { id, names, fields: vec![] }, lines: vec![memory.clone()] });
        }
        let text = super::super::plain(&of_stack(&pair, 80));
        assert!(text.contains("~ on 3 resources\n") && text.contains("      function/work, function/load, function/more\n"), "{text}");
        assert_eq!((text.matches("memory").count(), text.matches("function/load").count()), (1, 1), "{text}");
        assert!(text.contains("~ function/work\n") && text.contains("4 resources differ."), "{text}");
    }

    #[test]
    fn a_table_for_comments_has_a_row_a_field() {
        let scopes = scopes();
        let text = markdown(&[pair(&scopes)]);
        assert!(text.contains("| function/work | memory | 128 | 512 |") && text.contains("| queue/try |  | try-dev | – |"), "{text}");
    }
}
