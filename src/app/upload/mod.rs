//! Puts planned persons on the roll: every request written down before it leaves and settled after, retried under the
//! same ids, and never a network query with it.
//!
//! What to do is decided by pure functions (`failure`, `policy`, `answers`, `compare`, `rate`); only `driver` and
//! `worker` send, and they wait by a `Clock` that can be replaced.

mod access;
mod answers;
mod api;
mod batch;
mod compare;
mod credentials;
mod driver;
mod error;
mod event;
mod failure;
mod http;
mod pace;
mod policy;
mod rate;
mod reason;
mod shared;
mod time;
mod token;
mod worker;
mod writer;

pub use access::check_access;
pub use api::{ApiResult, CreateEntry, PatientApi, StoredSubject};
pub use batch::{Batch, CreateBatchBody, MAX_BATCH};
pub use credentials::{ClientCredentials, CredentialSource};
pub use driver::run;
pub use error::UploadError;
pub use event::{Event, UploadSummary};
pub use failure::{ApiFailure, FailureClass, class_of_status};
pub use http::{HttpApi, HttpSettings, SearchProbe, choose_cryptography};
pub use pace::{ComingAgain, Pace, Slot, Turn};
pub use policy::{RetrySettings, RetryStep, next_step};
pub use rate::{Admission, MOST_IN_FLIGHT, RateController, RateSettings, Signal, Ticket};
pub use shared::UploadSettings;
pub use time::{Clock, SystemClock};
pub use writer::{LedgerThread, LedgerWriter};

#[cfg(test)]
pub(crate) mod fake_vendor;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
