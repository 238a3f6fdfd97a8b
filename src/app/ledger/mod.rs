//! The only place that remembers. What will be sent is committed before it is sent, and what became of it after, so
//! that whatever crashes, nobody is put on the roll twice and every report can be drawn again.
//!
//! A store, not a stage: `plan` and `upload` build on it.

mod decisions;
mod error;
mod fail;
mod migrate;
mod mounts;
mod open;
mod pairs;
mod paths;
mod roll;
mod row;
mod run;
mod schema;
mod witness;
mod write;

pub use error::LedgerError;
pub use open::{Ledger, LedgerNotice};
pub use pairs::{LedgerPair, PairEnd};
pub use row::{LedgerRow, LedgerSource, NewRow, RowRole};
pub use run::{NewRun, RunRecord, RunState};
pub use write::{AttemptId, LedgerTransaction, Settlement};

#[cfg(test)]
mod age_tests;
#[cfg(test)]
mod tests;
