//! What blocking needs of each row: hashes of its folded values, small enough for ten million rows.

use std::hash::{DefaultHasher, Hasher as _};

use rayon::prelude::*;

use super::block::{BlockKey, visit_keys};
use super::candidates::mixed;
use super::row_text::{RowText, RowTexts};
use crate::domain::{CivilDate, Patient, PatientStore, Phone, Sex, Shared, fold};
use crate::rules::Rules;

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
    /// The same of the death date.
    pub(super) death: u32,
    pub(super) postal_code: u32,
    /// 1 for female, 2 for male.
    pub(super) sex: u8,
    /// First letter of the first name and of the last name, and the first three of the last name.
    pub(super) first_initial: u32,
    pub(super) last_initial: u32,
    pub(super) last_beginning: u64,
    /// Which pairs of neighbouring letters occur in the first name, and in the last name: a bit each of 64.
    pub(super) first_letters: u64,
    pub(super) last_letters: u64,
    /// House number of the street line; where it has none, what stands for the line.
    pub(super) house: u64,
    /// Hash of everything that is compared: rows of one hash say the same, wherever they stand.
    pub(super) content: u64,
    /// What the table of nicknames knows the first name as: its number and one, 0 where it does not know it.
    pub(super) given_name: u32,
    /// Whether the first name only says that a newborn has none yet.
    pub(super) unnamed: bool,
    /// Whether too many people share the birth date for agreement in it to mean anything.
    pub(super) birth_shared: bool,
    /// Whether the row takes part in matching.
    pub(super) takes_part: bool,
}

/// Hashes of values that occur more than once, in rising order, with how often.
type Frequencies = Vec<(u64, u32)>;

/// Every row of a store.
#[derive(Debug)]
pub(super) struct Profiles {
    pub(super) rows: Vec<RowProfile>,
    pub(super) texts: RowTexts,
    /// The keys of the rules that decide by themselves, of rows neither held nor rejected.
    pub(super) keys: Vec<(BlockKey, u32)>,
    /// Stands for rows beyond the last.
    empty: RowProfile,
    first: Frequencies,
    last: Frequencies,
    city: Frequencies,
}

impl Profiles {
    /// Rejected rows take part: what they say is evidence, and a row without a first name may belong to a person that
    /// another row describes in full. Held rows do not, because a date of theirs may be read the wrong way round.
    pub(super) fn of(store: &PatientStore, rules: &Rules) -> Self {
        let batches: Vec<BatchProfiles> =
            (0..store.batch_count()).into_par_iter().map(|batch| profiles_of_batch(store, rules, batch)).collect();
        let mut rows = Vec::with_capacity(store.len() as usize);
        let mut keys = Vec::with_capacity(batches.iter().map(|batch| batch.keys.len()).sum());
        let mut texts = RowTexts::with_room_for(batches.iter().map(|batch| &batch.texts));
        for batch in batches {
            rows.extend(batch.rows);
            keys.extend(batch.keys);
            texts.append(&batch.texts);
        }
        let (first, (last, city)) = rayon::join(
            || frequencies(&rows, |row| row.first),
            || rayon::join(|| frequencies(&rows, |row| row.last), || frequencies(&rows, |row| row.city)),
        );
        Self { rows, texts, keys, empty: RowProfile::default(), first, last, city }
    }

    /// The profile of a row; that of an empty row beyond the last.
    pub(super) fn row(&self, row: u32) -> &RowProfile {
        self.rows.get(row as usize).unwrap_or(&self.empty)
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
    values.par_sort_unstable();
    values
        .chunk_by(|left, right| left == right)
        .filter(|run| run.len() > 1)
        .filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).unwrap_or(u32::MAX))))
        .collect()
}

/// What the rows of one batch come to.
#[derive(Default)]
struct BatchProfiles {
    rows: Vec<RowProfile>,
    texts: RowTexts,
    keys: Vec<(BlockKey, u32)>,
}

fn profiles_of_batch(store: &PatientStore, rules: &Rules, batch: usize) -> BatchProfiles {
    let mut of_batch = BatchProfiles::default();
    let mut scratch = String::new();
    for (index, row) in store.batch_rows(batch) {
        if row.is_held() {
            of_batch.rows.push(RowProfile::default());
            of_batch.texts.push_empty();
            continue;
        }
        let patient = row.evidence();
        let whole = of_batch.texts.push(&patient, hash);
        let last = u32::try_from(of_batch.rows.len()).unwrap_or(u32::MAX);
        let profile = profile(&patient, of_batch.texts.row(last), whole, rules);
        of_batch.rows.push(RowProfile { birth_shared: row.is_shared(Shared::BirthDate), ..profile });
        if !row.is_rejected() {
            visit_keys(&patient, &mut scratch, |key, _| of_batch.keys.push((key, index)));
        }
    }
    of_batch
}

fn profile(patient: &Patient, text: RowText<'_>, whole: u64, rules: &Rules) -> RowProfile {
    let (first, last) = (text.first, text.last);
    let beginning = last.char_indices().nth(3).map_or(last, |(end, _)| last.get(..end).unwrap_or_default());
    let unsendable = &patient.unsendable;
    let postal_code = match patient.address.postal_code {
        Some(code) => code.zip_number(),
        None => unusual_postal_code(unsendable.postal_code.as_text()),
    };
    let mut profile = RowProfile {
        first: hash(first),
        last: hash(last),
        street: hash(text.street),
        city: hash(text.city),
        email: hash(text.email),
        phone: patient.phone.map_or(0, Phone::number),
        birth: patient.birth_date.map_or(unsendable.birth_digits, CivilDate::packed),
        death: patient.death_date.map_or(0, CivilDate::packed),
        postal_code,
        sex: patient.sex.map_or(0, |sex| if sex == Sex::Female { 1 } else { 2 }),
        first_initial: first.chars().next().map_or(0, u32::from),
        last_initial: last.chars().next().map_or(0, u32::from),
        last_beginning: hash(beginning),
        first_letters: letter_pairs(first),
        last_letters: letter_pairs(last),
        house: house(text.street),
        content: 0,
        given_name: rules.nicknames.number(first).map_or(0, |number| number + 1),
        unnamed: rules.matching.newborn.first_names.contains(first),
        birth_shared: false,
        takes_part: true,
    };
    let numbers = u64::from(profile.birth) << 32 | u64::from(profile.postal_code);
    let further = u64::from(profile.death) << 32 | u64::from(profile.sex);
    profile.content = mixed(&[whole, numbers, further, profile.phone]);
    profile
}

/// A postal code that is no ZIP as a number above every ZIP; digits stay digits, so that one wrong digit shows.
fn unusual_postal_code(text: &str) -> u32 {
    let folded = fold(text);
    if folded.is_empty() {
        return 0;
    }
    let digits = if folded.len() <= 6 { folded.parse::<u32>().ok() } else { None };
    #[allow(clippy::cast_possible_truncation, reason = "any 30 bits of the hash do")]
    let number = digits.unwrap_or_else(|| hash(&folded) as u32 >> 2);
    1_000_000_000 + number % 1_000_000_000
}

/// A bit for each pair of neighbouring letters, the first letter on its own included.
fn letter_pairs(text: &str) -> u64 {
    let before = std::iter::once(0).chain(text.bytes());
    before.zip(text.bytes()).fold(0, |bits, (left, right)| {
        let place = u32::from(left).wrapping_mul(31).wrapping_add(u32::from(right)).wrapping_mul(0x9e37_79b1) >> 26;
        bits | 1 << place
    })
}

/// Whether two names have at least half of their pairs of letters in common, as two spellings of one name do.
pub(super) fn are_letters_alike(left: u64, right: u64) -> bool {
    let fewer = left.count_ones().min(right.count_ones());
    fewer > 0 && 2 * (left & right).count_ones() >= fewer
}

fn house(street: &str) -> u64 {
    let number: String = street.chars().take_while(char::is_ascii_digit).collect();
    if number.is_empty() { hash(street) } else { hash(&number) }
}

fn hash(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}
