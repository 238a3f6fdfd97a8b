//! Checked form of `rules/headers.toml`.

use super::{RuleFiles, RulesError};

/// TO BE WRITTEN
#[derive(Debug)]
pub struct HeaderRules {}

impl HeaderRules {
    /// Reads and checks `headers.toml`.
    pub fn parse(_files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {})
    }
}
