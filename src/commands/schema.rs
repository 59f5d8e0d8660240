//! `etlctl schema`: the JSON Schema of stack files.

use crate::desired::schema::schema;
use crate::error::{Error, exit};
use crate::report;

pub fn run() -> Result<u8, Error> {
    report::asked_for(&schema());
    Ok(exit::DONE)
}
