//! Checked form of `rules/names.toml`: suffixes and particles.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{RuleFiles, RulesError};

const FILE: &str = "names.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNames {
    suffixes: BTreeMap<String, RawSuffix>,
    case: RawCase,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuffix {
    spellings: Vec<String>,
    after_space: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    particles: BTreeSet<String>,
}

/// Words inside names that are no names.
#[derive(Debug)]
pub struct NameRules {
    /// Spelling to the form that is kept, and whether it is parted after a space alone.
    suffixes: BTreeMap<String, (String, bool)>,
    particles: BTreeSet<String>,
}

impl NameRules {
    /// Reads and checks `names.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawNames = files.parse_toml(FILE)?;
        let mut suffixes = BTreeMap::new();
        for (form, suffix) in raw.suffixes {
            for spelling in suffix.spellings {
                if spelling.is_empty() || spelling != spelling.to_lowercase() || spelling.contains('.') {
                    return Err(files.entry_error(FILE, "suffixes", &form, "spellings are lower case without dots"));
                }
                if suffixes.insert(spelling.clone(), (form.clone(), suffix.after_space)).is_some() {
                    return Err(files.entry_error(FILE, "suffixes", &form, format!("\"{spelling}\" stands twice")));
                }
            }
        }
        Ok(Self { suffixes, particles: raw.case.particles })
    }

    /// The form of a suffix in which it is kept. Dots and letter case do not matter.
    pub fn suffix(&self, word: &str) -> Option<&str> {
        self.suffix_entry(word).map(|(form, _)| form.as_str())
    }

    /// The same, for a word that only a space sets apart from the last name.
    pub fn suffix_after_space(&self, word: &str) -> Option<&str> {
        self.suffix_entry(word).filter(|(_, after_space)| *after_space).map(|(form, _)| form.as_str())
    }

    fn suffix_entry(&self, word: &str) -> Option<&(String, bool)> {
        // The longest spelling has six letters; anything longer need not be folded to be looked up.
        if word.len() > 8 {
            return None;
        }
        let key: String = word.chars().filter(|letter| *letter != '.').flat_map(char::to_lowercase).collect();
        self.suffixes.get(&key)
    }

    /// Whether a word stays small inside a name.
    pub fn is_particle(&self, word: &str) -> bool {
        self.particles.contains(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_known_by_any_of_their_spellings() {
        let rules = NameRules::parse(&RuleFiles::embedded()).expect("sound");
        assert_eq!(rules.suffix("JR."), Some("Jr"));
        assert_eq!(rules.suffix("3rd"), Some("III"));
        assert_eq!(rules.suffix("V"), Some("V"));
        assert_eq!(rules.suffix_after_space("V"), None);
        assert_eq!(rules.suffix("Junge"), None);
    }
}
