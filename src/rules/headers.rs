//! Checked form of `rules/headers.toml`: which header means which field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{RuleFiles, RulesError};
use crate::domain::Field;

const FILE: &str = "headers.toml";

#[derive(Deserialize)]
struct RawHeaders {
    words: RawWords,
    #[serde(flatten)]
    fields: BTreeMap<String, RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    filler: Vec<String>,
    veto: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    spellings: Vec<String>,
}

/// Header spellings by field. No spelling belongs to two fields.
#[derive(Debug)]
pub struct HeaderRules {
    spellings: BTreeMap<String, Field>,
    filler: BTreeSet<String>,
    veto: BTreeSet<String>,
}

impl HeaderRules {
    /// Reads and checks `headers.toml`.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawHeaders = files.parse_toml(FILE)?;
        let mut spellings = BTreeMap::new();
        for (table, raw_field) in &raw.fields {
            let field: Field = table.parse().map_err(|error| {
                files.entry_error(FILE, table, "spellings", format!("{error}; see rules/headers.toml for the fields"))
            })?;
            if raw_field.spellings.is_empty() {
                return Err(files.entry_error(FILE, table, "spellings", "at least one spelling is needed"));
            }
            for spelling in &raw_field.spellings {
                if header_key(spelling) != *spelling {
                    let reason =
                        format!("write it as \"{}\": lower case, single spaces, no punctuation", header_key(spelling));
                    return Err(files.entry_error(FILE, table, spelling, reason));
                }
                if let Some(other) = spellings.insert(spelling.clone(), field) {
                    let reason = format!("the spelling is claimed by {other} too, or stands here twice");
                    return Err(files.entry_error(FILE, table, spelling, reason));
                }
            }
        }
        for field in Field::ALL {
            if !spellings.values().any(|known| known == field) {
                return Err(files.entry_error(FILE, field.name(), "spellings", "the table is missing"));
            }
        }
        Ok(Self {
            spellings,
            filler: raw.words.filler.into_iter().collect(),
            veto: raw.words.veto.into_iter().collect(),
        })
    }

    /// The field whose spellings hold this key.
    pub fn field_of(&self, key: &str) -> Option<Field> {
        self.spellings.get(key).copied()
    }

    /// Every spelling with its field, in alphabetical order.
    pub fn spellings(&self) -> impl Iterator<Item = (&str, Field)> {
        self.spellings.iter().map(|(spelling, field)| (spelling.as_str(), *field))
    }

    /// Whether the word says nothing about the field.
    pub fn is_filler(&self, word: &str) -> bool {
        self.filler.contains(word)
    }

    /// Whether the word tells that the column is about somebody or something else.
    pub fn is_veto(&self, word: &str) -> bool {
        self.veto.contains(word)
    }
}

/// A header as it is looked up: lower case without diacritics, runs of anything but letters and digits as one space, and
/// a space where a small letter is followed by a capital (`FirstName`).
pub fn header_key(header: &str) -> String {
    let mut key = String::with_capacity(header.len());
    let mut previous_is_small = false;
    for letter in header.chars() {
        if letter.is_uppercase() && previous_is_small {
            key.push(' ');
        }
        previous_is_small = letter.is_lowercase();
        let start = key.len();
        crate::domain::fold_into(letter.encode_utf8(&mut [0; 4]), &mut key);
        if key.len() == start && !key.is_empty() && !key.ends_with(' ') && letter != '\'' && letter != '’' {
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
            let count = rules.spellings().filter(|(_, known)| known == field).count();
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
}
