//! The name of a run: of its folder, of its entry in the ledger, and of its report.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The name of a run. Names made later sort later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A new name: a version 7 UUID, which begins with the time.
    pub fn new() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// The name that somebody gave, or that was stored.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl Default for RunId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
