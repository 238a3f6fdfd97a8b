//! Checked form of `rules/addresses.toml`: the words of street lines, by their spellings.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::cities::CityWords;
use super::{RuleFiles, RulesError};
use crate::domain::fold;

const FILE: &str = "addresses.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAddresses {
    suffixes: BTreeMap<String, RawSuffix>,
    directionals: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, RawUnit>,
    boxes: BTreeMap<String, Vec<String>>,
    routes: BTreeMap<String, Vec<String>>,
    highways: BTreeMap<String, Vec<String>>,
    openings: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    cities: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSuffix {
    standard: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    common: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUnit {
    standard: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    number: bool,
}

/// A word as it is compared: at most sixteen letters, without dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordKey(u128);

impl WordKey {
    /// The key of a word; `None` for words that are too long to stand in the tables, or have no letter.
    pub fn from_word(word: &str) -> Option<Self> {
        if word.is_ascii() { Self::pack(word.bytes()) } else { Self::pack(fold(word).bytes()) }
    }

    /// Bits of the place of a word among the bits of the known ones.
    const PLACE_BITS: u32 = 14;

    /// Where the word's bit is: in which 64 of them, and which of these.
    #[allow(clippy::cast_possible_truncation, reason = "both halves are wanted")]
    const fn place(self) -> (usize, u64) {
        let folded = (self.0 >> 64) as u64 ^ self.0 as u64;
        // Knuth's multiplicative hashing: the golden ratio, and the upper bits of the product.
        let place = folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - Self::PLACE_BITS);
        ((place >> 6) as usize, 1 << (place & 63))
    }

    fn pack(bytes: impl Iterator<Item = u8>) -> Option<Self> {
        let mut packed = 0_u128;
        for byte in bytes.filter(|byte| *byte != b'.') {
            if packed >> 120 != 0 {
                return None;
            }
            packed = packed << 8 | u128::from(byte.to_ascii_lowercase());
        }
        (packed != 0).then_some(Self(packed))
    }
}

/// What a single word can be in a street line. One word can be several things; where it stands decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WordFacts {
    suffix: u16,
    directional: u8,
    unit: u8,
    /// Whether a suffix is one of the common ones, which make a line a street even without a number.
    pub is_common_suffix: bool,
    /// Whether a unit needs an identifier.
    pub unit_needs_number: bool,
    /// Whether a phrase of the tables begins with the word.
    pub begins_phrase: bool,
}

impl WordFacts {
    /// Whether the word is a street suffix.
    pub fn is_suffix(self) -> bool {
        self.suffix != 0
    }

    /// Whether the word is a directional.
    pub fn is_directional(self) -> bool {
        self.directional != 0
    }

    /// Whether the word designates a unit.
    pub fn is_unit(self) -> bool {
        self.unit != 0
    }
}

/// What a phrase begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhraseKind {
    /// A post office box.
    Box,
    /// A rural or highway contract route.
    Route,
    /// A numbered highway.
    Highway,
    /// An address of Puerto Rico, or general delivery.
    Opening,
}

/// Words that stand together, and how they are written.
#[derive(Debug)]
pub struct Phrase {
    words: Vec<WordKey>,
    /// How the phrase is written.
    pub standard: String,
    /// What it begins.
    pub kind: PhraseKind,
}

impl Phrase {
    /// Number of words.
    pub fn length(&self) -> usize {
        self.words.len()
    }
}

/// The words of street lines.
#[derive(Debug)]
pub struct AddressRules {
    words: BTreeMap<WordKey, WordFacts>,
    /// A bit for each word: most words of street lines are in no table, and the bit shows that without a look-up.
    bits: Vec<u64>,
    suffixes: Vec<String>,
    directionals: Vec<String>,
    units: Vec<String>,
    /// Longest first.
    phrases: Vec<Phrase>,
    /// The words of city names, for comparison.
    pub cities: CityWords,
}

impl AddressRules {
    /// Reads and checks `addresses.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawAddresses = files.parse_toml(FILE)?;
        let mut rules = Self {
            words: BTreeMap::new(),
            bits: vec![0; 1 << (WordKey::PLACE_BITS - 6)],
            suffixes: Vec::new(),
            directionals: Vec::new(),
            units: Vec::new(),
            phrases: Vec::new(),
            cities: CityWords::from_table(&raw.cities)
                .map_err(|(word, reason)| files.entry_error(FILE, "cities", &word, reason.to_owned()))?,
        };
        for (name, entry) in raw.suffixes {
            let place = place(rules.suffixes.len());
            let spellings = entry.also.iter().chain([&name, &entry.standard]);
            rules.claim(files, ("suffixes", &name), spellings, |facts| {
                facts.is_common_suffix |= entry.common;
                std::mem::replace(&mut facts.suffix, place)
            })?;
            rules.suffixes.push(entry.standard);
        }
        for (standard, spellings) in raw.directionals {
            let place = short_place(rules.directionals.len());
            rules.claim(files, ("directionals", &standard), spellings.iter(), |facts| {
                u16::from(std::mem::replace(&mut facts.directional, place))
            })?;
            rules.directionals.push(standard);
        }
        for (name, entry) in raw.units {
            let place = short_place(rules.units.len());
            let spellings = entry.also.iter().chain([&name, &entry.standard]);
            rules.claim(files, ("units", &name), spellings, |facts| {
                facts.unit_needs_number = entry.number;
                u16::from(std::mem::replace(&mut facts.unit, place))
            })?;
            rules.units.push(entry.standard);
        }
        for (table, kind, phrases) in [
            ("boxes", PhraseKind::Box, raw.boxes),
            ("routes", PhraseKind::Route, raw.routes),
            ("highways", PhraseKind::Highway, raw.highways),
            ("openings", PhraseKind::Opening, raw.openings),
        ] {
            for (standard, spellings) in phrases {
                for spelling in &spellings {
                    rules.add_phrase(files, table, kind, &standard, spelling)?;
                }
            }
        }
        rules.phrases.sort_by_key(|phrase| (std::cmp::Reverse(phrase.words.len()), phrase.kind));
        for (word, bit) in rules.words.keys().map(|key| key.place()) {
            if let Some(bits) = rules.bits.get_mut(word) {
                *bits |= bit;
            }
        }
        Ok(rules)
    }

    /// Enters the spellings of an entry; `claim` gives the place that the word had in the table before.
    fn claim<'a>(
        &mut self,
        files: &RuleFiles,
        (table, key): (&str, &str),
        spellings: impl Iterator<Item = &'a String>,
        claim: impl Fn(&mut WordFacts) -> u16,
    ) -> Result<(), RulesError> {
        let mut words: Vec<WordKey> = Vec::new();
        for spelling in spellings {
            words.push(WordKey::from_word(spelling).ok_or_else(|| {
                files.entry_error(FILE, table, key, format!("\"{spelling}\" is not a word of at most 16 letters"))
            })?);
        }
        words.sort_unstable();
        words.dedup();
        for word in words {
            if claim(self.words.entry(word).or_default()) != 0 {
                return Err(files.entry_error(FILE, table, key, "one of its spellings is also in another entry"));
            }
        }
        Ok(())
    }

    fn add_phrase(
        &mut self,
        files: &RuleFiles,
        table: &str,
        kind: PhraseKind,
        standard: &str,
        spelling: &str,
    ) -> Result<(), RulesError> {
        let words: Option<Vec<WordKey>> = spelling.split(' ').map(WordKey::from_word).collect();
        let words = words.filter(|words| !words.is_empty()).ok_or_else(|| {
            files.entry_error(FILE, table, standard, format!("\"{spelling}\" has a word of more than 16 letters"))
        })?;
        if self.phrases.iter().any(|phrase| phrase.kind == kind && phrase.words == words) {
            return Err(files.entry_error(FILE, table, standard, format!("\"{spelling}\" is there twice")));
        }
        if let Some(first) = words.first() {
            self.words.entry(*first).or_default().begins_phrase = true;
        }
        self.phrases.push(Phrase { words, standard: standard.to_owned(), kind });
        Ok(())
    }

    /// What a word can be.
    pub fn facts(&self, key: Option<WordKey>) -> WordFacts {
        let may_be_known = |key: &WordKey| {
            let (word, bit) = key.place();
            self.bits.get(word).is_some_and(|bits| bits & bit != 0)
        };
        key.filter(may_be_known).and_then(|key| self.words.get(&key)).copied().unwrap_or_default()
    }

    /// The standard spelling of a suffix; empty for a word that is none.
    pub fn suffix(&self, facts: WordFacts) -> &str {
        nth(&self.suffixes, usize::from(facts.suffix))
    }

    /// The standard spelling of a directional; empty for a word that is none.
    pub fn directional(&self, facts: WordFacts) -> &str {
        nth(&self.directionals, usize::from(facts.directional))
    }

    /// The standard spelling of a unit designator; empty for a word that is none.
    pub fn unit(&self, facts: WordFacts) -> &str {
        nth(&self.units, usize::from(facts.unit))
    }

    /// The phrases of a kind that the words begin with, longest first.
    pub fn phrases<'a>(&'a self, kind: PhraseKind, words: &[Option<WordKey>]) -> impl Iterator<Item = &'a Phrase> {
        self.phrases.iter().filter(move |phrase| {
            phrase.kind == kind
                && phrase.words.len() <= words.len()
                && phrase.words.iter().zip(words).all(|(known, word)| *word == Some(*known))
        })
    }
}

fn place(entries: usize) -> u16 {
    u16::try_from(entries + 1).unwrap_or(u16::MAX)
}

fn short_place(entries: usize) -> u8 {
    u8::try_from(entries + 1).unwrap_or(u8::MAX)
}

fn nth(table: &[String], place: usize) -> &str {
    place.checked_sub(1).and_then(|place| table.get(place)).map(String::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_publication_28_are_complete_and_every_spelling_means_one_thing() {
        let rules = AddressRules::parse(&RuleFiles::embedded()).expect("sound");
        // Appendix C1 has 202 standard abbreviations, C2 24 designators, section 233 eight directionals.
        assert_eq!((rules.suffixes.len(), rules.units.len(), rules.directionals.len()), (202, 24, 8));
        let word = |text| rules.facts(WordKey::from_word(text));
        assert_eq!(rules.suffix(word("Bou.l")), "Blvd");
        assert_eq!(rules.suffix(word("Broadstreet")), "");
        assert_eq!(rules.directional(word("NORTHWEST")), "NW");
        assert!(word("rear").is_unit() && !word("rear").unit_needs_number);
    }
}
