//! The vendor without its network: faults, routes and journal of one call. The HTTP server stands on it, and so can a
//! simulation that plays hours in seconds: every wait is on tokio's clock.

use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::faults::{Failure, Fate, fate};
use super::journal::{Entry, Journal};
use super::routes::{Asked, State, initiates};
use super::settings::{SandboxError, SandboxSettings};
use super::store::Subjects;

/// A request, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// GET, POST or PUT.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Parameters of the query, decoded.
    pub query: Vec<(String, String)>,
    /// The bearer token.
    pub bearer: Option<String>,
    /// The `ProjectId` header.
    pub project: Option<String>,
    /// The body; `None` when there is none, or it is no JSON.
    pub body: Option<Value>,
    /// It was longer than the vendor takes.
    pub oversized: bool,
}

/// What the caller gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An answer.
    Answered {
        /// The status.
        status: u16,
        /// `Retry-After`.
        retry_after: Option<String>,
        /// The body; most refusals have none.
        body: Option<Value>,
        /// How long the body takes after the head.
        body_after: Duration,
    },
    /// A web page where JSON was expected.
    WebPage,
    /// The connection ends before an answer.
    Cut,
}

/// A vendor with its subjects.
pub struct Vendor {
    settings: SandboxSettings,
    state: Mutex<State>,
    journal: StdMutex<Journal>,
    start: Instant,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    peak_in_flight: AtomicUsize,
    slots_in_use: AtomicUsize,
}

impl std::fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Vendor").finish_non_exhaustive()
    }
}

/// Counts while it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Vendor {
    /// A vendor whose time begins now. Its address is not used.
    pub fn new(settings: SandboxSettings) -> Result<Self, SandboxError> {
        let subjects = Subjects::open(&settings.store)?;
        let journal = Journal::open(settings.journal.as_deref(), settings.remembers)?;
        Ok(Self {
            state: Mutex::new(State::new(settings.clone(), subjects)),
            settings,
            journal: StdMutex::new(journal),
            start: Instant::now(),
            requests: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            peak_in_flight: AtomicUsize::new(0),
            slots_in_use: AtomicUsize::new(0),
        })
    }

    /// Serves one call, faults and waits included. A caller that stops waiting changes nothing of what was done.
    pub async fn serve(&self, call: Call) -> Reply {
        let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let counted = Counted::new(&self.in_flight);
        let in_flight = self.in_flight.load(Ordering::SeqCst);
        self.peak_in_flight.fetch_max(in_flight, Ordering::SeqCst);
        let at = self.start.elapsed();
        let fate = fate(&self.settings, at, number, self.slots_in_use.load(Ordering::SeqCst));
        let slot = fate.uses_slot.then(|| Counted::new(&self.slots_in_use));
        let mut entry = entry(number, in_flight, &call);
        entry.arrived_ms = milliseconds(at);
        let (reply, created) = self.work(call, fate).await;
        entry.created = created;
        if !fate.delay.is_zero() {
            tokio::time::sleep(fate.delay).await;
        }
        entry.status = match &reply {
            Reply::Answered { status, .. } => *status,
            Reply::WebPage => 200,
            Reply::Cut => 0,
        };
        entry.answered_ms = milliseconds(self.start.elapsed());
        if let Ok(mut journal) = self.journal.lock() {
            journal.write(entry);
        }
        drop((slot, counted));
        reply
    }

    /// What is done and answered, and how many subjects were created.
    async fn work(&self, mut call: Call, fate: Fate) -> (Reply, u64) {
        if let Some(Failure::Status(status)) = fate.failure {
            return (self.answered(status, None, Duration::ZERO), 0);
        }
        if fate.failure == Some(Failure::Reset) {
            return (Reply::Cut, 0);
        }
        if call.oversized {
            return (self.answered(413, None, Duration::ZERO), 0);
        }
        if fate.failure == Some(Failure::Half) {
            keep_half(&mut call);
        }
        let is_creation = is_creation(&call);
        let asked = Asked {
            method: &call.method,
            path: &call.path,
            query: call.query,
            bearer: call.bearer.as_deref(),
            project: call.project.as_deref(),
            body: call.body.ok_or(()),
        };
        let (answer, created) = {
            let mut state = self.state.lock().await;
            let before = state.created;
            let answer = state.answer(&asked);
            (answer, state.created - before)
        };
        let reply = match fate.failure {
            Some(Failure::Cut) => Reply::Cut,
            Some(Failure::Garbage) => Reply::WebPage,
            Some(Failure::Half) => self.answered(500, None, Duration::ZERO),
            Some(Failure::Slow) => self.answered(answer.status, answer.body, self.settings.slow_body),
            Some(Failure::Short) if is_creation => {
                self.answered(answer.status, answer.body.map(without_last), Duration::ZERO)
            }
            Some(Failure::Status(_) | Failure::Reset | Failure::Short) | None => {
                self.answered(answer.status, answer.body, Duration::ZERO)
            }
        };
        (reply, created)
    }

    fn answered(&self, status: u16, body: Option<Value>, body_after: Duration) -> Reply {
        let retry_after = self.settings.retry_after.clone().filter(|_| status == 429);
        Reply::Answered { status, retry_after, body, body_after }
    }

    /// Every subject as stored, by server identifier.
    pub async fn subjects(&self) -> Result<Vec<Value>, SandboxError> {
        Ok(self.state.lock().await.subjects.all()?)
    }

    /// Requests that arrived so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Most requests that were in flight at once, refused ones among them.
    pub fn peak_in_flight(&self) -> usize {
        self.peak_in_flight.load(Ordering::SeqCst)
    }

    /// Live network queries that creations would have fired.
    pub async fn live_queries(&self) -> u64 {
        self.state.lock().await.live_queries
    }

    /// The journal so far, when the settings ask for it to be remembered.
    pub fn journal(&self) -> Vec<Entry> {
        self.journal.lock().map(|journal| journal.remembered().to_vec()).unwrap_or_default()
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn keep_half(call: &mut Call) {
    let subjects = call.body.as_mut().and_then(|body| match body {
        Value::Array(subjects) => Some(subjects),
        Value::Object(fields) => fields.get_mut("subjects").and_then(Value::as_array_mut),
        _ => None,
    });
    if let Some(subjects) = subjects {
        subjects.truncate(subjects.len() / 2);
    }
}

fn without_last(mut body: Value) -> Value {
    if let Value::Array(results) = &mut body {
        results.pop();
    }
    body
}

fn is_creation(call: &Call) -> bool {
    call.method == "POST" && call.path == "/api/v1/patient-registry/subject"
}

fn entry(number: u64, in_flight: usize, call: &Call) -> Entry {
    let creation = call.body.as_ref().filter(|_| is_creation(call));
    let subjects = creation.and_then(|body| body.as_array().or_else(|| body.get("subjects").and_then(Value::as_array)));
    let ids = subjects.into_iter().flatten().filter_map(super::subject::id_of);
    Entry {
        number,
        method: call.method.clone(),
        path: call.path.clone(),
        status: 0,
        in_flight,
        arrived_ms: 0,
        answered_ms: 0,
        created: 0,
        subject_ids: ids.collect(),
        initiate_ehr_queries: creation.map(|body| match body.pointer("/options/initiateEhrQueries") {
            None => "absent",
            Some(_) if initiates(body) => "true",
            Some(_) => "false",
        }),
    }
}
