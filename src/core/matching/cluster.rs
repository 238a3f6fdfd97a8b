//! Pairs to persons: connected rows are one person. Row order and thread count make no difference.

use super::evidence::{Band, PairEvidence};
use crate::domain::FindingCode;

/// Rows grouped into persons, persons numbered by their first row.
#[derive(Debug, Default)]
pub struct Clusters {
    person_of: Vec<u32>,
    rows: Vec<u32>,
    starts: Vec<u32>,
    reviews: Vec<(u32, FindingCode)>,
    unnamed: Vec<u32>,
}

impl Clusters {
    /// Number of persons, those of rejected and held rows included.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no person.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of a person in input order.
    pub fn rows(&self, person: usize) -> &[u32] {
        match (self.starts.get(person), self.starts.get(person + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The person of a row.
    pub fn person_of(&self, row: u32) -> u32 {
        self.person_of.get(row as usize).copied().unwrap_or(u32::MAX)
    }

    /// The same, knowing which rows name a newborn by a placeholder; in rising order.
    #[must_use]
    pub(super) fn with_unnamed(self, unnamed: Vec<u32>) -> Self {
        Self { unnamed, ..self }
    }

    /// Whether a row's first name only says that a newborn has none yet.
    pub(super) fn is_unnamed(&self, row: u32) -> bool {
        self.unnamed.binary_search(&row).is_ok()
    }

    /// Why a person goes to review; empty for most.
    pub fn reviews(&self, person: usize) -> impl Iterator<Item = FindingCode> {
        let person = u32::try_from(person).unwrap_or(u32::MAX);
        let from = self.reviews.partition_point(|(id, _)| *id < person);
        self.reviews.iter().skip(from).take_while(move |(id, _)| *id == person).map(|(_, code)| *code)
    }
}

impl Clusters {
    /// The rows before `first` alone, with those persons that have one. `is_moot` says which reviews fall away.
    #[must_use]
    pub(super) fn of_first_rows(mut self, first: u32, is_moot: impl Fn(u32, FindingCode) -> bool) -> Self {
        self.person_of.truncate(first as usize);
        // Persons are numbered by their first row, so that those without one of these rows come last.
        let persons = self.person_of.iter().max().map_or(0, |last| *last as usize + 1);
        let mut sizes = vec![0; persons];
        for person in &self.person_of {
            if let Some(size) = sizes.get_mut(*person as usize) {
                *size += 1;
            }
        }
        (self.starts, self.rows) = group(&sizes, &self.person_of);
        self.reviews.retain(|(person, code)| (*person as usize) < persons && !is_moot(*person, *code));
        self
    }
}

/// Groups `row_count` rows by the pairs that match. A pair for review joins nothing: both its persons wait for a
/// decision.
pub fn cluster(row_count: u32, pairs: &[PairEvidence]) -> Clusters {
    let mut forest = Forest::new(row_count);
    for pair in pairs.iter().filter(|pair| pair.band == Band::Match) {
        forest.union(pair.left, pair.right);
    }
    let mut person_of = vec![u32::MAX; row_count as usize];
    let mut sizes: Vec<u32> = Vec::new();
    let mut number_of_root = vec![u32::MAX; row_count as usize];
    for (row, person) in (0..row_count).zip(&mut person_of) {
        let root = forest.find(row) as usize;
        if let Some(number) = number_of_root.get_mut(root) {
            if *number == u32::MAX {
                *number = u32::try_from(sizes.len()).unwrap_or(u32::MAX);
                sizes.push(0);
            }
            *person = *number;
            if let Some(size) = sizes.get_mut(*number as usize) {
                *size += 1;
            }
        }
    }
    let (starts, rows) = group(&sizes, &person_of);
    let mut reviews: Vec<_> = pairs
        .iter()
        .filter_map(|pair| match pair.band {
            Band::Review(code) => Some([pair.left, pair.right].map(|row| (row, code))),
            Band::Match => None,
        })
        .flatten()
        .filter_map(|(row, code)| Some((person_of.get(row as usize).copied()?, code)))
        .collect();
    reviews.sort_unstable();
    reviews.dedup();
    Clusters { person_of, rows, starts, reviews, unnamed: Vec::new() }
}

/// Row lists by person, by counting.
fn group(sizes: &[u32], person_of: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = Vec::with_capacity(sizes.len() + 1);
    let mut total = 0;
    starts.push(0);
    for size in sizes {
        total += size;
        starts.push(total);
    }
    let mut next: Vec<u32> = starts.clone();
    let mut rows = vec![0; person_of.len()];
    for (row, person) in (0_u32..).zip(person_of) {
        if let Some(place) = next.get_mut(*person as usize) {
            if let Some(slot) = rows.get_mut(*place as usize) {
                *slot = row;
            }
            *place += 1;
        }
    }
    (starts, rows)
}

/// Union-find with path halving and union by the smaller root, so that a root is the first row of its tree.
pub(super) struct Forest {
    parents: Vec<u32>,
}

impl Forest {
    pub(super) fn new(count: u32) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn parent(&self, row: u32) -> u32 {
        self.parents.get(row as usize).copied().unwrap_or(row)
    }

    pub(super) fn find(&mut self, row: u32) -> u32 {
        let mut row = row;
        loop {
            let parent = self.parent(row);
            if parent == row {
                return row;
            }
            let grandparent = self.parent(parent);
            if let Some(slot) = self.parents.get_mut(row as usize) {
                *slot = grandparent;
            }
            row = grandparent;
        }
    }

    pub(super) fn union(&mut self, left: u32, right: u32) {
        let (left, right) = (self.find(left), self.find(right));
        if let Some(slot) = self.parents.get_mut(left.max(right) as usize) {
            *slot = left.min(right);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::block::BlockingRule;
    use super::*;

    fn pair(left: u32, right: u32) -> PairEvidence {
        PairEvidence {
            left,
            right,
            rule: BlockingRule::Identity,
            band: Band::Match,
            levels: super::super::levels::Levels::default(),
            weight: 0,
            household: 0,
        }
    }

    /// Reachability by repeated sweeps: slow, and obviously right.
    fn naive_components(count: u32, pairs: &[(u32, u32)]) -> Vec<u32> {
        let mut label: Vec<u32> = (0..count).collect();
        loop {
            let before = label.clone();
            for (left, right) in pairs {
                let smaller = label[*left as usize].min(label[*right as usize]);
                label[*left as usize] = smaller;
                label[*right as usize] = smaller;
            }
            if label == before {
                return label;
            }
        }
    }

    proptest! {
        #[test]
        fn clusters_agree_with_a_naive_oracle_and_hold_every_row_once(
            count in 1_u32..40,
            raw in prop::collection::vec((0_u32..40, 0_u32..40), 0..60),
        ) {
            let edges: Vec<(u32, u32)> = raw.into_iter().map(|(left, right)| (left % count, right % count)).collect();
            let pairs: Vec<PairEvidence> = edges.iter().map(|(left, right)| pair(*left, *right)).collect();
            let clusters = cluster(count, &pairs);
            let labels = naive_components(count, &edges);
            for left in 0..count {
                for right in 0..count {
                    prop_assert_eq!(
                        clusters.person_of(left) == clusters.person_of(right),
                        labels[left as usize] == labels[right as usize]
                    );
                }
            }
            let mut rows: Vec<u32> = (0..clusters.len()).flat_map(|person| clusters.rows(person).to_vec()).collect();
            rows.sort_unstable();
            prop_assert_eq!(rows, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn both_persons_of_a_review_pair_wait_and_say_why() {
        let mut review = pair(0, 2);
        review.band = Band::Review(FindingCode::MergeConflict);
        let clusters = cluster(3, &[review]);
        assert_eq!((clusters.rows(0), clusters.rows(2)), (&[0][..], &[2][..]));
        assert_eq!(clusters.reviews(0).collect::<Vec<_>>(), [FindingCode::MergeConflict]);
        assert_eq!(clusters.reviews(1).count(), 0);
        assert_eq!(clusters.reviews(2).collect::<Vec<_>>(), [FindingCode::MergeConflict]);
    }
}
