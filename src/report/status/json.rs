//! How what is deployed does, for programs. The form is stable: `docs/running.md`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Drift, Figure, Presence, Row, Sign, StackHealth};
use crate::model::secret::redact_message;

/// Version of the form.
const FORMAT_VERSION: &str = "1";

/// The whole document; on one line where several follow each other.
pub fn document(all: &[StackHealth], now: Timestamp, is_watched: bool) -> String {
    let stacks: Vec<Value> = all.iter().map(stack).collect();
    let document = json!({"format_version": FORMAT_VERSION, "at": format!("{now:.3}"), "stacks": stacks});
    if is_watched { format!("{document}\n") } else { format!("{document:#}\n") }
}

fn stack(health: &StackHealth) -> Value {
    let StackHealth { scope, alias, drift, groups: _, unread } = health;
    let level = health.rows().map(Row::level).max().unwrap_or_default();
    json!({
        "stack": scope.stack,
        "env": scope.env,
        "instance": scope.instance,
        "account": scope.account.to_string(),
        "account_alias": alias,
        "region": scope.region,
        "level": level,
        "complete": health.is_read(),
        "drift": drifts(drift),
        "resources": health.rows().map(row).collect::<Vec<_>>(),
        "unread": texts(unread),
    })
}

fn drifts(drift: &Drift) -> Value {
    match drift {
        Drift::Told(changes) => {
            let counts: Map<String, Value> = changes
                .iter()
                .filter_map(|(action, count)| Some((serde_json::to_value(action).ok()?.as_str()?.to_owned(), Value::from(*count))))
                .collect();
            json!({"drifted": !changes.is_empty(), "changes": counts, "why": null})
        }
        Drift::Unknown(why) => json!({"drifted": null, "changes": {}, "why": redact_message(why)}),
    }
}

fn row(row: &Row) -> Value {
    let Row { id, name, presence, health } = row;
    let deployed = match presence {
        Presence::There => Some(true),
        Presence::Missing => Some(false),
        Presence::Unread => None,
    };
    json!({
        "address": id,
        "kind": id.kind,
        "name": redact_message(name),
        "deployed": deployed,
        "level": row.level(),
        "signs": health.signs.iter().map(sign).collect::<Vec<_>>(),
        "unread": texts(&health.unread),
    })
}

fn sign(sign: &Sign) -> Value {
    let Sign { what, of, figure, level, why } = sign;
    let (value, unit) = match figure {
        Figure::Word(word) => (Value::from(redact_message(word)), "word"),
        Figure::Count(count) => (Value::from(*count), "count"),
        Figure::Bytes(bytes) => (Value::from(*bytes), "bytes"),
        Figure::Seconds(seconds) => (Value::from(*seconds), "seconds"),
        Figure::At(at) => (Timestamp::from_millisecond(*at).map_or(Value::Null, |at| Value::from(format!("{at:.3}"))), "time"),
        Figure::Nothing => (Value::Null, "nothing"),
        Figure::Unread => (Value::Null, "unread"),
    };
    let why = why.as_ref().map(|why| redact_message(why));
    let of = of.as_ref().map(|of| redact_message(of));
    json!({"what": what, "of": of, "value": value, "unit": unit, "level": level, "why": why})
}

fn texts(all: &[String]) -> Vec<String> {
    all.iter().map(|text| redact_message(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::health::Level;

    #[test]
    fn what_is_not_known_is_null_and_says_so() {
        let of = |figure: Figure| sign(&Sign::new("x", figure).level(Level::Unsure).because(Some("why")));
        assert_eq!(of(Figure::Unread), json!({"what": "x", "of": null, "value": null, "unit": "unread", "level": "unsure", "why": "why"}));
        assert_eq!(of(Figure::Nothing)["unit"], "nothing");
        assert_eq!(of(Figure::At(0))["value"], "1970-01-01T00:00:00.000Z");
        assert_eq!(drifts(&Drift::Unknown("no plan".into())), json!({"drifted": null, "changes": {}, "why": "no plan"}));
    }
}
