//! Checked form of `rules/states.toml`.

use super::{RuleFiles, RulesError};

/// TO BE WRITTEN
#[derive(Debug)]
pub struct StateRules {}

impl StateRules {
    /// Reads and checks `states.toml`.
    pub fn parse(_files: &RuleFiles) -> Result<Self, RulesError> {
        Ok(Self {})
    }
}
