//! The real binary, killed at every step of an upload and run again: everybody is there exactly once, the books
//! balance. And the same steps on a disk that is full or broken.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]
#![cfg(debug_assertions)]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use onroll::sandbox::{BatchConflict, Failure, SandboxHandle, SandboxSettings, start};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use support::{Ended, Workplace};

const WORKERS: usize = 4;
/// The least number of kills in all.
const KILLS: usize = 200;

/// A name, what an existing id does to its batch, and the requests that fail.
type Variant = (&'static str, BatchConflict, &'static [(u64, Failure)]);

/// How the vendor behaves while onroll is killed.
const VARIANTS: [Variant; 6] = [
    (
        "refusals",
        BatchConflict::WholeBatchNothingCreated,
        &[(3, Failure::Status(429)), (5, Failure::Status(401)), (7, Failure::Reset)],
    ),
    ("calm", BatchConflict::PerItem, &[]),
    ("lost answers, one by one", BatchConflict::PerItem, &[(4, Failure::Cut), (7, Failure::Half)]),
    ("lost answers, whole batch", BatchConflict::WholeBatchNothingCreated, &[(4, Failure::Cut), (6, Failure::Half)]),
    ("lost answers, others created", BatchConflict::WholeBatchOthersCreated, &[(3, Failure::Half), (5, Failure::Cut)]),
    (
        "strange answers",
        BatchConflict::PerItem,
        &[(4, Failure::Short), (6, Failure::Garbage), (8, Failure::Status(503))],
    ),
];

struct Vendor {
    runtime: tokio::runtime::Runtime,
    sandbox: SandboxHandle,
    settings: SandboxSettings,
}

impl Vendor {
    fn start(variant: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let mut settings = SandboxSettings::demo();
        settings.batch_conflict = VARIANTS[variant].1;
        settings.failures = VARIANTS[variant].2.iter().copied().collect();
        let sandbox = runtime.block_on(start(settings.clone())).expect("starts");
        Self { runtime, sandbox, settings }
    }

    fn upload(&self, workplace: &Workplace, roster: &str, fault: Option<(&str, &str)>) -> Ended {
        let mut command = workplace.onroll(&["upload", roster, "--out", "out"]);
        command.env("ONROLL_URL", self.sandbox.base_url()).env("ONROLL_PROJECT", self.settings.project.to_string());
        command.env("ONROLL_CLIENT_ID", self.settings.client_id.to_string());
        command.env("ONROLL_CLIENT_SECRET", self.settings.client_secret.expose_secret());
        if let Some((name, value)) = fault {
            command.env(name, value);
        }
        Ended::from(command.output().expect("the binary runs"))
    }

    /// Who is there, by name and birth date; the ids differ from ledger to ledger.
    fn people(&self) -> Vec<String> {
        let subjects = self.runtime.block_on(self.sandbox.subjects()).expect("a list");
        let person =
            |subject: &Value| format!("{}{}{}", subject["firstName"], subject["lastName"], subject["birthDate"]);
        let mut people: Vec<String> = subjects.iter().map(person).collect();
        people.sort();
        people
    }
}

/// Runs until the job is done; the report's rows at the end.
fn finish(vendor: &Vendor, workplace: &Workplace, roster: &str, case: &str) -> Value {
    for _ in 0..4 {
        let ended = vendor.upload(workplace, roster, None);
        match ended.code {
            Some(0 | 1) => {
                let report: Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
                return report["rows"].clone();
            }
            Some(6 | 75) => {}
            // The 401 of this vendor can fall on the token request of a run: refused credentials, and the same command
            // again.
            Some(5) if case.starts_with("refusals") => {}
            code => panic!("{case}: {code:?} {}", ended.stderr),
        }
    }
    panic!("{case}: four runs were not enough");
}

fn assert_done(vendor: &Vendor, rows: &Value, people: &[String], case: &str) {
    assert_eq!(vendor.people(), people, "{case}: everybody exactly once");
    let counts = rows.as_object().expect("rows");
    let sum: u64 = counts.iter().filter(|(name, _)| *name != "read").filter_map(|(_, count)| count.as_u64()).sum();
    assert_eq!(Some(sum), rows["read"].as_u64(), "{case}: the books balance");
    for open in ["unknown", "not_attempted", "failed"] {
        assert_eq!(rows[open], 0, "{case}: {open}");
    }
}

fn roster(workplace: &Workplace, text: &str) -> String {
    workplace.write("roster.csv", text).display().to_string()
}

/// Seventy people whom nobody takes for one another.
fn seventy_people() -> String {
    let names = ["Ann", "Bea", "Carl", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "Jon"];
    let families = ["Abbott", "Brandt", "Costello", "Dubois", "Eriksen", "Fitzroy", "Gallagher"];
    let mut text = "MRN,First Name,Last Name,DOB,Sex\n".to_owned();
    for (row, (family, name)) in families.iter().flat_map(|family| names.map(|name| (family, name))).enumerate() {
        let (year, month, day) = (1930 + row, 1 + row % 12, 1 + row * 7 % 28);
        let mrn = 70_001 + row * 37;
        writeln!(text, "A{mrn},{name},{family}{name},{year:04}-{month:02}-{day:02},F").expect("text");
    }
    text
}

/// How often each step is passed when nothing ends the run, and who is there then.
fn undisturbed(variant: usize, text: &str) -> (BTreeMap<String, u32>, Vec<String>) {
    let (workplace, vendor) = (Workplace::new(), Vendor::start(variant));
    let file = roster(&workplace, text);
    let trace = workplace.path("trace").display().to_string();
    let ended = vendor.upload(&workplace, &file, Some(("ONROLL_FAIL_POINT_TRACE", &trace)));
    assert!(matches!(ended.code, Some(0 | 1)), "{:?} {}", ended.code, ended.stderr);
    let mut passages = BTreeMap::new();
    for point in workplace.read("trace").lines() {
        *passages.entry(point.to_owned()).or_default() += 1;
    }
    (passages, vendor.people())
}

#[test]
fn killed_at_every_step_and_run_again_everyone_is_there_exactly_once() {
    let text = seventy_people();
    let mut cases = Vec::new();
    let mut people = Vec::new();
    for (variant, (name, ..)) in VARIANTS.iter().enumerate() {
        let (passages, there) = undisturbed(variant, &text);
        assert_eq!(there.len(), 70 + 3, "{name}");
        people = there;
        for (point, count) in passages {
            let mut chosen = vec![1, count.div_ceil(2), count];
            chosen.dedup();
            cases.extend(chosen.into_iter().map(|passage| (variant, point.clone(), passage)));
        }
    }
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let points: Mutex<BTreeMap<String, u32>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((variant, point, passage)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let case = format!("{}: {point} {passage}", VARIANTS[*variant].0);
                    let (workplace, vendor) = (Workplace::new(), Vendor::start(*variant));
                    let file = roster(&workplace, &text);
                    let fault = format!("{point}={passage}:kill");
                    let ended = vendor.upload(&workplace, &file, Some(("ONROLL_FAIL_POINT", &fault)));
                    if ended.code.is_none() {
                        killed.fetch_add(1, Ordering::SeqCst);
                        *points.lock().expect("no panic").entry(point.clone()).or_default() += 1;
                    }
                    let rows = finish(&vendor, &workplace, &file, &case);
                    assert_done(&vendor, &rows, &people, &case);
                }
            });
        }
    });
    let killed = killed.into_inner();
    println!("{killed} kills in {} cases: {:?}", cases.len(), points.lock().expect("no panic"));
    assert!(killed >= KILLS, "only {killed} of {} cases were killed", cases.len());
}

#[test]
fn a_full_or_broken_disk_stops_the_run_and_the_same_command_goes_on() {
    let text = seventy_people();
    let (passages, people) = undisturbed(1, &text);
    for point in [
        "plan.written",
        "intent.written",
        "answer.written",
        "outcome.written",
        "run.ended",
        "file.created",
        "file.complete",
    ] {
        let count = *passages.get(point).unwrap_or_else(|| panic!("{point} is passed"));
        for (action, passage) in [("enospc", 1), ("eio", count.div_ceil(2))] {
            let case = format!("{point} {passage} {action}");
            let (workplace, vendor) = (Workplace::new(), Vendor::start(1));
            let file = roster(&workplace, &text);
            let fault = format!("{point}={passage}:{action}");
            let ended = vendor.upload(&workplace, &file, Some(("ONROLL_FAIL_POINT", &fault)));
            assert!(!matches!(ended.code, Some(0 | 1) | None), "{case}: {:?} {}", ended.code, ended.stderr);
            assert!(!ended.stderr.contains("panicked"), "{case}: {}", ended.stderr);
            let partial = support::files_below(&workplace.path("home"));
            assert!(!partial.is_empty(), "{case}: the ledger is kept");
            let rows = finish(&vendor, &workplace, &file, &case);
            assert_done(&vendor, &rows, &people, &case);
        }
    }
}
