//! Which rows describe the same person: block, compare, cluster, merge. Every decision keeps its evidence.

mod block;
mod candidates;
mod cluster;
mod compare;
mod decisions;
#[cfg(test)]
mod doubt_tests;
mod edits;
mod evidence;
mod find;
mod hash;
mod join;
mod levels;
mod merge;
#[cfg(test)]
mod merge_tests;
mod model;
mod neighbours;
mod points;
mod probable;
mod profile;
mod reviews;
mod roll;
mod row_text;
mod sound;
#[cfg(test)]
mod tests;
mod train;
mod worth;

pub use block::BlockingRule;
pub use cluster::{Clusters, cluster};
pub use decisions::{Decisions, MatchSettings, PairDecision};
pub use evidence::{Band, ComparisonLevel, FieldEvidence, PairEvidence};
pub use find::{Matches, match_rows};
pub use merge::{merge_rows, without_slot};
pub use model::Model;
pub use neighbours::LeftOut;
pub use probable::candidate_pairs;
pub use roll::{RollLink, RollRows};
