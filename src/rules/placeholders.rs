//! Checked form of `rules/placeholders.toml`.

use super::{RuleFiles, RulesError};

/// TO BE WRITTEN
#[derive(Debug)]
pub struct PlaceholderRules {}

impl PlaceholderRules {
    /// Reads and checks `placeholders.toml`.
    pub fn parse(_files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {})
    }
}
