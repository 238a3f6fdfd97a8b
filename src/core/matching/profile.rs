//! What blocking needs of each row: short hashes of its folded values, 64 bytes in all, so that ten million rows are
//! held and looking at any one of them touches one line of the processor's cache.

use rayon::prelude::*;

use super::block::visit_keys;
use super::hash::{hash, mixed, short_hash, shortened};
use super::row_text::{Folder, RowText, content};
use crate::domain::{CivilDate, PatientStore, PatientView, Sex, Shared, fold};
use crate::rules::Rules;

/// One row; 0 stands for a missing value throughout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct RowProfile {
    pub(super) first: u32,
    pub(super) last: u32,
    /// The street line without its house number.
    pub(super) road: u32,
    pub(super) city: u32,
    pub(super) email: u32,
    pub(super) phone: u32,
    /// House number of the street line; where it has none, what stands for the line.
    pub(super) house: u32,
    /// First three letters of the last name.
    pub(super) last_beginning: u32,
    /// Year, month and day, each digit in four bits of its own, so that wrong digits are counted without a division.
    pub(super) birth: u32,
    pub(super) postal_code: u32,
    /// Which pairs of neighbouring letters occur in the first name, and in the last name: a bit each of 64.
    pub(super) first_letters: u64,
    pub(super) last_letters: u64,
    /// A byte of the first letter of the first name, of the middle name and of the last name.
    pub(super) first_initial: u8,
    pub(super) middle_initial: u8,
    pub(super) last_initial: u8,
    /// 1 for female, 2 for male.
    pub(super) sex: u8,
    /// Whether the first name only says that a newborn has none yet.
    pub(super) unnamed: bool,
    /// Whether too many people share the birth date for agreement in it to mean anything.
    pub(super) birth_shared: bool,
    /// Whether the row takes part in matching.
    pub(super) takes_part: bool,
}

impl RowProfile {
    /// Year, month and day as digits.
    pub(super) fn birth_digits(&self) -> u32 {
        (0..8).rev().fold(0, |digits, place| digits * 10 + (self.birth >> (4 * place) & 15))
    }

    /// Stands for the whole street line.
    pub(super) fn street(&self) -> u32 {
        if self.road == 0 { 0 } else { shortened(mixed(&[self.road.into(), self.house.into()])) }
    }
}

/// Hashes of values that occur more than once, in rising order, with how often.
type Frequencies = Vec<(u32, u32)>;

/// The hash of a key of a rule that decides by itself, and a row that has it.
pub(super) type KeyedRow = (u64, u32);

/// Every row of a store.
#[derive(Debug)]
pub(super) struct Profiles {
    pub(super) rows: Vec<RowProfile>,
    /// For each row a hash of everything that is compared: rows of one hash say the same, wherever they stand.
    contents: Vec<u64>,
    /// The keys of the rules that decide by themselves, of rows neither held nor rejected.
    pub(super) keys: Vec<KeyedRow>,
    /// Rows from this one on are persons on the roll.
    pub(super) roll_from: u32,
    /// Stands for rows beyond the last.
    empty: RowProfile,
    first: Frequencies,
    last: Frequencies,
    city: Frequencies,
    street: Frequencies,
}

impl Profiles {
    /// Rejected rows take part: what they say is evidence, and a row without a first name may belong to a person that
    /// another row describes in full. Held rows do not, because a date of theirs may be read the wrong way round.
    pub(super) fn from_store(store: &PatientStore, rules: &Rules) -> Self {
        let mut rows = vec![RowProfile::default(); store.len() as usize];
        let mut contents = vec![0; store.len() as usize];
        let keys = {
            let mut batches = Vec::with_capacity(store.batch_count());
            let (mut rows, mut contents) = (rows.as_mut_slice(), contents.as_mut_slice());
            for batch in 0..store.batch_count() {
                let length = store.batch_rows(batch).count();
                let (of_batch, further) = std::mem::take(&mut rows).split_at_mut(length);
                let (contents_of_batch, further_contents) = std::mem::take(&mut contents).split_at_mut(length);
                (rows, contents) = (further, further_contents);
                batches.push((batch, of_batch, contents_of_batch));
            }
            let of_batch = |(batch, rows, contents)| profile_batch(store, rules, batch, rows, contents);
            let keys: Vec<Vec<KeyedRow>> = batches.into_par_iter().map(of_batch).collect();
            keys.concat()
        };
        let ((first, street), (last, city)) = rayon::join(
            || rayon::join(|| frequencies(&rows, |row| row.first), || frequencies(&rows, RowProfile::street)),
            || rayon::join(|| frequencies(&rows, |row| row.last), || frequencies(&rows, |row| row.city)),
        );
        Self { rows, contents, keys, roll_from: u32::MAX, empty: RowProfile::default(), first, last, city, street }
    }

    /// The profile of a row; that of an empty row beyond the last.
    pub(super) fn row(&self, row: u32) -> &RowProfile {
        self.rows.get(row as usize).unwrap_or(&self.empty)
    }

    /// The hash of everything that a row says.
    pub(super) fn content(&self, row: u32) -> u64 {
        self.contents.get(row as usize).copied().unwrap_or_default()
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

    /// The same of the street line.
    pub(super) fn street_count(&self, row: u32) -> u32 {
        count(&self.street, self.row(row).street())
    }
}

fn count(counts: &[(u32, u32)], value: u32) -> u32 {
    let place = counts.binary_search_by_key(&value, |(known, _)| *known).ok();
    place.and_then(|place| counts.get(place)).map_or(1, |(_, count)| *count)
}

/// How often each value occurs that occurs more than once.
fn frequencies(rows: &[RowProfile], value: impl Fn(&RowProfile) -> u32) -> Frequencies {
    let mut values: Vec<u32> = rows.iter().map(value).filter(|value| *value != 0).collect();
    values.par_sort_unstable();
    values
        .chunk_by(|left, right| left == right)
        .filter(|run| run.len() > 1)
        .filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).unwrap_or(u32::MAX))))
        .collect()
}

/// Fills in the profiles and contents of the rows of a batch; returns their keys.
fn profile_batch(
    store: &PatientStore,
    rules: &Rules,
    batch: usize,
    rows: &mut [RowProfile],
    contents: &mut [u64],
) -> Vec<KeyedRow> {
    let mut keys = Vec::new();
    let (mut scratch, mut folder) = (String::new(), Folder::default());
    for (((index, row), profile), content_of_row) in store.batch_rows(batch).zip(rows).zip(contents) {
        if row.is_held() {
            continue;
        }
        let patient = row.evidence_view();
        folder.fold(&patient, rules);
        *profile = profile_of(&patient, &folder.row(), rules);
        profile.birth_shared = row.is_shared(Shared::BirthDate);
        *content_of_row = content(&folder, &patient, birth_digits(&patient), profile.postal_code, profile.sex);
        if !row.is_rejected() {
            visit_keys(&patient, &mut scratch, |_, key, _| keys.push((key, index)));
        }
    }
    keys
}

fn profile_of(patient: &PatientView<'_>, text: &RowText<'_>, rules: &Rules) -> RowProfile {
    let (first, last) = (text.first, text.last);
    let beginning = last.char_indices().nth(3).map_or(last, |(end, _)| last.get(..end).unwrap_or_default());
    RowProfile {
        first: short_hash(first),
        last: short_hash(last),
        road: road(text.street),
        city: short_hash(text.city),
        email: short_hash(text.email),
        phone: match patient.compared_phone() {
            0 => 0,
            number => shortened(mixed(&[number])),
        },
        house: house(text.street),
        last_beginning: short_hash(beginning),
        birth: digit_by_digit(birth_digits(patient)),
        postal_code: match patient.zip() {
            Some(code) => code.zip_number(),
            None => unusual_postal_code(patient.unsendable_postal_code),
        },
        first_letters: letter_pairs(first),
        last_letters: letter_pairs(last),
        first_initial: initial(first),
        middle_initial: initial(text.middle),
        last_initial: initial(last),
        sex: patient.sex.map_or(0, |sex| if sex == Sex::Female { 1 } else { 2 }),
        unnamed: rules.names.newborn.names_nobody(first),
        birth_shared: false,
        takes_part: true,
    }
}

fn birth_digits(patient: &PatientView<'_>) -> u32 {
    patient.birth_date.map_or(patient.unsendable_birth_digits, CivilDate::packed)
}

/// The eight lowest digits of a number, each in four bits of its own.
fn digit_by_digit(number: u32) -> u32 {
    (0..8).fold((0, number), |(digits, rest), place| (digits | (rest % 10) << (4 * place), rest / 10)).0
}

/// A postal code that is no ZIP as a number above every ZIP; digits stay digits, so that one wrong digit shows.
fn unusual_postal_code(text: &str) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let folded = fold(text);
    if folded.is_empty() {
        return 0;
    }
    let digits = if folded.len() <= 6 { folded.parse::<u32>().ok() } else { None };
    let number = digits.unwrap_or_else(|| shortened(hash(&folded)) >> 2);
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
    let shared = left & right;
    shared != 0 && 2 * shared.count_ones() >= left.count_ones().min(right.count_ones())
}

/// The lowest byte of the first letter, 0 for an empty name alone.
fn initial(name: &str) -> u8 {
    name.chars().next().map_or(0, |letter| u8::try_from(u32::from(letter) & 255).unwrap_or_default().max(1))
}

fn road(street: &str) -> u32 {
    let road = street.trim_start_matches(|letter: char| letter.is_ascii_digit());
    short_hash(if road.is_empty() { street } else { road })
}

fn house(street: &str) -> u32 {
    let number = street.len() - street.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    short_hash(if number == 0 { street } else { street.get(..number).unwrap_or_default() })
}
