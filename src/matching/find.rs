//! The stage from end to end: keys of all rows, blocks, comparisons, clusters.

use rayon::prelude::*;

use crate::domain::{Patient, PatientStore};
use crate::rules::Rules;

use super::block::{BlockKey, key_text, visit_keys};
use super::cluster::{Clusters, cluster};
use super::compare::compare;
use super::evidence::{Band, PairEvidence};
use super::probable::probable_pairs;

/// What matching found.
#[derive(Debug, Default)]
pub struct Matches {
    /// Rows by person.
    pub clusters: Clusters,
    /// Every pair that is a match or goes to review, by left and right row.
    pub pairs: Vec<PairEvidence>,
    /// Number of pairs compared.
    pub pairs_compared: u64,
    /// Number of blocks too large to compare every row with every other, even when split.
    pub oversized_blocks: u64,
}

impl Matches {
    /// Number of pairs in the match band.
    pub fn matched_pairs(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.band == Band::Match).count()
    }

    /// Number of pairs that go to review.
    pub fn review_pairs(&self) -> usize {
        self.pairs.len() - self.matched_pairs()
    }
}

/// Finds the rows that describe one person. Rejected and held rows take no part: each stays by itself.
pub fn match_rows(store: &PatientStore, rules: &Rules) -> Matches {
    let mut keys: Vec<(BlockKey, u32)> =
        (0..store.batch_count()).into_par_iter().flat_map_iter(|batch| keys_of_batch(store, batch)).collect();
    keys.par_sort_unstable();
    let blocks: Vec<&[(BlockKey, u32)]> =
        keys.chunk_by(|left, right| left.0 == right.0).filter(|block| block.len() > 1).collect();
    let found: Vec<Vec<PairEvidence>> = blocks.par_iter().map(|block| compare_block(store, block)).collect();
    let mut pairs: Vec<PairEvidence> = found.into_iter().flatten().collect();
    pairs.par_sort_by_key(|pair| (pair.left, pair.right, pair.rule));
    pairs.dedup_by_key(|pair| (pair.left, pair.right));
    let probable = probable_pairs(store, rules, &pairs);
    // Every pair that exact keys found is the same or goes to review; several rules find one pair.
    let pairs_compared = pairs.len() as u64 + probable.compared;
    pairs.extend(probable.pairs);
    pairs.par_sort_by_key(|pair| (pair.left, pair.right, pair.rule));
    let clusters = cluster(store.len(), &pairs);
    Matches { clusters, pairs, pairs_compared, oversized_blocks: probable.oversized_blocks }
}

fn keys_of_batch(store: &PatientStore, batch: usize) -> Vec<(BlockKey, u32)> {
    let mut keys = Vec::new();
    let mut scratch = String::new();
    for (index, row) in store.batch_rows(batch) {
        if !row.is_rejected() && !row.is_held() {
            visit_keys(&row.patient(), &mut scratch, |key, _| keys.push((key, index)));
        }
    }
    keys
}

/// Compares the rows of a block with the first row of each distinct key text: the key is an equivalence, so that no
/// pair is lost, and a block of a thousand copies costs a thousand comparisons.
fn compare_block(store: &PatientStore, block: &[(BlockKey, u32)]) -> Vec<PairEvidence> {
    let mut first_of_text: Vec<(String, u32, Patient)> = Vec::new();
    let mut pairs = Vec::new();
    for (key, row) in block {
        let Some(patient) = store.row(*row).map(|row| row.patient()) else { continue };
        let Some(text) = key_text(&patient, *key) else { continue };
        match first_of_text.iter().find(|(known, ..)| *known == text) {
            Some((_, first, _)) if first == row => {}
            Some((_, first, first_patient)) => {
                pairs.push(compare((*first, first_patient), (*row, &patient), key.rule));
            }
            None => first_of_text.push((text, *row, patient)),
        }
    }
    pairs
}
