//! Pairs to persons without contradiction: the strongest first, and none that would put two people into one person.

use rayon::prelude::*;

use crate::domain::FindingCode;

use super::cluster::Forest;
use super::decisions::{Decisions, MatchSettings};
use super::evidence::{Band, PairEvidence};
use super::probable::Judge;
use super::profile::Profiles;

/// A cluster with more than this many distinct rows sends further pairs to review, except identical ones.
const LARGEST_PERSON: usize = 16;
/// The most that one pair of rows counts for or against joining two clusters, in hundredths of a bit.
const LOUDEST: i32 = 1200;

/// Takes the pairs to merge: decisions first, then exact rules, then by falling weight. One that would bring together
/// rows that are two people, or too many rows, goes to review; one for review whose rows other pairs have joined is
/// joined. Two subjects on the roll are never brought together. Ties are taken by what the rows hold, so that the order
/// of the rows makes no difference. The pairs end in row order.
pub(super) fn join(
    judge: &Judge<'_>,
    profiles: &Profiles,
    settings: &MatchSettings,
    rows: u32,
    pairs: &mut [PairEvidence],
) {
    pairs.par_sort_by_cached_key(|pair| {
        let (left, right) = (profiles.content(pair.left), profiles.content(pair.right));
        let ends = (pair.left.min(pair.right), pair.left.max(pair.right));
        let rank = pair.rule.rank();
        (rank, std::cmp::Reverse(pair.weight), left.min(right), left.max(right), ends)
    });
    let subjects =
        if settings.roll.is_empty() { Vec::new() } else { (0..rows).map(|row| settings.roll.subject(row)).collect() };
    let mut joining = Joining { forest: Forest::new(rows), members: Members::new(rows), subjects };
    for pair in pairs.iter_mut().filter(|pair| pair.band == Band::Match) {
        if !joining.try_join(judge, profiles, &settings.decisions, pair) {
            pair.band = Band::Review(FindingCode::PossibleDuplicate);
        }
    }
    for pair in pairs.iter_mut().filter(|pair| pair.band == Band::Review(FindingCode::PossibleDuplicate)) {
        if joining.forest.find(pair.left) == joining.forest.find(pair.right) {
            pair.band = Band::Match;
        }
    }
    pairs.par_sort_by_key(|pair| (pair.left, pair.right));
}

struct Joining {
    forest: Forest,
    members: Members,
    /// By the first row of a person: its subject on the roll. Empty where nobody is on the roll.
    subjects: Vec<Option<u32>>,
}

impl Joining {
    /// Joins the rows of a pair; `false` where that would contradict something.
    fn try_join(&mut self, judge: &Judge<'_>, profiles: &Profiles, decisions: &Decisions, pair: &PairEvidence) -> bool {
        let (left, right) = (self.forest.find(pair.left), self.forest.find(pair.right));
        if left == right {
            return true;
        }
        let subject = |row: u32| self.subjects.get(row as usize).copied().flatten();
        let subject = match (subject(left), subject(right)) {
            (Some(left), Some(right)) if left != right => return false,
            (left, right) => left.or(right),
        };
        let certain = pair.rule.rank() <= 1;
        if !certain || !decisions.is_empty() {
            let (left_rows, right_rows) = (self.members.rows(left), self.members.rows(right));
            let decided_apart = left_rows.iter().any(|left| {
                right_rows.iter().any(|right| decisions.get(*left, *right) == Some(super::PairDecision::Different))
            });
            if decided_apart || (!certain && contradicts(judge, profiles, pair, &left_rows, &right_rows)) {
                return false;
            }
        }
        self.forest.union(left, right);
        self.members.join(left, right);
        if let Some(joined) = self.subjects.get_mut(left.min(right) as usize) {
            *joined = subject;
        }
        true
    }
}

fn contradicts(
    judge: &Judge<'_>,
    profiles: &Profiles,
    pair: &PairEvidence,
    left_rows: &[u32],
    right_rows: &[u32],
) -> bool {
    // Copies of a row say nothing that it does not say.
    let (left_rows, right_rows) = (distinct(profiles, left_rows), distinct(profiles, right_rows));
    if left_rows.len() + right_rows.len() > LARGEST_PERSON && !pair.is_same_identity() {
        return true;
    }
    if left_rows.len() * right_rows.len() == 1 {
        return false;
    }
    // A bridge has to bear all rows on both sides: what they say of each other is added up.
    let mut sum = 0;
    for (left, right) in left_rows.iter().flat_map(|left| right_rows.iter().map(move |right| (*left, *right))) {
        match judge.leaning(left, right) {
            Some(bits) => sum += bits.clamp(-LOUDEST, LOUDEST),
            None if (left, right) == (pair.left, pair.right) || (right, left) == (pair.left, pair.right) => {}
            None => return true,
        }
    }
    sum < 0
}

/// The rows without those that say the same as one before them, as many as make a person too large beside any other.
fn distinct(profiles: &Profiles, rows: &[u32]) -> Vec<u32> {
    let mut seen = Vec::with_capacity(rows.len().min(LARGEST_PERSON));
    let is_new = |row: &u32| {
        let content = profiles.content(*row);
        let is_new = !seen.contains(&content);
        if is_new {
            seen.push(content);
        }
        is_new
    };
    rows.iter().copied().filter(is_new).take(LARGEST_PERSON).collect()
}

/// The rows of each person while persons grow: rings of row numbers.
struct Members {
    next: Vec<u32>,
}

impl Members {
    fn new(count: u32) -> Self {
        Self { next: (0..count).collect() }
    }

    fn rows(&self, row: u32) -> Vec<u32> {
        let mut rows = vec![row];
        let mut at = self.after(row);
        while at != row {
            rows.push(at);
            at = self.after(at);
        }
        rows
    }

    fn after(&self, row: u32) -> u32 {
        self.next.get(row as usize).copied().unwrap_or(row)
    }

    /// Makes one ring of two.
    fn join(&mut self, left: u32, right: u32) {
        if (left as usize) < self.next.len() && (right as usize) < self.next.len() {
            self.next.swap(left as usize, right as usize);
        }
    }
}
