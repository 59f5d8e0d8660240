//! Advice for people.

use std::fmt::Write;

use super::cells::{TITLES, below, heading, row, sum};
use super::{Document, StackAdvice};
use crate::report::markdown::cell;
use crate::report::wrap::{columns_of, padded};
use crate::report::{escape, paint, style};

/// A table each stack, with lines below the rows.
pub fn text(document: &Document) -> String {
    let stacks: Vec<String> = document.stacks.iter().map(stack_text).collect();
    stacks.join("\n")
}

fn stack_text(stack: &StackAdvice) -> String {
    let mut text = format!("{}\n\n", paint(style::BOLD, &escape::line(&heading(stack))));
    let rows: Vec<[String; 8]> = stack.functions.iter().map(row).collect();
    let widths: Vec<usize> = (0..TITLES.len())
        .map(|at| rows.iter().map(|row| columns_of(&row[at])).chain([columns_of(TITLES[at])]).max().unwrap_or_default())
        .collect();
    let line = |cells: &[String]| {
        let laid = cells.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
        escape::line(laid.collect::<Vec<_>>().join("  ").trim_end())
    };
    let titles: Vec<String> = TITLES.iter().map(|title| (*title).to_owned()).collect();
    let _ = writeln!(text, "{}", paint(style::DIM, &line(&titles)));
    let indent = " ".repeat(widths[0] + 2);
    for (function, row) in stack.functions.iter().zip(&rows) {
        let _ = writeln!(text, "{}", line(row));
        for said in below(function) {
            let _ = writeln!(text, "{indent}{}", paint(style::DIM, &escape::line(&said)));
        }
    }
    let sum = sum(stack);
    if sum.is_some() || !stack.notes.is_empty() {
        text.push('\n');
    }
    for said in sum.iter().chain(&stack.notes) {
        let _ = writeln!(text, "{}", escape::line(said));
    }
    text
}

/// The same as Markdown.
pub fn markdown(document: &Document) -> String {
    let stacks: Vec<String> = document.stacks.iter().map(stack_markdown).collect();
    stacks.join("\n")
}

fn stack_markdown(stack: &StackAdvice) -> String {
    let mut text = format!("### {}\n\n", cell(&heading(stack)));
    let _ = writeln!(text, "| {} |", TITLES.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(TITLES.len()));
    for function in &stack.functions {
        let cells: Vec<String> = row(function).iter().map(|text| cell(text)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    for function in &stack.functions {
        for said in below(function) {
            let _ = writeln!(text, "- {}: {}", cell(&function.key), cell(&said));
        }
    }
    for said in sum(stack).iter().chain(&stack.notes) {
        let _ = writeln!(text, "- {}", cell(said));
    }
    text
}
