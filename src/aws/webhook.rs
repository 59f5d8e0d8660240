//! Posting to an address that is none of AWS's, over the same connections: by the proxy of the environment,
//! with certificates checked.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use super::outside::{outside, told};

/// An answer that takes longer does not come.
const ANSWER: Duration = Duration::from_secs(10);

/// Where something is posted. The address may hold a secret: nothing that is told holds it.
#[derive(Debug)]
pub struct Webhook {
    url: String,
}

impl Webhook {
    /// A webhook at this address.
    pub fn new(url: String) -> Self {
        Self { url }
    }

    /// Posts a JSON document.
    ///
    /// # Errors
    /// Why it was not taken, without the address.
    pub async fn post(&self, body: &str) -> Result<(), String> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|_| "the request cannot be made".to_owned())?;
        request.set_uri(self.url.as_str()).map_err(|_| "it is no address".to_owned())?;
        let headers = [
            ("content-type", "application/json"),
            ("user-agent", concat!("etlctl/", env!("CARGO_PKG_VERSION"))),
            ("content-length", &body.len().to_string()),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        for (name, value) in headers {
            request.headers_mut().insert(name, value);
        }
        let answer = tokio::time::timeout(ANSWER, outside().call(request)).await;
        let answer = answer.map_err(|_| format!("no answer in {} s", ANSWER.as_secs()))?;
        let answer = answer.map_err(|error| format!("it cannot be reached: {}", told(&error, &self.url)))?;
        let status = answer.status().as_u16();
        if (200..300).contains(&status) { Ok(()) } else { Err(format!("it answered {status}")) }
    }
}
