//! What people have decided about pairs of rows. A verdict outranks every weight.

use std::collections::BTreeMap;

use super::model::Model;
use super::roll::RollRows;

/// What somebody decided about two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are one person.
    Same,
    /// They are two people.
    Different,
}

/// Verdicts by pair of rows, as indices into the patient store.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    verdicts: BTreeMap<(u32, u32), Verdict>,
}

impl Decisions {
    /// Takes a verdict on two different rows; returns whether it contradicts an earlier one, which then stays.
    pub fn insert(&mut self, left: u32, right: u32, verdict: Verdict) -> bool {
        let earlier = *self.verdicts.entry((left.min(right), left.max(right))).or_insert(verdict);
        earlier != verdict
    }

    /// The verdict on two rows.
    pub fn of(&self, left: u32, right: u32) -> Option<Verdict> {
        self.verdicts.get(&(left.min(right), left.max(right))).copied()
    }

    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }

    /// Number of verdicts.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// The pairs that are one person, the smaller row first.
    pub(super) fn same(&self) -> impl Iterator<Item = (u32, u32)> {
        self.verdicts.iter().filter(|(_, verdict)| **verdict == Verdict::Same).map(|(pair, _)| *pair)
    }
}

/// What a run brings to the matching beside rows and rules.
#[derive(Clone, Debug, Default)]
pub struct MatchSettings {
    /// The model of an earlier run; without it one is estimated from the rows.
    pub model: Option<Model>,
    /// Verdicts on pairs.
    pub decisions: Decisions,
    /// Rows that are persons on the roll.
    pub roll: RollRows,
}
