//! Probable duplicates: candidates weighed, banded by the number of rows, and joined so that no person contradicts itself.

use rayon::prelude::*;

use crate::domain::{FindingCode, Patient, PatientStore};
use crate::rules::Rules;

use super::candidates::candidates;
use super::cluster::Forest;
use super::evidence::{Band, PairEvidence};
use super::profile::{Profiles, RowProfile};
use super::weigh::{Comparable, Scales, Thresholds, Weighed};

/// Rows of one person beyond which a further pair is for a person to look at.
const LARGEST_PERSON: usize = 16;

/// What weighing found.
#[derive(Debug, Default)]
pub(super) struct Probable {
    /// Pairs to merge and pairs to review.
    pub(super) pairs: Vec<PairEvidence>,
    /// Pairs that were weighed.
    pub(super) compared: u64,
    /// Blocks too large to compare every row with every other.
    pub(super) oversized_blocks: u64,
}

/// Weighs the candidates that `exact` has not decided yet.
pub(super) fn probable_pairs(store: &PatientStore, rules: &Rules, exact: &[PairEvidence]) -> Probable {
    let profiles = Profiles::of(store);
    let scales = Scales::new(&rules.matching, &rules.nicknames, &profiles);
    let active = profiles.rows.iter().filter(|row| row.takes_part).count();
    let thresholds = Thresholds::for_rows(&rules.matching, active);
    let mut forest = Forest::new(store.len());
    for pair in exact {
        forest.union(pair.left, pair.right);
    }
    let roots: Vec<u32> = (0..store.len()).map(|row| forest.find(row)).collect();
    let apart = |left: u32, right: u32| roots.get(left as usize) != roots.get(right as usize);
    let found = candidates(&profiles, |left, right| {
        apart(left, right) && is_worth_weighing(&profiles.row(left), &profiles.row(right))
    });
    let mut pairs: Vec<PairEvidence> = found
        .pairs
        .par_iter()
        .filter_map(|(left, right, rule)| {
            let weighed = weigh_rows(store, &scales, *left, *right)?;
            let band = band_of(&weighed, thresholds)?;
            let weight = weighed.total();
            Some(PairEvidence { left: *left, right: *right, rule: *rule, band, fields: weighed.fields, weight })
        })
        .collect();
    join_without_contradiction(store, &scales, &profiles, &mut forest, &mut pairs);
    Probable { pairs, compared: found.pairs.len() as u64, oversized_blocks: found.oversized_blocks }
}

fn weigh_rows(store: &PatientStore, scales: &Scales<'_>, left: u32, right: u32) -> Option<Weighed> {
    let patient = |row: u32| -> Option<Patient> { Some(store.row(row)?.patient()) };
    let (left_patient, right_patient) = (patient(left)?, patient(right)?);
    Some(scales.weigh(&Comparable::new(left, &left_patient), &Comparable::new(right, &right_patient)))
}

fn band_of(weighed: &Weighed, thresholds: Thresholds) -> Option<Band> {
    if weighed.vetoed || weighed.total() < thresholds.review {
        return None;
    }
    if weighed.total() >= thresholds.same && !weighed.doubtful {
        return Some(Band::Match);
    }
    Some(Band::Review(FindingCode::PossibleDuplicate))
}

/// Whether enough agrees for a weight that matters: a point for each beginning and for the place, two for each whole
/// value, two off for birth dates that no typing error explains. Four points suffice.
fn is_worth_weighing(left: &RowProfile, right: &RowProfile) -> bool {
    let same = |left: u64, right: u64| i32::from(left != 0 && left == right);
    let name = |whole: i32, beginning: i32| if whole == 1 { 2 } else { beginning };
    let names = name(same(left.first, right.first), same(left.first_initial.into(), right.first_initial.into()))
        + name(same(left.last, right.last), same(left.last_beginning, right.last_beginning));
    let exchanged = 2 * (same(left.first, right.last) + same(left.last, right.first))
        + same(left.first_initial.into(), right.last_initial.into())
            * same(left.last_initial.into(), right.first_initial.into());
    let contacts = same(left.phone, right.phone) + same(left.email, right.email) + same(left.street, right.street);
    let place = same(left.postal_code.into(), right.postal_code.into()).max(same(left.city, right.city));
    names.max(exchanged) + birth_points(left.birth, right.birth) + 2 * contacts + place >= 4
}

/// Two for equal birth dates, none where one is missing or day and month may be exchanged or two digits be wrong, and
/// two off beyond.
fn birth_points(left: u32, right: u32) -> i32 {
    if left == 0 || right == 0 {
        return 0;
    }
    if left == right {
        return 2;
    }
    let exchanged =
        left / 10_000 == right / 10_000 && left / 100 % 100 == right % 100 && left % 100 == right / 100 % 100;
    let digits = |date: u32| (0..8).map(move |place| date / 10_u32.pow(place) % 10);
    let wrong = digits(left).zip(digits(right)).filter(|(left, right)| left != right).count();
    if exchanged || wrong <= 2 { 0 } else { -2 }
}

/// Takes the pairs to merge by falling weight and leaves out each that would put two people into one person: rows that a
/// veto keeps apart, or too many rows. What is left out goes to review. Ties are taken by what the rows hold, so that the
/// order of the rows makes no difference.
fn join_without_contradiction(
    store: &PatientStore,
    scales: &Scales<'_>,
    profiles: &Profiles,
    forest: &mut Forest,
    pairs: &mut Vec<PairEvidence>,
) {
    pairs.par_sort_by_cached_key(|pair| {
        let (left, right) = (profiles.row(pair.left), profiles.row(pair.right));
        let ends = (pair.left.min(pair.right), pair.left.max(pair.right));
        (std::cmp::Reverse(pair.weight), left.min(right), left.max(right), ends)
    });
    let mut members = Members::of(store.len(), forest);
    pairs.retain_mut(|pair| {
        if pair.band != Band::Match {
            return true;
        }
        let (left, right) = (forest.find(pair.left), forest.find(pair.right));
        if left == right {
            return true;
        }
        let (left_rows, right_rows) = (members.rows(left), members.rows(right));
        if left_rows.len() + right_rows.len() > LARGEST_PERSON {
            pair.band = Band::Review(FindingCode::PossibleDuplicate);
            return true;
        }
        let contradicts = left_rows.iter().any(|left| {
            right_rows.iter().any(|right| {
                (*left, *right) != (pair.left, pair.right)
                    && weigh_rows(store, scales, (*left).min(*right), (*left).max(*right))
                        .is_some_and(|weighed| weighed.vetoed)
            })
        });
        if contradicts {
            return false;
        }
        forest.union(left, right);
        members.join(left, right);
        true
    });
    pairs.par_sort_by_key(|pair| (pair.left, pair.right));
}

/// The rows of each person while persons grow: rings of row numbers.
struct Members {
    next: Vec<u32>,
}

impl Members {
    fn of(count: u32, forest: &mut Forest) -> Self {
        let mut members = Self { next: (0..count).collect() };
        for row in 0..count {
            let root = forest.find(row);
            if root != row {
                members.join(root, row);
            }
        }
        members
    }

    fn rows(&self, row: u32) -> Vec<u32> {
        let mut rows = vec![row];
        let mut at = self.after(row);
        while at != row && rows.len() <= LARGEST_PERSON {
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
