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
    let rows = u32::try_from(profiles.rows.len()).unwrap_or(u32::MAX);
    // One list for all rules: most of its cost is the memory.
    let mut keys: Vec<KeyedRow> = Vec::with_capacity(rows as usize);
    for rule in RULES {
        let of_row = |row| {
            let profile = profiles.row(row);
            KeyedRow::new(key(rule, profile).filter(|_| profile.takes_part).map(|(key, _)| key), row)
        };
        (0..rows).into_par_iter().map(of_row).collect_into_vec(&mut keys);
        keys.par_sort_unstable();
        let without = keys.partition_point(|keyed| keyed.key() == 0);
        let keyed = keys.get(without..).unwrap_or_default();
        let blocks: Vec<&[KeyedRow]> =
            keyed.chunk_by(|left, right| left.key() == right.key()).filter(|block| block.len() > 1).collect();
        let further = |row| key(rule, profiles.row(row)).map_or(0, |(_, further)| further);
        let (pairs, oversized) = blocks
            .par_iter()
            .fold(
                || (Vec::new(), 0_u64),
                |(mut pairs, mut oversized), block| {
                    oversized += visit_block(block, &further, &mut |left, right| {
                        if worth_it(left, right) {
                            pairs.push((left, right, rule));
                        }
                    });
                    (pairs, oversized)
                },
            )
            .reduce(
                || (Vec::new(), 0),
                |(mut left, left_count), (right, right_count)| {
                    left.extend(right);
                    (left, left_count + right_count)
                },
            );
        found.pairs.extend(pairs);
        found.oversized_blocks += oversized;
    }
    found.pairs.par_sort_unstable_by_key(|(left, right, rule)| (*left, *right, *rule));
    found.pairs.dedup_by_key(|(left, right, _)| (*left, *right));
    found
}

/// A row under its key: 32 bits of the key's hash above the number of the row, because numbers are sorted several times as
/// fast as tuples. Two keys of one hash share a block, which brings together a few rows more and loses none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KeyedRow(u64);

impl KeyedRow {
    /// A row without a key has the hash 0, and no other has.
    fn new(key: Option<u64>, row: u32) -> Self {
        let hash = key.map_or(0, |key| (mixed(&[key]) >> 32).max(1));
        Self(hash << 32 | u64::from(row))
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
