//! Errors as AWS sends them, in the protocol of each service (docs/aws-facts.md §13).

/// Id that every injected error carries.
pub const REQUEST_ID: &str = "0f0e0d0c-0b0a-4908-8706-050403020100";

/// What AWS answers: a status, a code in the words that its documentation uses, and a message.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    pub status: u16,
    pub code: &'static str,
    pub message: &'static str,
}

/// A whole response that refuses a call of this service.
pub fn refusal(service: &str, refusal: Refusal) -> Vec<u8> {
    let Refusal { code, message, .. } = refusal;
    let query_error = format!("x-amzn-query-error: {code};Sender");
    let text = |value: &str| serde_json::Value::from(value).to_string();
    match service {
        "lambda" => {
            let body = format!(r#"{{"Type":"User","message":{}}}"#, text(message));
            response(refusal, "application/json", &[&format!("x-amzn-errortype: {code}")], body.as_bytes())
        }
        // The body names the shape, the header the code that clients of the query protocol knew.
        "sqs" => {
            let shape = code.rsplit('.').next().unwrap_or(code);
            let body = format!(r#"{{"__type":"com.amazonaws.sqs#{shape}","message":{}}}"#, text(message));
            response(refusal, "application/x-amz-json-1.0", &[&query_error], body.as_bytes())
        }
        "logs" | "tag" | "ssm" | "secretsmanager" => {
            let body = format!(r#"{{"__type":"{code}","message":{}}}"#, text(message));
            response(refusal, "application/x-amz-json-1.1", &[], body.as_bytes())
        }
        "cloudwatch" => {
            let body = cbor_map(&[("__type", &format!("com.amazonaws.cloudwatch#{code}")), ("message", message)]);
            response(refusal, "application/cbor", &["smithy-protocol: rpc-v2-cbor", &query_error], &body)
        }
        "iam" | "sns" | "sts" => {
            let message = message.replace('&', "&amp;").replace('<', "&lt;");
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
            );
            response(refusal, "text/xml", &[], body.as_bytes())
        }
        other => panic!("in which protocol does {other} refuse?"),
    }
}

fn response(refusal: Refusal, content_type: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} \r\nConnection: close\r\nContent-Type: {content_type}\r\n", refusal.status);
    head.push_str(&format!("x-amzn-requestid: {REQUEST_ID}\r\nContent-Length: {}\r\n", body.len()));
    headers.iter().for_each(|header| head.push_str(&format!("{header}\r\n")));
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// A CBOR map from text to text (RFC 8949: major type 5, then pairs of major type 3).
fn cbor_map(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = vec![0xa0 | entries.len() as u8];
    for text in entries.iter().flat_map(|(key, value)| [key, value]) {
        match text.len() {
            length @ 0..=23 => bytes.push(0x60 | length as u8),
            length @ 24..=255 => bytes.extend([0x78, length as u8]),
            length => bytes.extend([0x79, (length >> 8) as u8, length as u8]),
        }
        bytes.extend(text.as_bytes());
    }
    bytes
}
