//! The stage from end to end: keys of all rows, blocks, comparisons, clusters.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::domain::{CivilDate, Patient, PatientStore, Sex, fold};
use crate::rules::Rules;

use super::block::{BlockingRule, key_text};
use super::cluster::{Clusters, cluster};
use super::compare::compare;
use super::decisions::MatchSettings;
use super::evidence::{Band, FieldEvidence, PairEvidence};
use super::model::Model;
use super::neighbours::LeftOut;
use super::probable::probable_pairs;
use super::profile::{KeyedRow, Profiles};
use super::roll::{RollLink, name_reviews, take_out};

/// What matching found.
#[derive(Debug)]
pub struct Matches {
    /// Rows by person.
    pub clusters: Clusters,
    /// Every pair that is a match or goes to review, by left and right row. A right row beyond those of the rosters is
    /// a person on the roll.
    pub pairs: Vec<PairEvidence>,
    /// Number of pairs compared.
    pub pairs_compared: u64,
    /// Pairs that were not compared, or are not reported, because too many rows share too few values.
    pub left_out: LeftOut,
    /// What pairs were judged by.
    pub model: Model,
    /// The persons who are on the roll already.
    pub links: BTreeMap<u32, RollLink>,
}

impl Matches {
    /// Number of pairs in the match band.
    pub fn matched_pairs(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.band == Band::Match).count()
    }

    /// How many of the pairs in the match band are expected to be two people after all.
    pub fn expected_false_matches(&self) -> f64 {
        let weighed = self.pairs.iter().filter(|pair| pair.band == Band::Match && pair.rule != BlockingRule::Decision);
        // From zero on: the sum of nothing is a negative zero.
        weighed.fold(0.0, |sum, pair| sum + (1.0 - self.model.probability(pair.weight)))
    }

    /// What a pair was decided on, field by field.
    pub fn evidence(&self, pair: &PairEvidence) -> Vec<FieldEvidence> {
        self.model.evidence(&pair.levels)
    }

    /// Number of pairs that go to review.
    pub fn review_pairs(&self) -> usize {
        self.pairs.len() - self.matched_pairs()
    }
}

/// Finds the rows that describe one person. Held rows take no part: each stays by itself. Persons on the roll take part
/// like rows, and are taken out at the end.
pub fn match_rows(store: &PatientStore, rules: &Rules, settings: &MatchSettings) -> Matches {
    let mut profiles = Profiles::from_store(store, rules);
    profiles.roll_from = settings.roll.first();
    let mut keys = std::mem::take(&mut profiles.keys);
    keys.par_sort_unstable();
    let blocks: Vec<&[KeyedRow]> =
        keys.chunk_by(|left, right| left.0 == right.0).filter(|block| block.len() > 1).collect();
    let found: Vec<Vec<PairEvidence>> = blocks.par_iter().map(|block| compare_block(store, block)).collect();
    let mut pairs: Vec<PairEvidence> = found.into_iter().flatten().collect();
    pairs.par_sort_by_key(|pair| (pair.left, pair.right, pair.rule));
    pairs.dedup_by_key(|pair| (pair.left, pair.right));
    pairs.retain(|pair| !settings.roll.is_settled(pair.left, pair.right));
    drop(blocks);
    drop(keys);
    let mut probable = probable_pairs(store, &profiles, rules, settings, pairs);
    name_reviews(&settings.roll, &mut probable.pairs);
    let unnamed = (0..).zip(&profiles.rows).filter(|(_, row)| row.unnamed).map(|(index, _)| index).collect();
    let clusters = cluster(store.len(), &probable.pairs).with_unnamed(unnamed);
    let (clusters, links) = take_out(&settings.roll, clusters, &mut probable.pairs);
    Matches {
        clusters,
        links,
        pairs: probable.pairs,
        pairs_compared: probable.compared,
        left_out: probable.left_out,
        model: probable.model,
    }
}

/// Rows of one block that say different things of the person, beyond which further ones are compared with the first
/// only.
const MOST_IDENTITIES: usize = 24;

/// Compares the rows of a block. Rows of one identity (name, birth date, sex) are compared with the first of them, so
/// that a block of a thousand copies costs a thousand comparisons, and the identities with each other.
fn compare_block(store: &PatientStore, block: &[KeyedRow]) -> Vec<PairEvidence> {
    let mut identities: Vec<(String, Identity, u32, Patient)> = Vec::new();
    let mut pairs = Vec::new();
    for (key, row) in block {
        let Some(packed) = store.row(*row) else { continue };
        let Some((rule, text)) = key_text(&packed.evidence_view(), *key) else { continue };
        let patient = packed.evidence();
        let identity = identity(&patient);
        let of_key = identities.iter().filter(|(known, ..)| *known == text);
        let same = of_key.clone().find(|(_, known, ..)| *known == identity);
        let others: Vec<_> = match same {
            Some(same) => vec![same],
            None => of_key.take(MOST_IDENTITIES).collect(),
        };
        for (_, _, first, first_patient) in &others {
            if first != row {
                pairs.push(compare((*first, first_patient), (*row, &patient), rule));
            }
        }
        if same.is_none() {
            identities.push((text, identity, *row, patient));
        }
    }
    pairs
}

/// Folded first and last name, birth date and sex.
type Identity = (String, String, Option<CivilDate>, Option<Sex>);

fn identity(patient: &Patient) -> Identity {
    (fold(patient.name.first.as_text()), fold(patient.name.last.as_text()), patient.birth_date, patient.sex)
}
