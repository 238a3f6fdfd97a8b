//! The host that an upload goes to.

use std::fmt;

/// The vendor's host with its port where it is not the usual one, or `sandbox` for the embedded one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(String);

impl Host {
    /// Of a name as it is in a URL.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The embedded sandbox: its port differs from run to run, and the sandbox is the same.
    pub fn sandbox() -> Self {
        Self("sandbox".to_owned())
    }

    /// As text.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
