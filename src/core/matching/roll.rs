//! Persons who are on the roll already, among the rows of a run: they join to rows, and never to each other.

use std::collections::BTreeMap;

use super::cluster::Clusters;
use super::evidence::{Band, PairEvidence};
use crate::domain::FindingCode;

/// Which rows of the store are persons on the roll, and which rows of the rosters are known there by their own id.
#[derive(Clone, Debug)]
pub struct RollRows {
    first: u32,
    subjects: Vec<u32>,
    own: Vec<(u32, u32)>,
}

impl Default for RollRows {
    fn default() -> Self {
        Self { first: u32::MAX, subjects: Vec::new(), own: Vec::new() }
    }
}

impl RollRows {
    /// `first`: the rows from this one on are persons on the roll, with the numbers of their subjects in `subjects`.
    /// `own`: rows before it with the number of the subject that has the row's own id. No subject stands in both.
    pub fn new(first: u32, subjects: Vec<u32>, mut own: Vec<(u32, u32)>) -> Self {
        own.sort_unstable();
        Self { first, subjects, own }
    }

    /// Whether nobody is on the roll.
    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.own.is_empty()
    }

    /// The first row that is a person on the roll.
    pub(super) const fn first(&self) -> u32 {
        self.first
    }

    pub(super) const fn is_on_roll(&self, row: u32) -> bool {
        row >= self.first
    }

    fn own_subject(&self, row: u32) -> Option<u32> {
        let place = self.own.binary_search_by_key(&row, |(own, _)| *own).ok()?;
        self.own.get(place).map(|(_, subject)| *subject)
    }

    /// The subject of a row, for those that have one before anything is compared.
    pub(super) fn subject(&self, row: u32) -> Option<u32> {
        if self.is_on_roll(row) {
            self.subjects.get((row - self.first) as usize).copied()
        } else {
            self.own_subject(row)
        }
    }

    /// Whether comparing two rows, the smaller first, decides nothing: both are persons on the roll, or one is and the
    /// other is known there by its own id.
    pub(super) fn is_settled(&self, left: u32, right: u32) -> bool {
        self.is_on_roll(right) && (self.is_on_roll(left) || self.own_subject(left).is_some())
    }
}

/// That a person of a run is on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollLink {
    /// The number of the subject.
    pub subject: u32,
    /// Whether one of the rows has the subject's own id; otherwise a weight or a decision linked them.
    pub own: bool,
}

/// Pairs with a person on the roll are held for a reason of their own.
pub(super) fn name_reviews(roll: &RollRows, pairs: &mut [PairEvidence]) {
    for pair in pairs.iter_mut().filter(|pair| roll.is_on_roll(pair.right)) {
        if matches!(pair.band, Band::Review(FindingCode::PossibleDuplicate | FindingCode::Indistinguishable)) {
            pair.band = Band::Review(FindingCode::PossiblyOnRoll);
        }
    }
}

/// Takes the persons on the roll out of the rows. What is known of a person on the roll needs no review of whom it
/// resembles, and pairs between two such persons are no longer of interest. Returns who is on the roll.
pub(super) fn take_out(
    roll: &RollRows,
    clusters: Clusters,
    pairs: &mut Vec<PairEvidence>,
) -> (Clusters, BTreeMap<u32, RollLink>) {
    if roll.is_empty() {
        return (clusters, BTreeMap::new());
    }
    let mut links = BTreeMap::new();
    let on_roll = (roll.first..).zip(&roll.subjects).map(|(row, subject)| (row, *subject, false));
    for (row, subject, own) in on_roll.chain(roll.own.iter().map(|(row, subject)| (*row, *subject, true))) {
        links.insert(clusters.person_of(row), RollLink { subject, own });
    }
    let resembles = |code| matches!(code, FindingCode::PossibleDuplicate | FindingCode::Indistinguishable);
    let is_moot = |person: u32, code: FindingCode| match links.get(&person) {
        Some(link) => resembles(code) || (link.own && code == FindingCode::PossiblyOnRoll),
        None => false,
    };
    pairs.retain(|pair| match pair.band {
        Band::Match => true,
        Band::Review(code) => {
            let moot = |row| is_moot(clusters.person_of(row), code);
            // A person on the roll waits for nobody: what counts is whether the row that is not there has to.
            if roll.is_on_roll(pair.right) { !moot(pair.left) } else { !(moot(pair.left) && moot(pair.right)) }
        }
    });
    let clusters = clusters.of_first_rows(roll.first, is_moot);
    let persons = u32::try_from(clusters.len()).unwrap_or(u32::MAX);
    links.retain(|person, _| *person < persons);
    (clusters, links)
}
