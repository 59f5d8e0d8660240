//! `etlctl schema`: the JSON Schema of stack files, and of answers.

use crate::cli::SchemaOf;
use crate::error::{Error, exit};
use crate::report;
use crate::stack::schema::schema;

pub fn run(of: SchemaOf) -> Result<u8, Error> {
    report::asked_for(&match of {
        SchemaOf::Stack => schema(),
        SchemaOf::Advise => report::advise::schema(),
    });
    Ok(exit::DONE)
}
