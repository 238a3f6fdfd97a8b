//! Pairs to look at, no more of one row than anybody would look through.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::evidence::{Band, PairEvidence};
use super::profile::Profiles;
use crate::domain::FindingCode;

/// Pairs for review by weight that a row keeps, the strongest first: nobody looks through more.
const REVIEWS_PER_ROW: u8 = 8;

/// Leaves out the pairs for review by weight that are not among the strongest of either row, and returns how many they
/// are. Every row that had such a pair has one still, and is held.
pub(super) fn keep_strongest_reviews(profiles: &Profiles, pairs: &mut Vec<PairEvidence>) -> u64 {
    let is_review = |pair: &PairEvidence| pair.band == Band::Review(FindingCode::PossibleDuplicate);
    let mut reviews: Vec<(usize, &PairEvidence)> =
        pairs.iter().enumerate().filter(|(_, pair)| is_review(pair)).collect();
    reviews.par_sort_by_cached_key(|(_, pair)| {
        let (left, right) = (profiles.content(pair.left), profiles.content(pair.right));
        (Reverse(pair.weight), left.min(right), left.max(right), pair.left, pair.right)
    });
    let mut kept_of_row = vec![0_u8; profiles.rows.len()];
    let mut left_out = Vec::new();
    for (at, pair) in reviews {
        let ends = [pair.left as usize, pair.right as usize];
        if ends.iter().all(|row| kept_of_row.get(*row).is_none_or(|kept| *kept >= REVIEWS_PER_ROW)) {
            left_out.push(at);
            continue;
        }
        for row in ends {
            if let Some(kept) = kept_of_row.get_mut(row) {
                *kept = kept.saturating_add(1);
            }
        }
    }
    if !left_out.is_empty() {
        left_out.sort_unstable();
        let mut at = 0;
        pairs.retain(|_| {
            at += 1;
            left_out.binary_search(&(at - 1)).is_err()
        });
    }
    left_out.len() as u64
}
