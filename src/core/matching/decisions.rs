//! What people have decided about pairs of rows. A decision outranks every weight.

use std::collections::BTreeMap;

use super::model::Model;
use super::roll::RollRows;

/// What somebody decided about two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairDecision {
    /// They are one person.
    Same,
    /// They are two people.
    Different,
}

/// Decisions by pair of rows, as indices into the patient store.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    decided: BTreeMap<(u32, u32), PairDecision>,
}

impl Decisions {
    /// Takes a decision on two different rows; returns whether it contradicts an earlier one, which then stays.
    pub fn insert(&mut self, left: u32, right: u32, decision: PairDecision) -> bool {
        let earlier = *self.decided.entry((left.min(right), left.max(right))).or_insert(decision);
        earlier != decision
    }

    /// The decision on two rows.
    pub fn get(&self, left: u32, right: u32) -> Option<PairDecision> {
        self.decided.get(&(left.min(right), left.max(right))).copied()
    }

    /// Whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        self.decided.is_empty()
    }

    /// Number of decisions.
    pub fn len(&self) -> usize {
        self.decided.len()
    }

    /// The pairs that are one person, the smaller row first.
    pub(super) fn same(&self) -> impl Iterator<Item = (u32, u32)> {
        self.decided.iter().filter(|(_, decision)| **decision == PairDecision::Same).map(|(pair, _)| *pair)
    }
}

/// What a run brings to the matching beside rows and rules.
#[derive(Clone, Debug, Default)]
pub struct MatchSettings {
    /// The model of an earlier run; without it one is estimated from the rows.
    pub model: Option<Model>,
    /// Decisions on pairs.
    pub decisions: Decisions,
    /// Rows that are persons on the roll.
    pub roll: RollRows,
}
