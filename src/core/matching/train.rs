//! The model of one file: shares and numbers of pairs by expectation maximisation (Dempster, Laird and Rubin 1977),
//! begun at the rules and held near them by counting the rules as so many pairs. Depends on what the rows hold, not on
//! their order.

use rayon::prelude::*;

use crate::rules::matching::{Comparison, MatchingRules};

use super::levels::{Comparer, Levels, MISSING};
use super::model::{Model, Weighed, Weigher, count};
use super::profile::{Profiles, RowProfile};

/// Rounds of estimation; it ends earlier when the number of pairs moves by less than a thousandth.
const ROUNDS: usize = 24;
/// Rows from which u is estimated, and with how many that follow each is compared.
const SAMPLE: usize = 4_096;
const FOLLOWERS: usize = 12;

/// The levels of values that have nothing to do with each other: whatever the file, they never speak for one person.
const SPEAKS_AGAINST: [&str; 2] = ["different", "far"];

/// Pairs of equal levels, with how many there are.
struct Kind {
    levels: Levels,
    pairs: f64,
}

/// Estimates the model from the levels of all candidates.
pub(super) fn train(
    rules: &MatchingRules,
    profiles: &Profiles,
    comparer: &Comparer<'_>,
    sample: &[u32],
    found: &[Levels],
) -> Model {
    let (of_rosters, on_roll) = profiles.rows.split_at(profiles.rows.len().min(profiles.roll_from as usize));
    let taking_part = |rows: &[RowProfile]| rows.iter().filter(|row| row.takes_part).count() as u64;
    let mut model = Model::from_rules(rules, taking_part(of_rosters)).among_roll(taking_part(on_roll));
    let strangers = kinds(&compare_sample(sample, comparer));
    learn_strangers(rules, &mut model, &strangers);
    let candidates = kinds(found);
    for _ in 0..ROUNDS {
        let before = model.one_person_pairs;
        learn_pairs(rules, &mut model, &candidates);
        if (model.one_person_pairs - before).abs() < before * 1e-3 {
            break;
        }
    }
    model
}

/// One round: how likely each pair is of which kind, and the shares and numbers that follow from it.
fn learn_pairs(rules: &MatchingRules, model: &mut Model, candidates: &[Kind]) {
    let mut sums = Sums::default();
    // Weighed by all threads and added up by one, in one order: sums of real numbers depend on it.
    let weights = Weigher::new(model);
    let weighed: Vec<Weighed> = candidates.par_iter().map(|kind| weights.weigh(&kind.levels)).collect();
    for (kind, weighed) in candidates.iter().zip(weighed) {
        // A pattern of two people is not to teach what one person looks like, nor an impossible pair.
        let impossible = kind.levels.patterns.impossible;
        let one_person = if impossible { 0.0 } else { weighed.one_person * kind.pairs };
        sums.add(&kind.levels, one_person, weighed.two_people * kind.pairs);
    }
    let prior = &rules.prior;
    let rows = count(model.rows.max(2));
    let with_prior = |pairs: f64, per_row: f64| (pairs + per_row * prior.rows) / (rows + prior.rows) * rows;
    model.one_person_pairs = with_prior(sums.one_person, prior.repeats_per_row);
    model.household_pairs = with_prior(sums.household, prior.households_per_row);
    for comparison in Comparison::ALL {
        let counted = sums.levels.get(comparison as usize).map(Vec::as_slice).unwrap_or_default();
        let (one, two): (f64, f64) =
            counted.iter().fold((0.0, 0.0), |(one, two), (more, further)| (one + more, two + further));
        let start = rules.shares.levels(comparison);
        let names = comparison.levels();
        for ((index, level), from) in model.shares.levels_mut(comparison).iter_mut().enumerate().zip(start) {
            let (in_one, in_two) = counted.get(index + 1).copied().unwrap_or_default();
            let training = &rules.training;
            level.m = share(in_one + from.m * training.one_person, one + training.one_person);
            // A file whose values hardly tell people apart would teach that one person has several birth dates.
            if names.get(index).is_some_and(|name| SPEAKS_AGAINST.contains(name)) {
                level.m = level.m.min(level.u);
            }
            level.household = share(in_two + from.household * training.household, two + training.household);
        }
    }
}

/// Expected pairs of one person and of one household, in all and by comparison and level.
#[derive(Default)]
struct Sums {
    one_person: f64,
    household: f64,
    levels: [Vec<(f64, f64)>; Comparison::COUNT],
}

impl Sums {
    fn add(&mut self, levels: &Levels, one_person: f64, household: f64) {
        self.one_person += one_person;
        self.household += household;
        for (level, sums) in levels.by_comparison.iter().zip(&mut self.levels) {
            let index = usize::from(*level);
            if *level == MISSING {
                continue;
            }
            if sums.len() <= index {
                sums.resize(index + 1, (0.0, 0.0));
            }
            if let Some(sum) = sums.get_mut(index) {
                sum.0 += one_person;
                sum.1 += household;
            }
        }
    }
}

/// u by pairs taken at random, without those that are one person or one household after all.
fn learn_strangers(rules: &MatchingRules, model: &mut Model, pairs: &[Kind]) {
    let mut sums = Sums::default();
    let weights = Weigher::new(model);
    for kind in pairs {
        let weighed = weights.weigh(&kind.levels);
        sums.add(&kind.levels, (1.0 - weighed.one_person - weighed.two_people) * kind.pairs, 0.0);
    }
    for comparison in Comparison::ALL {
        let counted = sums.levels.get(comparison as usize).map(Vec::as_slice).unwrap_or_default();
        let all: f64 = counted.iter().map(|(sum, _)| sum).sum();
        let start = rules.shares.levels(comparison);
        for ((index, level), from) in model.shares.levels_mut(comparison).iter_mut().enumerate().zip(start) {
            let (seen, _) = counted.get(index + 1).copied().unwrap_or_default();
            level.u = share(seen + from.u * rules.training.strangers, all + rules.training.strangers);
        }
    }
}

/// A share that stays off 0 and 1, where weights would be without bound.
fn share(part: f64, whole: f64) -> f64 {
    (part / whole).clamp(1e-9, 1.0 - 1e-9)
}

/// The rows from which u is estimated, those whose hash is smallest, in the order of their hashes.
pub(super) fn sample(profiles: &Profiles) -> Vec<u32> {
    let mut rows: Vec<(u64, u32)> = (0_u32..)
        .zip(&profiles.rows)
        .filter(|(_, row)| row.takes_part)
        .map(|(index, _)| (profiles.content(index), index))
        .collect();
    if rows.len() > SAMPLE {
        rows.select_nth_unstable(SAMPLE);
        rows.truncate(SAMPLE);
    }
    rows.sort_unstable();
    rows.into_iter().map(|(_, index)| index).collect()
}

/// Levels of pairs taken at random: each row of the sample with those that follow it.
fn compare_sample(rows: &[u32], comparer: &Comparer<'_>) -> Vec<Levels> {
    (0..rows.len())
        .into_par_iter()
        .flat_map_iter(|at| {
            let pairs = rows.iter().skip(at + 1).take(FOLLOWERS);
            let left = rows.get(at).copied().unwrap_or_default();
            pairs.map(move |right| comparer.compare(left.min(*right), left.max(*right))).collect::<Vec<_>>()
        })
        .collect()
}

/// Groups pairs by their levels; frequencies are rounded to half a bit, which is finer than estimation is.
fn kinds(pairs: &[Levels]) -> Vec<Kind> {
    let mut keys: Vec<(u64, bool)> =
        pairs.par_iter().map(|levels| (packed(levels), levels.patterns.impossible)).collect();
    keys.par_sort_unstable();
    keys.chunk_by(|left, right| left == right)
        .filter_map(|run| {
            let (key, impossible) = *run.first()?;
            let mut levels = unpacked(key);
            levels.patterns.impossible = impossible;
            Some(Kind { levels, pairs: count(run.len() as u64) })
        })
        .collect()
}

/// Levels in four bits each, frequencies in six.
fn packed(levels: &Levels) -> u64 {
    let key = levels.by_comparison.iter().fold(0, |key, level| key << 4 | u64::from(*level & 15));
    levels.terms.iter().fold(key, |key, term| key << 6 | half_bits(*term))
}

fn unpacked(key: u64) -> Levels {
    let mut levels = Levels::default();
    for (place, term) in levels.terms.iter_mut().rev().enumerate() {
        *term = frequency_of(key >> (6 * place) & 63);
    }
    for (place, level) in levels.by_comparison.iter_mut().rev().enumerate() {
        *level = u8::try_from(key >> (18 + 4 * place) & 15).unwrap_or(MISSING);
    }
    levels
}

/// Twice the negative logarithm of a frequency, 0 for none.
fn half_bits(frequency: f32) -> u64 {
    if frequency <= 0.0 {
        return 0;
    }
    let steps = (-2.0 * frequency.log2()).round().clamp(1.0, 63.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1 to 63")]
    let steps = steps as u64;
    steps
}

fn frequency_of(steps: u64) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "at most 63")]
    let bits = steps as f32 / 2.0;
    if steps == 0 { 0.0 } else { (-bits).exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_whose_values_hardly_tell_people_apart_does_not_teach_that_birth_dates_differ_in_one_person() {
        let rules = crate::rules::Rules::load(None).expect("the built-in rules");
        let rules = &rules.matching;
        let mut model = Model::from_rules(rules, 100_000);
        let different = Comparison::BirthDate.levels().iter().position(|level| *level == "different").expect("a level");
        let mut levels = Levels::default();
        for comparison in [Comparison::FirstName, Comparison::LastName, Comparison::Sex, Comparison::Address] {
            levels.by_comparison[comparison as usize] = 1;
        }
        levels.by_comparison[Comparison::BirthDate as usize] = u8::try_from(different + 1).expect("few levels");
        let namesakes = [Kind { levels, pairs: 1_000_000.0 }];
        for _ in 0..ROUNDS {
            learn_pairs(rules, &mut model, &namesakes);
        }
        let learnt = &model.shares.levels(Comparison::BirthDate)[different];
        assert!(learnt.m <= learnt.u, "m {} of u {}", learnt.m, learnt.u);
    }

    #[test]
    fn levels_are_packed_and_unpacked() {
        let levels =
            Levels { by_comparison: [1, 2, 3, 4, 0, 6, 7, 8, 9, 10, 2], terms: [0.25, 0.0, 0.5], ..Levels::default() };
        assert_eq!(unpacked(packed(&levels)), levels);
    }
}
