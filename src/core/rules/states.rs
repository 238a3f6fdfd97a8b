//! Checked form of `rules/states.toml`: codes, names, and the beginnings of the ZIPs of each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::State;

const FILE: &str = "states.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStates {
    states: BTreeMap<String, RawState>,
    #[serde(default)]
    foreign: RawForeign,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForeign {
    spellings: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawState {
    name: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    zip3: Vec<String>,
}

/// States and territories.
#[derive(Debug)]
pub struct StateRules {
    by_spelling: BTreeMap<String, State>,
    /// By two letters, the first times 26 and the second.
    by_letters: Vec<Option<State>>,
    zip3: BTreeSet<(State, u16)>,
    foreign: BTreeSet<String>,
}

impl StateRules {
    /// Reads and checks `states.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawStates = files.parse_toml(FILE)?;
        let mut rules = Self {
            by_spelling: BTreeMap::new(),
            by_letters: vec![None; 26 * 26],
            zip3: BTreeSet::new(),
            foreign: raw.foreign.spellings.iter().map(|spelling| key(spelling)).collect(),
        };
        for (code, entry) in raw.states {
            let state = State::from_code(&code)
                .ok_or_else(|| files.entry_error(FILE, "states", &code, "a code must be two capital letters"))?;
            for spelling in entry.also.iter().chain([&code, &entry.name]) {
                if rules.by_spelling.insert(key(spelling), state).is_some_and(|other| other != state) {
                    return Err(files.entry_error(FILE, "states", &code, format!("\"{spelling}\" is there twice")));
                }
            }
            if let Some(by_letters) = place(&code).and_then(|place| rules.by_letters.get_mut(place)) {
                *by_letters = Some(state);
            }
            for range in &entry.zip3 {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
                    return Err(files.entry_error(
                        FILE,
                        "states",
                        &code,
                        format!("zip3 \"{range}\" is not a range such as 010-027"),
                    ));
                };
                if last < first || last > 999 {
                    let reason = format!("zip3 \"{range}\" does not rise within 000 to 999");
                    return Err(files.entry_error(FILE, "states", &code, reason));
                }
                rules.zip3.extend((first..=last).map(|prefix| (state, prefix)));
            }
        }
        if let Some(spelling) = rules.foreign.iter().find(|spelling| rules.by_spelling.contains_key(*spelling)) {
            return Err(files.entry_error(FILE, "foreign", "spellings", format!("\"{spelling}\" is a state")));
        }
        Ok(rules)
    }

    /// The state of a text that names it twice or with its country: `MN - Minnesota`, `Minnesota (MN)`, `US-MN`.
    pub fn find_repeated(&self, text: &str) -> Option<State> {
        let parts = text.split(['-', '(', ')', '/', ',']).map(str::trim);
        let mut named =
            parts.filter(|part| !part.is_empty() && !matches!(*part, "US" | "USA")).map(|part| self.find(part));
        let state = named.next()??;
        named.all(|other| other == Some(state)).then_some(state)
    }

    /// Whether ZIPs of any state begin with these three digits.
    pub fn is_zip3(&self, prefix: u16) -> bool {
        self.zip3.iter().any(|(_, known)| *known == prefix)
    }

    /// Whether a spelling names a place outside the United States, whose postal codes are no ZIPs.
    pub fn is_foreign(&self, spelling: &str) -> bool {
        self.foreign.contains(&key(spelling))
    }

    /// The state that a spelling means; letter case, dots and spaces do not matter.
    pub fn find(&self, spelling: &str) -> Option<State> {
        if spelling.len() == 2 {
            return self.by_letters.get(place(spelling)?).copied().flatten();
        }
        self.by_spelling.get(&key(spelling)).copied()
    }

    /// Whether ZIPs of the state begin with these three digits.
    pub fn has_zip3(&self, state: State, prefix: u16) -> bool {
        self.zip3.contains(&(state, prefix))
    }
}

/// The place of two letters.
fn place(letters: &str) -> Option<usize> {
    letters.bytes().try_fold(0, |place, letter| {
        let letter = letter.to_ascii_lowercase();
        letter.is_ascii_lowercase().then(|| place * 26 + usize::from(letter - b'a'))
    })
}

fn key(spelling: &str) -> String {
    spelling.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_names_and_old_abbreviations_are_known() {
        let rules = StateRules::parse(&RuleFiles::embedded()).expect("sound");
        for (spelling, code) in [("mn", "MN"), ("Minn.", "MN"), ("NEW YORK", "NY"), ("D.C.", "DC"), ("n. dak.", "ND")] {
            assert_eq!(rules.find(spelling).as_ref().map(State::code), Some(code), "{spelling}");
        }
        assert_eq!(rules.find("ZZ"), None);
        assert_eq!(rules.find("Ontario"), None);
        assert!(State::from_code("MA").is_some_and(|state| rules.has_zip3(state, 21) && !rules.has_zip3(state, 554)));
    }
}
