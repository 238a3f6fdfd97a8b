//! The HTTP side: takes requests in, plays the faults, writes the journal.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;

use super::answer::Answer;
use super::faults::{Failure, fate};
use super::journal::{Entry, Journal};
use super::routes::{Asked, State, initiates};
use super::settings::{SandboxError, SandboxSettings};
use super::store::Subjects;

/// Most bytes of a request.
const BODY_MAX: usize = 1 << 20;

/// A running sandbox.
#[derive(Debug)]
pub struct SandboxHandle {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    shared: Arc<Shared>,
}

struct Shared {
    settings: SandboxSettings,
    state: Mutex<State>,
    journal: std::sync::Mutex<Journal>,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    peak_in_flight: AtomicUsize,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Starts a sandbox on the running tokio runtime.
pub async fn start(settings: SandboxSettings) -> Result<SandboxHandle, SandboxError> {
    if !settings.address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(settings.address));
    }
    let listen = |source| SandboxError::Listen { address: settings.address, source };
    let listener = TcpListener::bind(settings.address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let subjects = Subjects::open(&settings.store)?;
    let journal = Journal::open(settings.journal.as_deref())?;
    let shared = Arc::new(Shared {
        state: Mutex::new(State::new(settings.clone(), subjects)),
        settings,
        journal: std::sync::Mutex::new(journal),
        requests: AtomicU64::new(0),
        in_flight: AtomicUsize::new(0),
        peak_in_flight: AtomicUsize::new(0),
    });
    let handler = Arc::clone(&shared);
    let router = Router::new().fallback(move |request: Request| serve(Arc::clone(&handler), request));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
            // A handle that was dropped stops the sandbox too.
            let _ = stopped.await;
        });
        // The server ends with the handle; there is nobody to tell.
        let _ = serving.await;
    });
    Ok(SandboxHandle { address, stop, server, shared })
}

impl SandboxHandle {
    /// The base address for clients.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every subject as stored, by server identifier.
    pub async fn subjects(&self) -> Result<Vec<Value>, SandboxError> {
        Ok(self.shared.state.lock().await.subjects.all()?)
    }

    /// Requests served so far.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Most requests that were in flight at once.
    pub fn peak_in_flight(&self) -> usize {
        self.shared.peak_in_flight.load(Ordering::SeqCst)
    }

    /// Live network queries that creations would have fired.
    pub async fn live_queries(&self) -> u64 {
        self.shared.state.lock().await.live_queries
    }

    /// Stops serving.
    pub async fn shutdown(self) {
        // A server that ended by itself does not listen any more.
        let _ = self.stop.send(());
        self.server.abort();
        let _ = self.server.await;
    }
}

/// Counts a request as in flight while it lives.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve(shared: Arc<Shared>, request: Request) -> Response<Body> {
    let number = shared.requests.fetch_add(1, Ordering::SeqCst) + 1;
    let in_flight = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
    let guard = InFlight(&shared.in_flight);
    shared.peak_in_flight.fetch_max(in_flight, Ordering::SeqCst);
    let fate = fate(&shared.settings, number, in_flight);
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str().to_owned(), parts.uri.path().to_owned());
    let bytes = to_bytes(body, BODY_MAX).await;
    let is_json = header_text(&parts.headers, header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/json"));
    let body: Result<Value, ()> = match &bytes {
        Ok(bytes) if is_json => serde_json::from_slice(bytes).map_err(|_| ()),
        Ok(_) | Err(_) => Err(()),
    };
    let mut entry = entry(number, in_flight, &method, &path, &body);
    let answer = match fate.failure {
        Some(Failure::Status(status)) => Answer::empty(status),
        Some(Failure::Cut) | None if bytes.is_err() => Answer::empty(413),
        Some(Failure::Cut) | None => {
            let asked = Asked {
                method: &method,
                path: &path,
                query: query_of(parts.uri.query().unwrap_or_default()),
                bearer: header_text(&parts.headers, "authorization").and_then(|value| value.strip_prefix("Bearer ")),
                project: header_text(&parts.headers, "projectid"),
                body,
            };
            shared.state.lock().await.answer(&asked)
        }
    };
    if !fate.delay.is_zero() {
        tokio::time::sleep(fate.delay).await;
    }
    let is_cut = fate.failure == Some(Failure::Cut);
    entry.status = if is_cut { 0 } else { answer.status };
    if let Ok(mut journal) = shared.journal.lock() {
        journal.write(&entry);
    }
    drop(guard);
    if is_cut {
        return cut();
    }
    answer.into_response(shared.settings.retry_after.map(|wait| wait.as_secs()))
}

/// An answer whose body breaks off: the connection is closed in the middle.
fn cut() -> Response<Body> {
    struct Broken;
    impl axum::body::HttpBody for Broken {
        type Data = axum::body::Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            self: std::pin::Pin<&mut Self>,
            _context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
            std::task::Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
        }
    }
    let mut response = Response::new(Body::new(Broken));
    *response.status_mut() = axum::http::StatusCode::CREATED;
    response
}

fn header_text<'a>(headers: &'a axum::http::HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The parameters of a query, percent-decoded.
fn query_of(query: &str) -> Vec<(String, String)> {
    let uri: Result<axum::http::Uri, _> = format!("/?{query}").parse();
    uri.ok()
        .and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
        .map(|parameters| parameters.0)
        .unwrap_or_default()
}

fn entry(number: u64, in_flight: usize, method: &str, path: &str, body: &Result<Value, ()>) -> Entry {
    let creation = body.as_ref().ok().filter(|_| method == "POST" && path == "/api/v1/patient-registry/subject");
    let subjects = creation.and_then(|body| body.as_array().or_else(|| body.get("subjects").and_then(Value::as_array)));
    let ids = subjects.into_iter().flatten().filter_map(super::subject::id_of);
    Entry {
        number,
        method: method.to_owned(),
        path: path.to_owned(),
        status: 0,
        in_flight,
        subject_ids: ids.collect(),
        initiate_ehr_queries: creation.map(|body| match body.pointer("/options/initiateEhrQueries") {
            None => "absent",
            Some(_) if initiates(body) => "true",
            Some(_) => "false",
        }),
    }
}
