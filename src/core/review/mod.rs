//! What stewards decide about pairs of rows: how a decision comes in, and which rows of a run it is about.

mod decision_file;

pub use decision_file::{DecisionError, DecisionFile, GivenDecision};
