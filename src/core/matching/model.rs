//! The model of Fellegi and Sunter with a third kind of pair, and what it makes of the levels of two rows: match
//! weights, and the odds that they are one person rather than two strangers or two people of one household.

use serde::{Deserialize, Serialize};

use crate::rules::matching::{Comparison, LevelShares, MatchingRules, NamedShares, Shares};

use super::evidence::{ComparisonLevel, FieldEvidence};
use super::levels::{IDS_DIFFERENT, Levels, MISSING};

/// Hundredths of a bit, the unit in which weights are reported: sums are exact, at any thread count.
const CENTIBITS: f64 = 100.0;

/// A model as a file keeps it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    schema: String,
    rules_version: u32,
    rows: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    rows_on_roll: u64,
    one_person_pairs: f64,
    household_pairs: f64,
    comparisons: NamedShares,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

const SCHEMA: &str = "onroll-model/2";

/// What the rows of a file are judged by: shares of every level, and how many pairs of each kind there are.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) rules_version: u32,
    pub(super) shares: Shares,
    pub(super) rows: u64,
    /// Persons on the roll, who are compared with the rows and not with each other.
    pub(super) rows_on_roll: u64,
    pub(super) one_person_pairs: f64,
    pub(super) household_pairs: f64,
}

impl Model {
    /// The model of the rules for so many rows, before any pair was looked at.
    pub(super) fn from_rules(rules: &MatchingRules, rows: u64) -> Self {
        let rows_or_more = count(rows.max(2));
        Self {
            rules_version: rules.version,
            shares: rules.shares.clone(),
            rows,
            rows_on_roll: 0,
            one_person_pairs: rules.prior.repeats_per_row * rows_or_more,
            household_pairs: rules.prior.households_per_row * rows_or_more,
        }
    }

    /// The same, with so many persons on the roll to be compared with as well.
    #[must_use]
    pub(super) fn among_roll(self, rows_on_roll: u64) -> Self {
        Self { rows_on_roll, ..self }
    }

    /// The text of a model file, to be given back for a run that decides alike.
    pub fn to_json(&self) -> String {
        let file = ModelFile {
            schema: SCHEMA.to_owned(),
            rules_version: self.rules_version,
            rows: self.rows,
            rows_on_roll: self.rows_on_roll,
            one_person_pairs: self.one_person_pairs,
            household_pairs: self.household_pairs,
            comparisons: self.shares.to_names(),
        };
        serde_json::to_string_pretty(&file).map(|text| text + "\n").unwrap_or_default()
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// What is wrong with the text, as the end of a sentence.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let file: ModelFile = serde_json::from_str(text).map_err(|error| format!("is not a model: {error}"))?;
        if file.schema != SCHEMA {
            return Err(format!("has the schema {}, and this version reads {SCHEMA}", file.schema));
        }
        let shares = Shares::from_names(&file.comparisons)
            .map_err(|(table, key, reason)| format!("does not fit: {table}.{key} {reason}"))?;
        let sound = |pairs: f64| pairs.is_finite() && pairs > 0.0;
        if !sound(file.one_person_pairs) || !sound(file.household_pairs) {
            return Err("has a number of pairs that is not positive".to_owned());
        }
        Ok(Self {
            rules_version: file.rules_version,
            shares,
            rows: file.rows,
            rows_on_roll: file.rows_on_roll,
            one_person_pairs: file.one_person_pairs,
            household_pairs: file.household_pairs,
        })
    }

    /// Pairs of strangers among the rows, and of a row and a person on the roll: nearly all there are.
    pub(super) fn stranger_pairs(&self) -> f64 {
        let rows = count(self.rows.max(2));
        rows * (rows - 1.0) / 2.0 + rows * count(self.rows_on_roll)
    }

    /// Pairs of one person that the model expects among its rows.
    pub const fn one_person_pairs(&self) -> f64 {
        self.one_person_pairs
    }

    /// Pairs of two people of one household that the model expects among its rows.
    pub const fn household_pairs(&self) -> f64 {
        self.household_pairs
    }

    /// Pairs of two people of one household per row.
    pub(super) fn households_per_row(&self) -> f64 {
        self.household_pairs / count(self.rows.max(2))
    }

    /// Of the pairs of one person to whom one system gives ids, the share that have different ones.
    pub(super) fn share_of_new_ids(&self) -> f64 {
        self.shares.levels(Comparison::ExternalId).get(usize::from(IDS_DIFFERENT) - 1).map_or(0.0, |shares| shares.m)
    }

    /// The prior: weight of the odds that two rows taken at random are one person, in hundredths of a bit.
    pub fn prior(&self) -> i32 {
        centibits((self.one_person_pairs / self.stranger_pairs()).log2())
    }

    /// Probability of one person behind a match weight in hundredths of a bit, household part included.
    pub fn probability(&self, weight: i32) -> f64 {
        let odds = (f64::from(weight + self.prior()) / CENTIBITS).exp2();
        odds / (1.0 + odds)
    }

    /// Weighs a pair.
    pub(super) fn weigh(&self, levels: &Levels) -> Weighed {
        self.add_up(|comparison| {
            self.shares_of(levels, comparison).map(|(shares, u)| LevelWeights::from_shares(shares, u))
        })
    }

    /// The match weights of all comparisons and what follows from them.
    fn add_up(&self, weights_of: impl Fn(Comparison) -> Option<LevelWeights>) -> Weighed {
        let mut weights = [0; Comparison::COUNT];
        let (mut one_person, mut household) = (0, 0.0);
        for (comparison, weight) in Comparison::ALL.into_iter().zip(&mut weights) {
            if let Some(of_level) = weights_of(comparison) {
                *weight = of_level.one_person;
                one_person += of_level.one_person;
                household += of_level.household;
            }
        }
        // Odds of a household against strangers; where they are small, the household takes nothing off.
        let household = household.exp2() * self.household_pairs / self.stranger_pairs();
        let off = centibits(-(1.0 + household).log2());
        let odds = (f64::from(one_person + self.prior()) / CENTIBITS).exp2();
        Weighed {
            weights,
            household: off,
            total: one_person + off,
            one_person: odds / (odds + household + 1.0),
            two_people: household / (odds + household + 1.0),
        }
    }

    /// The shares of the level of a comparison, and the u that counts; `None` where a value is missing.
    pub(super) fn shares_of(&self, levels: &Levels, comparison: Comparison) -> Option<(LevelShares, f64)> {
        let level = levels.of(comparison);
        let shares = *self.shares.levels(comparison).get(usize::from(level).checked_sub(1)?)?;
        let term = levels.term(comparison);
        Some((shares, if term > 0.0 { f64::from(term) } else { shares.u }))
    }

    /// The evidence of a pair for the report, field by field, the household last.
    pub(super) fn evidence(&self, levels: &Levels) -> Vec<FieldEvidence> {
        let weighed = self.weigh(levels);
        let mut fields = Vec::with_capacity(Comparison::COUNT + 1);
        for (comparison, weight) in Comparison::ALL.into_iter().zip(weighed.weights) {
            let index = levels.of(comparison);
            let names = comparison.levels();
            let swapped = comparison == Comparison::LastName && levels.patterns.exchanged;
            let level = match usize::from(index) {
                0 if swapped => ComparisonLevel::Similar,
                0 => ComparisonLevel::Missing,
                1 => ComparisonLevel::Same,
                last if last == names.len() => ComparisonLevel::Different,
                _ => ComparisonLevel::Similar,
            };
            let name = match index {
                MISSING if swapped => "exchanged",
                MISSING => "missing",
                _ => names.get(usize::from(index) - 1).copied().unwrap_or_default(),
            };
            let term = self.shares_of(levels, comparison).map_or(0, |(shares, u)| centibits((shares.u / u).log2()));
            fields.push(FieldEvidence { field: comparison.field(), level, name, weight, term });
        }
        fields
    }
}

/// What one level weighs.
#[derive(Clone, Copy, Debug, Default)]
struct LevelWeights {
    /// Of one person against strangers, in hundredths of a bit.
    one_person: i32,
    /// Of a household against strangers, in bits.
    household: f64,
}

impl LevelWeights {
    fn from_shares(shares: LevelShares, u: f64) -> Self {
        Self { one_person: centibits((shares.m / u).log2()), household: (shares.household / u).log2() }
    }
}

/// A model for weighing many pairs: the logarithms of its levels are taken once.
pub(super) struct Weigher<'a> {
    model: &'a Model,
    levels: [Vec<LevelWeights>; Comparison::COUNT],
}

impl<'a> Weigher<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let of = |comparison: Comparison| {
            let levels = model.shares.levels(comparison).iter();
            levels.map(|shares| LevelWeights::from_shares(*shares, shares.u)).collect()
        };
        Self { model, levels: Comparison::ALL.map(of) }
    }

    /// As [`Model::weigh`].
    pub(super) fn weigh(&self, levels: &Levels) -> Weighed {
        self.model.add_up(|comparison| {
            if levels.term(comparison) > 0.0 {
                return self
                    .model
                    .shares_of(levels, comparison)
                    .map(|(shares, u)| LevelWeights::from_shares(shares, u));
            }
            let level = usize::from(levels.of(comparison)).checked_sub(1)?;
            self.levels.get(comparison as usize)?.get(level).copied()
        })
    }
}

/// A pair that was weighed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    /// Match weight by comparison, in hundredths of a bit.
    weights: [i32; Comparison::COUNT],
    /// What is taken off because two people of one household agree as well; never positive.
    pub(super) household: i32,
    /// The match weight with the household taken off, without the prior.
    pub(super) total: i32,
    /// Probability of one person.
    pub(super) one_person: f64,
    /// Probability of two people of one household.
    pub(super) two_people: f64,
}

/// A number of rows or pairs as a real number.
#[allow(clippy::cast_precision_loss, reason = "numbers of rows are far below 2^52")]
pub(super) const fn count(number: u64) -> f64 {
    number as f64
}

pub(super) fn centibits(bits: f64) -> i32 {
    #[allow(clippy::cast_possible_truncation, reason = "a weight is at most some dozen bits")]
    let rounded = (bits * CENTIBITS).round() as i32;
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleFiles;

    fn rules() -> MatchingRules {
        MatchingRules::parse(&RuleFiles::embedded()).expect("sound")
    }

    #[test]
    fn the_worked_example_of_the_page_on_matching_comes_out_as_it_is_computed_there() {
        // Robert and Bob Larsen: nickname, last name and birth date the same, sex the same, phone the same.
        let levels = Levels {
            by_comparison: [2, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0],
            terms: [0.0, 1.05 / 6000.0, 0.0],
            ..Levels::default()
        };
        let model = Model::from_rules(&rules(), 1000);
        let weighed = model.weigh(&levels);
        assert_eq!(weighed.weights, [491, 0, 1230, 0, 1446, 98, 0, 0, 1510, 0, 0]);
        assert_eq!((weighed.household, weighed.total, model.prior()), (-2355, 2420, -1229));
        let page = include_str!("../../../docs/matching.md");
        for figure in ["4.91", "12.30", "14.46", "0.98", "15.10", "-23.55", "**24.20**", "-12.29"] {
            assert!(page.contains(figure), "{figure}");
        }
        assert!((model.probability(weighed.total) - weighed.one_person).abs() < 1e-3);
    }

    #[test]
    fn weighing_many_pairs_comes_to_what_weighing_one_comes_to() {
        let model = Model::from_rules(&rules(), 1000);
        let weigher = Weigher::new(&model);
        for level in 0..10 {
            for terms in [[0.0; 3], [0.001, 0.0, 0.02], [0.25, 0.125, 1e-6]] {
                let levels = Levels { by_comparison: [level; Comparison::COUNT], terms, ..Levels::default() };
                assert_eq!(format!("{:?}", weigher.weigh(&levels)), format!("{:?}", model.weigh(&levels)));
            }
        }
    }

    #[test]
    fn a_model_file_gives_back_the_model_and_says_what_is_wrong_with_another() {
        let model = Model::from_rules(&rules(), 1000);
        assert_eq!(Model::from_json(&model.to_json()), Ok(model.clone()));
        assert!(Model::from_json("{}").expect_err("no model").starts_with("is not a model"));
        let other = model.to_json().replace("onroll-model/2", "onroll-model/9");
        assert_eq!(
            Model::from_json(&other),
            Err("has the schema onroll-model/9, and this version reads onroll-model/2".to_owned())
        );
    }
}
