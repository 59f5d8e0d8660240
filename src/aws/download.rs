//! What AWS tells an address of: code lies in S3, at an address that is good for minutes and asks for no
//! credentials.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::timeout;

use super::outside::{outside, told};
use crate::model::EndpointKind;

/// How long S3 may be silent, before it answers and between two parts of its answer.
const SILENCE: Duration = Duration::from_secs(30);

/// Why nothing was fetched. The address is a credential by itself, so none of these tells it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The address is none that is fetched from.
    #[error("AWS gave an address that is none of https, and nothing is fetched from there")]
    Address,
    /// It could not be asked.
    #[error("what lies there could not be asked for: {0}")]
    Unreached(String),
    /// Nothing came for a while.
    #[error("nothing came for {} s", SILENCE.as_secs())]
    Silent,
    /// It was refused.
    #[error("it was refused with status {0}")]
    Refused(u16),
    /// It is larger than it can be.
    #[error("it is larger than {0} bytes, which no code of Lambda's is")]
    TooLarge(u64),
    /// It ended before its end.
    #[error("it was cut off")]
    Cut,
}

/// The bytes at an address, of which there are at most `most`.
///
/// # Errors
/// See [`DownloadError`].
pub async fn download(address: &str, most: u64, from: EndpointKind) -> Result<Vec<u8>, DownloadError> {
    // A local AWS speaks no TLS.
    let is_local = from != EndpointKind::Aws && address.starts_with("http://");
    if !address.starts_with("https://") && !is_local {
        return Err(DownloadError::Address);
    }
    let request = HttpRequest::get(address).map_err(|_| DownloadError::Address)?;
    let answer = timeout(SILENCE, outside().call(request)).await.map_err(|_| DownloadError::Silent)?;
    let answer = answer.map_err(|error| DownloadError::Unreached(told(&error, address)))?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(DownloadError::Refused(status));
    }
    let mut body = ByteStream::new(answer.into_body());
    let mut bytes = Vec::new();
    loop {
        match timeout(SILENCE, body.next()).await {
            Err(_) => return Err(DownloadError::Silent),
            Ok(None) => return Ok(bytes),
            Ok(Some(Err(_))) => return Err(DownloadError::Cut),
            Ok(Some(Ok(part))) => bytes.extend_from_slice(&part),
        }
        if bytes.len() as u64 > most {
            return Err(DownloadError::TooLarge(most));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    async fn served(answer: &'static str) -> (String, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/code?X-Amz-Signature=told", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        });
        (address, serving)
    }

    #[tokio::test]
    async fn it_is_fetched_up_to_its_bound_and_never_cut() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nzip", Ok(b"zip".to_vec())),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nzip", Err(DownloadError::Cut)),
            ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Err(DownloadError::Refused(403))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlarge", Err(DownloadError::TooLarge(4))),
        ];
        for (answer, expected) in cases {
            let (address, serving) = served(answer).await;
            assert_eq!(download(&address, 4, EndpointKind::Local).await, expected);
            serving.await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_fetched_in_the_open_from_aws() {
        for (address, kind) in [("http://127.0.0.1:1/x", EndpointKind::Aws), ("file:///etc/passwd", EndpointKind::Local)] {
            assert_eq!(download(address, 4, kind).await, Err(DownloadError::Address));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_reached_is_told_without_its_address() {
        let refused = download("http://127.0.0.1:1/x?X-Amz-Signature=told", 4, EndpointKind::Local).await.unwrap_err();
        let DownloadError::Unreached(why) = refused else { panic!("{refused}") };
        assert!(why.to_lowercase().contains("connection refused") && !why.contains("127.0.0.1") && !why.contains("Signature"), "{why}");
    }
}
