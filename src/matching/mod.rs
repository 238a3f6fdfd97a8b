//! Which rows describe the same person: block, compare, cluster, merge. Every decision keeps its evidence.

mod block;
mod candidates;
mod cluster;
mod compare;
mod evidence;
mod find;
mod merge;
mod probable;
mod profile;
#[cfg(test)]
mod tests;
mod weigh;

pub use block::BlockingRule;
pub use cluster::{Clusters, cluster};
pub use evidence::{Band, ComparisonLevel, FieldEvidence, PairEvidence};
pub use find::{Matches, match_rows};
pub use merge::merge_rows;
