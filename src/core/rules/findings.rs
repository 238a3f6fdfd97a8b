//! Checked form of `rules/findings.toml`: the words behind every finding code.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::{FindingCode, Severity};

const FILE: &str = "findings.toml";

/// The words behind a code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    severity: Severity,
    /// A few words, without a full stop.
    pub title: String,
    /// What was found.
    pub meaning: String,
    /// Why it matters for matching.
    pub why: String,
    /// What to do about it.
    pub fix: String,
    /// An invented example.
    pub example: String,
}

/// The words behind every code.
#[derive(Debug)]
pub struct FindingTexts {
    texts: Vec<FindingText>,
}

impl FindingTexts {
    /// Reads and checks `findings.toml`: every code is there with its severity, and no other.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let mut raw: BTreeMap<String, FindingText> = files.parse_toml(FILE)?;
        let mut texts = Vec::with_capacity(FindingCode::ALL.len());
        for code in FindingCode::ALL {
            let text = raw
                .remove(code.code())
                .ok_or_else(|| files.entry_error(FILE, code.code(), "title", "the table of this code is missing"))?;
            if text.severity != code.severity() {
                let reason = format!("it is \"{}\" and cannot be changed", code.severity().word());
                return Err(files.entry_error(FILE, code.code(), "severity", reason));
            }
            if let Some((key, _)) = text.entries().into_iter().find(|(_, value)| value.trim().is_empty()) {
                return Err(files.entry_error(FILE, code.code(), key, "the text is missing"));
            }
            texts.push(text);
        }
        match raw.keys().next() {
            Some(unknown) => Err(files.entry_error(FILE, unknown, "title", "there is no such code")),
            None => Ok(Self { texts }),
        }
    }

    /// The words behind a code.
    pub fn get(&self, code: FindingCode) -> &FindingText {
        // `parse` made one entry per code, in the order of the enumeration.
        &self.texts[code as usize]
    }
}

impl FindingText {
    fn entries(&self) -> [(&'static str, &str); 5] {
        [
            ("title", &self.title),
            ("meaning", &self.meaning),
            ("why", &self.why),
            ("fix", &self.fix),
            ("example", &self.example),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_and_enumeration_are_in_step() {
        let texts = FindingTexts::parse(&RuleFiles::embedded()).expect("sound");
        for code in FindingCode::ALL {
            assert_eq!(texts.get(*code).severity, code.severity(), "{code}");
        }
    }
}
