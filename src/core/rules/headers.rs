//! Checked form of `rules/headers.toml`: which header means which field, or which several fields in one cell.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{RuleFiles, RulesError};
use crate::domain::{ColumnMeaning, CombinedField, Field};

const FILE: &str = "headers.toml";

#[derive(Deserialize)]
struct RawHeaders {
    #[serde(default)]
    words: RawWords,
    #[serde(default)]
    qualifiers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    told_by_cells: RawToldByCells,
    #[serde(flatten)]
    fields: BTreeMap<String, RawField>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawWords {
    filler: Vec<String>,
    professional: Vec<String>,
    beside_professional: Vec<String>,
    contact_bands: Vec<String>,
    veto: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawToldByCells {
    phones: BTreeMap<String, f64>,
    deaths: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    spellings: Vec<String>,
}

/// Header spellings by field. No spelling belongs to two fields.
#[derive(Debug)]
pub struct HeaderRules {
    spellings: BTreeMap<String, ColumnMeaning>,
    /// The same without spaces, for headers that are written as one word.
    unspaced: BTreeMap<String, ColumnMeaning>,
    filler: BTreeSet<String>,
    professional: BTreeSet<String>,
    beside_professional: BTreeSet<String>,
    contact_bands: BTreeSet<String>,
    veto: BTreeSet<String>,
    qualifiers: BTreeMap<String, String>,
    phones: BTreeMap<String, f64>,
    deaths: BTreeSet<String>,
}

impl HeaderRules {
    /// Reads and checks `headers.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawHeaders = files.parse_toml(FILE)?;
        let mut rules = Self {
            spellings: BTreeMap::new(),
            unspaced: BTreeMap::new(),
            filler: words(files, "filler", &raw.words.filler)?,
            professional: words(files, "professional", &raw.words.professional)?,
            beside_professional: words(files, "beside_professional", &raw.words.beside_professional)?,
            contact_bands: raw.words.contact_bands.iter().cloned().collect(),
            veto: words(files, "veto", &raw.words.veto)?,
            qualifiers: BTreeMap::new(),
            deaths: words(files, "deaths", &raw.told_by_cells.deaths)?,
            phones: raw.told_by_cells.phones,
        };
        if let Some(band) = rules.contact_bands.iter().find(|band| header_key(band) != **band) {
            let reason = "write it in lower case with single spaces, without punctuation";
            return Err(files.entry_error(FILE, "words", band, reason));
        }
        if let Some((word, _)) =
            rules.phones.iter().find(|(word, sure)| header_key(word) != **word || !(0.0..=1.0).contains(*sure))
        {
            let reason = "write a header in lower case, and how sure it is between 0 and 1";
            return Err(files.entry_error(FILE, "told_by_cells", word, reason));
        }
        if let Some(word) = rules.filler.intersection(&rules.veto).next() {
            return Err(files.entry_error(
                FILE,
                "words",
                word,
                "a word must be either filler or veto, and this one is both",
            ));
        }
        for (table, of_table) in &raw.qualifiers {
            for word in words(files, table, of_table)? {
                if let Some(other) = rules.qualifiers.insert(word.clone(), table.clone()) {
                    return Err(files.entry_error(FILE, "qualifiers", table, format!("\"{word}\" is also in {other}")));
                }
            }
        }
        for (table, raw_field) in &raw.fields {
            rules.add_field(files, table, &raw_field.spellings)?;
        }
        for field in Field::ALL {
            if !rules.spellings.values().any(|known| *known == ColumnMeaning::Field(*field)) {
                let reason = "the table is missing: every field needs one, with at least one spelling";
                return Err(files.entry_error(FILE, field.name(), "spellings", reason));
            }
        }
        Ok(rules)
    }

    fn add_field(&mut self, files: &RuleFiles, table: &str, spellings: &[String]) -> Result<(), RulesError> {
        let refusal = |key: &str, reason: String| files.entry_error(FILE, table, key, reason);
        let field: ColumnMeaning = table.parse().map_err(|error| {
            let combined = CombinedField::ALL.iter().map(|combined| combined.name());
            let known: Vec<&str> = Field::ALL.iter().map(|field| field.name()).chain(combined).collect();
            refusal("spellings", format!("{error}; the fields are {}", known.join(", ")))
        })?;
        if spellings.is_empty() {
            return Err(refusal("spellings", "at least one spelling is needed".to_owned()));
        }
        for spelling in spellings {
            let key = header_key(spelling);
            if key != *spelling || key.is_empty() {
                return Err(refusal(
                    spelling,
                    format!("write it as \"{key}\": lower case, single spaces, no punctuation"),
                ));
            }
            if self.spellings.get(spelling) == Some(&field) {
                return Err(refusal(spelling, "the spelling is there twice".to_owned()));
            }
            // Written as one word, spellings of two fields may not be one either.
            if let Some(other) = self.unspaced.insert(spelling.replace(' ', ""), field).filter(|other| *other != field)
            {
                return Err(refusal(spelling, format!("{other} has the same spelling")));
            }
            self.spellings.insert(spelling.clone(), field);
        }
        Ok(())
    }

    /// What the spellings say that a column with this key holds, with or without the key's spaces.
    pub fn meaning_of(&self, key: &str) -> Option<ColumnMeaning> {
        self.spellings.get(key).or_else(|| self.unspaced.get(&key.replace(' ', ""))).copied()
    }

    /// Every spelling with its meaning, in alphabetical order.
    pub fn spellings(&self) -> impl Iterator<Item = (&str, ColumnMeaning)> {
        self.spellings.iter().map(|(spelling, field)| (spelling.as_str(), *field))
    }

    /// Whether the word says nothing about the field.
    pub fn is_filler(&self, word: &str) -> bool {
        self.filler.contains(word)
    }

    /// The table of qualifiers that the word stands in: which further name or address a column belongs to.
    pub fn qualifier_of(&self, word: &str) -> Option<&str> {
        self.qualifiers.get(word).map(String::as_str)
    }

    /// Whether the word names what somebody has who treats patients, and no patient: a number or a specialty.
    pub fn is_professional(&self, word: &str) -> bool {
        self.professional.contains(word)
    }

    /// Whether the word may stand beside a professional one: `NPI Number`, `State License`.
    pub fn may_stand_beside_professional(&self, word: &str) -> bool {
        self.beside_professional.contains(word)
    }

    /// Whether a band with this key stands over how a patient is reached.
    pub fn is_contact_band(&self, key: &str) -> bool {
        self.contact_bands.contains(key)
    }

    /// How sure it is, 0 to 1, that a column with this key over telephone numbers holds the patient's; `None` for a key
    /// that says nothing of numbers.
    pub fn phone_place(&self, key: &str) -> Option<f64> {
        self.phones.get(key).copied()
    }

    /// Whether a column with this key over dates holds the dates of deaths.
    pub fn says_of_death(&self, key: &str) -> bool {
        self.deaths.contains(key)
    }

    /// Whether the word shows that the column is about somebody or something else.
    pub fn is_veto(&self, word: &str) -> bool {
        self.veto.contains(word)
    }
}

/// The words of a list, each a single one in the form in which headers are looked up.
fn words(files: &RuleFiles, list: &str, words: &[String]) -> Result<BTreeSet<String>, RulesError> {
    for word in words {
        if header_key(word) != *word || word.is_empty() || word.contains(' ') {
            return Err(files.entry_error(FILE, list, word, "write single words in lower case, without punctuation"));
        }
    }
    Ok(words.iter().cloned().collect())
}

/// A header as it is looked up: lower case without diacritics, runs of anything but letters and digits as one space,
/// and a space where a small letter is followed by a capital (`FirstName`).
pub fn header_key(header: &str) -> String {
    let mut key = String::with_capacity(header.len());
    let mut previous_is_small = false;
    // Composed first, so that a letter and its accent are one.
    for letter in header.nfc() {
        if letter.is_uppercase() && previous_is_small {
            key.push(' ');
        }
        previous_is_small = letter.is_lowercase();
        let start = key.len();
        crate::domain::fold_into(letter.encode_utf8(&mut [0; 4]), &mut key);
        let is_apostrophe = matches!(letter, '\'' | '\u{2019}' | '\u{2bc}');
        let parts_words = key.len() == start && !is_apostrophe && !is_combining_mark(letter);
        if parts_words && !key.is_empty() && !key.ends_with(' ') {
            key.push(' ');
        }
    }
    key.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_is_sound_and_rich() {
        let rules = HeaderRules::parse(&RuleFiles::embedded()).expect("sound");
        for field in Field::ALL {
            let count = rules.spellings().filter(|(_, known)| *known == ColumnMeaning::Field(*field)).count();
            assert!(count >= 15, "{field} has {count} spellings");
        }
    }

    #[test]
    fn spellings_of_one_header_have_one_key() {
        for header in ["Pt. Last_Nm", "PT LAST NM", "pt  last-nm ", "PtLastNm", "pt last nm:"] {
            assert_eq!(header_key(header), "pt last nm", "{header}");
        }
        assert_eq!(header_key("Dirección"), "direccion");
        assert_eq!(header_key("Mother's Maiden Name"), "mothers maiden name");
    }

    #[test]
    fn a_letter_and_an_accent_of_its_own_are_one_letter() {
        assert_eq!(header_key("Direccio\u{301}n"), "direccion");
    }

    /// The built-in file with one text put in place of another.
    fn parsed_with(replaced: &str, by: &str) -> Result<HeaderRules, RulesError> {
        let folder = tempfile::tempdir().expect("a folder");
        let embedded = RuleFiles::embedded();
        let text = embedded.text(FILE);
        assert!(text.contains(replaced));
        fs_err::write(folder.path().join(FILE), text.replacen(replaced, by, 1)).expect("written");
        HeaderRules::parse(&RuleFiles::overlaid(folder.path()).expect("a folder"))
    }

    #[test]
    fn a_table_that_breaks_a_rule_is_refused_with_file_table_and_key() {
        for (replaced, by, table, word) in [
            ("[last_name]", "[shoe_size]", "shoe_size", "no field named"),
            (
                "[last_name]\nspellings = [",
                "[last_name]\nspellings = [\"first name\", ",
                "last_name",
                "first_name has the same spelling",
            ),
            (
                "[last_name]\nspellings = [",
                "[last_name]\nspellings = [\"firs tname\", ",
                "last_name",
                "first_name has the same spelling",
            ),
            ("[last_name]\nspellings = [", "[last_name]\nspellings = [\"last name\", ", "last_name", "twice"),
            ("[last_name]\nspellings = [", "[last_name]\nspellings = [\"Last-Name\", ", "last_name", "write it as"),
            ("[last_name]\n", "[last_name]\nspellings = []\n[last_name_too]\n", "last_name", "at least one spelling"),
            ("filler = [", "filler = [\"provider\", ", "words", "filler or veto"),
            ("filler = [", "filler = [\"two words\", ", "filler", "single words"),
            ("[qualifiers]\n", "[qualifiers]\nmine = [\"maiden\"]\n", "qualifiers", "maiden"),
        ] {
            let refusal = parsed_with(replaced, by).expect_err("refused").to_string();
            assert!(refusal.contains(FILE) && refusal.contains(table) && refusal.contains(word), "{refusal}");
        }
    }

    #[test]
    fn a_file_without_a_table_for_a_field_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        fs_err::write(folder.path().join(FILE), "[last_name]\nspellings = [\"last name\"]\n").expect("written");
        let refusal = HeaderRules::parse(&RuleFiles::overlaid(folder.path()).expect("a folder")).expect_err("refused");
        assert!(refusal.to_string().contains("subject_id"), "{refusal}");
    }

    #[test]
    fn no_spelling_has_a_veto_word_that_says_it_is_somebody_elses() {
        let rules = HeaderRules::parse(&RuleFiles::embedded()).expect("sound");
        for word in ["provider", "guarantor", "emergency", "insurance", "mother", "mothers", "pcp", "ssn", "admission"]
        {
            assert!(rules.is_veto(word), "{word}");
            assert!(rules.spellings().all(|(spelling, _)| !spelling.split(' ').any(|other| other == word)), "{word}");
        }
    }
}
