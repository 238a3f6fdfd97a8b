//! Pairs worth weighing: rows that share a key under one of the blocking rules for probable duplicates.

use rayon::prelude::*;

use super::block::BlockingRule;
use super::hash::mixed;
use super::profile::{Profiles, RowProfile};

/// Rows beyond which a block is split by a further value: pairs grow with the square.
const LARGEST_BLOCK: usize = 64;

/// The rules of this stage. A pair that several of them find is filed under the strongest.
const RULES: [BlockingRule; 24] = [
    BlockingRule::Identity,
    BlockingRule::NamesAndCity,
    BlockingRule::NamesAndBirthYear,
    BlockingRule::LastNameAndRoad,
    BlockingRule::FirstNameAndRoad,
    BlockingRule::LastNameAndHouseNumber,
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

/// The pairs that the rules bring together, each once, left before right.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Left row, right row, strongest rule.
    pub(super) pairs: Vec<(u32, u32, BlockingRule)>,
    /// Blocks that stayed too large when split, and whose rows were compared with their neighbours only.
    pub(super) oversized_blocks: u64,
}

/// Finds the candidates. `worth_it` is asked of every pair and may turn down what cannot come to anything.
pub(super) fn candidates(profiles: &Profiles, worth_it: impl Fn(u32, u32) -> bool + Sync) -> Candidates {
    let mut found = Candidates::default();
    let mut tidied = 0;
    for rule in RULES {
        let further = |row| key(rule, profiles.row(row)).map_or(0, |(_, further)| further);
        let of_bucket = |mut bucket: Vec<KeyedRow>| {
            bucket.sort_unstable();
            let (mut pairs, mut oversized) = (Vec::new(), 0_u64);
            for block in bucket.chunk_by(|left, right| left.key() == right.key()).filter(|block| block.len() > 1) {
                oversized += visit_block(block, &further, &mut |left, right| {
                    if worth_it(left, right) {
                        pairs.push((left, right, rule));
                    }
                });
            }
            (pairs, oversized)
        };
        let of_rule: Vec<_> = buckets(profiles, rule).into_par_iter().map(of_bucket).collect();
        found.pairs.reserve_exact(of_rule.iter().map(|(pairs, _)| pairs.len()).sum());
        for (pairs, oversized) in of_rule {
            found.pairs.extend(pairs);
            found.oversized_blocks += oversized;
        }
        // Most pairs are found by several rules: without this the list would grow to several times what is left of it.
        if found.pairs.len() > 2 * tidied + TIDIED_FROM {
            found.tidy();
            tidied = found.pairs.len();
        }
    }
    found.tidy();
    found
}

/// Pairs beyond which those that were found again are dropped while there are rules to come.
const TIDIED_FROM: usize = 100_000;

impl Candidates {
    /// Puts the pairs in order, each once, under its strongest rule.
    fn tidy(&mut self) {
        self.pairs.par_sort_unstable_by_key(|(left, right, rule)| (u64::from(*left) << 32 | u64::from(*right), *rule));
        self.pairs.dedup_by_key(|(left, right, _)| (*left, *right));
    }
}

/// Rows that one thread keys before it takes the next.
const ROWS_KEYED_TOGETHER: usize = 1 << 17;
/// Rows that a bucket is to hold, so that sorting it stays within the processor's cache.
const ROWS_PER_BUCKET: usize = 1 << 12;
/// Number of buckets beyond which filling them costs more than sorting larger ones, as a power of two.
const MOST_BUCKETS: u32 = 10;

/// The rows that have a key under a rule, shared out by the first bits of the key's hash: rows of one key are in one bucket.
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

/// A row under its key: 32 bits of the key's hash above the number of the row, because numbers are sorted several times as
/// fast as tuples. Two keys of one hash share a block, which brings together a few rows more and loses none.
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

    const fn key(self) -> u64 {
        self.0 >> 32
    }

    #[allow(clippy::cast_possible_truncation, reason = "the lower half is the row")]
    const fn row(self) -> u32 {
        self.0 as u32
    }
}

/// Visits the pairs of a block: all of a small one; of a large one those that share the further value; of one that is
/// still large each row with those that follow it. Returns the number of blocks of the last kind.
fn visit_block(block: &[KeyedRow], further: &impl Fn(u32) -> u64, visit: &mut impl FnMut(u32, u32)) -> u64 {
    if block.len() <= LARGEST_BLOCK {
        visit_pairs(block, block.len(), |keyed| keyed.row(), visit);
        return 0;
    }
    let mut rows: Vec<(u64, u32)> = block.iter().map(|keyed| (further(keyed.row()), keyed.row())).collect();
    rows.sort_unstable();
    let mut oversized = 0;
    for part in rows.chunk_by(|left, right| left.0 == right.0) {
        visit_pairs(part, LARGEST_BLOCK, |(_, row)| *row, visit);
        oversized += u64::from(part.len() > LARGEST_BLOCK);
    }
    oversized
}

fn visit_pairs<T>(rows: &[T], reach: usize, row: impl Fn(&T) -> u32, visit: &mut impl FnMut(u32, u32)) {
    for (index, left) in rows.iter().map(&row).enumerate() {
        for right in rows.iter().skip(index + 1).take(reach).map(&row) {
            visit(left.min(right), left.max(right));
        }
    }
}

/// The key of a row under a rule, and the further value by which a large block is split.
fn key(rule: BlockingRule, row: &RowProfile) -> Option<(u64, u64)> {
    let [first, last, road, city] = [row.first, row.last, row.road, row.city].map(u64::from);
    let [birth, zip, house] = [row.birth, row.postal_code, row.house].map(u64::from);
    let [initial, middle, last_initial] = [row.first_initial, row.middle_initial, row.last_initial].map(u64::from);
    let beginning = u64::from(row.last_beginning);
    let street = || Some(mixed(&[present(road)?, present(house)?]));
    let year = birth / 10_000;
    let names = || Some(mixed(&[present(first.min(last))?, present(first.max(last))?]));
    let key = match rule {
        BlockingRule::Phone => (present(row.phone.into())?, first),
        BlockingRule::Email => (present(row.email.into())?, first),
        BlockingRule::BirthDateAndFirstInitial => (mixed(&[birth_in_any_order(row)?, present(initial)?]), last),
        BlockingRule::BirthDateAndLastBeginning => (mixed(&[birth_in_any_order(row)?, present(beginning)?]), first),
        BlockingRule::NamesAndBirthYear => (mixed(&[names()?, present(year)?]), zip),
        BlockingRule::NamesAndCity => (mixed(&[names()?, present(city)?]), street().unwrap_or_default()),
        BlockingRule::StreetAndFirstInitial => (mixed(&[street()?, present(initial)?]), first),
        BlockingRule::LastNameAndRoad => (mixed(&[present(last)?, present(road)?]), first),
        BlockingRule::FirstNameAndRoad => (mixed(&[present(first)?, present(road)?, present(last_initial)?]), zip),
        BlockingRule::LastNameAndHouseNumber => (mixed(&[present(last)?, present(house)?, present(initial)?]), zip),
        BlockingRule::LastNameAndInitials => (mixed(&[present(last)?, present(initial)?, present(middle)?]), first),
        BlockingRule::FirstNameAndInitials => (mixed(&[present(first)?, present(beginning)?, present(middle)?]), birth),
        BlockingRule::LastNameAndBirthYear => (mixed(&[present(last)?, present(initial)?, present(year)?]), first),
        BlockingRule::LastNameAndBirthDay => {
            (mixed(&[present(last)?, present(initial)?, birth_day_in_any_order(row)?]), first)
        }
        BlockingRule::FirstNameAndBirthDay => {
            (mixed(&[present(first)?, present(last_initial)?, birth_day_in_any_order(row)?]), zip)
        }
        BlockingRule::LastNameAndPostalCode => (mixed(&[present(last)?, present(zip)?, present(initial)?]), birth),
        BlockingRule::LastNameAndCity => (mixed(&[present(last)?, present(city)?, present(initial)?]), birth),
        BlockingRule::BirthDateAndPostalCode => (mixed(&[birth_in_any_order(row)?, present(zip)?]), last),
        BlockingRule::BirthDateAndCity => (mixed(&[birth_in_any_order(row)?, present(city)?]), last),
        BlockingRule::FirstNameAndPostalCode => {
            (mixed(&[present(first)?, present(zip)?, present(last_initial)?]), birth)
        }
        BlockingRule::HouseNumberAndPostalCode => (mixed(&[present(house)?, present(zip)?]), last),
        BlockingRule::Names => (names()?, birth),
        BlockingRule::ExchangedNames => {
            let last_initial = present(last_initial)?;
            let initials = mixed(&[initial.min(last_initial), initial.max(last_initial)]);
            (mixed(&[birth_in_any_order(row)?, initials]), city)
        }
        BlockingRule::Identity => {
            let names = mixed(&[present(first)?, present(last)?]);
            (mixed(&[names, present(birth)?, present(row.sex.into())?]), zip)
        }
        BlockingRule::Decision | BlockingRule::SubjectId | BlockingRule::ExternalId | BlockingRule::Demographics => {
            return None;
        }
    };
    Some(key)
}

fn present(value: u64) -> Option<u64> {
    (value != 0).then_some(value)
}

/// The birth date with the smaller of day and month first, so that exchanging the two changes nothing.
fn birth_in_any_order(row: &RowProfile) -> Option<u64> {
    let birth = present(u64::from(row.birth))?;
    let (year, month, day) = (birth / 10_000, birth / 100 % 100, birth % 100);
    Some(year * 10_000 + month.min(day) * 100 + month.max(day))
}

/// Day and month of birth, the smaller first.
fn birth_day_in_any_order(row: &RowProfile) -> Option<u64> {
    birth_in_any_order(row).map(|birth| birth % 10_000)
}
