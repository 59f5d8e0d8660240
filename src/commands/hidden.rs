//! Secrets that functions hold, and may tell in an answer or a log: whoever shows these learns them first.

use futures_util::future::join_all;

use super::deployed::{Deployed, What};
use crate::contract::none_if_missing;
use crate::kinds::function::api;
use crate::model::path;
use crate::model::secret::Secrets;
use crate::report;

/// Hides from now on what the environments of these functions hold under variables that the files call
/// sensitive. A file has their values only where it is filled in with them, so they are asked of the
/// functions; one that is not there holds none.
pub async fn hide(all: impl IntoIterator<Item = &Deployed>) {
    let secrets = join_all(all.into_iter().map(of_one)).await;
    secrets.iter().for_each(report::hide);
}

async fn of_one(function: &Deployed) -> Secrets {
    let mut secrets = Secrets::default();
    let What::Function { alias } = &function.what else { return secrets };
    let variables: Vec<String> = function.sensitive.iter().filter_map(|path| variable(path)).collect();
    if variables.is_empty() {
        return secrets;
    }
    let ask = || function.read.aws.lambda.get_function().function_name(&function.name).set_qualifier(alias.clone()).send();
    let unread = match none_if_missing(function.read.call.send(&api::GET_FUNCTION, &function.name, ask).await) {
        Ok(None) => return secrets,
        Ok(Some(answer)) => match answer.configuration.and_then(|live| live.environment) {
            // Lambda answers so where the caller may not use the environment's key.
            Some(environment) if environment.error.is_some() => "its environment is told to nobody without its key".to_owned(),
            environment => {
                let values = environment.and_then(|environment| environment.variables).unwrap_or_default();
                variables.iter().filter_map(|variable| values.get(variable)).for_each(|value| secrets.add(value));
                return secrets;
            }
        },
        Err(error) => error.to_string(),
    };
    let (key, names) = (&function.id.name, variables.join(", "));
    report::tell(&format!("{key}: what it tells of {names} is shown, since the values cannot be read to be hidden: {unread}"));
    secrets
}

/// The variable that a path of a spec is about.
fn variable(path: &str) -> Option<String> {
    match &path::keys(path)[..] {
        [field, variable] if field == "environment" => Some(variable.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diff::entry_path;

    #[test]
    fn a_path_of_an_environment_names_its_variable() {
        for name in ["TOKEN", "a.b"] {
            assert_eq!(variable(&entry_path("environment", name)).as_deref(), Some(name));
        }
        assert_eq!(variable("description"), None);
        assert_eq!(variable("url.auth"), None);
    }
}
