//! Probable duplicates: candidates compared, a model estimated from them, and each banded by how likely it is one
//! person.

use rayon::prelude::*;

use crate::domain::{FindingCode, PatientStore};
use crate::rules::Rules;
use crate::rules::matching::{Comparison, MatchingRules};

use super::block::BlockingRule;
use super::candidates::{Candidates, candidates, most_candidates};
use super::decisions::MatchSettings;
use super::evidence::{Band, PairEvidence};
use super::join::join;
use super::levels::{Comparer, Levels, MISSING};
use super::model::{Model, Weigher};
use super::neighbours::LeftOut;
use super::points::{RosterSize, points_in_common};
use super::profile::Profiles;
use super::reviews::keep_strongest_reviews;
use super::roll::RollRows;
use super::row_text::RowTexts;
use super::train::{sample, train};

/// What weighing found.
#[derive(Debug)]
pub(super) struct Probable {
    /// Every pair of the exact rules and of this stage, with the band it ends in, by left and right row.
    pub(super) pairs: Vec<PairEvidence>,
    /// Pairs that were weighed.
    pub(super) compared: u64,
    /// Pairs that were not compared, or are not reported, because too many rows share too few values.
    pub(super) left_out: LeftOut,
    /// What the pairs were judged by.
    pub(super) model: Model,
}

/// Weighs the candidates that `exact` has not decided, and joins all pairs to persons.
pub(super) fn probable_pairs(
    store: &PatientStore,
    profiles: &Profiles,
    rules: &Rules,
    settings: &MatchSettings,
    mut pairs: Vec<PairEvidence>,
) -> Probable {
    let found = worthwhile_candidates(profiles, &settings.roll);
    let sample = sample(profiles);
    let texts = texts_of_compared_rows(store, rules, settings, &found, &pairs, &sample);
    let comparer = Comparer::new(rules, profiles, &texts);
    let levels: Vec<Levels> = found.pairs.par_iter().map(|(left, right, _)| comparer.compare(*left, *right)).collect();
    let model = match &settings.model {
        Some(given) => given.clone(),
        None => train(&rules.matching, profiles, &comparer, &sample, &levels),
    };
    let judge = Judge { rules: &rules.matching, comparer: &comparer, model: &model, weigher: Weigher::new(&model) };
    pairs.par_iter_mut().for_each(|pair| judge.look_again(pair));
    let decided = |left: u32, right: u32| {
        pairs.binary_search_by_key(&(left, right), |pair| (pair.left, pair.right)).is_ok()
            || settings.decisions.get(left, right).is_some()
    };
    let weighed: Vec<PairEvidence> = found
        .pairs
        .par_iter()
        .zip(&levels)
        .filter(|((left, right, _), _)| !decided(*left, *right))
        .filter_map(|((left, right, rule), levels)| judge.pair(*left, *right, *rule, levels))
        .collect();
    pairs.retain(|pair| settings.decisions.get(pair.left, pair.right).is_none());
    pairs.extend(weighed);
    pairs.extend(settings.decisions.same().map(|(left, right)| {
        let levels = comparer.compare(left, right);
        judge.evidence(left, right, BlockingRule::Decision, &levels, Band::Match)
    }));
    join(&judge, profiles, settings, store.len(), &mut pairs);
    let review_pairs = keep_strongest_reviews(profiles, &mut pairs);
    let left_out = LeftOut { review_pairs, ..found.left_out };
    Probable { pairs, compared: found.pairs.len() as u64, left_out, model }
}

/// The folded values of every row that is compared with another: about every second.
fn texts_of_compared_rows(
    store: &PatientStore,
    rules: &Rules,
    settings: &MatchSettings,
    found: &Candidates,
    exact: &[PairEvidence],
    sample: &[u32],
) -> RowTexts {
    let mut is_compared = vec![false; store.len() as usize];
    let candidates = found.pairs.iter().map(|(left, right, _)| (*left, *right));
    let exact = exact.iter().map(|pair| (pair.left, pair.right));
    let ends = candidates.chain(exact).chain(settings.decisions.same()).flat_map(|(left, right)| [left, right]);
    for row in ends.chain(sample.iter().copied()) {
        if let Some(is_compared) = is_compared.get_mut(row as usize) {
            *is_compared = true;
        }
    }
    RowTexts::from_store(store, rules, |row| is_compared.get(row as usize).copied().unwrap_or_default())
}

/// The pairs of rows that blocking brings together, whatever they weigh: what its recall is measured by.
pub fn candidate_pairs(store: &PatientStore, rules: &Rules) -> Vec<(u32, u32)> {
    let found = worthwhile_candidates(&Profiles::from_store(store, rules), &RollRows::default());
    found.pairs.into_iter().map(|(left, right, _)| (left, right)).collect()
}

fn worthwhile_candidates(profiles: &Profiles, roll: &RollRows) -> Candidates {
    let rows = profiles.rows.len();
    let size = RosterSize::from_rows(rows);
    candidates(profiles, most_candidates(rows), |(left_row, left), (right_row, right)| {
        let points = points_in_common(left, right, size)?;
        (!roll.is_settled(left_row.min(right_row), left_row.max(right_row))).then_some(points)
    })
}

/// Rules and model, applied to pairs.
pub(super) struct Judge<'a> {
    rules: &'a MatchingRules,
    comparer: &'a Comparer<'a>,
    model: &'a Model,
    weigher: Weigher<'a>,
}

impl Judge<'_> {
    /// How much two rows speak for one person, in hundredths of a bit of odds: positive for it, negative against.
    /// `None` where they are two people, so that no third row may join them.
    pub(super) fn leaning(&self, left: u32, right: u32) -> Option<i32> {
        let levels = self.comparer.compare(left.min(right), left.max(right));
        let weighed = self.weigher.weigh(&levels);
        let two_people = weighed.two_people > 0.5 && weighed.one_person < self.rules.bands.same;
        let apart = two_people || self.is_vetoed(&levels);
        (!apart).then(|| weighed.total + self.model.prior())
    }

    /// Patterns of two people hold unless the file has next to no households that could make them: then the same
    /// pattern comes of a first name or a birth date written anew. Twins who may be children are never merged.
    fn is_vetoed(&self, levels: &Levels) -> bool {
        let patterns = levels.patterns;
        patterns.impossible || patterns.young || (self.has_households() && (patterns.twins || patterns.generations))
    }

    fn has_households(&self) -> bool {
        self.model.households_per_row() >= self.rules.two_people.households_per_row
    }

    /// Whether different ids of one system speak of two people: not where the file shows that whoever is registered
    /// again is given a new one.
    fn do_ids_tell(&self) -> bool {
        self.model.share_of_new_ids() < self.rules.two_people.new_ids
    }

    fn band(&self, levels: &Levels) -> Option<Band> {
        let probability = self.weigher.weigh(levels).one_person;
        if probability < self.rules.bands.review || self.is_vetoed(levels) {
            return None;
        }
        if is_bare(levels) {
            return Some(Band::Review(FindingCode::Indistinguishable));
        }
        let patterns = levels.patterns;
        let is_doubtful = patterns.doubtful
            || (patterns.doubtful_by_ids && self.do_ids_tell())
            || (self.has_households() && patterns.other_names);
        if probability >= self.rules.bands.same && !is_doubtful {
            return Some(Band::Match);
        }
        Some(Band::Review(FindingCode::PossibleDuplicate))
    }

    fn pair(&self, left: u32, right: u32, rule: BlockingRule, levels: &Levels) -> Option<PairEvidence> {
        Some(self.evidence(left, right, rule, levels, self.band(levels)?))
    }

    fn evidence(&self, left: u32, right: u32, rule: BlockingRule, levels: &Levels, band: Band) -> PairEvidence {
        let weighed = self.weigher.weigh(levels);
        PairEvidence { left, right, rule, band, levels: *levels, weight: weighed.total, household: weighed.household }
    }

    /// Gives a pair of an exact rule its weights. One that contradicts itself is still one person where its weight says
    /// so: merging then finds the contradiction, and the person is held, not two. One external id on two people by
    /// everything else waits: another site may have given the same number.
    fn look_again(&self, pair: &mut PairEvidence) {
        let levels = self.comparer.compare(pair.left, pair.right);
        let weighed = self.weigher.weigh(&levels);
        if pair.band == Band::Review(FindingCode::MergeConflict) && self.band(&levels) == Some(Band::Match) {
            pair.band = Band::Match;
        }
        let is_unlikely = weighed.one_person < self.rules.bands.review;
        if pair.rule == BlockingRule::ExternalId && pair.band == Band::Match && is_unlikely {
            pair.band = Band::Review(FindingCode::PossibleDuplicate);
        }
        pair.levels = levels;
        pair.weight = weighed.total;
        pair.household = weighed.household;
    }
}

/// Whether nothing but first and last name and sex agrees: such rows are held however rare the name is.
fn is_bare(levels: &Levels) -> bool {
    let middle = levels.of(Comparison::MiddleName);
    if middle != MISSING && usize::from(middle) < Comparison::MiddleName.levels().len() {
        return false;
    }
    let telling =
        [Comparison::BirthDate, Comparison::Address, Comparison::Phone, Comparison::Email, Comparison::ExternalId];
    telling.iter().all(|comparison| levels.of(*comparison) == MISSING)
}
