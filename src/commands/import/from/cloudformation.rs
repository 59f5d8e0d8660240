//! Templates of CloudFormation: what their intrinsic functions come to, as far as a template alone tells.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Declared, Member};
use crate::contract::Driver;
use crate::model::Scope;

/// The resources of a template. `set` gives parameters, `AWS::StackName`, and names of resources.
pub(super) fn declared(
    resources: &Map<String, Value>,
    parameters: &BTreeMap<String, String>,
    scope: &Scope,
    set: &[(String, String)],
) -> Vec<Declared> {
    let mut known = parameters.clone();
    known.insert("AWS::Region".to_owned(), scope.region.clone());
    known.insert("AWS::AccountId".to_owned(), scope.account.to_string());
    known.insert("AWS::Partition".to_owned(), scope.partition.clone());
    known.extend(set.iter().cloned());
    let template = Template { known, resources };
    let declared = |(id, resource): (&String, &Value)| {
        let properties = resource.get("Properties").and_then(Value::as_object).into_iter().flatten();
        Declared {
            address: id.clone(),
            of_type: resource["Type"].as_str().unwrap_or_default().to_owned(),
            key: id.clone(),
            members: properties.filter_map(|(name, value)| Some((name.clone(), template.member(value, DEEPEST)?))).collect(),
        }
    };
    resources.iter().map(declared).collect()
}

/// How a reference to a value begins that CloudFormation reads elsewhere.
const DYNAMIC: &str = "{{resolve:";

/// The text of a scalar, all of which are texts to CloudFormation; none of anything else.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Functions within functions.
const DEEPEST: usize = 16;

struct Template<'a> {
    known: BTreeMap<String, String>,
    resources: &'a Map<String, Value>,
}

impl Template<'_> {
    /// What a value comes to; none of what is no text.
    fn member(&self, value: &Value, depth: usize) -> Option<Member> {
        let member = match value {
            Value::Object(map) if map.len() == 1 && depth > 0 => {
                let (function, argument) = map.iter().next()?;
                self.function(function, argument, depth - 1)?
            }
            other => Member::Text(scalar(other)?),
        };
        Some(match member {
            Member::Text(text) if text.contains(DYNAMIC) => Member::Open(text),
            member => member,
        })
    }

    fn function(&self, function: &str, argument: &Value, depth: usize) -> Option<Member> {
        match function {
            "Ref" if argument == "AWS::NoValue" => None,
            "Ref" => Some(self.named(argument.as_str()?, depth)),
            "Fn::Sub" => match argument {
                Value::String(text) => Some(self.filled(text, &Map::new(), depth)),
                Value::Array(both) => Some(self.filled(both.first()?.as_str()?, both.get(1)?.as_object()?, depth)),
                _ => None,
            },
            "Fn::Join" => {
                let both = argument.as_array()?;
                let (between, parts) = (both.first()?.as_str()?, both.get(1)?.as_array()?);
                let mut texts = Vec::new();
                for part in parts {
                    match self.member(part, depth)? {
                        Member::Text(text) => texts.push(text),
                        open @ (Member::Open(_) | Member::Unset(_)) => return Some(open),
                    }
                }
                Some(Member::Text(texts.join(between)))
            }
            "Fn::GetAtt" => self.attribute(argument, depth),
            other if other.starts_with("Fn::") => Some(Member::Open(other.to_owned())),
            _ => None,
        }
    }

    /// A parameter, or a resource by the name that is written in its properties.
    fn named(&self, name: &str, depth: usize) -> Member {
        if let Some(value) = self.known.get(name) {
            return Member::Text(value.clone());
        }
        if let Some((id, attribute)) = name.split_once('.') {
            return self.attribute_of(id, attribute, depth);
        }
        match self.resources.get(name) {
            Some(resource) => self.written(resource, depth).unwrap_or_else(|| Member::Open(name.to_owned())),
            None => Member::Unset(name.to_owned()),
        }
    }

    /// The name that the properties of a resource say.
    fn written(&self, resource: &Value, depth: usize) -> Option<Member> {
        let of_type = resource["Type"].as_str()?;
        let named =
            |driver: &&dyn Driver| driver.elsewhere().named.iter().find(|(named, _)| *named == of_type).map(|(_, members)| *members);
        let members = crate::kinds::registry().iter().find_map(named)?;
        let property = members.iter().find_map(|member| resource["Properties"].get(*member))?;
        self.member(property, depth.checked_sub(1)?)
    }

    /// `${Name}` filled in, and `${!Name}` as it is.
    fn filled(&self, text: &str, own: &Map<String, Value>, depth: usize) -> Member {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else { break };
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match own.get(name.trim()) {
                Some(value) => self.member(value, depth).unwrap_or_else(|| Member::Open(name.to_owned())),
                None => self.named(name.trim(), depth),
            };
            match value {
                Member::Text(value) => out.push_str(&value),
                open @ (Member::Open(_) | Member::Unset(_)) => return open,
            }
        }
        out.push_str(rest);
        Member::Text(out)
    }

    fn attribute(&self, argument: &Value, depth: usize) -> Option<Member> {
        let (id, attribute) = match argument {
            Value::String(text) => text.split_once('.')?,
            Value::Array(both) => (both.first()?.as_str()?, both.get(1)?.as_str()?),
            _ => return None,
        };
        Some(self.attribute_of(id, attribute, depth))
    }

    /// The property of a resource of the template that has the attribute's name. What is known by an ARN is
    /// known by its name.
    fn attribute_of(&self, id: &str, attribute: &str, depth: usize) -> Member {
        let open = || Member::Open(format!("{id}.{attribute}"));
        let Some(deeper) = depth.checked_sub(1) else { return open() };
        let property = self.resources.get(id).and_then(|resource| resource.get("Properties")?.get(attribute));
        match property.and_then(|value| self.member(value, deeper)) {
            Some(member) => member,
            None if matches!(attribute, "Arn" | "Name") && self.resources.contains_key(id) => match self.named(id, deeper) {
                Member::Open(_) => open(),
                named => named,
            },
            None => open(),
        }
    }
}
