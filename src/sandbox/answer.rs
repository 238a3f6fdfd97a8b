//! Answers as the vendor gives them.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer before it is written out.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
}

impl Answer {
    /// An answer with a JSON body.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Some(body) }
    }

    /// An answer without a body, as most of the vendor's refusals are.
    pub(super) const fn empty(status: u16) -> Self {
        Self { status, body: None }
    }

    /// A refusal with problem details.
    pub(super) fn problem(status: u16, title: &str, detail: &str) -> Self {
        Self::json(status, json!({ "status": status, "title": title, "detail": detail }))
    }

    pub(super) fn into_response(self, retry_after: Option<u64>) -> Response<Body> {
        let body = self.body.map(|body| Body::from(body.to_string())).unwrap_or_default();
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = retry_after.filter(|_| self.status == 429) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
