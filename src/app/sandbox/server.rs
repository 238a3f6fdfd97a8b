//! The HTTP side: takes requests in and writes answers out.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::routes::methods_of;
use super::settings::{SandboxError, SandboxSettings};
use super::vendor::{Call, Reply, Vendor};

/// Most bytes of a request.
const BODY_MAX: usize = 1 << 20;

/// A running sandbox.
#[derive(Debug)]
pub struct SandboxHandle {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    vendor: Arc<Vendor>,
}

/// Starts a sandbox on the running tokio runtime.
pub async fn start(settings: SandboxSettings) -> Result<SandboxHandle, SandboxError> {
    if !settings.address.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(settings.address));
    }
    let listen = |source| SandboxError::Listen { address: settings.address, source };
    let listener = TcpListener::bind(settings.address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let vendor = Arc::new(Vendor::new(settings)?);
    let handler = Arc::clone(&vendor);
    let router = Router::new().fallback(move |request: Request| serve(Arc::clone(&handler), request));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
            // A handle that was dropped stops the sandbox too.
            let _ = stopped.await;
        });
        // The server ends with the handle, so nobody receives the error.
        let _ = serving.await;
    });
    Ok(SandboxHandle { address, stop, server, vendor })
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
        self.vendor.subjects().await
    }

    /// Requests served so far.
    pub fn requests(&self) -> u64 {
        self.vendor.requests()
    }

    /// Most requests that were in flight at once.
    pub fn peak_in_flight(&self) -> usize {
        self.vendor.peak_in_flight()
    }

    /// Live network queries that creations would have fired.
    pub async fn live_queries(&self) -> u64 {
        self.vendor.live_queries().await
    }

    /// Stops serving.
    pub async fn shutdown(self) {
        // A server that ended by itself does not listen any more.
        let _ = self.stop.send(());
        self.server.abort();
        let _ = self.server.await;
    }
}

async fn serve(vendor: Arc<Vendor>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let is_json = text(header::CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("application/json"));
    let bytes = to_bytes(body, BODY_MAX).await;
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: query_of(parts.uri.query().unwrap_or_default()),
        bearer: text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned),
        project: text("projectid").map(str::to_owned),
        oversized: bytes.is_err(),
        body: bytes.ok().filter(|_| is_json).and_then(|bytes| serde_json::from_slice(&bytes).ok()),
    };
    // On a task of its own: a client that hangs up does not undo what the vendor has begun.
    let serving = tokio::spawn(async move { vendor.serve(call).await });
    match serving.await {
        Ok(Reply::Answered { status, retry_after, body, body_after }) => {
            let mut response = answered(status, retry_after.as_deref(), body, body_after);
            let methods = methods_of(parts.uri.path()).filter(|_| status == 405);
            if let Some(methods) = methods {
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
            }
            response
        }
        Ok(Reply::WebPage) => web_page(),
        Ok(Reply::Cut) | Err(_) => cut(),
    }
}

fn answered(status: u16, retry_after: Option<&str>, body: Option<Value>, body_after: Duration) -> Response<Body> {
    let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    let body = if body_after.is_zero() { Body::from(bytes) } else { Body::new(SlowBody::new(bytes, body_after)) };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn web_page() -> Response<Body> {
    let mut response = Response::new(Body::from("<!doctype html><title>Sign in</title><p>Please sign in to go on."));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// An answer whose body breaks off: the connection is closed in the middle.
fn cut() -> Response<Body> {
    struct Broken;
    impl HttpBody for Broken {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
            Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
        }
    }
    let mut response = Response::new(Body::new(Broken));
    *response.status_mut() = StatusCode::CREATED;
    response
}

/// A body that comes after a while.
struct SlowBody {
    sleep: Pin<Box<tokio::time::Sleep>>,
    bytes: Option<Bytes>,
}

impl SlowBody {
    fn new(bytes: Bytes, after: Duration) -> Self {
        Self { sleep: Box::pin(tokio::time::sleep(after)), bytes: Some(bytes) }
    }
}

impl HttpBody for SlowBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        ready!(self.sleep.as_mut().poll(context));
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// The parameters of a query, percent-decoded.
fn query_of(query: &str) -> Vec<(String, String)> {
    let uri: Result<axum::http::Uri, _> = format!("/?{query}").parse();
    uri.ok()
        .and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
        .map(|parameters| parameters.0)
        .unwrap_or_default()
}
