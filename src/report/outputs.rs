//! Outputs in the forms that people, programs and shells read.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use crate::cli::OutputFormat;
use crate::model::secret::HIDDEN;

/// Outputs of one stack in file order.
pub struct StackOutputs {
    /// The stack.
    pub stack: String,
    /// Name and value.
    pub values: Vec<(String, String)>,
    /// Names of those whose value is not shown.
    pub sensitive: BTreeSet<String>,
}

impl StackOutputs {
    /// Takes sensitive values out. Where a program would take the word for the value, they are left
    /// out; returns the names of those.
    pub fn hide(&mut self, format: OutputFormat) -> Vec<String> {
        let sensitive = &self.sensitive;
        match format {
            OutputFormat::Text | OutputFormat::Json => {
                self.values.iter_mut().filter(|(name, _)| sensitive.contains(name)).for_each(|(_, value)| HIDDEN.clone_into(value));
                Vec::new()
            }
            OutputFormat::Dotenv | OutputFormat::Shell => {
                self.values.retain(|(name, _)| !sensitive.contains(name));
                sensitive.iter().cloned().collect()
            }
        }
    }
}

/// All outputs. JSON of one stack is a flat object, of several one object a stack.
pub fn render(stacks: &[StackOutputs], format: OutputFormat) -> String {
    let mut text = String::new();
    match format {
        OutputFormat::Json => {
            let object =
                |outputs: &StackOutputs| outputs.values.iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect::<Map<_, _>>();
            let all = match stacks {
                [one] => Value::Object(object(one)),
                several => {
                    several.iter().map(|outputs| (outputs.stack.clone(), Value::Object(object(outputs)))).collect::<Map<_, _>>().into()
                }
            };
            text = serde_json::to_string_pretty(&all).unwrap_or_default();
            text.push('\n');
        }
        OutputFormat::Text => {
            for outputs in stacks {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{}", super::paint(super::style::BOLD, &outputs.stack));
                let width = outputs.values.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
                for (name, value) in &outputs.values {
                    let _ = writeln!(text, "  {name:width$} = {value}");
                }
            }
        }
        OutputFormat::Dotenv | OutputFormat::Shell => {
            for (name, value) in stacks.iter().flat_map(|outputs| &outputs.values) {
                let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                let _ = match format {
                    OutputFormat::Shell => writeln!(text, "export {name}='{}'", value.replace('\'', r"'\''")),
                    _ => writeln!(text, "{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$")),
                };
            }
        }
    }
    text
}
