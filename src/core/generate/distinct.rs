//! People who have nothing in common: for filling a roll with an exact number of them, whatever the matching thinks of
//! namesakes and households.

use super::data::Tables;
use super::person::{FictionalPhone, Person, PersonMaker};
use crate::domain::CivilDate;

/// Syllables of invented surnames.
const SYLLABLES: u64 = 41;
/// Most people who can have nothing in common: three syllables are free, the fourth follows from them.
pub(super) const MOST_DISTINCT: u64 = SYLLABLES * SYLLABLES * SYLLABLES;
const CONSONANTS: [char; 14] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
const VOWELS: [char; 3] = ['a', 'e', 'o'];
/// The years of birth, of 12 months of 28 days each.
const BIRTH_YEARS: std::ops::Range<u16> = 1920..2005;
/// Telephone lines of an area that are given out; beyond, there are directory inquiries and others that belong to
/// somebody.
const LINES: u64 = 1_200;

/// The surname with this number: any two differ in two syllables at least.
fn surname(number: u64) -> String {
    let digits = [number / (SYLLABLES * SYLLABLES), number / SYLLABLES, number].map(|digit| digit % SYLLABLES);
    let last = digits.iter().sum::<u64>() % SYLLABLES;
    let mut name = String::with_capacity(8);
    for (place, syllable) in digits.into_iter().chain([last]).enumerate() {
        let syllable = usize::try_from(syllable).unwrap_or_default();
        let consonant = CONSONANTS[syllable / VOWELS.len() % CONSONANTS.len()];
        name.push(if place == 0 { consonant.to_ascii_uppercase() } else { consonant });
        name.push(VOWELS[syllable % VOWELS.len()]);
    }
    name
}

/// The surnames of so many people, far from each other for neighbours.
pub(super) fn surnames(count: u64) -> Vec<String> {
    // The step has no factor in common with the number of surnames, so that none comes twice.
    (0..count.min(MOST_DISTINCT)).map(|index| surname(index * 25_759 % MOST_DISTINCT)).collect()
}

/// Makes people of whom no two share a surname or a telephone, and few a birth date.
pub(super) struct DistinctMaker<'a> {
    maker: PersonMaker<'a>,
    surnames: &'a [String],
    areas: Vec<&'static str>,
}

impl<'a> DistinctMaker<'a> {
    pub(super) fn new(maker: PersonMaker<'a>, tables: &Tables, surnames: &'a [String]) -> Self {
        let mut areas: Vec<&'static str> =
            tables.places.items().iter().flat_map(|place| place.area_codes.iter().copied()).collect();
        areas.sort_unstable();
        areas.dedup();
        Self { maker, surnames, areas }
    }

    /// The person with this number; `None` where a table is empty, or beyond the surnames.
    pub(super) fn person(&self, index: u64) -> Option<Person<'a>> {
        let mut person = self.maker.stranger(index, &mut self.maker.source.person(index))?;
        person.last = self.surnames.get(usize::try_from(index).ok()?)?;
        (person.middle, person.suffix, person.maiden) = ("", "", "");
        (person.prior, person.death) = (None, None);
        person.birth = birth(index);
        let area = usize::try_from(index / LINES).ok()? % self.areas.len().max(1);
        person.phone = FictionalPhone { area: self.areas.get(area)?, line: u32::try_from(index % LINES).ok()? };
        Some(person)
    }
}

/// A day of birth: none comes twice before every one has come once.
fn birth(index: u64) -> Option<CivilDate> {
    let days = u64::from(BIRTH_YEARS.end - BIRTH_YEARS.start) * 12 * 28;
    // 10,007 is prime, and no factor of the number of days.
    let number = index * 10_007 % days;
    let year = BIRTH_YEARS.start + u16::try_from(number / (12 * 28)).ok()?;
    let (month, day) = (1 + number / 28 % 12, 1 + number % 28);
    CivilDate::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::draws::DrawSource;
    use super::*;

    #[test]
    fn no_two_surnames_are_alike() {
        let names = surnames(MOST_DISTINCT);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len() as u64, MOST_DISTINCT);
        let differing =
            |one: &str, other: &str| (0..4).filter(|at| one[at * 2..at * 2 + 2] != other[at * 2..at * 2 + 2]).count();
        for (at, name) in names.iter().enumerate().take(300) {
            assert!(names[..at].iter().all(|other| differing(name, other) >= 2), "{name}");
        }
    }

    #[test]
    fn twenty_thousand_people_share_no_telephone_and_no_birth_date() {
        let (tables, source) = (Tables::embedded().expect("the embedded tables"), DrawSource::new(6));
        let names = surnames(20_000);
        let maker = DistinctMaker::new(PersonMaker { tables: &tables, source: &source }, &tables, &names);
        let people: Vec<_> = (0..20_000).map(|index| maker.person(index).expect("tables are not empty")).collect();
        let phones: BTreeSet<_> = people.iter().map(|person| (person.phone.area, person.phone.line)).collect();
        let births: BTreeSet<_> = people.iter().map(|person| person.birth).collect();
        assert_eq!((phones.len(), births.len()), (20_000, 20_000));
        assert!(maker.person(20_000).is_none());
    }
}
