//! Checked form of `rules/names.toml`.

use super::{RuleFiles, RulesError};

/// TO BE WRITTEN
#[derive(Debug)]
pub struct NameRules {}

impl NameRules {
    /// Reads and checks `names.toml`.
    pub fn parse(_files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {})
    }
}
