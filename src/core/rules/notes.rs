//! Checked form of `rules/notes.toml`: the words of rows that are not patients.

use serde::Deserialize;

use super::word_lists::checked;
use super::{RuleFiles, RulesError};

const FILE: &str = "notes.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNotes {
    rows: RawRows,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRows {
    first_words: Vec<String>,
    totals: Vec<String>,
    total_beginnings: Vec<String>,
}

/// The words of rows that are not patients.
#[derive(Debug)]
pub struct NoteRules {
    first_words: Vec<String>,
    totals: Vec<String>,
    total_beginnings: Vec<String>,
}

impl NoteRules {
    /// Reads and checks `notes.toml`.
    ///
    /// # Errors
    /// A word that is not in lower case, or not in order.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawNotes = files.parse_toml(FILE)?;
        let words = |key: &str, list| checked(files, (FILE, "rows", key), list, str::to_lowercase);
        Ok(Self {
            first_words: words("first_words", raw.rows.first_words)?,
            totals: words("totals", raw.rows.totals)?,
            total_beginnings: words("total_beginnings", raw.rows.total_beginnings)?,
        })
    }

    /// Whether the first word of a cell, in lower case, begins a total or a note.
    pub fn begins_note(&self, word: &str) -> bool {
        self.first_words.iter().any(|known| known == word)
    }

    /// Whether a cell in lower case, without a colon at its end, is a total.
    pub fn is_total(&self, text: &str) -> bool {
        let begins = |word: &String| text.strip_prefix(word.as_str()).is_some_and(|rest| rest.starts_with(' '));
        self.totals.iter().any(|known| known == text) || self.total_beginnings.iter().any(begins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_whole_cells_and_notes_begin_with_a_word() {
        let rules = NoteRules::parse(&RuleFiles::embedded()).expect("sound");
        assert!(rules.begins_note("printed") && !rules.begins_note("ann"));
        assert!(rules.is_total("grand total") && rules.is_total("total patients") && !rules.is_total("totally"));
    }
}
