//! Answers that were recorded (`record.py`), given again to a whole reading of live AWS, one of them
//! changed. No socket and no clock: pauses pass at once.

use std::fmt;
use std::sync::Arc;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_sts::config::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use etlctl::testing::aws::pace::Pace;
use etlctl::testing::aws::quotas::Quotas;
use etlctl::testing::aws::{AwsError, Caller, Clients, Readers};
use etlctl::testing::contract::ReadCx;
use etlctl::testing::live::{self, Reading};
use etlctl::testing::model::EndpointKind;
use etlctl::testing::source::Loaded;
use etlctl::testing::stack::{Choice, load};
use serde::Deserialize;

use crate::project::Project;

#[derive(Clone, Deserialize)]
struct Answer {
    operation: String,
    asked: String,
    status: u16,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
}

/// The answers to all reads of a plan.
pub struct Recorded {
    answers: Vec<Answer>,
    endpoint: String,
    loaded: Loaded,
    _project: Project,
}

impl Recorded {
    pub fn load() -> Self {
        let mut answers: Vec<Answer> = serde_json::from_str(include_str!("answers.json")).unwrap();
        // These two belong to no resource.
        answers.retain(|answer| !["sts:GetCallerIdentity", "iam:ListAccountAliases"].contains(&answer.operation.as_str()));
        let project = Project::new(include_str!("answers.yaml"));
        let mut loaded = load(&project.path().join("desired-state/stack.yaml"), &Choice::default()).unwrap();
        loaded.settle_account("111122223333");
        let queue = answers.iter().find(|answer| answer.operation == "sqs:ListQueueTags").unwrap();
        let endpoint = format!("http://{}", queue.asked.split("http://").nth(1).unwrap().split('/').next().unwrap());
        Self { answers, endpoint, loaded, _project: project }
    }

    pub fn len(&self) -> usize {
        self.answers.len()
    }

    pub fn is_told_by_its_headers(&self, which: usize) -> bool {
        self.answers[which].headers.keys().any(|name| name.eq_ignore_ascii_case("x-amzn-errortype"))
    }

    pub fn operation(&self, which: usize) -> &str {
        &self.answers[which].operation
    }

    /// Reads live AWS where the body of this answer is changed.
    pub fn read_with(&self, which: usize, change: impl Fn(&[u8]) -> Vec<u8>) -> Result<Reading, AwsError> {
        let mut answers = self.answers.clone();
        let body = BASE64_STANDARD.decode(&answers[which].body).unwrap();
        answers[which].body = BASE64_STANDARD.encode(change(&body));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let clients = clients(&self.endpoint, Replay { answers: Arc::new(answers) }).await;
            let call = Caller::new(Arc::new(Pace::new(Quotas::Off)));
            let cx = ReadCx::new(self.loaded.scope.clone(), Readers::of(&clients), call, true);
            live::read(&cx, &self.loaded.desired.nodes, false).await
        })
    }
}

async fn clients(endpoint: &str, replay: Replay) -> Clients {
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(SharedHttpClient::new(replay))
        .credentials_provider(Credentials::new("111122223333", "test", None, None, "recorded"))
        .retry_config(RetryConfig::disabled())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .load()
        .await;
    Clients::new(&config, "us-east-1".into(), EndpointKind::Local)
}

/// Answers what was recorded of the same request, and refuses any other.
#[derive(Clone)]
struct Replay {
    answers: Arc<Vec<Answer>>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replay")
    }
}

impl HttpClient for Replay {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Replay {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let path = request.uri().split_once("://").map_or(request.uri(), |(_, rest)| &rest[rest.find('/').unwrap_or(rest.len())..]);
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let asked = format!("{} {path}\n{target}\n{body}", request.method());
        let found = self.answers.iter().find(|answer| answer.asked == asked);
        let response = match found {
            Some(answer) => {
                let body = BASE64_STANDARD.decode(&answer.body).unwrap();
                let mut response = Response::new(StatusCode::try_from(answer.status).unwrap(), SdkBody::from(body));
                for (name, value) in &answer.headers {
                    response.headers_mut().insert(name.to_lowercase(), value.clone());
                }
                response
            }
            None => {
                let refusal = r#"{"__type":"ValidationException","message":"nobody recorded that"}"#;
                Response::new(StatusCode::try_from(400).unwrap(), SdkBody::from(refusal))
            }
        };
        HttpConnectorFuture::ready(Ok(response))
    }
}
