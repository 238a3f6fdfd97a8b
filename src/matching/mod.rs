//! Which rows describe the same person: block, compare, cluster, merge. Every decision keeps its evidence.

mod block;
mod cluster;
mod compare;
mod evidence;
mod find;
mod merge;
#[cfg(test)]
mod tests;

pub use block::BlockingRule;
pub use cluster::{Clusters, cluster};
pub use evidence::{Band, ComparisonLevel, FieldEvidence, PairEvidence};
pub use find::{Matches, match_rows};
pub use merge::merge_rows;
