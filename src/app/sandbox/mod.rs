//! The vendor's API on loopback, from the published contract: for trying onroll without credentials, and for testing
//! it.
//!
//! It shares no wire type with the client, so that the two cannot agree with each other's mistakes.

mod answer;
mod faults;
mod journal;
mod queries;
mod routes;
mod scenario;
mod search;
mod server;
mod settings;
mod store;
mod subject;
mod vendor;

pub use faults::{Failure, FaultRates, UnknownFailure};
pub use journal::Entry;
pub use scenario::{Neighbour, Outage, Rotation, Scenario, ScenarioError, SlotsChange};
pub use server::{SandboxHandle, start};
pub use settings::{BatchConflict, SandboxError, SandboxSettings, Store};
pub use vendor::{Call, Reply, Vendor};
