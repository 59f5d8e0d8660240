//! Secrets in keys: a spec keeps entries by what tells them from each other, and that may be an address with a
//! password in it. The live side holds those of earlier values, which no file knows any more.

use serde_json::{Map, Value};

use super::{Mask, Secrets, spans, urls};

/// What keys of the live side alone give away. They are those of the maps at the top of a spec, `protocol:address`.
pub fn of_live_keys(want: Option<&Value>, have: &Value, known: &Mask) -> Secrets {
    let mut found = Secrets::default();
    let fields = have.as_object().into_iter().flatten().filter_map(|(field, value)| Some((field, value.as_object()?)));
    for (field, entries) in fields {
        let wanted = want.and_then(|want| want.get(field)?.as_object());
        let gone = entries.keys().filter(|key| wanted.is_none_or(|wanted| !wanted.contains_key(*key)));
        for key in gone {
            spans(key).into_iter().for_each(|span| found.add_guessed(&key[span]));
            if let Some((protocol, address)) = key.split_once(':')
                && (is_webhook(protocol, address) || takes_the_place(wanted, (protocol, address), known))
            {
                found.add_guessed(address);
                found.add_guessed(key);
            }
        }
    }
    found
}

/// Whether who knows the address is let in.
fn is_webhook(protocol: &str, address: &str) -> bool {
    matches!(protocol, "http" | "https") && urls::is_telling_webhook(address)
}

/// Whether an entry of the files holds a secret in such an address: this one is what it was before, then.
fn takes_the_place(wanted: Option<&Map<String, Value>>, (protocol, address): (&str, &str), known: &Mask) -> bool {
    let is_arn = |address: &str| address.starts_with("arn:");
    let holds = |key: &str| key.split_once(':').is_some_and(|(of, address)| of == protocol && !is_arn(address) && known.holds(address));
    !is_arn(address) && wanted.is_some_and(|wanted| wanted.keys().any(|key| holds(key)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::HIDDEN;
    use super::*;

    fn told(want: Option<&Value>, have: &Value, secret: &str, text: &str) -> String {
        let mut known = Secrets::default();
        known.add(secret);
        of_live_keys(want, have, &known.mask()).mask().text(text)
    }

    #[test]
    fn what_a_key_held_before_is_a_secret_as_what_it_holds_now() {
        let want = json!({"subscriptions": {"https:https://example.com/in/newpw": {}, "sqs:arn:aws:sqs:r:1:q": {}}});
        let have =
            json!({"subscriptions": {"https:https://example.com/in/old": {}, "sqs:arn:aws:sqs:r:1:p": {}, "email:a@example.com": {}}});
        let of = |text: &str| told(Some(&want), &have, "newpw", text);
        assert_eq!(of("[{ https: https://example.com/in/old }]"), format!("[{{ https: {HIDDEN} }}]"));
        assert_eq!(of("[\"https:https://example.com/in/old\"]"), format!("[\"{HIDDEN}\"]"));
        assert_eq!(of("a@example.com arn:aws:sqs:r:1:p"), "a@example.com arn:aws:sqs:r:1:p");
        assert_eq!(told(Some(&want), &have, "another", "https://example.com/in/old"), "https://example.com/in/old");
    }

    #[test]
    fn what_shows_by_its_own_form_is_hidden_once_it_is_gone() {
        let have = json!({"subscriptions": {"https:https://h.example.com/hook?token=Xy12": {}, "https:https://p.example.com/in/0a1b2c3d4e5f6a7b": {}}});
        let of = |text: &str| told(None, &have, "another", text);
        assert!(!of("https://h.example.com/hook?token=Xy12").contains("Xy12"));
        assert_eq!(of("https://p.example.com/in/0a1b2c3d4e5f6a7b"), HIDDEN);
        assert_eq!(of("https://p.example.com/in"), "https://p.example.com/in");
    }
}
