//! Words of city names that people write short, for comparison: `St. Paul` is `Saint Paul`. What is sent stays as it
//! was written.

use std::collections::BTreeMap;

use crate::domain::fold_into;

/// Letters of the longest short form.
const LONGEST: usize = 4;

/// The short forms of words of city names.
#[derive(Debug, Default)]
pub struct CityWords {
    /// Each short form in small letters as a number, with the folded word that it stands for.
    words: Vec<(u32, String)>,
}

impl CityWords {
    /// The words of a table of full words and their short forms; the short form that is too long to be one, or that
    /// stands for two words, as an error.
    pub(super) fn from_table(table: &BTreeMap<String, Vec<String>>) -> Result<Self, (String, &'static str)> {
        let mut words: Vec<(u32, String)> = Vec::new();
        for (full, short) in table.iter().flat_map(|(full, shorts)| shorts.iter().map(move |short| (full, short))) {
            let key = key(short).ok_or((full.clone(), "a short form must have one to four letters without accents"))?;
            if words.iter().any(|(known, _)| *known == key) {
                return Err((full.clone(), "a short form has two meanings"));
            }
            let mut folded = String::new();
            fold_into(full, &mut folded);
            words.push((key, folded));
        }
        words.sort_unstable();
        Ok(Self { words })
    }

    /// Appends the comparison form of a city: its words spelt out, then folded.
    pub fn fold_into(&self, city: &str, out: &mut String) {
        let words = city.split(|letter: char| letter == '.' || letter.is_whitespace());
        for word in words.filter(|word| !word.is_empty()) {
            match key(word).and_then(|key| self.words.binary_search_by_key(&key, |(short, _)| *short).ok()) {
                Some(place) => out.push_str(self.words.get(place).map_or("", |(_, full)| full.as_str())),
                None => fold_into(word, out),
            }
        }
    }

    /// The comparison form of a city as a new string.
    pub fn fold(&self, city: &str) -> String {
        let mut out = String::with_capacity(city.len() + 4);
        self.fold_into(city, &mut out);
        out
    }
}

/// A short word as a number: its letters in small, the first highest. `None` for a longer one, or one with other
/// characters.
fn key(word: &str) -> Option<u32> {
    let is_short = (1..=LONGEST).contains(&word.len()) && word.bytes().all(|letter| letter.is_ascii_alphabetic());
    is_short.then(|| word.bytes().fold(0, |key, letter| key << 8 | u32::from(letter.to_ascii_lowercase())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fold;
    use crate::rules::Rules;

    fn words() -> CityWords {
        Rules::load(None).expect("the built-in rules").addresses.cities
    }

    #[test]
    fn short_and_full_words_of_a_city_have_one_form() {
        let words = words();
        for (full, short) in [
            ("Saint Paul", "St. Paul"),
            ("SAINT PAUL", "ST PAUL"),
            ("Saint Paul", "St.Paul"),
            ("East Saint Louis", "E St Louis"),
            ("Port Saint Lucie", "Port St. Lucie"),
            ("Sault Sainte Marie", "Sault Ste. Marie"),
            ("Fort Worth", "Ft. Worth"),
            ("Mount Vernon", "Mt Vernon"),
            ("Arlington Heights", "Arlington Hts"),
            ("North Little Rock", "N. Little Rock"),
        ] {
            assert_eq!(words.fold(short), words.fold(full), "{short}");
        }
        assert_ne!(words.fold("St. Paul"), words.fold("Paul"));
        assert_eq!(words.fold("Stow"), "stow", "whole words only");
    }

    #[test]
    fn every_word_of_the_table_folds_like_its_short_forms() {
        let table: toml::Table = include_str!("../../../rules/addresses.toml").parse().expect("TOML");
        let words = words();
        for (full, shorts) in table["cities"].as_table().expect("a table") {
            for short in shorts.as_array().expect("a list") {
                let short = short.as_str().expect("a text");
                assert_eq!(words.fold(&format!("{short}. Ely")), words.fold(&format!("{full} Ely")), "{short}");
            }
        }
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let table = |entries: [(&str, &str); 2]| {
            CityWords::from_table(&entries.map(|(full, short)| (full.to_owned(), vec![short.to_owned()])).into())
        };
        assert!(table([("point", "pt"), ("port", "pt")]).is_err());
        assert!(table([("point", "pt"), ("mountain", "mount")]).is_err());
        assert!(table([("point", "pt"), ("fort", "ft")]).is_ok());
    }

    proptest! {
        #[test]
        fn a_city_without_short_words_folds_like_any_text(city in "[A-Za-zÀ-ž]{5,9}([ .-][A-Za-z']{5,9}){0,3}") {
            prop_assert_eq!(words().fold(&city), fold(&city));
        }
    }
}
