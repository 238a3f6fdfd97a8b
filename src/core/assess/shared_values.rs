//! Values that too many people of the rosters share: found once every row is read, by counting in two passes over the
//! packed rows. The first only counts, in tables without a lock; the second looks at the rows of crowded places, of
//! which a sound roster has next to none.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering};

use rayon::prelude::*;

use super::completeness::completeness;
use super::shared_limits::{too_many_at_contact, too_many_on_day};
use crate::domain::{ContactTexts, PackedRow, PatientStore, Shared, stable_hash};
use crate::rules::Rules;

/// The kinds of values that are counted by a hash, each in a table of its own.
const KINDS: [Shared; 4] = [Shared::Phone, Shared::Email, Shared::Address, Shared::BirthDate];
/// Places of a counting table at most.
const MOST_PLACES: usize = 1 << 24;
/// Counting stops here; no bound lies above it that a place has to reach.
const FULL: u16 = u16::MAX - 64;
/// Years that dates are counted by: 0 to 9999.
const YEARS: usize = 10_000;

/// Marks the rows whose value is shared by too many, with a finding each, and scores them without it. Returns the
/// number of marks.
pub fn discount_shared_values(store: &mut PatientStore, rules: &Rules) -> usize {
    let marks = find(store, rules);
    store.discount(&marks, |presence| completeness(presence, &rules.completeness));
    marks.len()
}

/// The rows and what of them is shared by too many, by row.
fn find(store: &PatientStore, rules: &Rules) -> Vec<(u32, Shared)> {
    let counts = Counts::from_store(store);
    let limits = Limits::new(&counts, rules);
    let Some(suspects) = Suspects::from_counts(&counts, &limits) else { return Vec::new() };
    let mut crowded: Vec<Crowded> = (0..store.batch_count())
        .into_par_iter()
        .flat_map_iter(|batch| {
            let (counts, limits) = (&counts, &limits);
            store.batch_rows(batch).flat_map(move |(index, row)| crowded_values(index, &row, counts, limits, suspects))
        })
        .collect();
    crowded.par_sort_unstable();
    let mut marks = Vec::new();
    for group in crowded.chunk_by(|left, right| (left.test, left.value) == (right.test, right.value)) {
        let mut names: Vec<u64> = group.iter().map(|row| row.name).collect();
        names.dedup();
        let limit = group.first().map_or(u32::MAX, |row| row.limit);
        if names.len() >= limit as usize {
            marks.extend(group.iter().map(|row| (row.index, row.test.shared())));
        }
    }
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    Value(Shared),
    DayOfYear,
}

impl Test {
    const fn shared(self) -> Shared {
        match self {
            Self::Value(shared) => shared,
            Self::DayOfYear => Shared::BirthDate,
        }
    }
}

/// A row at a value that many rows have. Sorted so that the rows of one value stand together, and those of one name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Crowded {
    test: Test,
    value: u64,
    name: u64,
    index: u32,
    limit: u32,
}

fn crowded_values(
    index: u32,
    row: &PackedRow<'_>,
    counts: &Counts,
    limits: &Limits,
    suspects: Suspects,
) -> impl Iterator<Item = Crowded> + use<> {
    let texts = row.contact_texts();
    let birth = row.birth_date();
    let mut found: [Option<Crowded>; 5] = [None; 5];
    for (((slot, kind), is_suspect), counted) in found.iter_mut().zip(KINDS).zip(suspects.kinds).zip(&counts.tables) {
        if !is_suspect {
            continue;
        }
        let hash = hash_of_kind(kind, &texts, row);
        let limit = match kind {
            Shared::BirthDate => birth.map_or(u32::MAX, |date| limits.of_year(date.year())),
            Shared::Phone => limits.phone,
            Shared::Email => limits.email,
            Shared::Address => limits.address,
        };
        if hash != 0 && counted.rows_at(hash) >= limit.min(u32::from(FULL)) {
            let name =
                if kind == Shared::BirthDate { hash_of(&[texts.first, texts.last]) } else { hash_of(&[texts.last]) };
            *slot = Some(Crowded { test: Test::Value(kind), value: hash, name, index, limit });
        }
    }
    if let (Some(date), Some(slot)) = (birth, found.last_mut()) {
        let day = date.month() * 100 + date.day();
        if counts.days.get(&day).is_some_and(|rows| *rows >= u64::from(limits.day_of_year)) {
            let name = hash_of(&[texts.first, texts.last]);
            let (test, limit) = (Test::DayOfYear, limits.day_of_year);
            *slot = Some(Crowded { test, value: u64::from(day), name, index, limit });
        }
    }
    // Without a name nobody can tell whether these are different people.
    let is_named = !texts.last.is_empty();
    found.into_iter().flatten().filter(move |_| is_named)
}

/// The kinds of values that enough rows share to be examined.
#[derive(Clone, Copy)]
struct Suspects {
    /// In the order of [`KINDS`].
    kinds: [bool; 4],
}

impl Suspects {
    /// `None` where nothing is, as in most rosters: then no row has to be looked at again.
    fn from_counts(counts: &Counts, limits: &Limits) -> Option<Self> {
        let [phone, email, address, births] = &counts.tables;
        let reaches = |table: &Table, limit: u32| table.most() >= limit.min(u32::from(FULL));
        // What is too many on a date depends on its year.
        let has_date = limits.by_year.iter().any(|(year, limit)| {
            let days = (1..=12).flat_map(|month| (1..=31).map(move |day| month * 100 + day));
            let mut rows = days.map(|day| births.rows_at(place_of_date(year * 10_000 + day)));
            rows.any(|rows| rows >= (*limit).min(u32::from(FULL)))
        });
        let kinds =
            [reaches(phone, limits.phone), reaches(email, limits.email), reaches(address, limits.address), has_date];
        let has_day = counts.days.values().any(|rows| *rows >= u64::from(limits.day_of_year));
        (has_day || kinds.contains(&true)).then_some(Self { kinds })
    }
}

/// From how many people on a value is shared by too many, in these rosters.
struct Limits {
    phone: u32,
    email: u32,
    address: u32,
    day_of_year: u32,
    by_year: BTreeMap<u32, u32>,
}

impl Limits {
    fn new(counts: &Counts, rules: &Rules) -> Self {
        let rules = &rules.shared_values;
        let of = |rule, table: &Table| {
            let (rows, values) = table.rows_and_values();
            too_many_at_contact(rule, rules.expected_at_most, rows, values)
        };
        let [phone, email, address, _] = &counts.tables;
        let born: u64 = counts.years.values().sum();
        // A date is one of all the days on which anybody of the rosters may have been born.
        let days = 366 * counts.years.len() as u64;
        Self {
            phone: of(rules.phone, phone),
            email: of(rules.email, email),
            address: of(rules.address, address),
            day_of_year: too_many_on_day(rules.day_of_year, rules.expected_at_most, born, 366),
            by_year: counts
                .years
                .iter()
                .map(|(year, rows)| (*year, too_many_on_day(rules.birth_date, rules.expected_at_most, *rows, days)))
                .collect(),
        }
    }

    fn of_year(&self, year: u32) -> u32 {
        self.by_year.get(&year).copied().unwrap_or(u32::MAX)
    }
}

/// How many rows lie at each place, by kind, and how many were born in each year and on each day.
struct Counts {
    tables: [Table; 4],
    years: BTreeMap<u32, u64>,
    /// By month and day as `mmdd`.
    days: BTreeMap<u32, u64>,
}

impl Counts {
    fn from_store(store: &PatientStore) -> Self {
        let places = (store.len() as usize * 2).next_power_of_two().clamp(64, MOST_PLACES);
        let of_kind = |kind| Table::new(if kind == Shared::BirthDate { PLACES_OF_DATES } else { places });
        let tables = KINDS.map(of_kind);
        let (years, days) = (0..store.batch_count())
            .into_par_iter()
            .map(|batch| {
                let (mut years, mut days) = (vec![0_u32; YEARS], vec![0_u32; 1_300]);
                let mut hashes = KINDS.map(|_| Vec::new());
                for (_, row) in store.batch_rows(batch) {
                    let texts = row.contact_texts();
                    for (kind, hashes) in KINDS.into_iter().zip(&mut hashes) {
                        hashes.push(hash_of_kind(kind, &texts, &row));
                    }
                    if let Some(date) = row.birth_date() {
                        bump(&mut years, date.year());
                        bump(&mut days, date.month() * 100 + date.day());
                    }
                }
                for (table, hashes) in tables.iter().zip(&hashes) {
                    table.count_all(hashes);
                }
                (sums(&years), sums(&days))
            })
            .reduce(<(BTreeMap<u32, u64>, BTreeMap<u32, u64>)>::default, |mut sum, other| {
                for (into, from) in [(&mut sum.0, other.0), (&mut sum.1, other.1)] {
                    for (key, rows) in from {
                        *into.entry(key).or_default() += rows;
                    }
                }
                sum
            });
        Self { tables, years, days }
    }
}

fn bump(counts: &mut [u32], place: u32) {
    if let Some(count) = counts.get_mut(place as usize) {
        *count += 1;
    }
}

fn sums(counts: &[u32]) -> BTreeMap<u32, u64> {
    (0..).zip(counts).filter(|(_, rows)| **rows > 0).map(|(place, rows)| (place, u64::from(*rows))).collect()
}

/// Rows by the lower bits of the hash of their value.
struct Table(Vec<AtomicU16>);

impl Table {
    fn new(places: usize) -> Self {
        Self((0..places).map(|_| AtomicU16::new(0)).collect())
    }

    fn place(&self, hash: u64) -> Option<&AtomicU16> {
        #[allow(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
        self.0.get(hash as usize & (self.0.len() - 1))
    }

    /// Counts a row at the value; 0 stands for no value.
    fn count(&self, hash: u64) {
        if hash != 0
            && let Some(place) = self.place(hash)
            && place.load(Ordering::Relaxed) < FULL
        {
            // Each thread can add one beyond `FULL`, and there are fewer threads than the room left.
            place.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts rows at their values. The places lie anywhere in memory: some dozen at a time are looked at before they
    /// are counted at, because looks overlap and counting does not.
    fn count_all(&self, hashes: &[u64]) {
        for part in hashes.chunks(64) {
            std::hint::black_box(part.iter().fold(0, |seen, hash| seen | self.rows_at(*hash)));
            for hash in part {
                self.count(*hash);
            }
        }
    }

    fn rows_at(&self, hash: u64) -> u32 {
        self.place(hash).map_or(0, |place| u32::from(place.load(Ordering::Relaxed)))
    }

    /// Rows at the place that has most.
    fn most(&self) -> u32 {
        self.0.iter().map(|place| u32::from(place.load(Ordering::Relaxed))).max().unwrap_or_default()
    }

    /// Rows with a value, and about how many different values there are.
    fn rows_and_values(&self) -> (u64, u64) {
        self.0
            .iter()
            .map(|place| place.load(Ordering::Relaxed))
            .filter(|rows| *rows > 0)
            .fold((0, 0), |(rows, values), at_place| (rows + u64::from(at_place), values + 1))
    }
}

/// A hash of the value of a kind, 0 where the row has none.
fn hash_of_kind(kind: Shared, texts: &ContactTexts<'_>, row: &PackedRow<'_>) -> u64 {
    let whole = |parts: &[&str], is_there: bool| if is_there { hash_of(parts) } else { 0 };
    match kind {
        Shared::Phone => whole(&[texts.phone], !texts.phone.is_empty()),
        Shared::Email => whole(&[texts.email], !texts.email.is_empty()),
        Shared::Address => {
            let zip = texts.postal_code.get(..5).unwrap_or_default();
            let place = if texts.postal_code.is_empty() { texts.city } else { zip };
            whole(&[texts.line1, texts.line2, place], !texts.line1.is_empty())
        }
        Shared::BirthDate => row.birth_date().map_or(0, |date| place_of_date(date.packed())),
    }
}

/// Places of the table of dates: every date has its own.
const PLACES_OF_DATES: usize = 1 << 22;

/// The place of a date given as digits; never 0, and below [`PLACES_OF_DATES`] in the years that are counted.
fn place_of_date(digits: u32) -> u64 {
    let (year, month, day) = (digits / 10_000, digits / 100 % 100, digits % 100);
    u64::from(year * 372 + (month.max(1) - 1) * 31 + day)
}

/// A hash of texts in any letter case, never 0.
fn hash_of(texts: &[&str]) -> u64 {
    let mut lower = [0; 128];
    let of_text = |seed: u64, text: &&str| {
        // The first piece of an empty text is empty, so that every text counts by its place.
        let (first, rest) = text.as_bytes().split_at(text.len().min(lower.len()));
        std::iter::once(first).chain(rest.chunks(lower.len())).fold(seed, |seed, piece| {
            let target = lower.get_mut(..piece.len()).unwrap_or_default();
            target.copy_from_slice(piece);
            target.make_ascii_lowercase();
            stable_hash(target, seed)
        })
    };
    texts.iter().fold(0, of_text).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Address, AssessedPatient, CivilDate, Email, FindingCode, PackedBatch, Patient, PersonName, Phone, PostalCode,
        SourceId, Text,
    };

    const SURNAMES: [&str; 20] = [
        "Ng", "Larsen", "Okafor", "Haddad", "Silva", "Novak", "Tran", "Begay", "Kowalski", "Ito", "Mensah", "Ruiz",
        "Kaur", "Lopez", "Berg", "Cohen", "Dubois", "Rossi", "Petrov", "Yilmaz",
    ];

    /// A patient with everything of its own.
    #[allow(clippy::cast_possible_truncation, reason = "a remainder of a small number")]
    fn own(number: u32) -> Patient {
        let text = Text::from_text;
        let scattered = |of: u32, salt: u64| (stable_hash(&number.to_le_bytes(), salt) % u64::from(of)) as u32;
        let born = 19_300_000 + scattered(90, 1) * 10_000 + (scattered(12, 2) + 1) * 100 + scattered(28, 3) + 1;
        Patient {
            name: PersonName {
                first: text(&format!("Given{number}")),
                last: text(SURNAMES[number as usize % SURNAMES.len()]),
                ..PersonName::default()
            },
            birth_date: CivilDate::from_packed(born),
            phone: Phone::from_digits(&format!("61255{number:05}")),
            email: Email::parse(&format!("person{number}@mail.example.org")),
            address: Address {
                line1: text(&format!("{number} MAIN ST")),
                postal_code: PostalCode::from_digits("55401"),
                ..Address::default()
            },
            ..Patient::default()
        }
    }

    fn store(patients: &[Patient]) -> PatientStore {
        let mut store = PatientStore::default();
        for part in patients.chunks(50) {
            let mut batch = PackedBatch::default();
            for patient in part {
                batch.push(&AssessedPatient { patient: patient.clone(), ..AssessedPatient::default() });
            }
            store.push(SourceId(0), batch);
        }
        store
    }

    /// Rows per finding after discounting.
    fn found(patients: &[Patient]) -> BTreeMap<FindingCode, usize> {
        let mut store = store(patients);
        discount_shared_values(&mut store, &Rules::load(None).expect("sound"));
        let mut codes = BTreeMap::new();
        for finding in store.rows().flat_map(|(_, row)| row.findings().collect::<Vec<_>>()) {
            *codes.entry(finding.code).or_default() += 1;
        }
        codes
    }

    #[test]
    fn a_file_in_which_everybody_has_their_own_has_no_heaps() {
        let patients: Vec<Patient> = (0..2_000).map(own).collect();
        assert_eq!(found(&patients), BTreeMap::new());
    }

    #[test]
    fn households_of_six_different_last_names_are_no_heap() {
        let mut patients: Vec<Patient> = (0..600).map(own).collect();
        for number in 0..600_u32 {
            let of_household = own(number / 6);
            let patient = &mut patients[number as usize];
            patient.phone = of_household.phone;
            patient.address = of_household.address;
            patient.email = of_household.email;
        }
        assert_eq!(found(&patients), BTreeMap::new());
    }

    #[test]
    fn forty_rows_of_one_person_are_no_heap() {
        let mut patients: Vec<Patient> = (0..200).map(own).collect();
        patients.extend((0..40).map(|_| own(3)));
        assert_eq!(found(&patients), BTreeMap::new());
    }

    #[test]
    fn the_front_desks_phone_the_made_up_address_and_the_shelter_are_heaps() {
        let mut patients: Vec<Patient> = (0..400).map(own).collect();
        for patient in patients.iter_mut().take(30) {
            patient.phone = Phone::from_digits("6125550100");
        }
        for patient in patients.iter_mut().skip(100).take(25) {
            patient.email = Email::parse("office@clinic.example.org");
        }
        for patient in patients.iter_mut().skip(200).take(60) {
            patient.address.line1 = Text::from_text("12 SHELTER RD");
        }
        let expected =
            [(FindingCode::AddressShared, 60), (FindingCode::PhoneShared, 30), (FindingCode::EmailShared, 25)];
        assert_eq!(found(&patients), expected.into_iter().collect());
    }

    #[test]
    fn the_first_of_january_of_a_refugee_cohort_is_a_heap_in_every_year() {
        let mut patients: Vec<Patient> = (0..300).map(own).collect();
        for (number, patient) in (0_u32..).zip(&mut patients).take(90) {
            patient.birth_date = CivilDate::from_packed(19_400_101 + number % 70 * 10_000);
        }
        let found = found(&patients);
        let first_of_january =
            patients.iter().filter(|it| it.birth_date.is_some_and(|date| date.packed() % 10_000 == 101)).count();
        assert_eq!(found, [(FindingCode::BirthDateShared, first_of_january)].into_iter().collect());
    }

    #[test]
    fn one_date_for_all_whose_birth_date_is_unknown_is_a_heap() {
        let mut patients: Vec<Patient> = (0..500).map(own).collect();
        for patient in patients.iter_mut().take(20) {
            patient.birth_date = CivilDate::new(1977, 7, 7);
        }
        let found = found(&patients);
        assert_eq!(found.get(&FindingCode::BirthDateShared).copied().unwrap_or_default() / 20, 1, "{found:?}");
    }
}
