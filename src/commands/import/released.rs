//! What another tool has to forget: what was imported, and its parts, which the tool has as resources of their own.

use std::collections::BTreeMap;

use super::from::{Declared, Member, Said};
use super::gather::{Gathered, Name, Taken};
use crate::contract::ReadCx;

/// Addresses of these in the tool's words. `named` are those whose names it told.
pub fn managed(cx: &ReadCx, said: &Said, named: &BTreeMap<String, Name>, gathered: &Gathered) -> Vec<String> {
    let is_taken = |one: &&Declared| match named.get(&one.address) {
        Some(name) => gathered.taken.contains_key(name),
        None => gathered.taken.values().any(|taken| is_part(cx, one, taken)),
    };
    said.declared.iter().filter(is_taken).map(|one| one.address.clone()).collect()
}

/// Whether a declaration is of a part of this resource, which one of its members names.
fn is_part(cx: &ReadCx, one: &Declared, taken: &Taken) -> bool {
    let account = cx.scope.account.to_string();
    let name = taken.seen.name.as_str();
    let names_it = |text: &str| {
        let in_arn = taken.driver.arn_form().and_then(|form| form.name(text, &account, &cx.scope.region));
        text == name
            || text == taken.driver.name_in_file(name)
            || in_arn == Some(name)
            || (text.contains(':') && taken.seen.attributes.values().any(|value| value == text))
    };
    let texts = one.members.values().filter_map(|member| match member {
        Member::Text(text) => Some(text.as_str()),
        Member::Unset(_) | Member::Open(_) => None,
    });
    taken.driver.elsewhere().parts.contains(&one.of_type.as_str()) && texts.into_iter().any(names_it)
}
