//! Checked form of `rules/combined.toml`: the words by which several fields in one cell are taken apart.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::headers::header_key;
use super::{RuleFiles, RulesError};

const FILE: &str = "combined.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCombined {
    names: RawNames,
    addresses: RawAddresses,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNames {
    not_in_a_name: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAddresses {
    unit_designators: Vec<String>,
    street_beginnings: Vec<String>,
    countries: Vec<String>,
}

/// Words of names and addresses that stand in one cell.
#[derive(Debug)]
pub struct CombinedRules {
    not_in_a_name: BTreeSet<String>,
    unit_designators: BTreeSet<String>,
    street_beginnings: BTreeSet<String>,
    countries: BTreeSet<String>,
}

impl CombinedRules {
    /// Reads and checks `combined.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawCombined = files.parse_toml(FILE)?;
        Ok(Self {
            not_in_a_name: checked(files, "not_in_a_name", raw.names.not_in_a_name)?,
            unit_designators: checked(files, "unit_designators", raw.addresses.unit_designators)?,
            street_beginnings: checked(files, "street_beginnings", raw.addresses.street_beginnings)?,
            countries: checked(files, "countries", raw.addresses.countries)?,
        })
    }

    /// Whether a name with the word is none that can be taken apart.
    pub fn is_not_in_a_name(&self, word: &str) -> bool {
        holds(&self.not_in_a_name, word)
    }

    /// Whether a unit's number follows the word.
    pub fn is_unit_designator(&self, word: &str) -> bool {
        holds(&self.unit_designators, word)
    }

    /// Whether a street line without a house number begins so.
    pub fn begins_a_street(&self, text: &str) -> bool {
        let mut words = text.split([' ', '.', ',', '\t']).filter(|word| !word.is_empty());
        let mut beginning = String::new();
        for _ in 0..3 {
            let Some(word) = words.next() else { return false };
            if !beginning.is_empty() {
                beginning.push(' ');
            }
            beginning.push_str(&word.to_lowercase());
            if self.street_beginnings.contains(&beginning) {
                return true;
            }
        }
        false
    }

    /// Whether the text is the name of the country.
    pub fn is_country(&self, text: &str) -> bool {
        text.len() <= 32 && self.countries.contains(&header_key(&text.replace('.', "")))
    }
}

/// Looks a word up in lower case without dots. The longest entry has ten letters.
fn holds(words: &BTreeSet<String>, word: &str) -> bool {
    let word = word.trim_end_matches('.');
    let mut lower = [0_u8; 12];
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    std::str::from_utf8(lower).is_ok_and(|lower| words.contains(lower))
}

fn checked(files: &RuleFiles, list: &str, entries: Vec<String>) -> Result<BTreeSet<String>, RulesError> {
    if let Some(bad) = entries.iter().find(|entry| header_key(entry) != **entry || entry.is_empty()) {
        return Err(files.entry_error(FILE, list, bad, "write it in lower case, without punctuation"));
    }
    if let Some(pair) = entries.windows(2).find(|pair| pair.first() >= pair.last()) {
        let key = pair.last().map(String::as_str).unwrap_or_default();
        return Err(files.entry_error(FILE, list, key, "entries must be sorted, without duplicates"));
    }
    Ok(entries.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_either_case_and_with_dots() {
        let rules = CombinedRules::parse(&RuleFiles::embedded()).expect("sound");
        assert!(
            rules.is_unit_designator("Apt.") && rules.is_unit_designator("STE") && !rules.is_unit_designator("Ave")
        );
        assert!(rules.is_not_in_a_name("MD") && !rules.is_not_in_a_name("Mdembe"));
        assert!(rules.begins_a_street("P.O. Box 12") && rules.begins_a_street("po box 9"));
        assert!(!rules.begins_a_street("Oak Street"));
        assert!(rules.is_country("U.S.A.") && !rules.is_country("Utah"));
    }

    #[test]
    fn a_list_out_of_order_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = RuleFiles::embedded().text(FILE).replacen("\"apartment\", \"apt\"", "\"apt\", \"apartment\"", 1);
        fs_err::write(folder.path().join(FILE), text).expect("written");
        let refusal =
            CombinedRules::parse(&RuleFiles::overlaid(folder.path()).expect("a folder")).expect_err("refused");
        assert!(refusal.to_string().contains("unit_designators"), "{refusal}");
    }
}
