//! Pairs worth weighing: rows that share a key under one of the blocking rules for probable duplicates.

use rayon::prelude::*;

use super::block::BlockingRule;
use super::hash::mixed;
use super::neighbours::{LeftOut, Members};
use super::profile::{Profiles, RowProfile};

/// Candidates per row, on average, beyond which only the rows that have most in common are weighed. Rosters of real
/// people have one to three; a roster whose few values hardly tell people apart has hundreds.
const MOST_PER_ROW: usize = 8;
/// Candidates that a small roster may have all the same.
const ALWAYS_WEIGHED: usize = 1_000_000;

/// The rules of this stage. A pair that several of them find is filed under the strongest, and under
/// [`BlockingRule::Identity`] where all of that is the same.
const RULES: [BlockingRule; 20] = [
    BlockingRule::LastNameAndRoad,
    BlockingRule::FirstNameAndRoad,
    BlockingRule::LastNameAndInitials,
    BlockingRule::FirstNameAndInitials,
    BlockingRule::LastNameAndBirthYear,
    BlockingRule::LastNameAndBirthDay,
    BlockingRule::FirstNameAndBirthDay,
    BlockingRule::LastNameAndPostalCode,
    BlockingRule::LastNameAndCity,
    BlockingRule::ExchangedNames,
    BlockingRule::HouseNumberAndPostalCode,
    BlockingRule::Names,
    BlockingRule::FirstNameAndPostalCode,
    BlockingRule::BirthDateAndPostalCode,
    BlockingRule::BirthDateAndCity,
    BlockingRule::BirthDateAndFirstInitial,
    BlockingRule::BirthDateAndLastBeginning,
    BlockingRule::StreetAndFirstInitial,
    BlockingRule::Email,
    BlockingRule::Phone,
];

/// Left row, right row, rule.
type FoundPair = (u32, u32, BlockingRule);

/// The pairs that the rules bring together, each once, left before right.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Each under its strongest rule.
    pub(super) pairs: Vec<FoundPair>,
    /// What was not compared because too many rows share too few values.
    pub(super) left_out: LeftOut,
}

/// Candidates that a roster of so many rows may have.
pub(super) fn most_candidates(rows: usize) -> usize {
    ALWAYS_WEIGHED.max(MOST_PER_ROW * rows)
}

/// Finds the candidates. `points` is asked of every pair of rows: how much they have in common, `None` for a pair that
/// cannot come to anything. Where there are more than `most`, those with fewest points are left out and counted.
pub(super) fn candidates(
    profiles: &Profiles,
    most: usize,
    points: impl Fn((u32, &RowProfile), (u32, &RowProfile)) -> Option<u8> + Sync,
) -> Candidates {
    let mut found = Candidates::default();
    let (mut tidied, mut bar) = (0, 0);
    for rule in RULES {
        let of_bucket = |bucket| pairs_of_bucket(profiles, rule, bucket, bar, &points);
        let of_rule: Vec<_> = buckets(profiles, rule).into_par_iter().map(of_bucket).collect();
        found.pairs.reserve_exact(of_rule.iter().map(|(pairs, _)| pairs.len()).sum());
        for (pairs, left_out) in of_rule {
            found.pairs.extend(pairs);
            found.left_out.add(left_out);
        }
        // Most pairs are found by several rules: without this the list would grow to several times what is left of it.
        if found.pairs.len() > 2 * tidied + TIDIED_FROM || found.pairs.len() > most {
            found.tidy();
            bar = found.keep_best(profiles, most, bar, &points);
            tidied = found.pairs.len();
        }
    }
    found.tidy();
    found
}

/// The pairs of the blocks of a bucket that have at least `bar` points.
fn pairs_of_bucket(
    profiles: &Profiles,
    rule: BlockingRule,
    mut bucket: Vec<KeyedRow>,
    bar: u8,
    points: &impl Fn((u32, &RowProfile), (u32, &RowProfile)) -> Option<u8>,
) -> (Vec<FoundPair>, LeftOut) {
    drop_single_keys(&mut bucket);
    bucket.sort_unstable();
    let (mut pairs, mut left_out, mut below) = (Vec::new(), LeftOut::default(), 0);
    let further = |row: &RowProfile| key(rule, row).map_or(0, |(_, further)| further);
    let blocks = bucket.chunk_by(|left, right| left.key() == right.key()).filter(|block| block.len() > 1);
    let members = Members::new(profiles, blocks.clone().flatten().map(|keyed| keyed.row()).collect());
    let mut begin = 0;
    for block in blocks {
        let places = begin..begin + block.len();
        begin = places.end;
        left_out.add(members.visit_pairs(places, profiles, further, |left, right| match points(left, right) {
            Some(points) if points >= bar => {
                let filed = if are_identical(left.1, right.1) { BlockingRule::Identity } else { rule };
                pairs.push((left.0.min(right.0), left.0.max(right.0), filed));
            }
            Some(_) => below += 1,
            None => {}
        }));
    }
    left_out.pairs = below;
    (pairs, left_out)
}

/// Whether first name, last name, birth date and sex are the same, all present.
fn are_identical(left: &RowProfile, right: &RowProfile) -> bool {
    let of = |row: &RowProfile| [row.first, row.last, row.birth, row.sex.into()];
    let values = of(left);
    values == of(right) && !values.contains(&0)
}

/// Pairs beyond which those that were found again are dropped while there are rules to come.
const TIDIED_FROM: usize = 100_000;

impl Candidates {
    /// Puts the pairs in order, each once, under its strongest rule.
    fn tidy(&mut self) {
        self.pairs.par_sort_unstable_by_key(|(left, right, rule)| (u64::from(*left) << 32 | u64::from(*right), *rule));
        self.pairs.dedup_by_key(|(left, right, _)| (*left, *right));
    }

    /// Leaves out the pairs with fewest points until at most `most` are left. Returns the points that a further pair
    /// has to have.
    fn keep_best(
        &mut self,
        profiles: &Profiles,
        most: usize,
        bar: u8,
        points: &(impl Fn((u32, &RowProfile), (u32, &RowProfile)) -> Option<u8> + Sync),
    ) -> u8 {
        let before = self.pairs.len();
        if before <= most {
            return bar;
        }
        let of_pair = |(left, right, _): &FoundPair| {
            points((*left, profiles.row(*left)), (*right, profiles.row(*right))).unwrap_or_default()
        };
        let points: Vec<u8> = self.pairs.par_iter().map(of_pair).collect();
        let mut bar = bar;
        let highest = points.iter().copied().max().unwrap_or_default();
        while bar < highest && points.iter().filter(|points| **points >= bar).count() > most {
            bar += 1;
        }
        let mut points = points.into_iter();
        self.pairs.retain(|_| points.next().is_some_and(|points| points >= bar));
        if self.pairs.len() > most {
            self.share_out(profiles);
        }
        self.left_out.pairs += (before - self.pairs.len()) as u64;
        bar
    }

    /// Leaves each row so many pairs of those that all have the same in common. Which ones is drawn by lot from what
    /// the two rows say, so that it does not depend on where they stand.
    fn share_out(&mut self, profiles: &Profiles) {
        let lot = |(left, right, _): &FoundPair| {
            let (left, right) = (profiles.content(*left), profiles.content(*right));
            mixed(&[left.min(right), left.max(right)])
        };
        let lots = self.pairs.par_iter().map(lot);
        let mut drawn: Vec<(u64, FoundPair)> = lots.zip(self.pairs.par_iter().copied()).collect();
        drawn.par_sort_unstable();
        let mut kept = vec![0_usize; profiles.rows.len()];
        drawn.retain(|(_, (left, right, _))| {
            let mut has_room = false;
            for row in [*left, *right] {
                if let Some(kept) = kept.get_mut(row as usize).filter(|kept| **kept < MOST_PER_ROW) {
                    *kept += 1;
                    has_room = true;
                }
            }
            has_room
        });
        self.pairs.clear();
        self.pairs.extend(drawn.into_iter().map(|(_, pair)| pair));
        self.pairs.par_sort_unstable();
    }
}

/// Rows that one thread keys before it takes the next.
const ROWS_KEYED_TOGETHER: usize = 1 << 17;
/// Rows that a bucket is to hold, so that sorting it stays within the processor's cache.
const ROWS_PER_BUCKET: usize = 1 << 12;
/// Number of buckets beyond which filling them costs more than sorting larger ones, as a power of two.
const MOST_BUCKETS: u32 = 10;

/// The rows that have a key under a rule, shared out by the first bits of the key's hash: rows of one key are in one
/// bucket.
fn buckets(profiles: &Profiles, rule: BlockingRule) -> Vec<Vec<KeyedRow>> {
    let bits = (profiles.rows.len() / ROWS_PER_BUCKET).checked_ilog2().map_or(0, |bits| (bits + 1).min(MOST_BUCKETS));
    let parts: Vec<Vec<Vec<KeyedRow>>> = profiles
        .rows
        .par_chunks(ROWS_KEYED_TOGETHER)
        .enumerate()
        .map(|(part, rows)| {
            let room = (rows.len() >> bits) + (rows.len() >> bits >> 3) + 8;
            let mut buckets: Vec<Vec<KeyedRow>> = (0..1 << bits).map(|_| Vec::with_capacity(room)).collect();
            for (profile, row) in rows.iter().zip(part * ROWS_KEYED_TOGETHER..) {
                let (true, Some((key, _))) = (profile.takes_part, key(rule, profile)) else { continue };
                let keyed = KeyedRow::new(key, u32::try_from(row).unwrap_or(u32::MAX));
                if let Some(bucket) = buckets.get_mut(keyed.bucket(bits)) {
                    bucket.push(keyed);
                }
            }
            buckets
        })
        .collect();
    let mut parts = parts.into_iter();
    let mut buckets = parts.next().unwrap_or_default();
    let others: Vec<Vec<Vec<KeyedRow>>> = parts.collect();
    buckets.par_iter_mut().enumerate().for_each(|(number, bucket)| {
        let others = others.iter().filter_map(|buckets| buckets.get(number));
        bucket.reserve_exact(others.clone().map(Vec::len).sum());
        others.for_each(|other| bucket.extend_from_slice(other));
    });
    buckets
}

/// A row under its key: 32 bits of the key's hash above the number of the row, because numbers are sorted several times
/// as fast as tuples. Two keys of one hash share a block, which brings together a few rows more and loses none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KeyedRow(u64);

impl KeyedRow {
    fn new(key: u64, row: u32) -> Self {
        Self(mixed(&[key]) >> 32 << 32 | u64::from(row))
    }

    /// The first bits of the hash.
    #[allow(clippy::cast_possible_truncation, reason = "some few bits are left")]
    const fn bucket(self, bits: u32) -> usize {
        match self.0.checked_shr(u64::BITS - bits) {
            Some(bucket) => bucket as usize,
            None => 0,
        }
    }

    /// Word and bit of a table that the last bits of the hash point to.
    #[allow(clippy::cast_possible_truncation, reason = "some few bits are left")]
    const fn place(self) -> (usize, u64) {
        let place = self.0 >> 32 & ((1 << TELLING_BITS) - 1);
        ((place >> 6) as usize, 1 << (place & 63))
    }

    const fn key(self) -> u64 {
        self.0 >> 32
    }

    #[allow(clippy::cast_possible_truncation, reason = "the lower half is the row")]
    const fn row(self) -> u32 {
        self.0 as u32
    }
}

/// Bits of a key's hash above the row number. They show which keys occur once.
const TELLING_BITS: u32 = 16;

/// Drops rows whose key no other row of the bucket has: most rows under most rules. A few stay, and do no harm.
fn drop_single_keys(bucket: &mut Vec<KeyedRow>) {
    let mut is_seen = vec![0_u64; 1 << (TELLING_BITS - 6)];
    let mut is_repeated = is_seen.clone();
    for keyed in bucket.iter() {
        let (word, bit) = keyed.place();
        if let (Some(seen), Some(repeated)) = (is_seen.get_mut(word), is_repeated.get_mut(word)) {
            *repeated |= *seen & bit;
            *seen |= bit;
        }
    }
    bucket.retain(|keyed| {
        let (word, bit) = keyed.place();
        is_repeated.get(word).is_none_or(|repeated| repeated & bit != 0)
    });
}

/// The key of a row under a rule, and the further value by which a large block is split.
fn key(rule: BlockingRule, row: &RowProfile) -> Option<(u64, u64)> {
    let [first, last, road, city] = [row.first, row.last, row.road, row.city].map(u64::from);
    let [birth, zip, house] = [row.birth, row.postal_code, row.house].map(u64::from);
    let [initial, middle, last_initial] = [row.first_initial, row.middle_initial, row.last_initial].map(u64::from);
    let beginning = u64::from(row.last_beginning);
    let year = birth >> 16;
    let key = match rule {
        BlockingRule::Phone => (present(row.phone.into())?, first),
        BlockingRule::Email => (present(row.email.into())?, first),
        BlockingRule::BirthDateAndFirstInitial => (mixed(&[birth_in_any_order(row)?, present(initial)?]), last),
        BlockingRule::BirthDateAndLastBeginning => (mixed(&[birth_in_any_order(row)?, present(beginning)?]), first),
        BlockingRule::BirthDateAndPostalCode => (mixed(&[birth_in_any_order(row)?, present(zip)?]), last),
        BlockingRule::BirthDateAndCity => (mixed(&[birth_in_any_order(row)?, present(city)?]), last),
        BlockingRule::FirstNameAndPostalCode => {
            (mixed(&[present(first)? << 32 | present(zip)?, present(last_initial)?]), birth)
        }
        BlockingRule::StreetAndFirstInitial => (mixed(&[present(road)? << 32 | house, present(initial)?]), first),
        BlockingRule::LastNameAndRoad => (mixed(&[present(last)? << 32 | present(road)?]), first),
        BlockingRule::FirstNameAndRoad => {
            (mixed(&[present(first)? << 32 | present(road)?, present(last_initial)?]), zip)
        }
        BlockingRule::LastNameAndInitials => {
            (mixed(&[present(last)?, present(initial)? << 8 | present(middle)?]), first)
        }
        BlockingRule::FirstNameAndInitials => {
            (mixed(&[present(first)? << 32 | present(beginning)?, present(middle)?]), birth)
        }
        BlockingRule::LastNameAndBirthYear => {
            (mixed(&[present(last)?, present(initial)? << 16 | present(year)?]), first)
        }
        BlockingRule::LastNameAndBirthDay => {
            (mixed(&[present(last)?, present(initial)? << 16 | birth_day_in_any_order(row)?]), first)
        }
        BlockingRule::FirstNameAndBirthDay => {
            (mixed(&[present(first)?, present(last_initial)? << 16 | birth_day_in_any_order(row)?]), zip)
        }
        BlockingRule::LastNameAndPostalCode => {
            (mixed(&[present(last)? << 32 | present(zip)?, present(initial)?]), birth)
        }
        BlockingRule::LastNameAndCity => (mixed(&[present(last)? << 32 | present(city)?, present(initial)?]), birth),
        BlockingRule::HouseNumberAndPostalCode => (mixed(&[present(house)? << 32 | present(zip)?]), last),
        BlockingRule::Names => (mixed(&[present(first.min(last))? << 32 | first.max(last)]), birth),
        BlockingRule::ExchangedNames => {
            let last_initial = present(last_initial)?;
            let initials = initial.min(last_initial) << 8 | initial.max(last_initial);
            (mixed(&[birth_in_any_order(row)?, initials]), city)
        }
        BlockingRule::Decision
        | BlockingRule::SubjectId
        | BlockingRule::ExternalId
        | BlockingRule::Demographics
        | BlockingRule::Identity => return None,
    };
    Some(key)
}

fn present(value: u64) -> Option<u64> {
    (value != 0).then_some(value)
}

/// The birth date with the smaller of day and month first, so that exchanging the two changes nothing.
fn birth_in_any_order(row: &RowProfile) -> Option<u64> {
    let birth = present(u64::from(row.birth))?;
    let (month, day) = (birth >> 8 & 255, birth & 255);
    Some(birth >> 16 << 16 | month.min(day) << 8 | month.max(day))
}

/// Day and month of birth, the smaller first.
fn birth_day_in_any_order(row: &RowProfile) -> Option<u64> {
    birth_in_any_order(row).map(|birth| birth & 0xffff)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::points::{RosterSize, points_in_common};
    use super::*;
    use crate::domain::{Address, AssessedPatient, CivilDate, PackedBatch, Patient, PatientStore, PersonName, Sex};
    use crate::domain::{SourceId, Text};
    use crate::rules::Rules;

    /// A person of a roster whose few values hardly tell people apart; no two are the same.
    fn of_few_values(number: u32) -> Patient {
        let text = |value: &str| Text::from_text(value);
        let first = ["Anna", "Ben", "Carla"].map(text);
        let last = ["Smith", "Jones"].map(text);
        Patient {
            name: PersonName {
                first: first[number as usize % 3].clone(),
                last: last[number as usize / 3 % 2].clone(),
                ..PersonName::default()
            },
            birth_date: CivilDate::from_packed(
                (1980 + number / 336) * 10_000 + (1 + number / 28 % 12) * 100 + 1 + number % 28,
            ),
            sex: Some(Sex::Female),
            address: Address {
                line1: Text::from_text(&format!("{} Main St", number % 7)),
                city: text("Duluth"),
                ..Address::default()
            },
            ..Patient::default()
        }
    }

    /// The candidates of people in the order of their numbers, as pairs of numbers.
    fn candidates_of(numbers: &[u32], most: usize) -> (BTreeSet<(u32, u32)>, LeftOut) {
        let mut batch = PackedBatch::default();
        for (row, number) in (2..).zip(numbers) {
            batch.push(&AssessedPatient { row, patient: of_few_values(*number), ..AssessedPatient::default() });
        }
        let mut store = PatientStore::default();
        store.push(SourceId(0), batch);
        let profiles = Profiles::from_store(&store, &Rules::load(None).expect("the built-in rules"));
        let found = candidates(&profiles, most, |(_, left), (_, right)| points_in_common(left, right, RosterSize::Few));
        let number = |row: u32| numbers[row as usize];
        let pairs = found.pairs.iter().map(|(left, right, _)| (number(*left), number(*right)));
        (pairs.map(|(left, right)| (left.min(right), left.max(right))).collect(), found.left_out)
    }

    #[test]
    fn a_roster_whose_values_hardly_tell_people_apart_has_no_more_candidates_than_it_may_have_and_says_so() {
        let numbers: Vec<u32> = (0..600).collect();
        let (all, nothing) = candidates_of(&numbers, usize::MAX);
        assert!(all.len() > 10_000, "{}", all.len());
        assert_eq!(nothing.pairs, 0);
        let (best, left_out) = candidates_of(&numbers, 4_000);
        assert!(!best.is_empty() && best.len() <= 4_800, "{}", best.len());
        assert!(best.is_subset(&all));
        assert!(left_out.pairs >= (all.len() - best.len()) as u64, "{left_out:?}");
        assert!(left_out.split_blocks > 0 && left_out.oversized_blocks > 0, "{left_out:?}");
    }

    #[test]
    fn what_is_left_out_does_not_depend_on_the_order_of_the_rows() {
        let numbers: Vec<u32> = (0..600).collect();
        let mixed: Vec<u32> = (0..600).map(|row| row * 7 % 600).collect();
        assert_eq!(mixed.iter().collect::<BTreeSet<_>>().len(), 600);
        for most in [usize::MAX, 12_000, 4_000] {
            assert_eq!(candidates_of(&numbers, most), candidates_of(&mixed, most));
        }
    }

    #[test]
    fn a_key_that_two_rows_have_stays_and_most_that_one_row_has_go() {
        let mut bucket: Vec<KeyedRow> = (0..2_000).map(|row| KeyedRow::new(u64::from(row) / 2 * 3, row)).collect();
        bucket.extend((2_000..4_000).map(|row| KeyedRow::new(u64::from(row) * 1_000_003, row)));
        drop_single_keys(&mut bucket);
        assert_eq!(bucket.iter().filter(|keyed| keyed.row() < 2_000).count(), 2_000);
        assert!(bucket.len() < 2_400, "{}", bucket.len());
    }
}
