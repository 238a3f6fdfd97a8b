//! The tables that invented people are drawn from: `rules/synthetic/`, embedded. Sources stand in the files.

use std::collections::BTreeMap;
use std::io;

use super::draws::Draws;

const SURNAMES: &str = include_str!("../../../rules/synthetic/surnames.csv");
const GIVEN_FEMALE: &str = include_str!("../../../rules/synthetic/given_female.csv");
const GIVEN_MALE: &str = include_str!("../../../rules/synthetic/given_male.csv");
const NICKNAMES: &str = include_str!("../../../rules/synthetic/nicknames.csv");
const PLACES: &str = include_str!("../../../rules/synthetic/places.csv");
const STREETS: &str = include_str!("../../../rules/synthetic/streets.csv");

/// Everything that is drawn from.
pub(super) struct Tables {
    pub(super) surnames: Weighted<&'static str>,
    pub(super) given_female: Weighted<&'static str>,
    pub(super) given_male: Weighted<&'static str>,
    pub(super) nicknames: BTreeMap<&'static str, &'static str>,
    pub(super) places: Weighted<Place>,
    pub(super) street_names: Vec<&'static str>,
    pub(super) street_kinds: Vec<&'static str>,
}

/// A city with what belongs together there.
#[derive(Default)]
pub(super) struct Place {
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) area_codes: Vec<&'static str>,
    pub(super) zips: Vec<&'static str>,
}

/// Items with their frequencies.
pub(super) struct Weighted<T> {
    items: Vec<T>,
    /// The sum of the weights up to and with each item.
    sums: Vec<u32>,
}

impl<T> Weighted<T> {
    pub(super) fn new(rows: impl IntoIterator<Item = (T, u32)>) -> Self {
        let mut sum = 0_u32;
        let (items, sums) = rows
            .into_iter()
            .map(|(item, weight)| {
                sum = sum.saturating_add(weight);
                (item, sum)
            })
            .unzip();
        Self { items, sums }
    }

    /// The items, in the order of the table.
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }

    /// An item, drawn by weight. `None` only for an empty table.
    pub(super) fn draw(&self, draws: &mut Draws) -> Option<&T> {
        let ticket = draws.below(self.sums.last().copied().unwrap_or_default());
        self.items.get(self.sums.partition_point(|sum| *sum <= ticket))
    }
}

impl Tables {
    /// Reads the embedded tables. They are tested, so an error means a broken build.
    pub(super) fn embedded() -> io::Result<Self> {
        let streets = |wanted: &str| -> io::Result<Vec<&'static str>> {
            let rows = rows_of("streets.csv", STREETS, |[kind, text]: [&'static str; 2]| Some((kind, text)))?;
            Ok(rows.into_iter().filter(|(kind, _)| *kind == wanted).map(|(_, text)| text).collect())
        };
        Ok(Self {
            surnames: Weighted::new(rows_of("surnames.csv", SURNAMES, name_and_weight)?),
            given_female: Weighted::new(rows_of("given_female.csv", GIVEN_FEMALE, name_and_weight)?),
            given_male: Weighted::new(rows_of("given_male.csv", GIVEN_MALE, name_and_weight)?),
            nicknames: rows_of("nicknames.csv", NICKNAMES, |[name, short]: [&'static str; 2]| Some((name, short)))?
                .into_iter()
                .collect(),
            places: Weighted::new(rows_of("places.csv", PLACES, place_and_weight)?),
            street_names: streets("name")?,
            street_kinds: streets("kind")?,
        })
    }
}

/// The data lines of an embedded table: comments and the header line left out, a fixed number of cells per line.
fn rows_of<const CELLS: usize, T>(
    file: &str,
    text: &'static str,
    parse: impl Fn([&'static str; CELLS]) -> Option<T>,
) -> io::Result<Vec<T>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty()).skip(1);
    lines
        .map(|(index, line)| {
            let cells = <[&'static str; CELLS]>::try_from(line.split(',').collect::<Vec<_>>()).ok();
            cells.and_then(&parse).ok_or_else(|| {
                let place = format!("rules/synthetic/{file} (built in), line {}: not a row of this table", index + 1);
                io::Error::new(io::ErrorKind::InvalidData, place)
            })
        })
        .collect()
}

fn name_and_weight([name, weight]: [&'static str; 2]) -> Option<(&'static str, u32)> {
    Some((name, weight.parse().ok()?))
}

fn place_and_weight([city, state, weight, area_codes, zips]: [&'static str; 5]) -> Option<(Place, u32)> {
    let place = Place { city, state, area_codes: area_codes.split(' ').collect(), zips: zips.split(' ').collect() };
    Some((place, weight.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::draws::DrawSource;
    use super::*;
    use crate::domain::{Phone, PostalCode};

    #[test]
    fn every_table_reads_and_names_no_entry_twice() {
        let tables = Tables::embedded().expect("the embedded tables");
        for (names, least) in [(&tables.surnames, 1000), (&tables.given_female, 400), (&tables.given_male, 400)] {
            assert_eq!(names.items.len(), least);
            assert_eq!(names.items.iter().collect::<BTreeSet<_>>().len(), least);
        }
        let cities: BTreeSet<_> = tables.places.items.iter().map(|place| (place.city, place.state)).collect();
        assert_eq!(cities.len(), tables.places.items.len());
        assert!(cities.len() >= 150 && tables.street_names.len() >= 80 && tables.street_kinds.len() >= 10);
    }

    #[test]
    fn every_place_has_real_looking_zips_and_area_codes() {
        for place in &Tables::embedded().expect("the embedded tables").places.items {
            assert_eq!(place.state.len(), 2, "{}", place.city);
            assert!(place.zips.iter().all(|zip| zip.len() == 5 && PostalCode::from_digits(zip).is_some()));
            assert!(place.area_codes.iter().all(|area| Phone::from_digits(&format!("{area}5550100")).is_some()));
        }
    }

    #[test]
    fn every_nickname_belongs_to_a_given_name_of_the_tables() {
        let tables = Tables::embedded().expect("the embedded tables");
        for name in tables.nicknames.keys() {
            assert!(tables.given_female.items.contains(name) || tables.given_male.items.contains(name), "{name}");
        }
    }

    #[test]
    fn no_entry_needs_quoting_in_a_csv_file() {
        let all = [SURNAMES, GIVEN_FEMALE, GIVEN_MALE, NICKNAMES, PLACES, STREETS].concat();
        assert!(all.lines().filter(|line| !line.starts_with('#')).all(|line| line.is_ascii() && !line.contains('"')));
    }

    #[test]
    fn frequent_names_are_drawn_more_often() {
        let tables = Tables::embedded().expect("the embedded tables");
        let mut draws = DrawSource::new(5).row(0);
        let names: Vec<_> = (0..20_000).filter_map(|_| tables.surnames.draw(&mut draws).copied()).collect();
        let count = |name: &str| names.iter().filter(|drawn| **drawn == name).count();
        assert_eq!(names.len(), 20_000);
        assert!(count("Smith") > 5 * count("Vang"));
    }
}
