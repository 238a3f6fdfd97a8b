//! How the sandbox behaves.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::faults::{Failure, FaultRates};
use super::scenario::{Neighbour, Outage, Rotation, SlotsChange};

/// Where subjects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In memory, gone at the end.
    Memory,
    /// In an SQLite file.
    File(PathBuf),
}

/// What becomes of a batch in which an id exists already. The vendor is silent about it, so that all three can be
/// tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchConflict {
    /// That subject alone has a `failureReason`.
    PerItem,
    /// 409, and nothing is created.
    #[serde(rename = "whole-batch")]
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
    /// Requests that are served at once; others are answered with 429.
    pub ceiling: Option<usize>,
    /// From when on there are other numbers of slots, in order of time.
    pub slots_changes: Vec<SlotsChange>,
    /// Who else takes slots.
    pub neighbours: Vec<Neighbour>,
    /// Time that a refusal takes.
    pub refusal_time: Duration,
    /// Sent with each 429 as `Retry-After`, whatever it says.
    pub retry_after: Option<String>,
    /// How often requests fail by chance.
    pub rates: FaultRates,
    /// When nothing works.
    pub outages: Vec<Outage>,
    /// How long a slow body takes.
    pub slow_body: Duration,
    /// Batches of more subjects than this are answered with 413.
    pub largest_batch: Option<usize>,
    /// About one in so many subjects is refused; which ones, their ids decide.
    pub unacceptable_every: Option<u64>,
    /// Whether an unacceptable subject has its whole batch answered with 400.
    pub unacceptable_refuses_batch: bool,
    /// Requests that fail, by number from 1.
    pub failures: BTreeMap<u64, Failure>,
    /// Time until a token dies.
    pub token_life: Option<Duration>,
    /// Sent with each token as `expires_in`, whatever it says.
    pub token_expires_in: Option<Value>,
    /// When the secret changes, in order of time.
    pub rotations: Vec<Rotation>,
    /// When the credentials cease to reach the project.
    pub project_lost_after: Option<Duration>,
    /// What becomes of a batch with an id that exists.
    pub batch_conflict: BatchConflict,
    /// Seed of everything random.
    pub seed: u64,
    /// Where each request is written down.
    pub journal: Option<PathBuf>,
    /// Whether the journal is kept in memory too.
    pub remembers: bool,
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
            slots_changes: Vec::new(),
            neighbours: Vec::new(),
            refusal_time: Duration::ZERO,
            retry_after: None,
            rates: FaultRates::default(),
            outages: Vec::new(),
            slow_body: Duration::from_secs(90),
            largest_batch: None,
            unacceptable_every: None,
            unacceptable_refuses_batch: false,
            failures: BTreeMap::new(),
            token_life: None,
            token_expires_in: None,
            rotations: Vec::new(),
            project_lost_after: None,
            batch_conflict: BatchConflict::PerItem,
            seed: 1,
            journal: None,
            remembers: false,
        }
    }

    /// The slots at a moment after the start, those of neighbours taken off; `None` when nothing limits them.
    pub fn slots_at(&self, at: Duration) -> Option<usize> {
        let changed = self.slots_changes.iter().rev().find(|change| at.as_millis() >= u128::from(change.after_ms));
        let slots = changed.map(|change| change.slots).or(self.ceiling)?;
        let used: usize = self.neighbours.iter().map(|neighbour| neighbour.slots_used(at)).sum();
        Some(slots.saturating_sub(used))
    }

    /// Whether nothing works at a moment after the start.
    pub fn is_out_at(&self, at: Duration) -> bool {
        self.outages.iter().any(|outage| outage.lasts(at))
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
