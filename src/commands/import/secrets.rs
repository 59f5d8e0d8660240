//! Secrets among what is imported: the file names variables of the process environment in their place.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::inside;
use crate::contract::Sections;
use crate::model::reference;
use crate::model::secret::{Secrets, looks_secret, name_in_list, name_in_map, name_of_pair};
use crate::model::stored::Hidden;
use crate::source::vars::RESERVED;

/// How variables begin that mean something to etlctl, to AWS, or to whoever builds and deploys.
const OTHERS: [&str; 9] = ["AWS_", "ETLCTL_", "GITHUB_", "GITLAB_", "CI_", "NPM_", "PIP_", "HTTP_", "HTTPS_"];

/// A secret that was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The variable of the file.
    pub variable: String,
    /// The variable of the process environment that it is read from.
    pub from_env: String,
    /// Where it stood.
    pub places: Vec<String>,
    /// The value itself, as AWS holds it.
    pub value: Hidden,
    /// Whether it is a number, which a text would be another thing than.
    pub number: bool,
}

/// All of these, to be hidden wherever they are told.
pub fn known(all: &[Told]) -> Secrets {
    let mut secrets = Secrets::default();
    all.iter().for_each(|told| secrets.add_guessed(told.value.text()));
    secrets
}

/// Puts a variable in the place of each secret of a stack, also where it stands inside another text.
pub fn take_out(stack: &str, sections: &mut Sections) -> Vec<Told> {
    let mut taken = Taken { stack, told: Vec::new(), known: BTreeMap::new() };
    each_field(sections, &mut |place, key, field, value| taken.within(place, (key, field), value));
    let names: BTreeSet<String> =
        sections.values().flat_map(BTreeMap::values).filter_map(|fields| fields.get("name")).map(Value::to_string).collect();
    // What a name shows everybody is no secret that a variable could keep.
    let is_shown = |value: &str| names.iter().any(|name| name.contains(value));
    for told in &mut taken.told {
        if inside::is_telling(told.value.text()) && !is_shown(told.value.text()) {
            each_field(sections, &mut |place, _, field, value| inside::replace(place, field, value, told));
        }
    }
    taken.told
}

fn each_field(sections: &mut Sections, visit: &mut dyn FnMut(&str, &str, &str, &mut Value)) {
    for (section, all) in sections {
        for (key, fields) in all {
            for (field, value) in fields.iter_mut() {
                visit(&format!("{section}.{key}.{field}"), key, field, value);
            }
        }
    }
}

struct Taken<'a> {
    stack: &'a str,
    told: Vec<Told>,
    /// Values that have a variable, and whether each is a number, with its place in `told`.
    known: BTreeMap<(String, bool), usize>,
}

impl Taken<'_> {
    fn within(&mut self, place: &str, (key, name): (&str, &str), value: &mut Value) {
        match value {
            Value::String(text) => {
                if looks_secret(name, text) {
                    let variable = self.variable(place, (key, name), text, false);
                    *text = format!("${{{variable}}}");
                }
            }
            Value::Array(items) => {
                let words: Vec<Option<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
                for (index, item) in items.iter_mut().enumerate() {
                    let before = index.checked_sub(1).and_then(|before| words[before].as_deref());
                    let named = name_in_list(name, before, words[index].as_deref()).to_owned();
                    self.within(&format!("{place}[{index}]"), (key, &named), item);
                }
            }
            Value::Object(map) => {
                let texts: BTreeMap<String, String> =
                    map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
                let named = name_of_pair(|name| texts.get(name).map(String::as_str));
                for (name, item) in map.iter_mut() {
                    self.within(&format!("{place}.{name}"), (key, name_in_map(name, named)), item);
                }
            }
            Value::Number(number) if looks_secret(name, &number.to_string()) => {
                let variable = self.variable(place, (key, name), &number.to_string(), true);
                *value = format!("${{{variable}}}").into();
            }
            // Which of two it is no one has to guess.
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The variable of a value: one for all places where it stands.
    fn variable(&mut self, place: &str, (key, name): (&str, &str), value: &str, number: bool) -> String {
        let known = (value.to_owned(), number);
        if let Some(at) = self.known.get(&known) {
            self.told[*at].places.push(place.to_owned());
            return self.told[*at].variable.clone();
        }
        let plain = |text: &str| -> String {
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect::<String>()
        };
        let is_taken = |variable: &str| RESERVED.contains(&variable) || self.told.iter().any(|told| told.variable == variable);
        let (short, long) = (plain(name), plain(&format!("{key}_{name}")));
        let numbers = (2..).map(|n| format!("{long}_{n}"));
        let free = [short.clone(), long.clone()].into_iter().chain(numbers).find(|variable| !is_taken(variable)).unwrap_or(long);
        self.known.insert(known, self.told.len());
        let from_env = self.own_variable(&plain(&format!("{}_{key}_{name}", self.stack)));
        self.told.push(Told {
            variable: free.clone(),
            from_env,
            places: vec![place.to_owned()],
            value: Hidden::new(reference::plain(value)),
            number,
        });
        free
    }

    /// A variable of the process environment that is this secret's alone: under the name that a function gives
    /// to it, such as `AWS_SECRET_ACCESS_KEY`, whoever deploys may have a secret of their own.
    fn own_variable(&self, words: &str) -> String {
        let words = words.to_ascii_uppercase();
        let is_own = !words.starts_with(|c: char| c.is_ascii_digit()) && !OTHERS.iter().any(|prefix| words.starts_with(prefix));
        let name = if is_own { words } else { format!("STACK_{words}") };
        let numbers = (2..).map(|n| format!("{name}_{n}"));
        let is_free = |name: &String| !self.told.iter().any(|told| told.from_env == *name);
        std::iter::once(name.clone()).chain(numbers).find(is_free).unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_becomes_a_variable_and_one_value_one() {
        let of = |variables: Value| json!({"environment": variables}).as_object().cloned().unwrap();
        let mut all: Sections = [(
            "functions".to_owned(),
            [
                ("load".to_owned(), of(json!({"DB_PASSWORD": "hunter2hunter2", "STAGE": "prod"}))),
                ("save".to_owned(), of(json!({"DB_PASSWORD": "other-pass-word", "PGPASSWORD": "hunter2hunter2"}))),
            ]
            .into(),
        )]
        .into();
        let told = take_out("etl", &mut all);
        assert_eq!(json!(all["functions"]["load"]), json!({"environment": {"DB_PASSWORD": "${db_password}", "STAGE": "prod"}}));
        assert_eq!(
            json!(all["functions"]["save"]),
            json!({"environment": {"DB_PASSWORD": "${save_db_password}", "PGPASSWORD": "${db_password}"}})
        );
        let expected = [
            (
                "db_password",
                "ETL_LOAD_DB_PASSWORD",
                vec!["functions.load.environment.DB_PASSWORD", "functions.save.environment.PGPASSWORD"],
            ),
            ("save_db_password", "ETL_SAVE_DB_PASSWORD", vec!["functions.save.environment.DB_PASSWORD"]),
        ];
        let shown: Vec<_> = told
            .iter()
            .map(|told| (told.variable.as_str(), told.from_env.as_str(), told.places.iter().map(String::as_str).collect::<Vec<_>>()))
            .collect();
        assert_eq!(shown, expected);
        assert!(!format!("{told:?}{all:?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_is_taken_out_of_texts_and_a_number_of_a_document() {
        let mut all: Sections = [
            (
                "functions".to_owned(),
                [(
                    "load".to_owned(),
                    json!({"name": "load", "environment": {"CONN": "u;zz=hunter2hunter2", "DB_PASSWORD": "hunter2hunter2"}}),
                )]
                .into(),
            ),
            (
                "schedules".to_owned(),
                [("start".to_owned(), json!({"name": "start", "input": {"password": 42424242, "input": {"n": 7}, "use_password": true}}))]
                    .into(),
            ),
        ]
        .map(|(section, all): (String, BTreeMap<String, Value>)| {
            (section, all.into_iter().map(|(key, fields)| (key, fields.as_object().cloned().unwrap())).collect())
        })
        .into();
        let told = take_out("etl", &mut all);
        assert_eq!(json!(all["functions"]["load"]["environment"]), json!({"CONN": "u;zz=${db_password}", "DB_PASSWORD": "${db_password}"}));
        assert_eq!(told[0].places, ["functions.load.environment.DB_PASSWORD", "functions.load.environment.CONN"]);
        assert_eq!(json!(all["schedules"]["start"]["input"]), json!({"password": "${password}", "input": {"n": 7}, "use_password": true}));
        assert_eq!((told[1].value.text(), told[1].number, told[0].number), ("42424242", true, false));
    }

    #[test]
    fn nobody_elses_variable_is_read() {
        let of = |variables: Value| json!({"environment": variables}).as_object().cloned().unwrap();
        let secrets = json!({"aws_session_token": "app-token-123456", "GITHUB_TOKEN": "app-token-654321"});
        let names = |stack: &str, keys: &[&str]| -> Vec<String> {
            let all = keys.iter().map(|key| ((*key).to_owned(), of(secrets.clone()))).collect();
            take_out(stack, &mut [("functions".to_owned(), all)].into()).into_iter().map(|told| told.from_env).collect()
        };
        assert_eq!(names("etl", &["load"]), ["ETL_LOAD_AWS_SESSION_TOKEN", "ETL_LOAD_GITHUB_TOKEN"]);
        assert_eq!(names("aws", &["1"]), ["STACK_AWS_1_AWS_SESSION_TOKEN", "STACK_AWS_1_GITHUB_TOKEN"]);
        assert_eq!(names("1", &["a"])[0], "STACK_1_A_AWS_SESSION_TOKEN");
    }
}
