//! The dependency graph for drawing programs.

use std::fmt::Write;

use crate::cli::GraphFormat;
use crate::model::Desired;

/// The graph of stacks, an edge from what needs to what is needed.
pub fn render(stacks: &[(String, &Desired)], format: GraphFormat) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match format {
        GraphFormat::Dot => writeln!(text, "digraph etlctl {{\n  rankdir=LR;\n  node [shape=box];"),
        GraphFormat::Mermaid => writeln!(text, "flowchart LR"),
    };
    for (stack, desired) in stacks {
        let node = |id: &crate::model::ResourceId| format!("{stack}/{id}");
        match format {
            GraphFormat::Dot => {
                let _ = writeln!(text, "  subgraph \"cluster_{stack}\" {{\n    label=\"{stack}\";");
                for id in desired.nodes.keys() {
                    let _ = writeln!(text, "    \"{}\" [label=\"{id}\"];", node(id));
                }
                let _ = writeln!(text, "  }}");
            }
            GraphFormat::Mermaid => {
                let _ = writeln!(text, "  subgraph {stack}");
                for id in desired.nodes.keys() {
                    let _ = writeln!(text, "    {}[\"{id}\"]", mermaid_id(&node(id)));
                }
                let _ = writeln!(text, "  end");
            }
        }
        for (from, to) in desired.nodes.values().flat_map(|n| n.needs.iter().map(|need| (&n.id, need))) {
            let _ = match format {
                GraphFormat::Dot => writeln!(text, "  \"{}\" -> \"{}\";", node(from), node(to)),
                GraphFormat::Mermaid => writeln!(text, "  {} --> {}", mermaid_id(&node(from)), mermaid_id(&node(to))),
            };
        }
    }
    if format == GraphFormat::Dot {
        text.push_str("}\n");
    }
    text
}

fn mermaid_id(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
