//! What blocking needs of each row: hashes of its folded values, small enough for ten million rows. No text is kept.

use std::hash::{DefaultHasher, Hasher as _};

use rayon::prelude::*;

use crate::domain::{CivilDate, Patient, PatientStore, fold};

/// One row; 0 stands for a missing value throughout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowProfile {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) street: u64,
    pub(super) city: u64,
    pub(super) email: u64,
    pub(super) phone: u64,
    /// Year, month and day as digits.
    pub(super) birth: u32,
    pub(super) postal_code: u32,
    /// First letter of the first name and of the last name, and the first three of the last name.
    pub(super) first_initial: u32,
    pub(super) last_initial: u32,
    pub(super) last_beginning: u64,
    /// Whether the row takes part in matching.
    pub(super) takes_part: bool,
}

/// Hashes of values that occur more than once, in rising order, with how often.
type Frequencies = Vec<(u64, u32)>;

/// Every row of a store.
#[derive(Debug)]
pub(super) struct Profiles {
    pub(super) rows: Vec<RowProfile>,
    first: Frequencies,
    last: Frequencies,
    city: Frequencies,
}

impl Profiles {
    pub(super) fn of(store: &PatientStore) -> Self {
        let rows: Vec<RowProfile> = (0..store.batch_count())
            .into_par_iter()
            .flat_map_iter(|batch| {
                store.batch_rows(batch).map(|(_, row)| {
                    if row.is_rejected() || row.is_held() { RowProfile::default() } else { profile(&row.patient()) }
                })
            })
            .collect();
        let (first, (last, city)) = rayon::join(
            || frequencies(&rows, |row| row.first),
            || rayon::join(|| frequencies(&rows, |row| row.last), || frequencies(&rows, |row| row.city)),
        );
        Self { rows, first, last, city }
    }

    /// The profile of a row; that of an empty row beyond the last.
    pub(super) fn row(&self, row: u32) -> RowProfile {
        self.rows.get(row as usize).copied().unwrap_or_default()
    }

    /// How many rows have the same first name as `row`, itself included.
    pub(super) fn first_name_count(&self, row: u32) -> u32 {
        count(&self.first, self.row(row).first)
    }

    /// The same of the last name.
    pub(super) fn last_name_count(&self, row: u32) -> u32 {
        count(&self.last, self.row(row).last)
    }

    /// The same of the city.
    pub(super) fn city_count(&self, row: u32) -> u32 {
        count(&self.city, self.row(row).city)
    }
}

fn count(counts: &[(u64, u32)], value: u64) -> u32 {
    let place = counts.binary_search_by_key(&value, |(known, _)| *known).ok();
    place.and_then(|place| counts.get(place)).map_or(1, |(_, count)| *count)
}

/// How often each value occurs that occurs more than once.
fn frequencies(rows: &[RowProfile], value: impl Fn(&RowProfile) -> u64) -> Frequencies {
    let mut values: Vec<u64> = rows.iter().map(value).filter(|value| *value != 0).collect();
    values.sort_unstable();
    values
        .chunk_by(|left, right| left == right)
        .filter(|run| run.len() > 1)
        .filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).unwrap_or(u32::MAX))))
        .collect()
}

fn profile(patient: &Patient) -> RowProfile {
    let (first, last) = (fold(patient.name.first.as_text()), fold(patient.name.last.as_text()));
    let beginning: String = last.chars().take(3).collect();
    let postal_code = patient.address.postal_code.and_then(|code| code.zip5().parse().ok());
    RowProfile {
        first: hash(&first),
        last: hash(&last),
        street: hash(&fold(patient.address.line1.as_text())),
        city: hash(&fold(patient.address.city.as_text())),
        email: hash(patient.email.as_ref().map(crate::domain::Email::as_text).unwrap_or_default()),
        phone: patient.phone.and_then(|phone| phone.digits().parse().ok()).unwrap_or_default(),
        birth: patient.birth_date.map_or(0, CivilDate::packed),
        postal_code: postal_code.unwrap_or_default(),
        first_initial: first.chars().next().map_or(0, u32::from),
        last_initial: last.chars().next().map_or(0, u32::from),
        last_beginning: hash(&beginning),
        takes_part: true,
    }
}

fn hash(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}
