//! The dependency graph for drawing programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::escape;
use crate::cli::GraphFormat;
use crate::model::{Desired, ResourceId};

/// The graph of stacks, an edge from what needs to what is needed.
pub fn render(stacks: &[(String, &Desired)], format: GraphFormat) -> String {
    match format {
        GraphFormat::Dot => dot(stacks),
        GraphFormat::Mermaid => mermaid(stacks),
    }
}

fn edges(desired: &Desired) -> impl Iterator<Item = (&ResourceId, &ResourceId)> {
    desired.nodes.values().flat_map(|node| node.needs.iter().map(|need| (&node.id, need)))
}

fn dot(stacks: &[(String, &Desired)]) -> String {
    let mut text = "digraph etlctl {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (stack, desired) in stacks {
        let node = |id: &ResourceId| dot_text(&format!("{stack}/{id}"));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  subgraph {} {{\n    label={};", dot_text(&format!("cluster_{stack}")), dot_text(stack));
        for id in desired.nodes.keys() {
            let _ = writeln!(text, "    {} [label={}];", node(id), dot_text(&id.to_string()));
        }
        text.push_str("  }\n");
        for (from, to) in edges(desired) {
            let _ = writeln!(text, "  {} -> {};", node(from), node(to));
        }
    }
    text.push_str("}\n");
    text
}

/// A quoted text of DOT, in which only quotes and backslashes are special.
fn dot_text(text: &str) -> String {
    format!("\"{}\"", escape::line(text).replace('\\', "\\\\").replace('"', "\\\""))
}

fn mermaid(stacks: &[(String, &Desired)]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    // Names of nodes are numbers: of what an address can hold Mermaid takes little, and has words of its own.
    let mut count = 0;
    for (number, (stack, desired)) in stacks.iter().enumerate() {
        let mut names: BTreeMap<&ResourceId, String> = BTreeMap::new();
        let _ = writeln!(text, "  subgraph s{number}[{}]", mermaid_text(stack));
        for id in desired.nodes.keys() {
            let name = format!("n{count}");
            count += 1;
            let _ = writeln!(text, "    {name}[{}]", mermaid_text(&id.to_string()));
            names.insert(id, name);
        }
        text.push_str("  end\n");
        for (from, to) in edges(desired) {
            if let (Some(from), Some(to)) = (names.get(from), names.get(to)) {
                let _ = writeln!(text, "  {from} --> {to}");
            }
        }
    }
    text
}

/// A quoted text of Mermaid: what quotes, markup or entities are made of stands as an entity.
fn mermaid_text(text: &str) -> String {
    let mut shown = String::new();
    for c in escape::line(text).chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | ';' | '\\' => {
                let _ = write!(shown, "#{};", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Node;

    fn id(key: &str) -> ResourceId {
        ResourceId::new("queue", key)
    }

    fn node(key: &str, needs: &[&str]) -> Node {
        Node {
            id: id(key),
            name: String::new(),
            home: Vec::new(),
            spec: serde_json::Value::Null,
            needs: needs.iter().map(|key| id(key)).collect(),
            loose: Default::default(),
            artifact: None,
            sensitive: Default::default(),
            stored: Default::default(),
            assumed: None,
        }
    }

    #[test]
    fn keys_stay_apart_and_end_nothing() {
        let mut desired = Desired::default();
        let keys = ["a-b", "a_b", "end", "x\"];y[\"", "l\\", "`b`<i>#35;", "r\u{202e}\n"];
        for key in keys {
            desired.nodes.insert(id(key), node(key, if key == "a-b" { &["a_b"] } else { &[] }));
        }
        let stacks = [("s\"1".to_owned(), &desired)];
        let dot = render(&stacks, GraphFormat::Dot);
        for text in [r#""s\"1/queue/x\"];y[\"""#, r#""s\"1/queue/l\\""#, r#""s\"1/queue/a-b" -> "s\"1/queue/a_b";"#, r#""cluster_s\"1""#] {
            assert!(dot.contains(text), "{text}\n{dot}");
        }
        let mermaid = render(&stacks, GraphFormat::Mermaid);
        let nodes: std::collections::BTreeSet<&str> =
            mermaid.lines().filter(|line| line.contains("[\"queue/")).filter_map(|line| line.trim().split('[').next()).collect();
        assert_eq!(nodes.len(), keys.len(), "{mermaid}");
        assert_eq!(mermaid.matches(" --> ").count(), 1);
        for line in mermaid.lines().filter(|line| line.contains('[')) {
            assert_eq!(line.matches('"').count(), 2, "{line}");
        }
        assert!(!dot.contains('\u{202e}') && !mermaid.contains('\u{202e}'));
    }
}
