//! The states of Terraform and Pulumi, as both print them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Declared, Member};

/// The resources of `terraform show -json`: of a state, or of what a plan knows of one.
pub(super) fn terraform(top: &Map<String, Value>) -> Vec<Declared> {
    let prior = || top.get("prior_state").and_then(|state| state.get("values"));
    let values = top.get("values").or_else(prior).or_else(|| top.get("planned_values"));
    let mut all = Vec::new();
    if let Some(root) = values.and_then(|values| values.get("root_module")) {
        module(root, &mut all);
    }
    all
}

fn module(of: &Value, all: &mut Vec<Declared>) {
    let list = |name: &str| of.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for resource in list("resources").iter().filter(|resource| resource["mode"] == "managed") {
        let text = |name: &str| resource[name].as_str().unwrap_or_default();
        let index = match &resource["index"] {
            Value::String(index) => format!("-{index}"),
            Value::Number(index) => format!("-{index}"),
            _ => String::new(),
        };
        all.push(Declared {
            address: text("address").to_owned(),
            of_type: text("type").to_owned(),
            key: format!("{}{index}", text("name")),
            members: members(&resource["values"]),
        });
    }
    list("child_modules").iter().for_each(|child| module(child, all));
}

/// The resources of `pulumi stack export`.
pub(super) fn pulumi(resources: &[Value]) -> Vec<Declared> {
    // What was only looked up is not in its care.
    let is_own = |resource: &&Value| resource["custom"] == true && resource["delete"] != true && resource["external"] != true;
    let of_aws = resources.iter().filter(is_own);
    let declared = |resource: &Value| {
        let urn = resource["urn"].as_str().unwrap_or_default().to_owned();
        let of_type = resource["type"].as_str().unwrap_or_default().to_owned();
        let mut all = members(&resource["inputs"]);
        all.extend(members(&resource["outputs"]));
        Declared { key: urn.rsplit("::").next().unwrap_or_default().to_owned(), address: urn, of_type, members: all }
    };
    of_aws.filter(|resource| resource["type"].as_str().is_some_and(|kind| !kind.starts_with("pulumi:"))).map(declared).collect()
}

fn members(of: &Value) -> BTreeMap<String, Member> {
    let all = of.as_object().into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.clone(), Member::Text(value.as_str()?.to_owned())))).collect()
}
