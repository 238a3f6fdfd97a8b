//! The main job through the real binary: rosters onto a running API, run again, killed, and accounted for.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use support::{Ended, SECRET, SandboxProcess, Workplace, files_below, outcomes, rows_csv, sample};

const DEMO_PATIENTS: usize = 3;

fn report(workplace: &Workplace, folder: &str) -> serde_json::Value {
    serde_json::from_str(&workplace.read(&format!("{folder}/report.json"))).expect("report.json is JSON")
}

fn ids(subjects: &[serde_json::Value]) -> BTreeSet<String> {
    subjects.iter().map(|subject| subject["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn rows_csv_adds_up_to_report_json_which_adds_up_to_what_the_vendor_holds() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    let ended = sandbox.run(&workplace, &["upload", &a, &b, "--out", "out"]);
    assert_eq!(ended.code, Some(1), "some sample rows need attention: {}", ended.stderr);
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    let report = report(&workplace, "out");
    assert_eq!(report["rows"]["read"].as_u64(), Some(rows.len() as u64));
    let counts = outcomes(&rows);
    for (outcome, count) in &counts {
        assert_eq!(report["rows"][outcome].as_u64(), Some(*count), "{outcome}");
    }
    assert_eq!(counts.values().sum::<u64>(), rows.len() as u64);
    let subjects = sandbox.subjects();
    let created: BTreeSet<String> =
        rows.iter().filter(|row| row["outcome"] == "created").map(|row| row["subject_id"].clone()).collect();
    assert_eq!(created.len() as u64, counts["created"], "each created row has a subject of its own");
    assert_eq!(subjects.len(), created.len() + DEMO_PATIENTS);
    assert!(created.is_subset(&ids(&subjects)));
    for merged in rows.iter().filter(|row| row["outcome"] == "merged") {
        assert!(created.contains(&merged["subject_id"]), "a merged row names the subject that carries it");
    }
}

#[test]
fn every_creation_on_the_wire_says_that_no_query_is_to_be_sent() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    sandbox.run(&workplace, &["upload", &sample("clinic-a.csv"), "--out", "out"]);
    let creations: Vec<_> = sandbox
        .journal()
        .into_iter()
        .filter(|entry| {
            entry["method"] == "POST" && entry["path"].as_str().is_some_and(|path| path.ends_with("/subject"))
        })
        .collect();
    assert!(creations.len() > 5);
    assert!(creations.iter().all(|entry| entry["initiate_ehr_queries"] == "false"), "{:?}", creations.first());
    assert!(creations.iter().all(|entry| entry["subject_ids"].as_array().is_some_and(|ids| ids.len() <= 10)));
}

#[test]
fn the_second_upload_creates_nothing_and_says_so() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    sandbox.run(&workplace, &["upload", &a, &b, "--out", "first"]);
    let before = ids(&sandbox.subjects());
    let requests = sandbox.journal().iter().filter(|entry| entry["method"] == "POST").count();
    let again = sandbox.run(&workplace, &["upload", &a, &b, "--out", "second"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stdout.contains("already in xCures"), "{}", again.stdout);
    assert!(
        again.stdout.replace('\n', " ").contains("No new patients: everyone who can be sent is already in xCures."),
        "{}",
        again.stdout
    );
    assert_eq!(ids(&sandbox.subjects()), before);
    let (first, second) = (report(&workplace, "first"), report(&workplace, "second"));
    assert_eq!(second["rows"]["created"], 0);
    assert_eq!(second["rows"]["already_on_roll"], first["rows"]["created"]);
    assert_eq!(creations_after(&sandbox, requests), 0, "nothing was sent again");
}

/// Creations sent after the first `requests` POSTs, the token exchanges among them.
fn creations_after(sandbox: &SandboxProcess, requests: usize) -> usize {
    let journal = sandbox.journal();
    let posts: Vec<_> = journal.iter().filter(|entry| entry["method"] == "POST").collect();
    posts
        .iter()
        .skip(requests)
        .filter(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with("/subject")))
        .count()
}

#[test]
fn a_lost_ledger_with_the_same_key_puts_nobody_on_the_roll_twice() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let roster = workplace.write(
        "roster.csv",
        "Patient UUID,First Name,Last Name,DOB,Sex\n\
         6f1f1c1e-2f43-4b7a-9d55-0a52f6a2a001,Ann,Ng,1980-03-04,F\n\
         6f1f1c1e-2f43-4b7a-9d55-0a52f6a2a002,Bea,Ruiz,1975-12-24,F\n",
    );
    let roster = roster.display().to_string();
    assert_eq!(sandbox.run(&workplace, &["upload", &roster, "--out", "first"]).code, Some(0));
    fs_err::remove_dir_all(workplace.path("home")).expect("the ledger is lost");
    let again = sandbox.run(&workplace, &["upload", &roster, "--out", "second"]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(report(&workplace, "second")["rows"]["already_on_roll"], 2);
    assert_eq!(sandbox.subjects().len(), 2 + DEMO_PATIENTS);
}

#[test]
fn killed_at_twenty_moments_and_run_again_everyone_is_there_exactly_once() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &["--latency-ms", "15", "--jitter-ms", "20"]);
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    let arguments = ["upload", a.as_str(), b.as_str(), "--out", "out"];
    let mut killed = 0;
    for attempt in 0..20_u64 {
        let mut command = sandbox.client(&workplace, &arguments);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().expect("runs");
        // Spread over the whole of a run; the exact moment is up to the machine, and any moment must do.
        std::thread::sleep(Duration::from_millis(40 + (attempt * 7_919) % 450));
        if child.try_wait().expect("a state").is_none() {
            killed += 1;
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
    assert!(killed >= 5, "only {killed} runs were still going when they were killed");
    let last = sandbox.run(&workplace, &arguments);
    assert_eq!(last.code, Some(1), "{}", last.stderr);
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    let expected: BTreeSet<String> = rows
        .iter()
        .filter(|row| ["created", "already_on_roll", "merged"].contains(&row["outcome"].as_str()))
        .map(|row| row["subject_id"].clone())
        .collect();
    let subjects = sandbox.subjects();
    assert_eq!(subjects.len(), expected.len() + DEMO_PATIENTS);
    assert!(expected.is_subset(&ids(&subjects)), "nobody is missing");
    assert_eq!(report(&workplace, "out")["rows"]["unknown"], 0);
}

#[test]
fn busy_and_failing_vendors_are_waited_for() {
    let workplace = Workplace::new();
    let options = [
        "--ceiling",
        "4",
        "--latency-ms",
        "5",
        "--fail",
        "7=503",
        "--fail",
        "11=500",
        "--fail",
        "15=cut",
        "--fail",
        "19=401",
    ];
    let sandbox = SandboxProcess::start(&workplace, &options);
    let ended = sandbox.run(&workplace, &["upload", &sample("clinic-a.csv"), "--out", "out"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let report = report(&workplace, "out");
    assert_eq!(report["rows"]["unknown"], 0);
    assert_eq!(report["rows"]["failed"], 0);
    let created = report["rows"]["created"].as_u64().expect("a count");
    assert_eq!(sandbox.subjects().len() as u64, created + DEMO_PATIENTS as u64);
}

#[test]
fn a_report_drawn_again_from_the_ledger_is_the_same() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    sandbox.run(&workplace, &["upload", &sample("clinic-a.csv"), "--out", "first"]);
    let status = sandbox.run(&workplace, &["status"]);
    assert_eq!(status.code, Some(0), "{}", status.stderr);
    let run = report(&workplace, "first")["run"].as_str().expect("a run id").to_owned();
    assert!(status.stdout.contains(&run), "{}", status.stdout);
    let again = workplace.run(&["report", &run, "--out", "again"]);
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert_eq!(workplace.read("first/rows.csv"), workplace.read("again/rows.csv"));
    assert_eq!(workplace.read("first/report.json"), workplace.read("again/report.json"));
    assert_eq!(workplace.read("first/report.html"), workplace.read("again/report.html"));
    for drawn in ["duplicates.csv", "persons.csv"] {
        assert!(workplace.read(&format!("first/{drawn}")).lines().count() > 1, "{drawn} has lines");
        assert_eq!(workplace.read(&format!("first/{drawn}")), workplace.read(&format!("again/{drawn}")), "{drawn}");
    }
}

/// What must never be seen outside the declared report files: the cells of the samples that identify people.
fn canaries() -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(sample("clinic-a.csv")).expect("sample opens");
    let mut canaries = BTreeSet::new();
    for record in reader.records() {
        for cell in &record.expect("a row") {
            let cell = cell.trim();
            // Short words such as a state or "Ann" occur in any text; what is left is plenty.
            if cell.len() >= 7 && !cell.contains("Clinic") && !cell.to_lowercase().contains("unknown") {
                canaries.insert(cell.to_owned());
            }
        }
    }
    assert!(canaries.len() > 500, "{}", canaries.len());
    canaries.into_iter().collect()
}

/// The first and last names of a sample, in lower case.
fn names() -> BTreeSet<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(sample("clinic-a.csv")).expect("sample opens");
    let words = |text: &str| {
        text.to_lowercase().split(|letter: char| !letter.is_alphabetic()).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut names = BTreeSet::new();
    for record in reader.records() {
        let record = record.expect("a row");
        names.extend([2, 3].iter().filter_map(|column| record.get(*column)).flat_map(words));
    }
    // The placeholders of the sample and the words of two letters are words of any text.
    names.retain(|name| name.len() > 2 && name != "unknown");
    assert!(names.len() > 150, "{}", names.len());
    names
}

fn assert_quiet(ended: &Ended, canaries: &[String]) {
    let names = names();
    for word in ended.stderr.to_lowercase().split(|letter: char| !letter.is_alphabetic()) {
        assert!(!names.contains(word), "a name of the sample ({} letters) is on stderr", word.len());
    }
    for (stream, text) in [("stderr", &ended.stderr), ("stdout", &ended.stdout)] {
        for canary in canaries {
            assert!(!text.contains(canary.as_str()), "a cell of the sample ({} letters) is on {stream}", canary.len());
        }
    }
}

#[test]
fn no_patient_data_is_on_stderr_or_stdout_at_the_highest_verbosity() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &["--fail", "9=500", "--fail", "12=400"]);
    let canaries = canaries();
    let roster = sample("clinic-a.csv");
    assert_quiet(&workplace.run(&["-vv", "check", &roster, "--out", "checked"]), &canaries);
    assert_quiet(&sandbox.run(&workplace, &["-vv", "upload", &roster, "--out", "out"]), &canaries);
    assert_quiet(&sandbox.run(&workplace, &["-vv", "status"]), &canaries);
}

#[test]
fn neither_the_secret_nor_a_token_is_in_any_output_or_file() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &["--fail", "9=401"]);
    let ended = sandbox.run(&workplace, &["-vv", "upload", &sample("clinic-a.csv"), "--out", "out"]);
    assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET));
    assert!(!ended.stderr.to_lowercase().contains("bearer "));
    for file in workplace.files() {
        let content = fs_err::read(&file).expect("file read");
        let found = content.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "the secret is in {}", file.display());
    }
}

#[cfg(unix)]
#[test]
fn everything_written_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    sandbox.run(&workplace, &["upload", &sample("clinic-a.csv")]);
    workplace.run(&["check", &sample("clinic-a.csv")]);
    workplace.run(&["generate", "--rows", "10", "--out", "made/roster.csv", "--truth", "made/truth.csv"]);
    let mut files = 0;
    for top in ["onroll-out", "home", "made"] {
        for file in files_below(&workplace.path(top)) {
            let mode = |path: &std::path::Path| fs_err::metadata(path).expect("metadata").permissions().mode() & 0o777;
            assert_eq!(mode(&file), 0o600, "{}", file.display());
            assert_eq!(mode(file.parent().expect("a folder")), 0o700, "the folder of {}", file.display());
            files += 1;
        }
    }
    assert!(files >= 9, "{files}");
}

#[test]
fn a_wrong_secret_a_foreign_project_and_a_dead_host_each_get_one_clear_sentence() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let roster = sample("clinic-a.csv");
    let arguments = ["upload", roster.as_str(), "--out", "out"];
    let mut wrong_secret = sandbox.client(&workplace, &arguments);
    let ended = Ended::from(wrong_secret.env("ONROLL_CLIENT_SECRET", "not-it").output().expect("runs"));
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("secret"), "{}", ended.stderr);
    let mut foreign = sandbox.client(&workplace, &arguments);
    let other = "11111111-2222-4333-8444-555555555555";
    let ended = Ended::from(foreign.env("ONROLL_PROJECT", other).output().expect("runs"));
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("project"), "{}", ended.stderr);
    let mut dead = sandbox.client(&workplace, &arguments);
    let ended = Ended::from(dead.env("ONROLL_URL", "http://127.0.0.1:9").output().expect("runs"));
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains("127.0.0.1"), "{}", ended.stderr);
    assert_eq!(sandbox.subjects().len(), DEMO_PATIENTS);
}

#[test]
fn plain_http_to_another_machine_is_refused_before_anything_is_sent() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let roster = sample("clinic-a.csv");
    let mut command = sandbox.client(&workplace, &["upload", roster.as_str()]);
    let ended = Ended::from(command.env("ONROLL_URL", "http://vendor.example").output().expect("runs"));
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("https"), "{}", ended.stderr);
}

#[test]
fn the_embedded_sandbox_keeps_its_subjects_between_runs() {
    let workplace = Workplace::new();
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    let first = workplace.run(&["upload", &a, &b, "--sandbox", "--out", "first"]);
    assert_eq!(first.code, Some(1), "{}", first.stderr);
    assert!(report(&workplace, "first")["rows"]["created"].as_u64() > Some(200));
    let second = workplace.run(&["upload", &a, &b, "--sandbox", "--out", "second"]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert_eq!(report(&workplace, "second")["rows"]["created"], 0);
}

/// A signal to a process, as a service manager or a terminal sends it.
#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    let sent = std::process::Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// Waits until the sandbox has been asked to create somebody.
#[cfg(unix)]
fn wait_for_a_creation(sandbox: &SandboxProcess) {
    for _ in 0..600 {
        if creations_after(sandbox, 0) > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("nobody was sent");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_in_order_and_the_printed_command_goes_on() {
    for name in ["INT", "TERM", "HUP"] {
        let workplace = Workplace::new();
        let sandbox = SandboxProcess::start(&workplace, &["--latency-ms", "150", "--ceiling", "2"]);
        let roster = sample("clinic-a.csv");
        let arguments = ["upload", roster.as_str(), "--out", "out"];
        let mut command = sandbox.client(&workplace, &arguments);
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
        let child = child.expect("runs");
        wait_for_a_creation(&sandbox);
        signal(&child, name);
        let ended = Ended::from(child.wait_with_output().expect("ended"));
        assert_eq!(ended.code, Some(75), "{name}: {}", ended.stderr);
        assert!(ended.stdout.contains("To continue, run:") && ended.stdout.contains("upload"), "{}", ended.stdout);
        let stopped = report(&workplace, "out");
        assert_eq!(stopped["rows"]["unknown"], 0, "what was under way was awaited");
        assert!(stopped["rows"]["not_attempted"].as_u64() > Some(0), "{name}: it went on to the end");
        let again = sandbox.run(&workplace, &arguments);
        assert_eq!(again.code, Some(1), "{}", again.stderr);
        let rows = rows_csv(&workplace.path("out/rows.csv"));
        let on_roll: BTreeSet<_> = rows
            .iter()
            .filter(|row| ["created", "already_on_roll"].contains(&row["outcome"].as_str()))
            .map(|row| row["subject_id"].clone())
            .collect();
        assert_eq!(sandbox.subjects().len(), on_roll.len() + DEMO_PATIENTS);
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_the_run_at_once_and_it_can_still_go_on() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &["--latency-ms", "4000"]);
    let roster =
        workplace.write("roster.csv", "First Name,Last Name,DOB,Sex\nAnn,Ng,1980-03-04,F\nBea,Ruiz,1975-12-24,F\n");
    let roster = roster.display().to_string();
    let arguments = ["upload", roster.as_str(), "--out", "out"];
    let mut command = sandbox.client(&workplace, &arguments);
    let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn();
    let mut child = child.expect("runs");
    // Token and project take four seconds each; the third request is the creation.
    std::thread::sleep(Duration::from_millis(9_500));
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("a state").is_none(), "the first signal waits for what is under way");
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().expect("a state").is_some(), "the second one does not");
    let ended = Ended::from(child.wait_with_output().expect("ended"));
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains("Stopped. To continue, run:"), "{}", ended.stderr);
    let again = sandbox.run(&workplace, &arguments);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(sandbox.subjects().len(), 2 + DEMO_PATIENTS);
}

#[test]
fn an_edited_and_reordered_roster_is_planned_by_content_and_only_the_new_are_sent() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let header = "MRN,First Name,Last Name,DOB,Sex\n";
    let (ann, bea, cy) = ("M1,Ann,Ng,1980-03-04,F\n", "M2,Bea,Ruiz,1975-12-24,F\n", "M3,Cy,Okafor,1990-01-02,M\n");
    let first = workplace.write("first.csv", format!("{header}{ann}{bea}")).display().to_string();
    assert_eq!(sandbox.run(&workplace, &["upload", &first, "--out", "first"]).code, Some(0));
    let second = workplace.write("renamed.csv", format!("{header}{cy}{bea}{ann}")).display().to_string();
    assert_eq!(sandbox.run(&workplace, &["upload", &second, "--out", "second"]).code, Some(0));
    let subject =
        |folder: &str, row: usize| rows_csv(&workplace.path(&format!("{folder}/rows.csv")))[row]["subject_id"].clone();
    assert_eq!((subject("first", 0), subject("first", 1)), (subject("second", 2), subject("second", 1)));
    let rows = &report(&workplace, "second")["rows"];
    assert_eq!((&rows["created"], &rows["already_on_roll"]), (&1.into(), &2.into()));
    let sent: Vec<usize> = sandbox
        .journal()
        .iter()
        .filter(|entry| entry["method"] == "POST")
        .filter_map(|entry| entry["subject_ids"].as_array().map(Vec::len))
        .filter(|subjects| *subjects > 0)
        .collect();
    assert_eq!(sent, [2, 1]);
}
