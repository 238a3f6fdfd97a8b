//! A compared pair, and precision and recall: what the score and its curve are computed from.

use serde::Serialize;

/// A pair of rows that was compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredPair {
    /// One row, an index from 0.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// The match weight in bits: log 2 of how much the evidence raises the odds that the two are one person. `None`
    /// where the pair was decided without weighing.
    pub weight: Option<f64>,
    /// The decision.
    pub band: PairBand,
}

/// The decision on a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairBand {
    /// The same person, decided without asking.
    Auto,
    /// A person has to look.
    Review,
    /// Two persons.
    Different,
}

/// How well found things agree with true ones. A share that has nothing to be a share of is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measure {
    /// Found.
    pub predicted: u64,
    /// True.
    pub actual: u64,
    /// Both.
    pub correct: u64,
    /// Share of the found that is true, 0 to 1.
    pub precision: Option<f64>,
    /// Share of the true that is found, 0 to 1.
    pub recall: Option<f64>,
    /// Harmonic mean of the two, 0 to 1.
    pub f1: Option<f64>,
}

impl Measure {
    /// The measure of these counts.
    pub(super) fn new(correct: u64, predicted: u64, actual: u64) -> Self {
        Self {
            predicted,
            actual,
            correct,
            precision: share(correct, predicted),
            recall: share(correct, actual),
            f1: share(2 * correct, predicted + actual),
        }
    }
}

/// A share; `None` of nothing.
#[allow(clippy::cast_precision_loss, reason = "pairs beyond 2^53 change no digit that is shown")]
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
