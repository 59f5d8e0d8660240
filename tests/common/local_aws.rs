//! A local AWS for the tests of one process: the one at `ETLCTL_TEST_ENDPOINT`, or one of its own.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Brings a local AWS up, says so, waits until nobody holds its stdin any more, and takes it down:
/// stdin ends with the test process, however that ends.
const KEEPER: &str = "
trap '' PIPE
said=$(localstack/up 2>&1) || { printf '%s' \"$said\"; exit 1; }
case $said in *'already running'*) printf taken; exit 0;; esac
printf ready
exec >/dev/null 2>&1
cat
exec localstack/down
";

/// Address of the local AWS. There is no test without one: where none can be had, this fails.
pub fn endpoint() -> &'static str {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    ENDPOINT.get_or_init(|| std::env::var("ETLCTL_TEST_ENDPOINT").unwrap_or_else(|_| start()))
}

/// An account that no other test uses: the local AWS takes twelve digits of an access key for one.
pub fn account() -> String {
    let random = RandomState::new().build_hasher().finish();
    (100_000_000_000 + random % 900_000_000_000).to_string()
}

/// One call of a service that speaks JSON, as a stranger's client would make it: `AmazonSSM.PutParameter`.
pub fn call(account: &str, service: &str, target: &str, body: &serde_json::Value) -> String {
    let head = format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}\r\n");
    send(account, service, "POST /", &head, &body.to_string())
}

/// One read of a service that speaks REST.
pub fn get(account: &str, service: &str, path: &str) -> String {
    send(account, service, &format!("GET {path}"), "", "")
}

fn send(account: &str, service: &str, line: &str, head: &str, body: &str) -> String {
    let host = endpoint().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}\
         Authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{line} {body}\n{answer}");
    answer
}

#[expect(clippy::zombie_processes, reason = "the keeper outlives this process: it cleans up after it")]
fn start() -> String {
    // A few ports, always the same ones: each leaves a folder behind in localstack/.run.
    for port in 4600..4650_u16 {
        if TcpListener::bind(("127.0.0.1", port)).is_err() {
            continue;
        }
        let mut keeper = Command::new("bash");
        keeper.args(["-c", KEEPER]).current_dir(env!("CARGO_MANIFEST_DIR")).env("ETLCTL_LOCAL_PORT", port.to_string());
        // A group of its own: Ctrl-C at the tests must not end it before it has cleaned up.
        let mut keeper = keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::mem::forget(keeper.stdin.take());
        let mut said = String::new();
        keeper.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        match said.as_str() {
            "ready" => return format!("http://127.0.0.1:{port}"),
            // By tests that run beside these.
            "taken" => {}
            _ => panic!("localstack/up gave no local AWS, and these tests need one:\n{said}"),
        }
    }
    panic!("no port from 4600 to 4649 is free for a local AWS");
}
