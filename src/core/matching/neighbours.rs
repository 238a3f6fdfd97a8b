//! The rows of one block, side by side: all pairs of a small one, and of a large one those that are most alike.

use std::ops::Range;

use super::profile::{Profiles, RowProfile};

/// Rows beyond which a block is split by a further value: pairs grow with the square.
const LARGEST_BLOCK: usize = 64;
/// Rows that follow a row of a block too large when split, with which it is compared: those nearest in birth date and
/// names.
const NEIGHBOURS: usize = 16;

/// What was left out where too many rows share too few values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Blocks that were too large to compare every row with every other, and were split by a further value.
    pub split_blocks: u64,
    /// Parts of these that were still too large, and whose rows were compared with their neighbours only.
    pub oversized_blocks: u64,
    /// Pairs that blocking found and that were not weighed, those with least in common. A pair counts once for each
    /// rule that finds it after the limit was reached.
    pub pairs: u64,
    /// Pairs for review beyond the strongest of both their rows. The rows are held all the same.
    pub review_pairs: u64,
}

impl LeftOut {
    pub(super) fn add(&mut self, further: Self) {
        self.split_blocks += further.split_blocks;
        self.oversized_blocks += further.oversized_blocks;
        self.pairs += further.pairs;
        self.review_pairs += further.review_pairs;
    }
}

/// Rows with copies of their profiles: the profiles lie anywhere in memory, and are fetched all together rather than
/// one after the other while pairs are looked at.
#[derive(Default)]
pub(super) struct Members {
    rows: Vec<u32>,
    profiles: Vec<RowProfile>,
}

impl Members {
    /// Of these rows, in their order.
    pub(super) fn new(profiles: &Profiles, rows: Vec<u32>) -> Self {
        let profiles = rows.iter().map(|row| *profiles.row(*row)).collect();
        Self { rows, profiles }
    }

    /// Visits the pairs of the block that these places hold: all of a small one; of a large one those that share the
    /// further value; of one that is still large each row with its neighbours by birth date and names. Counts the
    /// blocks of the last two kinds.
    pub(super) fn visit_pairs(
        &self,
        block: Range<usize>,
        profiles: &Profiles,
        further: impl Fn(&RowProfile) -> u64,
        mut visit: impl FnMut((u32, &RowProfile), (u32, &RowProfile)),
    ) -> LeftOut {
        if block.len() <= LARGEST_BLOCK {
            let reach = block.len();
            self.visit_near(block, reach, &mut visit);
            return LeftOut::default();
        }
        let mut left_out = LeftOut { split_blocks: 1, ..LeftOut::default() };
        let values = self.profiles.get(block.clone()).unwrap_or_default().iter().map(further);
        let mut rows: Vec<(u64, u32)> = values.zip(self.rows.get(block).unwrap_or_default().iter().copied()).collect();
        rows.sort_unstable();
        for part in rows.chunk_by_mut(|left, right| left.0 == right.0).filter(|part| part.len() > 1) {
            let is_oversized = part.len() > LARGEST_BLOCK;
            if is_oversized {
                part.sort_by_cached_key(|(_, row)| {
                    let profile = profiles.row(*row);
                    (profile.birth, profile.first, profile.last, profiles.content(*row), *row)
                });
                left_out.oversized_blocks += 1;
            }
            let members = Self::new(profiles, part.iter().map(|(_, row)| *row).collect());
            members.visit_near(0..part.len(), if is_oversized { NEIGHBOURS } else { part.len() }, &mut visit);
        }
        left_out
    }

    /// Visits each row of a block with so many that follow it there.
    fn visit_near(
        &self,
        block: Range<usize>,
        reach: usize,
        visit: &mut impl FnMut((u32, &RowProfile), (u32, &RowProfile)),
    ) {
        let rows = self.rows.get(block.clone()).unwrap_or_default().iter().copied();
        let rows = rows.zip(self.profiles.get(block).unwrap_or_default());
        for (index, left) in rows.clone().enumerate() {
            for right in rows.clone().skip(index + 1).take(reach) {
                visit(left, right);
            }
        }
    }
}
