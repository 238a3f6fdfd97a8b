//! What a pair of rows was decided on, field by field.

use crate::domain::{Field, FindingCode};

use super::block::BlockingRule;
use super::levels::{Levels, SAME};
use crate::rules::matching::Comparison;

/// How two values of a field compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComparisonLevel {
    /// Equal after folding.
    Same,
    /// Not equal, but near enough to be a spelling of the same name.
    Similar,
    /// Both present and different.
    Different,
    /// At least one is missing: neither for nor against.
    Missing,
}

impl ComparisonLevel {
    /// The word in `duplicates.csv` and the reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Similar => "similar",
            Self::Different => "different",
            Self::Missing => "missing",
        }
    }
}

/// The comparison of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldEvidence {
    /// The field.
    pub field: Field,
    /// Its level.
    pub level: ComparisonLevel,
    /// The name of the level in `rules/matching.toml`, or `missing`.
    pub name: &'static str,
    /// Its match weight in hundredths of a bit.
    pub weight: i32,
    /// How much of the weight comes of how rare the value is.
    pub term: i32,
}

/// What a pair amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// The same person.
    Match,
    /// A person has to look: the finding says why.
    Review(FindingCode),
}

impl Band {
    /// The word in `duplicates.csv` and the reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Review(_) => "review",
        }
    }
}

/// A pair of rows with what speaks for and against it.
#[derive(Clone, Debug, PartialEq)]
pub struct PairEvidence {
    /// The earlier row, an index into the patient store.
    pub left: u32,
    /// The later row.
    pub right: u32,
    /// The rule that brought the two together.
    pub rule: BlockingRule,
    /// The decision.
    pub band: Band,
    /// The comparisons; [`Matches::evidence`](super::Matches::evidence) has their weights.
    pub(super) levels: Levels,
    /// The match weight in hundredths of a bit, without the prior: the weights of the fields and `household`.
    pub weight: i32,
    /// What is taken off because two people of one household would agree as well; never positive.
    pub household: i32,
}

impl PairEvidence {
    /// Whether name and birth date are the same.
    pub(super) fn is_same_identity(&self) -> bool {
        [Comparison::FirstName, Comparison::LastName, Comparison::BirthDate]
            .iter()
            .all(|comparison| self.levels.of(*comparison) == SAME)
    }
}
