//! How the sandbox behaves.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use uuid::Uuid;

use super::faults::Failure;

/// Where subjects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In memory, gone at the end.
    Memory,
    /// In an SQLite file.
    File(PathBuf),
}

/// What becomes of a batch in which an id exists already. The vendor is silent about it, so that all three can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchConflict {
    /// That subject alone has a `failureReason`.
    PerItem,
    /// 409, and nothing is created.
    WholeBatchNothingCreated,
    /// 409, and the others are created.
    WholeBatchOthersCreated,
}

/// Settings of a sandbox.
#[derive(Clone, Debug)]
pub struct SandboxSettings {
    /// Where it listens; loopback only. Port 0 takes a free one.
    pub address: SocketAddr,
    /// Where subjects are kept.
    pub store: Store,
    /// The client id that it accepts.
    pub client_id: Uuid,
    /// The secret that it accepts.
    pub client_secret: SecretString,
    /// The one project.
    pub project: Uuid,
    /// Time that each answer takes.
    pub latency: Duration,
    /// Further time, drawn at random up to this.
    pub latency_jitter: Duration,
    /// Requests in flight above this are answered with 429.
    pub ceiling: Option<usize>,
    /// Sent with each 429.
    pub retry_after: Option<Duration>,
    /// Requests that fail, by number from 1.
    pub failures: BTreeMap<u64, Failure>,
    /// Time until a token dies.
    pub token_life: Option<Duration>,
    /// What becomes of a batch with an id that exists.
    pub batch_conflict: BatchConflict,
    /// Seed of everything random.
    pub seed: u64,
    /// Where each request is written down.
    pub journal: Option<PathBuf>,
}

impl SandboxSettings {
    /// A sandbox without faults, on a free port, with credentials that are no secret.
    pub fn demo() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store: Store::Memory,
            client_id: Uuid::from_u128(0x5a11_d0c5_0000_4000_8000_0000_0000_0001),
            client_secret: SecretString::from("sandbox-demo-secret"),
            project: Uuid::from_u128(0x5a11_d0c5_0000_4000_8000_0000_0000_000a),
            latency: Duration::ZERO,
            latency_jitter: Duration::ZERO,
            ceiling: None,
            retry_after: None,
            failures: BTreeMap::new(),
            token_life: None,
            batch_conflict: BatchConflict::PerItem,
            seed: 1,
            journal: None,
        }
    }
}

/// Why a sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// It would be reachable from elsewhere.
    #[error("{0} is not a loopback address; the sandbox serves this machine only")]
    NotLoopback(SocketAddr),
    /// The port is taken, or not allowed.
    #[error("the sandbox cannot listen on {address}: {source}; choose another port with --port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file of its own cannot be written.
    #[error("the sandbox cannot write: {0}")]
    File(#[from] std::io::Error),
    /// The store cannot be used.
    #[error("the sandbox's store cannot be used: {0}")]
    Store(#[from] rusqlite::Error),
}
