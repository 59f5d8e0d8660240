//! `etlctl schema`: the JSON Schema of stack files.

use crate::error::{Error, exit};
use crate::report;
use crate::stack::schema::schema;

pub fn run() -> Result<u8, Error> {
    report::asked_for(&schema());
    Ok(exit::DONE)
}
