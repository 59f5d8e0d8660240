//! `etlctl explain`: what a finding's code means, and when a schedule comes next.

use jiff::Timestamp;

use crate::check::pages;
use crate::error::{Error, exit};
use crate::report;
use crate::source::diagnostic::suggest;
use crate::source::times::{Bounds, Times, near_zone, zone};

pub fn run(code: Option<&str>, time_zone: &str) -> Result<u8, Error> {
    let pages = pages::all();
    let Some(code) = code else {
        for page in &pages {
            report::asked_for(&format!("{}  {}\n", page.code, page.title));
        }
        return Ok(exit::DONE);
    };
    // A code is one word; whoever writes several, or brackets, means a schedule.
    if code.contains('(') || code.trim().contains(char::is_whitespace) {
        return times(code, time_zone);
    }
    let wanted = code.to_ascii_uppercase();
    let Some(page) = pages.iter().find(|page| page.code == wanted) else {
        let hint = suggest(&wanted, pages.iter().map(|page| page.code));
        return Err(Error::Usage { message: format!("there is no code `{code}`"), hint });
    };
    report::asked_for(&page.text());
    Ok(exit::DONE)
}

/// Tells the next times of an expression.
fn times(expression: &str, name: &str) -> Result<u8, Error> {
    let times = Times::parse(expression).map_err(|wrong| Error::Usage { message: wrong.what, hint: wrong.fix })?;
    let Some(zone) = zone(name) else {
        return Err(Error::Usage { message: format!("there is no time zone `{name}`"), hint: near_zone(name) });
    };
    let next = times.next(Timestamp::now(), &Bounds { zone, start: None, end: None }, report::times::SHOWN);
    report::asked_for(&report::times::column(expression, name, &next));
    Ok(exit::DONE)
}
