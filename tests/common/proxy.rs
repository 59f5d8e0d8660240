//! Stands between the binary and the local AWS, below the SDK: notes every call, and lets rules
//! refuse it, lose its answer, or hold it back.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::wire::{Refusal, refusal};

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It is answered so, and never reaches AWS.
    Refused(Refusal),
    /// It is refused by an answer that quotes it, as some of AWS's do, and never reaches AWS.
    Quoted,
    /// AWS carries it out, and the connection ends without an answer.
    Lost,
    /// It arrives late.
    Slow(Duration),
    /// AWS carries it out, and its JSON answer is changed on the way.
    Altered(fn(&mut serde_json::Value)),
}

/// A fault, and the calls that it meets.
#[derive(Debug, Clone)]
pub struct Rule {
    operation: &'static str,
    about: &'static str,
    fault: Fault,
    times: usize,
}

impl Rule {
    /// The first call of this operation: `lambda:CreateFunction`.
    pub fn new(operation: &'static str, fault: Fault) -> Self {
        Self { operation, about: "", fault, times: 1 }
    }

    pub fn refuse(operation: &'static str, status: u16, code: &'static str, message: &'static str) -> Self {
        Self::new(operation, Fault::Refused(Refusal { status, code, message }))
    }

    /// Only of calls that name this in address or body.
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// The first calls, as many as this.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

/// A call that came by.
#[derive(Debug, Clone)]
pub struct Call {
    pub operation: String,
    /// Address and body.
    text: String,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    rules: Vec<Rule>,
}

/// A running proxy. Its threads end with the tests.
pub struct Proxy {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub fn start(upstream: &str, rules: Vec<Rule>) -> Self {
        let upstream = upstream.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { calls: Vec::new(), rules }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (state, upstream) = (Arc::clone(&shared), upstream.clone());
                // A client that goes away in the middle is what some tests are about.
                std::thread::spawn(move || client.and_then(|client| serve(client, &upstream, &state)));
            }
        });
        Self { url, state }
    }

    /// Calls of this operation that name `about` in address or body.
    pub fn count(&self, operation: &str, about: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.calls.iter().filter(|call| call.operation == operation && call.text.contains(about)).count()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Operations of the rules that have not met all the calls they were made for.
    pub fn unspent(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().rules.iter().filter(|rule| rule.times > 0).map(|rule| rule.operation).collect()
    }
}

impl State {
    /// Notes a call; returns what is to happen to it.
    fn arrives(&mut self, call: Call) -> Option<Fault> {
        let meets = |rule: &&mut Rule| rule.times > 0 && rule.operation == call.operation && call.text.contains(rule.about);
        let fault = self.rules.iter_mut().find(meets).map(|rule| {
            rule.times -= 1;
            rule.fault
        });
        self.calls.push(call);
        fault
    }
}

fn serve(mut client: TcpStream, upstream: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let Some(request) = Request::read(&client)? else { return Ok(()) };
    let operation = request.operation();
    let service = operation.split(':').next().unwrap_or_default().to_owned();
    let text = format!("{}\n{}", request.line, String::from_utf8_lossy(&request.body));
    let fault = state.lock().unwrap().arrives(Call { operation, text });
    match fault {
        Some(Fault::Refused(what)) => client.write_all(&refusal(&service, what))?,
        Some(Fault::Quoted) => {
            let message =
                format!("1 validation error detected: Value '{}' failed to satisfy constraint", String::from_utf8_lossy(&request.body));
            let what = Refusal { status: 400, code: "ValidationException", message: message.leak() };
            client.write_all(&refusal(&service, what))?;
        }
        Some(Fault::Lost) => drop(request.forward(upstream)?),
        Some(Fault::Slow(time)) => {
            std::thread::sleep(time);
            client.write_all(&request.forward(upstream)?)?;
        }
        Some(Fault::Altered(change)) => client.write_all(&altered(&request.forward(upstream)?, change))?,
        None => client.write_all(&request.forward(upstream)?)?,
    }
    client.shutdown(Shutdown::Both)
}

/// The same answer with another document in it.
fn altered(answer: &[u8], change: fn(&mut serde_json::Value)) -> Vec<u8> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let mut document = serde_json::from_slice(&answer[end + 4..]).unwrap();
    change(&mut document);
    let body = document.to_string();
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let kept: Vec<&str> = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("content-length:")).collect();
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", kept.join("\r\n"), body.len()).into_bytes()
}

struct Request {
    /// `POST /2015-03-31/functions HTTP/1.1`.
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn read(client: &TcpStream) -> std::io::Result<Option<Self>> {
        let mut reader = BufReader::new(client);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Some(Self { line: line.trim_end().to_owned(), headers, body }))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// `service:Operation`, in each of the protocols that AWS speaks.
    fn operation(&self) -> String {
        // Credential=<key>/<date>/<region>/<service>/aws4_request
        let signed = self.header("authorization").split_once("Credential=").map_or("", |(_, scope)| scope);
        let service = match signed.split('/').nth(3).unwrap_or_default() {
            "monitoring" => "cloudwatch",
            "tagging" => "tag",
            other => other,
        };
        let path = self.line.split(' ').nth(1).unwrap_or_default();
        let body = String::from_utf8_lossy(&self.body);
        let action = if let Some((_, action)) = self.header("x-amz-target").rsplit_once('.') {
            action.to_owned()
        } else if let Some((_, action)) = path.rsplit_once("/operation/") {
            action.to_owned()
        } else if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
            action.to_owned()
        } else {
            self.lambda_action(path)
        };
        format!("{service}:{action}")
    }

    fn lambda_action(&self, path: &str) -> String {
        let method = self.line.split(' ').next().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        let known = match (method, parts.as_slice()) {
            ("POST", ["functions"]) => "CreateFunction",
            ("GET", ["functions", _]) => "GetFunction",
            ("DELETE", ["functions", _]) => "DeleteFunction",
            ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
            ("PUT", ["functions", _, "code"]) => "UpdateFunctionCode",
            ("PUT", ["functions", _, "concurrency"]) => "PutFunctionConcurrency",
            ("POST", ["functions", _, "versions"]) => "PublishVersion",
            ("POST", ["functions", _, "aliases"]) => "CreateAlias",
            ("POST", ["functions", _, "policy"]) => "AddPermission",
            ("POST", ["functions", _, "url"]) => "CreateFunctionUrlConfig",
            ("POST", ["event-source-mappings"]) => "CreateEventSourceMapping",
            ("POST", ["layers", _, "versions"]) => "PublishLayerVersion",
            ("DELETE", ["layers", _, "versions", _]) => "DeleteLayerVersion",
            _ => return format!("{method} {path}"),
        };
        known.to_owned()
    }

    /// Asks the real one; the answer says that the connection ends, since it does.
    fn forward(&self, upstream: &str) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(upstream)?;
        let mut head = format!("{}\r\nconnection: close\r\n", self.line);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "connection") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        server.write_all(&[head.as_bytes(), b"\r\n", &self.body].concat())?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let kept = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let head = kept.collect::<Vec<_>>().join("\r\n");
        Ok([head.as_bytes(), b"\r\nConnection: close\r\n\r\n", &answer[end + 4..]].concat())
    }
}
