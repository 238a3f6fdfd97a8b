//! Answers as the vendor gives them.

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
}
