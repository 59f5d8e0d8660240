//! Parameters of Systems Manager: ten names a call.

use std::collections::BTreeSet;

use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::types::Parameter;
use futures_util::future::join_all;

use super::Failure;
use crate::aws::AwsError;
use crate::aws::api;
use crate::contract::ReadCx;
use crate::model::Stored;
use crate::model::stored::Hidden;

/// Names that one call takes (SSM API Reference, GetParameters, Names).
const MOST: usize = 10;

type Answer = (Stored, Result<Hidden, Failure>);

/// Reads the parameters among `wanted`.
pub async fn read(cx: &ReadCx, wanted: &BTreeSet<Stored>) -> Vec<Answer> {
    let parameters = wanted.iter().filter(|stored| matches!(stored, Stored::Parameter { .. }));
    let answers = join_all(batches(parameters).into_iter().map(|batch| batch_of(cx, batch))).await;
    answers.into_iter().flatten().collect()
}

/// As few batches as hold all, none of them with two versions of one parameter: an answer names the
/// parameter.
fn batches<'a>(parameters: impl Iterator<Item = &'a Stored>) -> Vec<Vec<&'a Stored>> {
    let mut batches: Vec<Vec<&Stored>> = Vec::new();
    for stored in parameters {
        let takes = |batch: &&mut Vec<&Stored>| batch.len() < MOST && batch.iter().all(|other| other.name() != stored.name());
        match batches.iter_mut().find(takes) {
            Some(batch) => batch.push(stored),
            None => batches.push(vec![stored]),
        }
    }
    batches
}

async fn batch_of(cx: &ReadCx, batch: Vec<&Stored>) -> Vec<Answer> {
    match send(cx, &batch).await {
        Ok(answer) => batch.into_iter().map(|stored| (stored.clone(), of(stored, &answer))).collect(),
        // One name that may not be read refuses all ten: each by itself says which it is.
        Err(error) if batch.len() > 1 && is_of_one(&error) => {
            let alone = batch.iter().map(|stored| async move {
                let answer = send(cx, std::slice::from_ref(stored)).await;
                ((*stored).clone(), answer.map_err(Failure::Aws).and_then(|answer| of(stored, &answer)))
            });
            join_all(alone).await
        }
        Err(error) => batch.into_iter().map(|stored| (stored.clone(), Err(Failure::Aws(error.clone())))).collect(),
    }
}

/// Whether the names, one or several, are why the call was refused.
fn is_of_one(error: &AwsError) -> bool {
    error.is_denied() || matches!(error.code.as_str(), "InvalidKeyId" | "ValidationException")
}

async fn send(cx: &ReadCx, batch: &[&Stored]) -> Result<GetParametersOutput, AwsError> {
    let names: Vec<String> = batch.iter().map(|stored| asked(stored)).collect();
    let target = names.join(", ");
    cx.call
        .send(&api::GET_PARAMETERS, &target, || cx.aws.ssm.get_parameters().set_names(Some(names.clone())).with_decryption(true).send())
        .await
}

/// Name or ARN, with the selector as AWS takes it.
fn asked(stored: &Stored) -> String {
    match stored {
        Stored::Parameter { name, selector: Some(selector) } => format!("{name}:{selector}"),
        _ => stored.name().to_owned(),
    }
}

fn of(stored: &Stored, answer: &GetParametersOutput) -> Result<Hidden, Failure> {
    if let Some(value) = answer.parameters().iter().find(|parameter| is_of(stored, parameter)).and_then(Parameter::value) {
        return Ok(Hidden::new(value));
    }
    if answer.invalid_parameters().contains(&asked(stored)) {
        return Err(Failure::Missing(stored.store()));
    }
    Err(AwsError::unexpected(&api::GET_PARAMETERS, stored.name(), "the answer says neither its value nor that it is not there").into())
}

/// What was asked for by its ARN may be answered by name.
fn is_of(stored: &Stored, parameter: &Parameter) -> bool {
    let name = stored.name();
    let by_arn = || {
        let path = name.split_once(":parameter/").map(|(_, path)| path);
        path.is_some() && path == parameter.name().map(|name| name.trim_start_matches('/'))
    };
    parameter.name() == Some(name) || parameter.arn() == Some(name) || by_arn()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Stored {
        Stored::parse(text).unwrap()
    }

    #[test]
    fn ten_names_a_call_and_no_parameter_twice() {
        let many: Vec<Stored> = (0..23).map(|n| stored(&format!("ssm:/p/{n}"))).collect();
        let sizes: Vec<usize> = batches(many.iter()).iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 3]);
        let versions = [stored("ssm:/a"), stored("ssm:/a:1"), stored("ssm:/a:live"), stored("ssm:/b")];
        let sizes: Vec<usize> = batches(versions.iter()).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 1]);
        assert!(batches([].iter()).is_empty());
    }

    #[test]
    fn an_answer_finds_who_asked() {
        let parameter = |name: &str, value: &str| Parameter::builder().name(name).value(value).build();
        let answer = GetParametersOutput::builder()
            .parameters(parameter("/a/b", "one"))
            .parameters(parameter("flat", "two"))
            .invalid_parameters("/gone:9")
            .build();
        assert_eq!(of(&stored("ssm:/a/b:3"), &answer).unwrap().text(), "one");
        assert_eq!(of(&stored("ssm:arn:aws:ssm:us-east-1:1:parameter/a/b"), &answer).unwrap().text(), "one");
        assert_eq!(of(&stored("ssm:arn:aws:ssm:us-east-1:1:parameter/flat"), &answer).unwrap().text(), "two");
        assert!(matches!(of(&stored("ssm:/gone:9"), &answer), Err(Failure::Missing(_))));
        // What the answer does not speak of is not known to be missing.
        assert!(matches!(of(&stored("ssm:/gone"), &answer), Err(Failure::Aws(_))));
    }
}
