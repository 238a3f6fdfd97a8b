//! The upload against the sandbox's vendor in one process on virtual time: no sockets, every wait skipped, one seed for
//! everything. What is sent and what was done is checked on the vendor's journal.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of this module")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use onroll::ledger::{Ledger, NewRun};
use onroll::sandbox::{Call, Reply, SandboxSettings, Scenario, Vendor};
use onroll::upload::{
    ApiFailure, ApiResult, Batch, Clock, CreateEntry, FailureClass, LedgerWriter, PatientApi, StoredSubject,
    UploadError, UploadSettings, UploadSummary, class_of_status, run,
};
use onroll_core::domain::{ContentHash, IdentityMarks, NewPerson, Outcome, PersonState, RunId, SubjectRecord, Text};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

const SUBJECT: &str = "/api/v1/patient-registry/subject";
/// What a client waits for an answer, as over HTTP.
const DEADLINE: Duration = Duration::from_mins(1);

/// The vendor as a client reaches it.
pub struct SimulatedApi {
    pub vendor: Arc<Vendor>,
    settings: SandboxSettings,
    ledger: Arc<Mutex<Ledger>>,
    token: tokio::sync::Mutex<Option<String>>,
    /// Each payload that was sent under an id.
    payloads: Mutex<BTreeMap<Uuid, BTreeSet<String>>>,
    violations: Mutex<Vec<String>>,
}

impl SimulatedApi {
    async fn call(&self, call: Call) -> ApiResult<Value> {
        let first = self.with_token(call.clone(), None).await;
        match first {
            Err((failure, used)) if failure.class == FailureClass::Unauthorized => {
                self.with_token(call, Some(used)).await.map_err(|(failure, _)| failure)
            }
            other => other.map_err(|(failure, _)| failure),
        }
    }

    async fn with_token(&self, call: Call, refused: Option<String>) -> Result<Value, (ApiFailure, String)> {
        let token = self.token(refused.as_deref()).await.map_err(|failure| (failure, String::new()))?;
        let project = Some(self.settings.project.to_string());
        let call = Call { bearer: Some(token.clone()), project, ..call };
        self.exchange(call).await.map_err(|failure| (failure, token))
    }

    async fn token(&self, refused: Option<&str>) -> ApiResult<String> {
        let mut held = self.token.lock().await;
        if let Some(token) = held.as_ref().filter(|token| refused != Some(token.as_str())) {
            return Ok(token.clone());
        }
        let body = json!({
            "client_id": self.settings.client_id, "client_secret": self.settings.client_secret.expose_secret(),
            "grant_type": "client_credentials",
        });
        let call =
            Call { method: "POST".to_owned(), path: "/oauth/token".to_owned(), body: Some(body), ..Call::default() };
        let answer = self.exchange(call).await.map_err(|failure| ApiFailure {
            class: match failure.class {
                class @ (FailureClass::Unauthorized | FailureClass::Throttled) => class,
                _ => FailureClass::NotSent,
            },
            ..failure
        })?;
        let token = answer["access_token"].as_str().ok_or(ApiFailure::new(FailureClass::NotSent))?.to_owned();
        *held = Some(token.clone());
        Ok(token)
    }

    async fn exchange(&self, call: Call) -> ApiResult<Value> {
        let vendor = Arc::clone(&self.vendor);
        let served = tokio::spawn(async move { vendor.serve(call).await });
        let ambiguous = || ApiFailure::new(FailureClass::Ambiguous);
        let reply = tokio::time::timeout(DEADLINE, served).await.map_err(|_| ambiguous())?.map_err(|_| ambiguous())?;
        match reply {
            Reply::Cut | Reply::WebPage => Err(ambiguous()),
            Reply::Answered { status, retry_after, body, body_after } => {
                if body_after >= DEADLINE {
                    tokio::time::sleep(DEADLINE).await;
                    return Err(ambiguous());
                }
                tokio::time::sleep(body_after).await;
                let Some(class) = class_of_status(status) else { return body.ok_or_else(ambiguous) };
                let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
                Err(ApiFailure { class, status: Some(status), retry_after, detail: None })
            }
        }
    }

    fn note(&self, batch: &Batch) {
        let mut violations = self.violations.lock().expect("no panic elsewhere");
        let mut payloads = self.payloads.lock().expect("no panic elsewhere");
        let ledger = self.ledger.lock().expect("no panic elsewhere");
        let body = serde_json::to_value(batch.body()).expect("JSON");
        if body["options"]["initiateEhrQueries"] != false {
            violations.push("I8: a creation did not refuse the live query".to_owned());
        }
        for (record, sent) in batch.subjects().iter().zip(body["subjects"].as_array().expect("subjects")) {
            payloads.entry(record.id).or_default().insert(sent.to_string());
            let state = ledger.person(record.id).expect("read").map(|person| person.state);
            if state != Some(PersonState::Intent) {
                violations.push(format!("I4: {} was sent as {state:?}", record.id));
            }
        }
    }
}

impl PatientApi for SimulatedApi {
    async fn create_batch(&self, batch: &Batch) -> ApiResult<Vec<CreateEntry>> {
        self.note(batch);
        let body = serde_json::to_value(batch.body()).expect("JSON");
        let call = Call { method: "POST".to_owned(), path: SUBJECT.to_owned(), body: Some(body), ..Call::default() };
        let answer = self.call(call).await?;
        let entries = answer.as_array().ok_or(ApiFailure::new(FailureClass::Ambiguous))?;
        let entry = |entry: &Value| {
            let failure = entry["failureReason"].as_str().map(Text::from_text);
            let id = entry["id"].as_str().and_then(|id| id.parse().ok());
            CreateEntry { id, shows_subject: failure.is_none() && entry["identifier"].is_string(), failure }
        };
        Ok(entries.iter().map(entry).collect())
    }

    async fn get_subject(&self, id: Uuid) -> ApiResult<StoredSubject> {
        let call = Call { method: "GET".to_owned(), path: format!("{SUBJECT}/{id}"), ..Call::default() };
        serde_json::from_value(self.call(call).await?).map_err(|_| ApiFailure::new(FailureClass::Ambiguous))
    }

    async fn list_projects(&self) -> ApiResult<Vec<Uuid>> {
        let path = "/api/v1/patient-registry/project".to_owned();
        let answer = self.call(Call { method: "GET".to_owned(), path, ..Call::default() }).await?;
        let projects = answer.as_array().ok_or(ApiFailure::new(FailureClass::Ambiguous))?;
        Ok(projects.iter().filter_map(|project| project["id"].as_str()?.parse().ok()).collect())
    }
}

/// An invented subject, the same for the same number; its id looks like a keyed one.
pub fn subject(number: u64) -> SubjectRecord {
    let mixed = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    SubjectRecord {
        birth_date: Some(Text::from_text("1971-06-29")),
        gender: Some(Text::from_text("F")),
        ..SubjectRecord::named(
            uuid::Builder::from_custom_bytes(mixed.to_be_bytes()).into_uuid(),
            Text::from_text(&format!("First{number}")),
            Text::from_text(&format!("Last{number}")),
        )
    }
}

/// A scenario of the repository.
pub fn scenario(name: &str) -> SandboxSettings {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(format!("{name}.toml"));
    let mut settings = SandboxSettings::demo();
    Scenario::load(&path).expect("a scenario").play_in(&mut settings);
    settings
}

/// A folder for ledgers in memory where there is one: a simulation does not lose power.
pub fn ledger_folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
}

/// One client with a ledger of its own, and the persons that it is to put on the roll.
pub struct Client {
    ledger: Arc<Mutex<Ledger>>,
    pub persons: Vec<SubjectRecord>,
    /// Persons in a request.
    pub batch: usize,
    /// What it waits by and dates things with, where that is not the system's clock.
    pub clock: Option<Arc<dyn Clock>>,
    runs: u32,
    _folder: tempfile::TempDir,
}

/// How a run of a client ended.
pub struct Ran {
    pub result: Result<UploadSummary, UploadError>,
    pub violations: Vec<String>,
    /// Virtual time of the run.
    pub took: Duration,
}

impl Client {
    pub fn new(numbers: std::ops::Range<u64>, batch: usize) -> Self {
        let folder = ledger_folder();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).expect("a ledger");
        let persons = numbers.map(subject).collect();
        Self { ledger: Arc::new(Mutex::new(ledger)), persons, batch, clock: None, runs: 0, _folder: folder }
    }

    /// How a person stands.
    pub fn state(&self, id: Uuid) -> PersonState {
        let ledger = self.ledger.lock().expect("no panic elsewhere");
        ledger.person(id).expect("read").expect("planned").state
    }

    /// Plans whoever is not on the roll and uploads them.
    pub async fn upload(
        &mut self,
        vendor: &Arc<Vendor>,
        settings: &SandboxSettings,
        seed: u64,
        interrupt: Option<watch::Receiver<bool>>,
    ) -> Ran {
        self.runs += 1;
        let run_id = RunId::from_text(format!("run{}", self.runs));
        let open = self.plan(&run_id);
        let api = Arc::new(SimulatedApi {
            vendor: Arc::clone(vendor),
            settings: settings.clone(),
            ledger: Arc::clone(&self.ledger),
            token: tokio::sync::Mutex::new(None),
            payloads: Mutex::default(),
            violations: Mutex::default(),
        });
        let (sender, receiver) = mpsc::channel(2);
        let mut upload = UploadSettings::new(run_id, settings.project);
        upload.seed = seed;
        upload.interrupt = interrupt;
        if let Some(clock) = &self.clock {
            upload.clock = Arc::clone(clock);
        }
        let feed = async {
            for batch in open.chunks(self.batch) {
                if sender.send(batch.to_vec()).await.is_err() {
                    break;
                }
            }
            drop(sender);
        };
        let start = Instant::now();
        let writer = LedgerWriter::in_place(Arc::clone(&self.ledger));
        let (result, ()) = tokio::join!(run(Arc::clone(&api), writer, receiver, upload, |_| {}), feed);
        let took = start.elapsed();
        let mut violations = api.violations.lock().expect("no panic elsewhere").clone();
        let payloads = api.payloads.lock().expect("no panic elsewhere");
        violations.extend(
            payloads
                .iter()
                .filter(|(_, sent)| sent.len() > 1)
                .map(|(id, _)| format!("I1: {id} was sent with two payloads")),
        );
        violations.extend(Self::conservation(&result, open.len()));
        Ran { result, violations, took }
    }

    fn plan(&self, run: &RunId) -> Vec<SubjectRecord> {
        let mut ledger = self.ledger.lock().expect("no panic elsewhere");
        ledger.begin_run(&NewRun { id: run, inputs: "{}", sources: &[] }).expect("a run");
        let is_open = |record: &&SubjectRecord| {
            ledger.person(record.id).expect("read").is_none_or(|known| !known.state.is_on_roll())
        };
        let open: Vec<SubjectRecord> = self.persons.iter().filter(is_open).cloned().collect();
        let planned: Vec<NewPerson> = open
            .iter()
            .map(|record| NewPerson {
                subject_id: record.id,
                content: ContentHash([0; 32]),
                identity: IdentityMarks([0; 32]),
            })
            .collect();
        ledger.write(|writes| writes.plan_persons(run, &planned)).expect("planned");
        open
    }

    /// I5: each person that was open has exactly one outcome in the summary.
    fn conservation(result: &Result<UploadSummary, UploadError>, open: usize) -> Option<String> {
        let summary = result.as_ref().ok()?;
        let counted: u64 = summary.persons.values().sum();
        let expected = if summary.paused.is_some() { counted } else { open as u64 };
        let not_attempted = summary.persons.get(&Outcome::NotAttempted).copied().unwrap_or_default();
        let balanced = counted == expected && (summary.paused.is_some() || not_attempted == 0);
        (!balanced || counted > open as u64).then(|| format!("I5: {counted} outcomes for {open} persons"))
    }

    /// I2, I3, I6, I7, I8 on the vendor's side once everything is over.
    pub async fn check_vendor(&self, vendor: &Vendor, most_in_flight: usize) -> Vec<String> {
        let mut violations = Vec::new();
        let subjects = vendor.subjects().await.expect("a list");
        let mut names: BTreeMap<String, u32> = BTreeMap::new();
        for subject in &subjects {
            *names.entry(format!("{} {}", subject["firstName"], subject["lastName"])).or_default() += 1;
        }
        if names.values().any(|times| *times > 1) {
            violations.push("I2: somebody is there twice".to_owned());
        }
        let on_roll: BTreeSet<&str> = subjects.iter().filter_map(|subject| subject["id"].as_str()).collect();
        for person in &self.persons {
            let said = self.state(person.id).is_on_roll();
            let there = on_roll.contains(person.id.to_string().as_str());
            if said && !there {
                violations.push(format!("I6: {} is said to be there and is not", person.id));
            }
        }
        let mut times_created: BTreeMap<String, u64> = BTreeMap::new();
        for entry in vendor.journal() {
            if entry.subject_ids.len() > 10 || entry.in_flight > most_in_flight {
                violations.push(format!("I7: {} subjects, {} in flight", entry.subject_ids.len(), entry.in_flight));
            }
            if entry.initiate_ehr_queries.is_some_and(|said| said != "false") || entry.path.ends_with("/query") {
                violations.push("I3, I8: a live query".to_owned());
            }
            if let ([id], true) = (entry.subject_ids.as_slice(), entry.created > 0) {
                *times_created.entry(id.clone()).or_default() += entry.created;
            }
        }
        if times_created.values().any(|times| *times > 1) || vendor.live_queries().await > 0 {
            violations.push("I2, I3: created twice, or a live query fired".to_owned());
        }
        violations
    }
}

/// Runs a future on virtual time.
pub fn on_virtual_time<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(future)
}

/// What the rate control has to reach in a scenario, as a mean over seeds.
#[derive(Clone, Copy)]
pub struct Target {
    pub scenario: &'static str,
    /// Clients that begin together.
    pub clients: usize,
    /// Least useful time of the vendor's slots, as a share of what they offered.
    pub goodput: f64,
    /// Most requests refused as one too many, as a share of all.
    pub wasted: f64,
}

/// Least Jain index of what the clients got.
pub const FAIRNESS: f64 = 0.97;

impl Target {
    const fn new(scenario: &'static str, clients: usize, goodput: f64, wasted: f64) -> Self {
        Self { scenario, clients, goodput, wasted }
    }

    /// A line of the table in docs/reliability.md.
    pub fn line(&self, goodput: f64, wasted: f64, fairness: f64, peak: usize) -> String {
        let fairness = if self.clients > 1 { format!("{fairness:.3}") } else { String::new() };
        let (goodput, wasted) = (goodput * 100.0, wasted * 100.0);
        format!("| {} | {} | {goodput:.1} % | {wasted:.2} % | {peak} | {fairness} |", self.scenario, self.clients)
    }

    pub fn is_met(&self, goodput: f64, wasted: f64, fairness: f64) -> bool {
        goodput >= self.goodput && wasted <= self.wasted && fairness >= FAIRNESS
    }
}

/// Every target: stable ceilings, disturbed ones, and two clients of one project.
pub const TARGETS: [Target; 12] = [
    Target::new("slots-15", 1, 0.97, 0.01),
    Target::new("slots-12", 1, 0.97, 0.01),
    Target::new("slots-10", 1, 0.97, 0.01),
    Target::new("slots-5", 1, 0.97, 0.01),
    Target::new("step", 1, 0.88, 0.02),
    Target::new("falls-to-five", 1, 0.88, 0.01),
    Target::new("neighbour", 1, 0.88, 0.02),
    Target::new("outage", 1, 0.88, 0.02),
    Target::new("slow-answers", 1, 0.88, 0.02),
    Target::new("unavailable", 1, 0.88, 0.02),
    Target::new("lost-responses", 1, 0.88, 0.02),
    Target::new("slots-12", 2, 0.88, 0.02),
];
