//! What is taken into a new stack file.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::global::parse_set;

/// Options of import.
#[derive(Debug, Clone, Args)]
// The group that clap makes of the struct would hold all of its options.
#[group(skip)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["function", "tag", "from"]))]
pub struct ImportArgs {
    /// A function that runs, by its name or ARN, with all that belongs to it; can be repeated
    #[arg(long, value_name = "NAME")]
    pub function: Vec<String>,
    /// What carries this tag; can be repeated, and all of them have to fit
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_set)]
    pub tag: Vec<(String, String)>,
    /// What another tool made: a CloudFormation template, `terraform show -json` or `pulumi stack export`; --set gives
    /// parameters of a template, AWS::StackName too, and names of its resources
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Name of the new stack
    #[arg(long, value_name = "STACK", default_value = "imported")]
    pub name: String,
    /// The stack file; desired-state/STACK.yaml where nothing is said
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over a stack file and over folders of code that are there
    #[arg(long)]
    pub force: bool,
}
