//! Checked form of `rules/nicknames.csv`: which given names are forms of one another.

use std::collections::BTreeMap;

use super::{RuleFiles, RulesError};
use crate::domain::fold;

const FILE: &str = "nicknames.csv";

/// Given names and their nicknames.
#[derive(Debug)]
pub struct Nicknames {
    /// Number of each folded name, an index into `entries`.
    numbers: BTreeMap<String, u32>,
    entries: Vec<Entry>,
    /// By number: a given name and its nicknames, folded.
    families: Vec<Vec<String>>,
    /// Number of given names that have a nickname.
    count: u32,
}

/// One name.
#[derive(Debug, Default)]
struct Entry {
    /// Its number, where it is a given name that has nicknames.
    own: Option<u32>,
    /// The numbers of the given names that it is a nickname of, in rising order.
    nickname_of: Vec<u32>,
}

impl Entry {
    fn is_nickname_of(&self, given: &Self) -> bool {
        given.own.is_some_and(|number| self.nickname_of.binary_search(&number).is_ok())
    }

    /// Whether both are nicknames of a third and no given names of their own: two given
    /// names with one nickname in common are no forms of each other.
    fn are_nicknames_of_a_third(&self, other: &Self) -> bool {
        (self.own.is_none() || other.own.is_none())
            && self.nickname_of.iter().any(|number| other.nickname_of.binary_search(number).is_ok())
    }
}

impl Nicknames {
    /// Reads and checks `nicknames.csv`: two columns, lines that begin with `#` left out.
    ///
    /// # Errors
    /// When the file is no CSV of two columns, or a cell holds no letter.
    pub fn parse(files: &RuleFiles) -> Result<Self, RulesError> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(files.text(FILE).as_bytes());
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut names: BTreeMap<String, Entry> = BTreeMap::new();
        let mut families: Vec<Vec<String>> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                files.entry_error(FILE, "line", &line.to_string(), "must contain a given name and a nickname")
            })?;
            let line = record.position().map_or(0, csv::Position::line).to_string();
            let (given, nickname) = match (record.get(0).map(fold), record.get(1).map(fold), record.len()) {
                (Some(given), Some(nickname), 2) if !given.is_empty() && !nickname.is_empty() => (given, nickname),
                _ => return Err(files.entry_error(FILE, "line", &line, "must contain a given name and a nickname")),
            };
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(given.clone()).or_insert(next);
            if number as usize == families.len() {
                families.push(vec![given.clone()]);
            }
            if let Some(family) = families.get_mut(number as usize) {
                family.push(nickname.clone());
            }
            names.entry(given).or_default().own = Some(number);
            names.entry(nickname).or_default().nickname_of.push(number);
        }
        for entry in names.values_mut() {
            entry.nickname_of.sort_unstable();
        }
        let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let (names, entries): (Vec<String>, Vec<Entry>) = names.into_iter().unzip();
        let numbers = names.into_iter().zip(0..).collect();
        Ok(Self { numbers, entries, families, count })
    }

    /// Whether two different folded names are forms of one given name: one is a nickname of the other, or both are
    /// nicknames of a third and not both given names themselves. One hop only: Ron is a form of Aaron and of Ronald,
    /// which are not forms of each other.
    pub fn are_forms_of_one(&self, left: &str, right: &str) -> bool {
        match (self.number(left), self.number(right)) {
            (Some(left), Some(right)) => self.are_forms_by_number(left, right),
            _ => false,
        }
    }

    /// Whether a folded name is a short form of a given name. Where the table has each as a form of the other (Bob and
    /// Robert), the one that goes by more names is the given name.
    pub fn is_short_for(&self, short: &str, given: &str) -> bool {
        let entry = |name: &str| self.entries.get(self.number(name)? as usize);
        let (Some(short), Some(given)) = (entry(short), entry(given)) else { return false };
        let names = |entry: &Entry| entry.own.and_then(|own| self.families.get(own as usize)).map_or(0, Vec::len);
        short.is_nickname_of(given) && (!given.is_nickname_of(short) || names(short) < names(given))
    }

    /// The number under which the table knows a folded name, for comparing many names without looking each up again.
    pub fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// [`Nicknames::are_forms_of_one`] of two numbers.
    pub fn are_forms_by_number(&self, left: u32, right: u32) -> bool {
        let entry = |number: u32| self.entries.get(number as usize);
        let (Some(left), Some(right)) = (entry(left), entry(right)) else { return false };
        left.is_nickname_of(right) || right.is_nickname_of(left) || left.are_nicknames_of_a_third(right)
    }

    /// The forms of a folded name: its nicknames, the given names that it is a nickname of, and their other nicknames.
    pub fn forms_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.number(name).into_iter().flat_map(|number| self.forms_by_number(number))
    }

    /// [`Nicknames::forms_of`] of a number.
    pub fn forms_by_number(&self, number: u32) -> impl Iterator<Item = &str> {
        let entry = self.entries.get(number as usize);
        let families = entry.into_iter().flat_map(|entry| entry.own.iter().chain(&entry.nickname_of));
        families.filter_map(|number| self.families.get(*number as usize)).flatten().map(String::as_str)
    }

    /// Number of given names that have a nickname.
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether the table is empty.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_link_over_one_hop_and_no_further() {
        let nicknames = Nicknames::parse(&RuleFiles::embedded()).expect("sound");
        assert!(nicknames.len() >= 1_000, "{}", nicknames.len());
        for (left, right) in [("robert", "bob"), ("bob", "rob"), ("elizabeth", "beth"), ("william", "bill")] {
            assert!(nicknames.are_forms_of_one(left, right), "{left} {right}");
            assert!(nicknames.are_forms_of_one(right, left), "{right} {left}");
        }
        assert!(nicknames.forms_of("bob").any(|form| form == "robert"));
        assert_eq!(nicknames.forms_of("nobody").count(), 0);
        for (left, right) in [("aaron", "ronald"), ("anna", "ella"), ("robert", "william"), ("nobody", "robert")] {
            assert!(!nicknames.are_forms_of_one(left, right), "{left} {right}");
        }
    }
}
