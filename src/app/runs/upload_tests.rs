//! The order of an upload, below the command line: what is written down before anything is sent, and what a run that
//! was stopped leaves behind.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use tokio::runtime::Runtime;
use tokio::sync::watch;
use uuid::Uuid;

use super::*;
use crate::ledger::{Ledger, LedgerError, RunState};
use crate::upload::Event;
use crate::upload::fake_vendor::{Behaviour, FakeVendor};
use onroll_core::domain::{CivilDate, Host, Outcome, PersonState, RunId};
use onroll_core::pipeline::{IngestSettings, Unwatched, Watcher, ingest};
use onroll_core::report::{ReportFiles, RunReport};
use onroll_core::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("the built-in rules"));

const PROJECT: Uuid = Uuid::from_u128(0xABCD);

/// Five rows of four patients; the second patient is there twice.
const ROSTER: &str = "\
First Name,Last Name,Date of Birth,Sex,Phone,Address,City,State,Zip
Amara,Velden,1961-03-04,F,208-555-0111,12 Alder Street,Boise,ID,83702
Benedikt,Okonjo,1974-11-21,M,208-555-0122,7 Juniper Lane,Nampa,ID,83651
Benedikt,Okonjo,1974-11-21,M,208-555-0122,7 Juniper Lane,Nampa,ID,83651
Clementine,Farrow,1988-07-30,F,208-555-0133,450 Harbor Road,Meridian,ID,83642
Dragan,Ilesanmi,1949-01-15,M,208-555-0144,3 Quarry Court,Caldwell,ID,83605
";
const ROWS: u64 = 5;
const PATIENTS: u64 = 4;

/// A site with one roster and one ledger, kept for several runs.
struct Site {
    folder: tempfile::TempDir,
    runtime: Runtime,
    ingest: IngestSettings,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs_err::write(folder.path().join("roster.csv"), ROSTER).expect("a roster");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let today = CivilDate::new(2026, 1, 2).expect("a day");
        Self { folder, runtime: runtime.expect("a runtime"), ingest: IngestSettings::on(today) }
    }

    fn ledger(&self) -> Ledger {
        Ledger::open(&self.folder.path().join("ledger.sqlite")).expect("a ledger")
    }

    /// How many persons the ledger knows in each state.
    fn persons(&self) -> BTreeMap<PersonState, u64> {
        self.ledger().person_counts().expect("persons").into_iter().filter(|(_, persons)| *persons > 0).collect()
    }

    fn reports_of(&self, run: &str) -> PathBuf {
        self.folder.path().join(run)
    }

    /// Runs an upload to its end, with nothing that stops it.
    fn upload(&self, run: &str, vendor: &Arc<FakeVendor>) -> Uploaded {
        self.try_upload(run, vendor, "xcures.test", None, Silent).expect("a report")
    }

    fn try_upload(
        &self,
        run: &str,
        vendor: &Arc<FakeVendor>,
        host: &str,
        interrupt: Option<watch::Receiver<bool>>,
        observer: impl UploadObserver,
    ) -> Result<Uploaded, RunError> {
        let rosters = [self.folder.path().join("roster.csv").display().to_string()];
        let ingested = ingest(&rosters, &RULES, &self.ingest, &Unwatched).expect("a roster");
        let target = UploadTarget { api: Arc::clone(vendor), host: Host::new(host), project: PROJECT };
        let options = UploadOptions {
            run: RunId::from_text(run),
            started: "2026-01-02T03:04:05Z".to_owned(),
            rosters: &rosters,
            rules: &RULES,
            ingest: &self.ingest,
            remember: Remember::Records,
            in_flight: 2,
            interrupt,
            folder: &self.reports_of(run),
        };
        let observer: Arc<dyn UploadObserver> = Arc::new(observer);
        upload(ingested, self.ledger(), &target, &options, &observer, self.runtime.handle())
    }

    /// Draws the reports of a run from the ledger alone, into a folder of their own.
    fn redraw(&self, run: &str) -> (RunReport, PathBuf) {
        let folder = self.reports_of(&format!("{run}-again"));
        let files = ReportFiles::in_folder(&folder).expect("a folder");
        let (report, _) = redraw(&self.ledger(), &RunId::from_text(run), &files, &RULES).expect("a report");
        (report, folder)
    }
}

/// Nobody observes.
struct Silent;

impl Watcher for Silent {}
impl UploadObserver for Silent {}

/// Stops the run when a request is about to be sent again.
struct StopAtRetry(watch::Sender<bool>);

impl Watcher for StopAtRetry {}
impl UploadObserver for StopAtRetry {
    fn sending(&self, event: &Event) {
        if matches!(event, Event::Retry { .. }) {
            self.0.send_replace(true);
        }
    }
}

/// Dies when the plan is in the ledger, before anything is sent.
struct DieWhenPlanned;

impl Watcher for DieWhenPlanned {}
impl UploadObserver for DieWhenPlanned {
    fn planned(&self, _to_create: u64) {
        panic!("the run dies here");
    }
}

fn counts(report: &RunReport) -> BTreeMap<Outcome, u64> {
    let count = |outcome: Outcome| (outcome, report.rows.count(outcome));
    Outcome::ALL.into_iter().map(count).filter(|(_, rows)| *rows > 0).collect()
}

fn assert_everybody_is_there_once(vendor: &FakeVendor) {
    let created = vendor.roll().created.clone();
    assert_eq!(created.len() as u64, PATIENTS);
    assert!(created.values().all(|times| *times == 1), "somebody was created more than once");
}

fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs_err::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let read = |path: PathBuf| fs_err::read(path).expect("a file");
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(entry.path()))).collect()
}

#[test]
fn a_whole_run_balances_and_draws_its_reports() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    let uploaded = site.upload("first", &vendor);
    assert_eq!(uploaded.sent.expect("an end").persons, BTreeMap::from([(Outcome::Created, PATIENTS)]));
    assert_eq!(uploaded.report.rows.read(), ROWS);
    assert_eq!(counts(&uploaded.report), BTreeMap::from([(Outcome::Created, PATIENTS), (Outcome::Merged, 1)]));
    assert_everybody_is_there_once(&vendor);
    let drawn = files_in(&site.reports_of("first"));
    for name in ["rows.csv", "persons.csv", "duplicates.csv", "changes.csv", "model.json", "report.json", "report.html"]
    {
        assert!(drawn.contains_key(name), "{name} is missing among {:?}", drawn.keys());
    }
    let runs = site.ledger().runs().expect("runs");
    assert_eq!(runs.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Finished]);
}

#[test]
fn the_same_roster_again_creates_nobody() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    site.upload("first", &vendor);
    let again = site.upload("second", &vendor);
    assert_eq!(again.sent.expect("an end").requests, 0);
    assert_eq!(counts(&again.report), BTreeMap::from([(Outcome::AlreadyOnRoll, PATIENTS), (Outcome::Merged, 1)]));
    assert_everybody_is_there_once(&vendor);
}

#[test]
fn lost_answers_end_as_unknown_and_the_next_run_settles_everybody_once() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[Behaviour::Lost]));
    let (stop, interrupt) = watch::channel(false);
    let first = site.try_upload("first", &vendor, "xcures.test", Some(interrupt), StopAtRetry(stop));
    let first = first.expect("a report").report;
    assert_eq!(counts(&first), BTreeMap::from([(Outcome::Unknown, ROWS)]));
    let second = site.upload("second", &vendor).report;
    assert_eq!(counts(&second), BTreeMap::from([(Outcome::Created, PATIENTS), (Outcome::Merged, 1)]));
    assert_everybody_is_there_once(&vendor);
}

#[test]
fn an_interrupt_before_sending_leaves_a_run_that_can_be_reported_on() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    let (_stop, interrupt) = watch::channel(true);
    let uploaded = site.try_upload("first", &vendor, "xcures.test", Some(interrupt), Silent);
    assert!(uploaded.expect("a report").sent.expect("an end").paused.is_some());
    assert_eq!(vendor.roll().creates, 0);
    let (report, _) = site.redraw("first");
    assert_eq!(counts(&report), BTreeMap::from([(Outcome::NotAttempted, PATIENTS), (Outcome::Merged, 1)]));
}

#[test]
fn a_run_that_dies_before_sending_can_be_reported_on_and_gone_on_with() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    let died = catch_unwind(AssertUnwindSafe(|| {
        site.try_upload("first", &vendor, "xcures.test", None, DieWhenPlanned).is_ok()
    }));
    assert!(died.is_err(), "the run goes on without its observer");
    assert_eq!(vendor.roll().creates, 0);
    assert_eq!(site.persons(), BTreeMap::from([(PersonState::Planned, PATIENTS)]));
    let (report, _) = site.redraw("first");
    assert_eq!(counts(&report), BTreeMap::from([(Outcome::NotAttempted, PATIENTS), (Outcome::Merged, 1)]));
    assert_eq!(report.upload.and_then(|upload| upload.paused).as_deref(), Some("the run was interrupted"));
    site.upload("second", &vendor);
    assert_everybody_is_there_once(&vendor);
}

#[test]
fn a_ledger_of_another_host_is_refused_before_anything_is_planned() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    site.ledger().bind(&Host::new("other.test"), PROJECT).expect("a binding");
    let refused = site.try_upload("first", &vendor, "xcures.test", None, Silent);
    let RunError::Ledger(error) = refused.expect_err("a refusal") else { panic!("refused for another cause") };
    assert!(matches!(*error, LedgerError::OtherBinding { .. }), "{error}");
    assert_eq!(vendor.roll().creates, 0);
    assert!(site.ledger().runs().expect("runs").is_empty());
    assert_eq!(site.persons(), BTreeMap::new());
    assert!(!site.reports_of("first").exists());
}

#[test]
fn a_report_drawn_again_has_the_bytes_of_the_run() {
    let (site, vendor) = (Site::new(), FakeVendor::scripted(&[]));
    site.upload("first", &vendor);
    let (_, folder) = site.redraw("first");
    let (of_run, again) = (files_in(&site.reports_of("first")), files_in(&folder));
    for name in ["rows.csv", "persons.csv", "duplicates.csv", "report.json", "report.html"] {
        assert!(again.contains_key(name), "{name} is not drawn again");
    }
    for (name, bytes) in &again {
        assert!(of_run.get(name) == Some(bytes), "{name} differs from the run's");
    }
}
