//! Invents the person with a given number: always the same one, so that a duplicate row can be written at any time.

use super::data::{Place, Tables};
use super::draws::{DrawSource, Draws};
use crate::domain::{CivilDate, Sex};

/// An invented human being: what is true, before anyone writes it down.
#[derive(Clone, Copy)]
pub(super) struct Person<'a> {
    pub(super) index: u64,
    pub(super) given: &'a str,
    pub(super) middle: &'a str,
    pub(super) last: &'a str,
    pub(super) suffix: &'static str,
    pub(super) maiden: &'a str,
    pub(super) birth: Option<CivilDate>,
    pub(super) death: Option<CivilDate>,
    pub(super) sex: Sex,
    pub(super) home: Home<'a>,
    /// Where the person lived before.
    pub(super) prior: Option<Home<'a>>,
    pub(super) phone: FictionalPhone,
    pub(super) has_email: bool,
    /// The facility that the person usually goes to, an index that the row's writer knows.
    pub(super) facility: u32,
}

/// A place to live.
#[derive(Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) number: u32,
    pub(super) street: &'static str,
    pub(super) street_kind: &'static str,
    /// 0 for a house.
    pub(super) unit: u32,
    pub(super) place: &'a Place,
    pub(super) zip: &'static str,
}

/// A telephone number of the exchange 555, which belongs to nobody.
#[derive(Clone, Copy)]
pub(super) struct FictionalPhone {
    pub(super) area: &'static str,
    /// 0 to 9999.
    pub(super) line: u32,
}

/// What a person is to the one before: people who are alike and must not be merged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// Nothing.
    None,
    /// Born on the same day to the same family.
    Twin,
    /// A son of the same name.
    Namesake,
    /// Lives there, too.
    Household,
}

/// The directory inquiries of every area code, the one line of exchange 555 that somebody answers.
const DIRECTORY_INQUIRIES: u32 = 1212;

/// Makes persons by number.
pub(super) struct PersonMaker<'a> {
    pub(super) tables: &'a Tables,
    pub(super) source: &'a DrawSource,
}

impl<'a> PersonMaker<'a> {
    /// The person with this number.
    pub(super) fn person(&self, index: u64) -> Option<Person<'a>> {
        let mut draws = self.source.person(index);
        let mut relation = relation(&mut draws);
        let mut person = self.stranger(index, &mut draws)?;
        let before = index.checked_sub(1).map(|before| (before, self.source.person(before)));
        if relation != Relation::None
            && let Some((before, mut draws_before)) = before
            // Only a person who is no relative has relatives: nobody has to be traced further than one step.
            && self::relation(&mut draws_before) == Relation::None
        {
            let elder = self.stranger(before, &mut draws_before)?;
            if relation == Relation::Namesake && !can_have_namesake(&elder) {
                relation = Relation::Household;
            }
            relate(&mut person, &elder, relation, &mut draws);
        }
        Some(person)
    }

    /// The person with this number, related to nobody.
    pub(super) fn stranger(&self, index: u64, draws: &mut Draws) -> Option<Person<'a>> {
        let sex = if draws.chance(0.51) { Sex::Female } else { Sex::Male };
        let given = match sex {
            Sex::Female => &self.tables.given_female,
            Sex::Male => &self.tables.given_male,
        };
        let birth = date_in(1932 + draws.below(46) + draws.below(46), draws);
        let home = self.home(draws)?;
        let person = Person {
            index,
            given: given.draw(draws)?,
            middle: if draws.chance(0.6) { given.draw(draws)? } else { "" },
            last: self.tables.surnames.draw(draws)?,
            suffix: if sex == Sex::Male && draws.chance(0.01) { draws.pick(&["II", "III", "IV"]) } else { "" },
            maiden: if sex == Sex::Female && draws.chance(0.25) { self.tables.surnames.draw(draws)? } else { "" },
            birth,
            death: death(birth, draws),
            sex,
            home,
            prior: if draws.chance(0.15) { self.home(draws) } else { None },
            phone: phone(home.place, draws),
            has_email: draws.chance(0.6),
            facility: draws.below(1 << 16),
        };
        Some(person)
    }

    /// A place to live, anywhere.
    pub(super) fn home(&self, draws: &mut Draws) -> Option<Home<'a>> {
        let place = self.tables.places.draw(draws)?;
        Some(Home {
            number: 1 + draws.below(9_899),
            street: draws.pick(&self.tables.street_names),
            street_kind: draws.pick(&self.tables.street_kinds),
            unit: if draws.chance(0.3) { 1 + draws.below(400) } else { 0 },
            place,
            zip: draws.pick(&place.zips),
        })
    }
}

/// The first draw of every person: 5 in 100 belong to the person before.
fn relation(draws: &mut Draws) -> Relation {
    match draws.below(1_000) {
        0..10 => Relation::Twin,
        10..20 => Relation::Namesake,
        20..50 => Relation::Household,
        _ => Relation::None,
    }
}

fn can_have_namesake(elder: &Person<'_>) -> bool {
    elder.sex == Sex::Male && elder.suffix.is_empty() && elder.birth.is_some_and(|birth| birth.year() < 1985)
}

fn relate<'a>(person: &mut Person<'a>, elder: &Person<'a>, relation: Relation, draws: &mut Draws) {
    person.last = elder.last;
    person.home = elder.home;
    person.phone = elder.phone;
    person.prior = None;
    match relation {
        Relation::Twin => {
            person.birth = elder.birth;
            person.death = None;
            person.maiden = "";
            // Twins of one first name would be one person to everybody, the truth file included.
            if person.given == elder.given {
                person.given = if person.sex == Sex::Female { "Zelda" } else { "Zeno" };
            }
        }
        Relation::Namesake => {
            person.sex = elder.sex;
            person.given = elder.given;
            person.middle = elder.middle;
            person.maiden = "";
            person.suffix = "Jr.";
            let year = elder.birth.map_or(1990, CivilDate::year) + 20 + draws.below(16);
            person.birth = date_in(year, draws);
            person.death = None;
        }
        Relation::Household | Relation::None => {}
    }
}

/// Some day of a year from 1901 to 2099.
pub(super) fn date_in(year: u32, draws: &mut Draws) -> Option<CivilDate> {
    let month = 1 + draws.below(12);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29, // 1901 to 2099: 2000 is a leap year, so the fourth year always is
        2 => 28,
        _ => 31,
    };
    let day = 1 + draws.below(days);
    CivilDate::new(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

/// 3 in 100 of those born before 1961 have died, at 50 or later and before 2026.
pub(super) fn death(birth: Option<CivilDate>, draws: &mut Draws) -> Option<CivilDate> {
    let year = birth?.year();
    if year > 1960 || !draws.chance(0.03) {
        return None;
    }
    let earliest = year + 50;
    date_in(earliest + 1 + draws.below(2025 - earliest), draws)
}

/// A number of the place.
pub(super) fn phone(place: &Place, draws: &mut Draws) -> FictionalPhone {
    let line = draws.below(10_000);
    FictionalPhone {
        area: draws.pick(&place.area_codes),
        line: if line == DIRECTORY_INQUIRIES { line + 1 } else { line },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(seed: u64, count: u64) -> Vec<(String, String, Option<CivilDate>, u32, &'static str)> {
        let (tables, source) = (Tables::embedded().expect("the embedded tables"), DrawSource::new(seed));
        let maker = PersonMaker { tables: &tables, source: &source };
        (0..count)
            .map(|index| {
                let person = maker.person(index).expect("tables are not empty");
                (person.given.to_owned(), person.last.to_owned(), person.birth, person.home.number, person.suffix)
            })
            .collect()
    }

    #[test]
    fn the_same_number_is_the_same_person() {
        assert!(people(3, 200) == people(3, 200));
        assert!(people(3, 200) != people(4, 200));
    }

    #[test]
    fn everyone_has_a_birth_date_and_a_name() {
        assert!(people(9, 5_000).iter().all(|(given, last, birth, ..)| {
            !given.is_empty() && !last.is_empty() && birth.is_some_and(|birth| (1932..=2022).contains(&birth.year()))
        }));
    }

    #[test]
    fn there_are_twins_and_namesakes_who_differ_in_what_tells_them_apart() {
        let people = people(11, 20_000);
        let (mut twins, mut namesakes) = (0, 0);
        for pair in people.windows(2) {
            let [elder, younger] = pair else { continue };
            if elder.1 != younger.1 || elder.3 != younger.3 {
                continue;
            }
            if elder.2 == younger.2 {
                twins += 1;
                assert_ne!(elder.0, younger.0);
            }
            if elder.0 == younger.0 && younger.4 == "Jr." {
                namesakes += 1;
                assert!(elder.2 < younger.2);
            }
        }
        assert!(twins > 100 && namesakes > 40, "{twins} twins, {namesakes} namesakes");
    }

    #[test]
    fn nobody_dies_before_being_born_or_in_the_future() {
        let (tables, source) = (Tables::embedded().expect("the embedded tables"), DrawSource::new(2));
        let maker = PersonMaker { tables: &tables, source: &source };
        let people: Vec<_> = (0..20_000).filter_map(|index| maker.person(index)).collect();
        let dead: Vec<_> = people.iter().filter(|person| person.death.is_some()).collect();
        assert!(dead.len() > 50);
        assert!(dead.iter().all(|person| person.birth < person.death));
        assert!(dead.iter().all(|person| person.death.is_some_and(|death| death.year() <= 2025)));
    }
}
