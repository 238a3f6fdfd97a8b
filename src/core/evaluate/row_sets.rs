//! Rows joined into sets, with the number of row pairs in a set that are truly of one person kept as sets grow.

use std::collections::BTreeMap;

/// Union-find over rows. Counts pairs of rows whose person is known; the others only connect.
pub(super) struct RowSets {
    parents: Vec<u32>,
    /// By root: known rows by person. Empty for rows that are no root.
    persons: Vec<BTreeMap<u32, u64>>,
    known: Vec<u64>,
    /// Pairs of known rows in one set.
    pub(super) joined: u64,
    /// Those of one person.
    pub(super) correct: u64,
}

impl RowSets {
    /// Every row by itself; its person where it is known.
    pub(super) fn new(persons: &[Option<u32>]) -> Self {
        Self {
            parents: (0_u32..).take(persons.len()).collect(),
            persons: persons.iter().map(|person| person.map(|person| (person, 1)).into_iter().collect()).collect(),
            known: persons.iter().map(|person| u64::from(person.is_some())).collect(),
            joined: 0,
            correct: 0,
        }
    }

    /// The row that stands for the set of a row; a row that there is not stands for itself.
    pub(super) fn find(&mut self, mut row: u32) -> u32 {
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

    fn parent(&self, row: u32) -> u32 {
        self.parents.get(row as usize).copied().unwrap_or(row)
    }

    /// Joins the sets of two rows; the smaller one is counted through. A row that there is not joins nothing.
    pub(super) fn join(&mut self, left: u32, right: u32) {
        let (left, right) = (self.find(left), self.find(right));
        let length = self.parents.len();
        if left == right || left as usize >= length || right as usize >= length {
            return;
        }
        let kinds = |row: u32| self.persons.get(row as usize).map_or(0, BTreeMap::len);
        let (small, large) = if kinds(left) < kinds(right) { (left, right) } else { (right, left) };
        let known = |row: u32| self.known.get(row as usize).copied().unwrap_or_default();
        let (of_small, of_large) = (known(small), known(large));
        self.joined += of_small * of_large;
        let moved = self.persons.get_mut(small as usize).map(std::mem::take).unwrap_or_default();
        if let (Some(slot), Some(count)) = (self.parents.get_mut(small as usize), self.known.get_mut(large as usize)) {
            *slot = large;
            *count = of_small + of_large;
        }
        if let Some(counts) = self.persons.get_mut(large as usize) {
            for (person, rows) in moved {
                let count = counts.entry(person).or_default();
                self.correct += *count * rows;
                *count += rows;
            }
        }
    }
}

/// Number of pairs among so many rows.
pub(super) fn pairs_among(rows: u64) -> u64 {
    rows * rows.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_agree_with_counting_every_pair(
            persons in prop::collection::vec(prop::option::of(0_u32..4), 1..20),
            edges in prop::collection::vec((0_u32..20, 0_u32..20), 0..30),
        ) {
            let mut sets = RowSets::new(&persons);
            for (left, right) in edges {
                sets.join(left, right);
            }
            let (mut joined, mut correct) = (0, 0);
            for left in 0..persons.len() {
                for right in left + 1..persons.len() {
                    let together = sets.find(u32::try_from(left).expect("small")) == sets.find(u32::try_from(right).expect("small"));
                    if together && persons[left].is_some() && persons[right].is_some() {
                        joined += 1;
                        correct += u64::from(persons[left] == persons[right]);
                    }
                }
            }
            prop_assert_eq!((sets.joined, sets.correct), (joined, correct));
        }
    }

    #[test]
    fn a_row_that_there_is_not_joins_nothing() {
        let mut sets = RowSets::new(&[Some(0), Some(0)]);
        sets.join(0, 7);
        assert_eq!((sets.joined, sets.find(7)), (0, 7));
    }
}
