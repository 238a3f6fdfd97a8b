//! The name of a system that assigns external ids.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

/// The name of a system that assigns external ids, such as `Hospital A MRN`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SystemName(String);

impl SystemName {
    /// A name as the roster or the user spells it.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

/// Sets of names are searched by text.
impl Borrow<str> for SystemName {
    fn borrow(&self) -> &str {
        &self.0
    }
}
