//! Outputs in the forms that people, programs and shells read.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::assignments::{self, Reader, Refused};
use super::escape;
use super::wrap::{columns_of, padded};
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
            OutputFormat::Dotenv | OutputFormat::Shell | OutputFormat::Github => {
                self.values.retain(|(name, _)| !sensitive.contains(name));
                sensitive.iter().cloned().collect()
            }
        }
    }
}

/// All outputs. JSON of one stack is a flat object, of several one object a stack.
///
/// # Errors
/// An output cannot be written as an assignment.
pub fn render(stacks: &[StackOutputs], format: OutputFormat) -> Result<String, Refused> {
    let assigned = |reader| assignments::render(stacks.iter().flat_map(|outputs| &outputs.values), reader);
    match format {
        OutputFormat::Text => Ok(text(stacks)),
        OutputFormat::Json => Ok(json(stacks)),
        OutputFormat::Dotenv => assigned(Reader::Dotenv),
        OutputFormat::Shell => assigned(Reader::Shell),
        OutputFormat::Github => assigned(Reader::Github),
    }
}

/// All outputs for people, a line each.
pub fn text(stacks: &[StackOutputs]) -> String {
    let mut text = String::new();
    for outputs in stacks {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", super::paint(super::style::BOLD, &outputs.stack));
        let width = outputs.values.iter().map(|(name, _)| columns_of(name)).max().unwrap_or(0);
        for (name, value) in &outputs.values {
            let _ = writeln!(text, "  {} = {}", padded(&escape::line(name), width), escape::line(value));
        }
    }
    text
}

fn json(stacks: &[StackOutputs]) -> String {
    let object = |outputs: &StackOutputs| outputs.values.iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect::<Map<_, _>>();
    let all = match stacks {
        [one] => Value::Object(object(one)),
        several => several.iter().map(|outputs| (outputs.stack.clone(), Value::Object(object(outputs)))).collect::<Map<_, _>>().into(),
    };
    format!("{all:#}\n")
}
