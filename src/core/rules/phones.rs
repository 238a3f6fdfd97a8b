//! Checked form of `rules/phones.toml`: the words that stand beside a telephone number.

use serde::Deserialize;

use super::word_lists::checked;
use super::{RuleFiles, RulesError};

const FILE: &str = "phones.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPhones {
    beside: RawBeside,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBeside {
    labels: Vec<String>,
    owners: Vec<String>,
}

/// The words that stand beside a telephone number.
#[derive(Debug)]
pub struct PhoneRules {
    labels: Vec<String>,
    owners: Vec<String>,
}

impl PhoneRules {
    /// Reads and checks `phones.toml`.
    ///
    /// # Errors
    /// A word that is not in lower case, not in order, or in both lists.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawPhones = files.parse_toml(FILE)?;
        let words = |key: &str, list| checked(files, (FILE, "beside", key), list, str::to_lowercase);
        let rules = Self { labels: words("labels", raw.beside.labels)?, owners: words("owners", raw.beside.owners)? };
        if let Some(word) = rules.owners.iter().find(|word| rules.is_label(word)) {
            return Err(files.entry_error(FILE, "beside", "owners", format!("\"{word}\" is a label too")));
        }
        Ok(rules)
    }

    /// Whether a word says what kind of line a number is, or joins two numbers.
    pub fn is_label(&self, word: &str) -> bool {
        self.labels.iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// Whether a word says whose line a number is.
    pub fn is_owner(&self, word: &str) -> bool {
        self.owners.iter().any(|known| word.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_label_or_an_owner_in_either_case() {
        let rules = PhoneRules::parse(&RuleFiles::embedded()).expect("sound");
        assert!(rules.is_label("Home") && !rules.is_owner("Home"));
        assert!(rules.is_owner("MOM") && !rules.is_label("MOM"));
        let text = RuleFiles::embedded().text(FILE).replace("\"aunt\"", "\"alt\"");
        let refusal = PhoneRules::parse(&RuleFiles::embedded().with(FILE, text)).expect_err("refused");
        assert!(refusal.to_string().contains("label too"), "{refusal}");
    }
}
