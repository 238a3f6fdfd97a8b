//! Runs: the order in which an upload binds the ledger, writes its plan down, sends, and draws its reports, so that a
//! run that is killed at any moment can be gone on with and reported on.

mod error;
mod face;
mod ledger_facts;
mod memory;
mod plan;
mod redraw;
mod upload;

pub use error::RunError;
pub use face::{UploadSettings, upload as upload_rosters};
pub use memory::LedgerMemory;
pub use plan::Remember;
pub use redraw::redraw;
pub(crate) use upload::quoted;
pub use upload::{UploadObserver, UploadOptions, UploadTarget, Uploaded, refuse_unconfirmed, upload};

#[cfg(test)]
mod upload_tests;
