//! `/healthz` and `/metrics` for who watches the watcher.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::error::Error;
use crate::model::watch::{Figures, Health};
use crate::report;

/// Connections at a time.
const CONNECTIONS: usize = 16;
/// How long a request may take to come, and a connection to live.
const REQUEST: Duration = Duration::from_secs(10);
const CONNECTION: Duration = Duration::from_secs(120);

/// What is told of the watcher.
pub struct Shared {
    start: Instant,
    state: Mutex<(Figures, Health)>,
}

impl Shared {
    /// Of one that begins now.
    pub fn new(start: Instant) -> Self {
        Self { start, state: Mutex::default() }
    }

    /// Changes it.
    pub fn set<T>(&self, change: impl FnOnce(&mut Figures, &mut Health) -> T) -> T {
        // Figures are whole, whatever happened to who held them.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (figures, health) = &mut *state;
        change(figures, health)
    }

    fn health(&self) -> Result<(), String> {
        let now = self.start.elapsed();
        self.set(|_, health| health.check(now))
    }
}

/// Listens, and answers until the program ends.
///
/// # Errors
/// The address is one that other machines reach and nobody said so, or it is taken.
pub async fn listen(address: SocketAddr, anywhere: bool, shared: Arc<Shared>) -> Result<(), Error> {
    if !address.ip().is_loopback() && !anywhere {
        let message = format!("--listen {address}: other machines reach this address, and nobody is asked who they are");
        let hint = "listen on 127.0.0.1, or pass --listen-anywhere too where that is meant, as in a container".to_owned();
        return Err(Error::Usage { message, hint });
    }
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| Error::Usage {
        message: format!("--listen {address}: {error}"),
        hint: "name an address of this machine with a port that is free".to_owned(),
    })?;
    if let Ok(bound) = listener.local_addr() {
        report::note(&format!("Listening on http://{bound}/healthz and /metrics."));
    }
    tokio::spawn(accept(listener, shared));
    Ok(())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for one: that passes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let answers = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(answer(&request, &shared)) }
            });
            let mut server = hyper::server::conn::http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(16 * 1024);
            // Who hangs up early is no failure of ours.
            let _ = tokio::time::timeout(CONNECTION, server.serve_connection(TokioIo::new(stream), answers)).await;
            drop(place);
        });
    }
}

fn answer(request: &http::Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let (status, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/healthz") => match shared.health() {
            Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", report::redacted(&why))),
        },
        (&Method::GET | &Method::HEAD, "/metrics") => {
            let is_well = shared.health().is_ok();
            let figures = shared.set(|figures, _| figures.clone());
            (StatusCode::OK, report::metrics::text(&figures, is_well, resident()))
        }
        (&Method::GET | &Method::HEAD, _) => (StatusCode::NOT_FOUND, "there are /healthz and /metrics\n".to_owned()),
        _ => (StatusCode::METHOD_NOT_ALLOWED, "GET alone\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

/// Memory of this process in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
