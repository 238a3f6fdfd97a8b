//! Checked form of `rules/dates.toml`: the words that stand in dates.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::word_lists::checked;
use super::{RuleFiles, RulesError};
use crate::domain::fold;

const FILE: &str = "dates.toml";
/// Letters from which the beginning of a month's name says which month it is.
const SHORTEST_MONTH: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDates {
    months: RawMonths,
    words: RawWords,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMonths {
    january: Vec<String>,
    february: Vec<String>,
    march: Vec<String>,
    april: Vec<String>,
    may: Vec<String>,
    june: Vec<String>,
    july: Vec<String>,
    august: Vec<String>,
    september: Vec<String>,
    october: Vec<String>,
    november: Vec<String>,
    december: Vec<String>,
}

impl RawMonths {
    /// The lists by name, in the order of the year.
    fn in_order(self) -> [(&'static str, Vec<String>); 12] {
        [
            ("january", self.january),
            ("february", self.february),
            ("march", self.march),
            ("april", self.april),
            ("may", self.may),
            ("june", self.june),
            ("july", self.july),
            ("august", self.august),
            ("september", self.september),
            ("october", self.october),
            ("november", self.november),
            ("december", self.december),
        ]
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    weekdays: Vec<String>,
    joining: Vec<String>,
    age_units: Vec<String>,
}

/// The words that stand in dates.
#[derive(Debug)]
pub struct DateRules {
    /// Numbers of months, 1 to 12, by their folded names.
    months: BTreeMap<String, u8>,
    weekdays: BTreeSet<String>,
    joining: Vec<String>,
    age_units: Vec<String>,
}

impl DateRules {
    /// Reads and checks `dates.toml`.
    ///
    /// # Errors
    /// A word that is not folded, not in order, or the name of two months; a weekday that begins a month's name.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let raw: RawDates = files.parse_toml(FILE)?;
        let words = |key: &str, list| checked(files, (FILE, "words", key), list, fold);
        let mut rules = Self {
            months: BTreeMap::new(),
            weekdays: words("weekdays", raw.words.weekdays)?.into_iter().collect(),
            joining: words("joining", raw.words.joining)?,
            age_units: words("age_units", raw.words.age_units)?,
        };
        for (number, (key, names)) in (1..).zip(raw.months.in_order()) {
            for name in checked(files, (FILE, "months", key), names, fold)? {
                if rules.months.insert(name.clone(), number).is_some() {
                    return Err(files.entry_error(FILE, "months", key, format!("\"{name}\" is another month too")));
                }
            }
        }
        if let Some(day) = rules.weekdays.iter().find(|day| rules.month(day).is_some()) {
            let reason = format!("\"{day}\" begins the name of a month");
            return Err(files.entry_error(FILE, "words", "weekdays", reason));
        }
        Ok(rules)
    }

    /// The number of a month, 1 to 12, by its name or by at least three of its letters where these say which it is.
    /// Accents, letter case and a dot behind it do not matter.
    pub fn month(&self, word: &str) -> Option<u8> {
        let word = fold(word);
        if word.len() < SHORTEST_MONTH {
            return None;
        }
        let mut fitting = self.months.range(word.clone()..).take_while(|(name, _)| name.starts_with(&word));
        let (_, number) = fitting.next()?;
        fitting.all(|(_, other)| other == number).then_some(*number)
    }

    /// Whether a word in front of a date names a day of the week.
    pub fn is_weekday(&self, word: &str) -> bool {
        self.weekdays.contains(&fold(word))
    }

    /// Whether a word joins day, month and year.
    pub fn joins(&self, word: &str) -> bool {
        self.joining.iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// Whether a word is the unit of an age: days, months or years.
    pub fn is_age_unit(&self, word: &str) -> bool {
        self.age_units.iter().any(|known| word.eq_ignore_ascii_case(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_letters_are_a_month_where_they_are_of_one_alone() {
        let rules = DateRules::parse(&RuleFiles::embedded()).expect("sound");
        for (word, month) in [
            ("Mar", 3),
            ("MARZO", 3),
            ("März", 3),
            ("março", 3),
            ("août", 8),
            ("févr.", 2),
            ("Sept", 9),
            ("setiembre", 9),
            ("gen", 1),
            ("giu", 6),
            ("juin", 6),
            ("juil", 7),
            ("out", 10),
            ("Dez.", 12),
        ] {
            assert_eq!(rules.month(word), Some(month), "{word}");
        }
        for word in ["jui", "ma", "", "Marchant", "martes", "12"] {
            assert_eq!(rules.month(word), None, "{word}");
        }
    }

    #[test]
    fn a_weekday_is_a_whole_word_and_never_a_month() {
        let rules = DateRules::parse(&RuleFiles::embedded()).expect("sound");
        assert!(rules.is_weekday("Tue,") && rules.is_weekday("miércoles") && !rules.is_weekday("mar"));
        let text = RuleFiles::embedded().text(FILE).replace("\"mardi\"", "\"mar\"");
        let refusal = DateRules::parse(&RuleFiles::embedded().with(FILE, text)).expect_err("refused");
        assert!(refusal.to_string().contains("weekdays"), "{refusal}");
    }
}
