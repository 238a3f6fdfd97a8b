//! Checked form of `rules/sex.toml`: the words for the sexes that the vendor takes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::word_lists::checked;
use super::{RuleFiles, RulesError};
use crate::domain::Sex;

const FILE: &str = "sex.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSexes {
    female: Vec<String>,
    male: Vec<String>,
    not_sent: Vec<String>,
    letters: Vec<String>,
}

/// Words for the sexes.
#[derive(Debug)]
pub struct SexRules {
    words: BTreeMap<String, Sex>,
    not_sent: Vec<String>,
    letters: Vec<String>,
}

impl SexRules {
    /// Reads and checks `sex.toml`.
    ///
    /// # Errors
    /// A word that is there twice, or is not in lower case.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawSexes = files.parse_toml(FILE)?;
        let mut words = BTreeMap::new();
        for (key, list, sex) in [("female", raw.female, Sex::Female), ("male", raw.male, Sex::Male)] {
            for word in list {
                if word.is_empty() || word != word.to_lowercase() {
                    return Err(files.entry_error(FILE, "sex", key, format!("\"{word}\" must be in lower case")));
                }
                if words.insert(word.clone(), sex).is_some() {
                    return Err(files.entry_error(FILE, "sex", key, format!("\"{word}\" is there twice")));
                }
            }
        }
        let list = |key: &str, words| checked(files, (FILE, "sex", key), words, str::to_lowercase);
        let (not_sent, letters) = (list("not_sent", raw.not_sent)?, list("letters", raw.letters)?);
        if let Some(word) = not_sent.iter().find(|word| words.contains_key(*word)) {
            return Err(files.entry_error(FILE, "sex", "not_sent", format!("\"{word}\" is sent")));
        }
        Ok(Self { words, not_sent, letters })
    }

    /// The sex that a word means; the word in lower case.
    pub fn sex(&self, word: &str) -> Option<Sex> {
        self.words.get(word).copied()
    }

    /// Whether a word means a sex that the vendor does not take; the word in lower case.
    pub fn is_not_sent(&self, word: &str) -> bool {
        self.not_sent.iter().any(|known| known == word)
    }

    /// Whether a text is a letter that stands for a sex in one of the languages of rosters, in either case.
    pub fn is_letter(&self, text: &str) -> bool {
        self.letters.iter().any(|known| text.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_a_sex_and_numbers_mean_none() {
        let rules = SexRules::parse(&RuleFiles::embedded()).expect("sound");
        assert_eq!((rules.sex("mujer"), rules.sex("m"), rules.sex("1")), (Some(Sex::Female), Some(Sex::Male), None));
    }
}
