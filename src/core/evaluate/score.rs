//! Precision, recall and F1 of a matching result against the truth.

use std::collections::BTreeMap;

use serde::Serialize;

use super::curve::{CurvePoint, curve};
use super::measure::{Measure, PairBand, ScoredPair, share};
use super::row_sets::{RowSets, pairs_among};

/// The form of `evaluation.json`.
pub const SCHEMA: &str = "onroll.evaluation/1";

/// What the matching found, as far as it has to be known here.
#[derive(Clone, Debug, Default)]
pub struct MatchingResult {
    /// By row: the number of its cluster, as the auto band alone closes it.
    pub clusters: Vec<u32>,
    /// The pairs that were kept, any order, each once.
    pub pairs: Vec<ScoredPair>,
    /// How many pairs were compared. If more were compared than kept, the recall of blocking is not known.
    pub candidate_pairs: u64,
}

/// How the truth fits the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TruthFacts {
    /// Rows of the rosters.
    pub rows: u64,
    /// Rows without a person in the truth. The measures leave them out.
    pub rows_without_truth: u64,
    /// Lines of the truth about rows that the rosters do not have.
    pub truth_without_row: u64,
    /// Persons among the rows.
    pub persons: u64,
}

/// The outcome, as written to `evaluation.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// How the truth fits the rows.
    pub truth: TruthFacts,
    /// Pairs of rows in one cluster of the auto band, against pairs of rows of one person.
    pub pairwise: Measure,
    /// Clusters of two rows and more that hold a person's rows exactly, against persons of two rows and more.
    pub cluster: Measure,
    /// Recall of pairs once a steward has confirmed every review pair that is true; review costs no precision then.
    pub recall_with_review: Option<f64>,
    /// Pairs that wait for a steward.
    pub review_pairs: u64,
    /// Those that are truly of one person.
    pub true_review_pairs: u64,
    /// Pairs compared.
    pub candidate_pairs: u64,
    /// Share of true pairs that were compared at all; absent where the pairs compared are not all known.
    pub blocking_recall: Option<f64>,
    /// The same when pairs reached over other rows of the person count, as clusters count them.
    pub blocking_recall_closed: Option<f64>,
    /// From the highest threshold to the lowest; empty where pairs are not weighed.
    pub curve: Vec<CurvePoint>,
}

/// Measures a result. `persons` is the truth: the person of each row, `None` where it is not known.
pub fn evaluate(result: &MatchingResult, persons: &[Option<u32>], truth_without_row: u64) -> Evaluation {
    let mut rows_of_person: BTreeMap<u32, u64> = BTreeMap::new();
    for person in persons.iter().flatten() {
        *rows_of_person.entry(*person).or_default() += 1;
    }
    let true_pairs: u64 = rows_of_person.values().copied().map(pairs_among).sum();
    let is_true = |pair: &&ScoredPair| {
        let person = |row: u32| persons.get(row as usize).copied().flatten();
        person(pair.left).is_some() && person(pair.left) == person(pair.right)
    };
    let mut auto = RowSets::new(persons);
    let mut first_of_cluster = BTreeMap::new();
    for (row, cluster) in (0_u32..).zip(&result.clusters) {
        auto.join(*first_of_cluster.entry(*cluster).or_insert(row), row);
    }
    let pairwise = Measure::new(auto.correct, auto.joined, true_pairs);
    let review = || result.pairs.iter().filter(|pair| pair.band == PairBand::Review);
    let recall_with_review = share(reached(persons, &result.clusters, review().filter(is_true)), true_pairs);
    let complete = result.pairs.len() as u64 == result.candidate_pairs;
    let compared = || result.pairs.iter().filter(is_true);
    let apart: [u32; 0] = [];
    let closed = || share(reached(persons, &apart, compared()), true_pairs);
    Evaluation {
        schema: SCHEMA,
        truth: TruthFacts {
            rows: persons.len() as u64,
            rows_without_truth: persons.iter().filter(|person| person.is_none()).count() as u64,
            truth_without_row,
            persons: rows_of_person.len() as u64,
        },
        pairwise,
        cluster: cluster_measure(&result.clusters, persons, &rows_of_person),
        recall_with_review,
        review_pairs: review().count() as u64,
        true_review_pairs: review().filter(is_true).count() as u64,
        candidate_pairs: result.candidate_pairs,
        blocking_recall: if complete { share(compared().count() as u64, true_pairs) } else { None },
        blocking_recall_closed: if complete { closed() } else { None },
        curve: curve(persons, &result.pairs, true_pairs),
    }
}

/// True pairs that can be reached: over rows that one cluster has put together, and over the pairs given.
fn reached<'a>(persons: &[Option<u32>], clusters: &[u32], pairs: impl Iterator<Item = &'a ScoredPair>) -> u64 {
    let mut sets = RowSets::new(persons);
    let mut first_seen = BTreeMap::new();
    for (row, (cluster, person)) in (0_u32..).zip(clusters.iter().zip(persons)) {
        if person.is_some() {
            sets.join(*first_seen.entry((*cluster, *person)).or_insert(row), row);
        }
    }
    for pair in pairs {
        sets.join(pair.left, pair.right);
    }
    sets.correct
}

fn cluster_measure(clusters: &[u32], persons: &[Option<u32>], rows_of_person: &BTreeMap<u32, u64>) -> Measure {
    // By cluster: its rows with a known person, and that person while it is one alone.
    let mut found: BTreeMap<u32, (u64, Option<u32>)> = BTreeMap::new();
    for (cluster, person) in clusters.iter().zip(persons) {
        if let Some(person) = person {
            let (rows, alone) = found.entry(*cluster).or_insert((0, Some(*person)));
            *rows += 1;
            *alone = alone.filter(|known| known == person);
        }
    }
    let several = found.values().filter(|(rows, _)| *rows > 1);
    let exact =
        several.clone().filter(|(rows, alone)| alone.and_then(|person| rows_of_person.get(&person)) == Some(rows));
    let actual = rows_of_person.values().filter(|rows| **rows > 1).count() as u64;
    Measure::new(exact.count() as u64, several.count() as u64, actual)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(left: u32, right: u32, band: PairBand) -> ScoredPair {
        ScoredPair { left, right, weight: None, band }
    }

    #[test]
    fn a_hand_counted_case_comes_out_as_counted() {
        // Persons: a has rows 0, 1, 2; b has 3, 4; c has 5. Found together: {0, 1}, {2, 3}, {4}, {5}.
        let persons = [Some(0), Some(0), Some(0), Some(1), Some(1), Some(2)];
        let result = MatchingResult {
            clusters: vec![0, 0, 1, 1, 2, 3],
            pairs: vec![
                scored(0, 1, PairBand::Auto),
                scored(2, 3, PairBand::Auto),
                scored(3, 4, PairBand::Review),
                scored(4, 5, PairBand::Review),
            ],
            candidate_pairs: 4,
        };
        let evaluation = evaluate(&result, &persons, 0);
        assert_eq!(evaluation.pairwise, Measure::new(1, 2, 4));
        assert_eq!(evaluation.pairwise.f1, Some(1.0 / 3.0));
        assert_eq!(evaluation.cluster, Measure::new(0, 2, 2));
        assert_eq!(evaluation.recall_with_review, Some(0.5));
        assert_eq!((evaluation.review_pairs, evaluation.true_review_pairs), (2, 1));
        assert_eq!(evaluation.blocking_recall, Some(0.5));
        assert_eq!(evaluation.truth.persons, 3);
        assert!(evaluation.curve.is_empty());
    }

    #[test]
    fn pairs_over_a_third_row_count_for_closed_blocking_alone() {
        let persons = [Some(0), Some(0), Some(0)];
        let pairs = vec![scored(0, 1, PairBand::Auto), scored(1, 2, PairBand::Different)];
        let result = MatchingResult { clusters: vec![0, 0, 1], pairs, candidate_pairs: 2 };
        let evaluation = evaluate(&result, &persons, 0);
        assert_eq!((evaluation.blocking_recall, evaluation.blocking_recall_closed), (Some(2.0 / 3.0), Some(1.0)));
        let partly_kept = MatchingResult { candidate_pairs: 3, ..result };
        assert_eq!(evaluate(&partly_kept, &persons, 0).blocking_recall, None);
    }

    #[test]
    fn rows_without_truth_take_no_part() {
        let result = MatchingResult { clusters: vec![0, 0, 0], ..MatchingResult::default() };
        let evaluation = evaluate(&result, &[Some(7), None, Some(7)], 0);
        assert_eq!(evaluation.pairwise, Measure::new(1, 1, 1));
        assert_eq!(evaluation.cluster, Measure::new(1, 1, 1));
        assert_eq!(evaluation.truth.rows_without_truth, 1);
    }

    #[test]
    fn a_share_of_nothing_is_absent() {
        let result = MatchingResult { clusters: vec![0, 1], ..MatchingResult::default() };
        let evaluation = evaluate(&result, &[Some(0), Some(1)], 0);
        assert_eq!(
            (evaluation.pairwise.precision, evaluation.pairwise.recall, evaluation.pairwise.f1),
            (None, None, None)
        );
    }

    proptest! {
        #[test]
        fn the_truth_itself_is_found_perfect(persons in prop::collection::vec(0_u32..6, 2..40)) {
            let known: Vec<_> = persons.iter().copied().map(Some).collect();
            let result = MatchingResult { clusters: persons, ..MatchingResult::default() };
            let evaluation = evaluate(&result, &known, 0);
            for measure in [evaluation.pairwise, evaluation.cluster] {
                prop_assert_eq!(measure.correct, measure.actual);
                prop_assert_eq!(measure.correct, measure.predicted);
            }
        }

        #[test]
        fn the_numbers_of_clusters_and_the_order_of_pairs_do_not_matter(
            rows in prop::collection::vec((0_u32..5, 0_u32..5), 2..30), shift in 1_u32..100,
        ) {
            let persons: Vec<_> = rows.iter().map(|(person, _)| Some(*person)).collect();
            let clusters: Vec<_> = rows.iter().map(|(_, cluster)| *cluster).collect();
            let renamed = clusters.iter().map(|cluster| 1_000 - cluster * shift).collect();
            let of = |clusters: Vec<u32>| evaluate(&MatchingResult { clusters, ..MatchingResult::default() }, &persons, 0);
            prop_assert_eq!(of(clusters), of(renamed));
        }
    }
}
