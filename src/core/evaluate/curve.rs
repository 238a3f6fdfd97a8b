//! What precision and recall would be at other thresholds.

use serde::Serialize;

use super::measure::{Measure, PairBand, ScoredPair};
use super::row_sets::RowSets;

/// Most points on a curve: more cannot be distinguished on a page.
const MOST_POINTS: usize = 120;

/// One threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Pairs of this match weight (in bits) and above are taken for the same.
    pub threshold: f64,
    /// Pairwise, after closing.
    pub pairwise: Measure,
}

/// The curve over the weights that occur, from the highest threshold to the lowest; empty where pairs have no weight.
/// Automatic matches without a weight were decided by exact keys and stand at every threshold. Pairs are closed as they
/// are: vetoes and the resolution of clusters are not applied.
pub(super) fn curve(persons: &[Option<u32>], pairs: &[ScoredPair], true_pairs: u64) -> Vec<CurvePoint> {
    let mut weighed: Vec<(f64, u32, u32)> = pairs
        .iter()
        .filter_map(|pair| {
            pair.weight.filter(|weight| weight.is_finite()).map(|weight| (weight, pair.left, pair.right))
        })
        .collect();
    weighed.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then((left.1, left.2).cmp(&(right.1, right.2))));
    let (Some(first), Some(last)) = (weighed.first(), weighed.last()) else { return Vec::new() };
    let step = thinned_step(first.0 - last.0);
    let mut sets = RowSets::new(persons);
    for pair in pairs.iter().filter(|pair| pair.weight.is_none() && pair.band == PairBand::Auto) {
        sets.join(pair.left, pair.right);
    }
    let mut points = Vec::new();
    let bucket = |weight: f64| (weight / step).floor();
    for stretch in weighed.chunk_by(|left, right| bucket(left.0).total_cmp(&bucket(right.0)).is_eq()) {
        for (_, left, right) in stretch {
            sets.join(*left, *right);
        }
        let Some((lowest, ..)) = stretch.last() else { continue };
        let pairwise = Measure::new(sets.correct, sets.joined, true_pairs);
        points.push(CurvePoint { threshold: bucket(*lowest) * step, pairwise });
    }
    points
}

/// The smallest step of a quarter, doubled as often as needed, that gives few enough points.
fn thinned_step(range: f64) -> f64 {
    let mut step = 0.25;
    #[allow(clippy::cast_precision_loss, reason = "120 is exact")]
    while range / step > MOST_POINTS as f64 {
        step *= 2.0;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(left: u32, right: u32, weight: f64) -> ScoredPair {
        ScoredPair { left, right, weight: Some(weight), band: PairBand::Review }
    }

    #[test]
    fn a_lower_threshold_finds_more_and_errs_more() {
        let persons = [Some(0), Some(0), Some(1), Some(1)];
        let points = curve(&persons, &[pair(1, 2, 1.1), pair(0, 1, 9.3), pair(2, 3, 5.5)], 2);
        let seen: Vec<_> =
            points.iter().map(|point| (point.threshold, point.pairwise.correct, point.pairwise.predicted)).collect();
        assert_eq!(seen, [(9.25, 1, 1), (5.5, 2, 2), (1.0, 2, 6)]);
    }

    #[test]
    fn what_exact_keys_decided_stands_at_every_threshold() {
        let exact = ScoredPair { weight: None, band: PairBand::Auto, ..pair(0, 1, 0.0) };
        let points = curve(&[Some(0), Some(0), Some(1), Some(1)], &[exact, pair(2, 3, 4.0)], 2);
        assert_eq!(points.iter().map(|point| point.pairwise.correct).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn pairs_without_weight_have_no_curve() {
        let unweighed = ScoredPair { weight: None, ..pair(0, 1, 0.0) };
        assert!(curve(&[Some(0), Some(0)], &[unweighed], 1).is_empty());
        assert!(curve(&[Some(0), Some(0)], &[pair(0, 1, f64::NAN)], 1).is_empty());
    }

    #[test]
    fn a_wide_range_of_weights_stays_readable() {
        let persons = vec![Some(0); 5_000];
        let pairs: Vec<_> = (0..4_999).map(|row| pair(row, row + 1, f64::from(row) * 3.0)).collect();
        let points = curve(&persons, &pairs, 1);
        assert!((30..=MOST_POINTS + 1).contains(&points.len()), "{}", points.len());
    }
}
