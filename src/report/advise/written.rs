//! What was written into a stack file.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use crate::report::{escape, paint, style};

/// The lines that differ, with two around them.
pub fn diff(path: &str, before: &str, after: &str) -> String {
    let mut text = format!("\n{}\n", paint(style::BOLD, &escape::line(path)));
    let lines = TextDiff::from_lines(before, after);
    for (nth, group) in lines.grouped_ops(2).iter().enumerate() {
        if nth > 0 {
            text.push_str("  …\n");
        }
        for line in group.iter().flat_map(|op| lines.iter_changes(op)) {
            let (sign, color) = match line.tag() {
                ChangeTag::Delete => ("-", style::REMOVE),
                ChangeTag::Insert => ("+", style::ADD),
                ChangeTag::Equal => (" ", style::DIM),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {}", paint(color, &escape::line(format!("{sign} {}", line.value().trim_end()).as_str())));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_line_taken_and_a_line_put() {
        let before = "functions:\n  work:\n    source: a\n    memory: 3008 # MB\n    timeout: 30s\n    runtime: x\n    handler: h\n";
        let diff = diff("stack.yaml", before, &before.replace("3008", "512"));
        let expected =
            ["    work:", "      source: a", "-     memory: 3008 # MB", "+     memory: 512 # MB", "      timeout: 30s", "      runtime: x"];
        let told: Vec<&str> = diff.lines().skip(2).collect();
        assert_eq!(told.len(), expected.len(), "{diff}");
        for (line, expected) in told.iter().zip(expected) {
            assert!(line.contains(expected), "{line:?}");
        }
    }
}
