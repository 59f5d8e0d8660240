//! On which bus a rule stands: its name is a part of the rule's.

use super::name::DEFAULT_BUS;
use crate::contract::Expand;
use crate::model::account;
use crate::model::reference::{Reference, opens_variable, plain, references_in};
use crate::source::diagnostic::Place;

/// Section of buses.
pub(super) const BUSES: &str = "buses";

/// A bus as a rule knows it.
pub struct OnBus {
    /// Its name.
    pub name: String,
    /// The same as a template: a reference to a bus of the file, which then comes before the rule.
    pub said: String,
}

impl OnBus {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), said: account::template_of(name) }
    }
}

/// The bus that a word means: a key of the file, a name, or an ARN; the default one where there is none.
pub fn bus_of(cx: &mut Expand<'_>, word: Option<&String>, place: Place) -> OnBus {
    let Some(word) = word.filter(|word| *word != DEFAULT_BUS) else { return OnBus::named(DEFAULT_BUS) };
    let referred = references_in(word).next();
    let key = match &referred {
        Some(Reference { section, key, attribute: _ }) if section == BUSES => key,
        _ => word,
    };
    if let Some(name) = cx.name_of(BUSES, key) {
        return OnBus { name, said: format!("${{{BUSES}.{key}.name}}") };
    }
    if let Some(reference) = referred {
        let message = format!("a rule is named after its bus, and `{reference}` does not tell the name of one before anything is made");
        cx.problem(place, message, "name a key of `buses`, the name of a bus, or its ARN");
        return OnBus::named(DEFAULT_BUS);
    }
    let text = plain(word);
    let Some(arn) = text.strip_prefix("arn:") else {
        if opens_variable(&text) {
            let message = format!("nothing fills in the `${{…}}` of the bus `{text}`");
            cx.problem(place, message, "write a variable of the file, or take it out");
        }
        return OnBus::named(&text);
    };
    let own = cx.scope.arn("events", "event-bus/");
    match text.strip_prefix(&own).or_else(|| is_own_late(cx, arn)) {
        Some(name) if !name.is_empty() => OnBus::named(name),
        _ => {
            let message = format!("`{text}` is no bus of the stack's account and region, and a rule stands on one of its own");
            cx.problem(
                place,
                message,
                format!("name a bus as {own}NAME, or by its name; to hand events to another bus, make that a target"),
            );
            OnBus::named(DEFAULT_BUS)
        }
    }
}

/// Before AWS has told the account, an ARN with a number in it may well be the stack's own.
fn is_own_late<'a>(cx: &Expand<'_>, arn: &'a str) -> Option<&'a str> {
    let mut parts = arn.splitn(5, ':');
    let (partition, service, region, account, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_late = opens_variable(&cx.scope.account.to_string());
    let is_here = partition == cx.scope.partition && service == "events" && region == cx.scope.region;
    (is_late && is_here && account.len() == 12).then(|| rest.strip_prefix("event-bus/"))?
}
