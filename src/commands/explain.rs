//! `etlctl explain`: what a finding's code means.

use crate::check::{self, pages};
use crate::error::{Error, exit};
use crate::report;
use crate::source::diagnostic::suggest;

pub fn run(code: Option<&str>) -> Result<u8, Error> {
    let pages = pages::all();
    let Some(code) = code else {
        for page in &pages {
            report::asked_for(&format!("{}  {}\n", page.code, page.title));
        }
        return Ok(exit::DONE);
    };
    let wanted = code.to_ascii_uppercase();
    let Some(page) = pages.iter().find(|page| page.code == wanted) else {
        let hint = suggest(&wanted, check::all().iter().map(|rule| rule.code));
        return Err(Error::Usage { message: format!("there is no code `{code}`"), hint });
    };
    report::asked_for(&page.text());
    Ok(exit::DONE)
}
