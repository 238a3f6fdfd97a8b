//! Uploads across time through the real binary: whoever is on the roll is recognised when a later roster spells him
//! differently, whatever was interrupted, restored or deleted in between.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;

use support::{Ended, SandboxProcess, Workplace, files_below, rows_csv};

const DEMO_PATIENTS: usize = 3;
const HEADER: &str = "First Name,Last Name,DOB,Sex,Address,City,State,ZIP,Phone\n";

/// Four people as the first roster has them.
const FIRST: [&str; 4] = [
    "Ann,Ng,1980-03-04,F,1 Main St,Duluth,MN,55802,218-555-0101\n",
    "Robert,Larsen,1961-05-17,M,12 Lake St,Duluth,MN,55802,218-555-0121\n",
    "Katherine,Okafor,1975-12-24,F,9 Oak Ave,St. Paul,MN,55101,651-555-0133\n",
    "Dora,Brandt,1948-02-11,F,77 Birch Rd,Rochester,MN,55901,507-555-0177\n",
];

/// The same people a month later: one moved, one by a nickname, one misspelt, one as before; and somebody new.
const LATER: [&str; 5] = [
    "Ann,Ng,1980-03-04,F,400 Pine St,Minneapolis,MN,55401,612-555-0199\n",
    "Bob,Larsen,1961-05-17,M,12 Lake St,Duluth,MN,55802,218-555-0121\n",
    "Kathrine,Okafor,1975-12-24,F,9 Oak Ave,St. Paul,MN,55101,\n",
    "Dora,Brandt,1948-02-11,F,77 Birch Rd,Rochester,MN,55901,507-555-0177\n",
    "Emil,Quist,1990-10-30,M,5 Elm St,Mankato,MN,56001,507-555-0155\n",
];

type Row = BTreeMap<String, String>;

/// A folder, a vendor, and uploads of one to the other.
struct Clinic {
    workplace: Workplace,
    sandbox: SandboxProcess,
}

impl Clinic {
    fn new() -> Self {
        let workplace = Workplace::new();
        let sandbox = SandboxProcess::start(&workplace, &[]);
        Self { workplace, sandbox }
    }

    fn roster(&self, name: &str, rows: &[&str]) -> String {
        self.workplace.write(name, format!("{HEADER}{}", rows.concat())).display().to_string()
    }

    fn upload(&self, arguments: &[&str], out: &str) -> Ended {
        self.sandbox.run(&self.workplace, &[&["upload", "--out", out], arguments].concat())
    }

    fn rows(&self, out: &str) -> Vec<Row> {
        rows_csv(&self.workplace.path(&format!("{out}/rows.csv")))
    }

    /// Uploads; gives back what became of each row. The books have to balance.
    fn outcomes(&self, arguments: &[&str], out: &str) -> Vec<(String, String)> {
        let ended = self.upload(arguments, out);
        assert!(matches!(ended.code, Some(0 | 1)), "{:?} {}", ended.code, ended.stderr);
        let rows = self.rows(out);
        let report: serde_json::Value =
            serde_json::from_str(&self.workplace.read(&format!("{out}/report.json"))).expect("JSON");
        assert_eq!(report["rows"]["read"].as_u64(), Some(rows.len() as u64));
        rows.into_iter().map(|row| (row["outcome"].clone(), row["findings"].clone())).collect()
    }

    fn people(&self) -> usize {
        self.sandbox.subjects().len() - DEMO_PATIENTS
    }

    fn ledger(&self) -> std::path::PathBuf {
        let files = files_below(&self.workplace.path("home"));
        files.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "sqlite")).expect("a ledger")
    }
}

fn words(outcomes: &[(String, String)]) -> Vec<&str> {
    outcomes.iter().map(|(outcome, _)| outcome.as_str()).collect()
}

#[test]
fn a_later_roster_with_typos_nicknames_and_moves_creates_only_who_is_new() {
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &FIRST);
    assert_eq!(words(&clinic.outcomes(&[&first], "first")), ["created"; 4]);
    let later = clinic.roster("april.csv", &LATER);
    let checked = clinic.workplace.run(&[
        "check",
        &later,
        "--ledger",
        &clinic.ledger().display().to_string(),
        "--out",
        "checked",
    ]);
    assert_eq!(checked.code, Some(0), "{}", checked.stderr);
    let outcomes = clinic.outcomes(&[&later], "later");
    let expected = ["already_on_roll", "already_on_roll", "already_on_roll", "already_on_roll", "created"];
    assert_eq!(words(&outcomes), expected, "{outcomes:?}");
    assert_eq!(clinic.people(), 5, "each is there once");
    for (row, changed) in [
        (0, &["M108:address_line1", "M108:phone"][..]),
        (1, &["M108:first_name"]),
        (2, &["M108:first_name"]),
        (3, &[]),
        (4, &[]),
    ] {
        let found: Vec<&str> = outcomes[row].1.split(';').filter(|code| code.starts_with("M108")).collect();
        assert_eq!(found, changed, "row {row}");
    }
    let (before, after) = (clinic.rows("first"), clinic.rows("later"));
    for row in 0..4 {
        assert_eq!(before[row]["subject_id"], after[row]["subject_id"], "the subject it already is");
    }
    let dry: Vec<Row> = clinic.rows("checked");
    let dry: Vec<(&str, &str)> = dry.iter().map(|row| (row["outcome"].as_str(), row["subject_id"].as_str())).collect();
    let wet: Vec<(&str, &str)> = after
        .iter()
        .map(|row| match row["outcome"].as_str() {
            "created" => ("not_attempted", ""),
            outcome => (outcome, row["subject_id"].as_str()),
        })
        .collect();
    assert_eq!(dry, wet, "the dry run with the ledger foretold it");
    let pairs = clinic.workplace.read("later/duplicates.csv");
    assert_eq!(pairs.matches("(on the roll)").count(), 2, "the evidence of both who are written differently: {pairs}");
    let again = clinic.outcomes(&[&later], "again");
    assert_eq!(words(&again), ["already_on_roll"; 5]);
    assert_eq!(clinic.people(), 5);
}

#[test]
fn killed_between_intent_and_answer_and_then_a_roster_that_spells_them_differently() {
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &FIRST);
    let mut command = clinic.sandbox.client(&clinic.workplace, &["upload", &first, "--out", "first"]);
    command.env("ONROLL_FAIL_POINT", "answer.written=1:kill");
    let killed = Ended::from(command.output().expect("runs"));
    assert_eq!(killed.code, None, "{}", killed.stderr);
    assert_eq!(clinic.people(), 4, "they arrived, and the ledger does not know");
    let later = clinic.roster("april.csv", &LATER);
    let outcomes = clinic.outcomes(&[&later], "later");
    assert!(words(&outcomes).iter().all(|word| ["created", "already_on_roll"].contains(word)), "{outcomes:?}");
    assert_eq!(clinic.people(), 5);
    assert_eq!(words(&clinic.outcomes(&[&first], "first")), ["already_on_roll"; 4]);
    assert_eq!(clinic.people(), 5, "each is there once");
}

/// What the vendor holds under a name.
fn phone_of(clinic: &Clinic, first: &str) -> String {
    let subjects = clinic.sandbox.subjects();
    let subject = subjects.iter().find(|subject| subject["firstName"] == first).expect("a subject");
    subject["phoneNumber"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn data_edited_while_an_answer_is_missing_is_never_reported_as_being_on_the_roll() {
    for remember in ["records", "identifiers"] {
        let clinic = Clinic::new();
        let first = clinic.roster("march.csv", &FIRST[..2]);
        let arguments = ["upload", &first, "--out", "first", "--remember", remember];
        let mut command = clinic.sandbox.client(&clinic.workplace, &arguments);
        command.env("ONROLL_FAIL_POINT", "answer.written=1:kill");
        assert_eq!(Ended::from(command.output().expect("runs")).code, None);
        assert_eq!(clinic.people(), 2, "they arrived, and the ledger does not know");
        let edited = FIRST[0].replace("218-555-0101", "612-555-0199");
        let edited = clinic.roster("april.csv", &[&edited, FIRST[1]]);
        let outcomes = clinic.outcomes(&[&edited, "--remember", remember], "second");
        assert_eq!(words(&outcomes), ["created"; 2], "{remember}");
        assert_eq!(phone_of(&clinic, "Ann"), "218-555-0101", "{remember}: creating again changes nothing");
        let rows = clinic.rows("second");
        let told = format!("{} {}", rows[0]["findings"], rows[0]["reason"]);
        assert!(told.contains("M108") && told.contains("phone"), "{remember}: {told}");
        assert!(!format!("{} {}", rows[1]["findings"], rows[1]["reason"]).contains("M108"), "{rows:?}");
        let outcomes = clinic.outcomes(&[&edited, "--remember", remember], "third");
        assert_eq!(words(&outcomes), ["already_on_roll"; 2], "{remember}");
        assert!(outcomes[0].1.contains("M108"), "{remember}: still not what the roster says: {outcomes:?}");
        assert!(!outcomes[1].1.contains("M108"), "{remember}: {outcomes:?}");
        assert_eq!(clinic.people(), 2);
    }
}

#[test]
fn an_edit_to_data_that_never_arrived_waits_as_well_because_one_id_carries_one_record() {
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &FIRST[..1]);
    let mut command = clinic.sandbox.client(&clinic.workplace, &["upload", &first, "--out", "first"]);
    command.env("ONROLL_FAIL_POINT", "intent.durable=1:kill");
    assert_eq!(Ended::from(command.output().expect("runs")).code, None);
    assert_eq!(clinic.people(), 0, "it never left");
    let edited = clinic.roster("april.csv", &[&FIRST[0].replace("218-555-0101", "612-555-0199")]);
    let outcomes = clinic.outcomes(&[&edited], "second");
    assert_eq!(outcomes[0].0, "created");
    assert!(outcomes[0].1.contains("M108:phone"), "{outcomes:?}");
    assert_eq!(phone_of(&clinic, "Ann"), "218-555-0101", "what was sent first");
    assert_eq!(clinic.people(), 1);
}

#[test]
fn a_suffix_sent_behind_the_last_name_is_recognised_and_no_change() {
    let row = "John,Ruiz Jr.,1989-11-14,M,3 Oak Ave,St. Paul,MN,55101,651-555-0133\n";
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &[row]);
    assert_eq!(words(&clinic.outcomes(&[&first, "--suffix", "last-name"], "first")), ["created"]);
    let names: Vec<_> = clinic.sandbox.subjects().iter().map(|subject| subject["lastName"].clone()).collect();
    assert!(names.iter().any(|name| name == "Ruiz Jr"), "{names:?}");
    for (roster, suffix) in [(row, "last-name"), (row, "additional-names"), (&row.replace("John", "Jon"), "last-name")]
    {
        let later = clinic.roster("april.csv", &[roster]);
        let outcomes = clinic.outcomes(&[&later, "--suffix", suffix], "later");
        assert_eq!(words(&outcomes), ["already_on_roll"], "{suffix}: {outcomes:?}");
        let found = &outcomes[0].1;
        assert!(!found.contains("M108:last_name") && !found.contains("M108:suffix"), "{suffix}: {outcomes:?}");
    }
    assert_eq!(clinic.people(), 1);
}

#[test]
fn who_resembles_somebody_on_the_roll_waits_and_a_verdict_on_the_pair_decides() {
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &FIRST);
    clinic.outcomes(&[&first], "first");
    // The same name, and nothing else that would tell.
    let later = clinic.roster("april.csv", &["Katherine,Okafor,,F,,,,,\n"]);
    let outcomes = clinic.outcomes(&[&later], "later");
    assert_eq!(words(&outcomes), ["held"], "{outcomes:?}");
    assert!(outcomes[0].1.contains("M107"), "{outcomes:?}");
    assert_eq!(clinic.people(), 4);
    let pairs = clinic.workplace.read("later/duplicates.csv");
    assert!(pairs.contains("review"), "{pairs}");
    let decided = |verdict: &str| {
        let lines: Vec<String> = pairs.lines().map(str::to_owned).collect();
        let text = format!("{}\n{}{verdict}\n", lines[0], lines[1]);
        clinic.workplace.write("decided.csv", text).display().to_string()
    };
    let same = decided("same");
    let outcomes = clinic.outcomes(&[&later, "--decisions", &same], "same");
    assert_eq!(words(&outcomes), ["already_on_roll"], "{outcomes:?}");
    let outcomes = clinic.outcomes(&[&later], "remembered");
    assert_eq!(words(&outcomes), ["already_on_roll"], "remembered without the file: {outcomes:?}");
    let listed = clinic.workplace.run(&["status", "--decisions"]).stdout;
    assert!(listed.contains("same") && listed.contains("april.csv row 2"), "{listed}");
    let outcomes = clinic.outcomes(&[&later, "--decisions", &decided("revoke")], "revoked");
    assert_eq!(words(&outcomes), ["held"], "{outcomes:?}");
    let outcomes = clinic.outcomes(&[&later, "--decisions", &decided("different")], "different");
    assert_eq!(words(&outcomes), ["created"], "{outcomes:?}");
    assert_eq!(clinic.people(), 5);
    let outcomes = clinic.outcomes(&[&later], "at the end");
    assert_eq!(words(&outcomes), ["already_on_roll"], "{outcomes:?}");
    assert_eq!(clinic.people(), 5);
}

#[test]
fn a_verdict_on_two_rows_is_remembered_when_the_roster_is_edited_and_reordered() {
    let clinic = Clinic::new();
    let (bob, robert) = ("Bob,Larsen,1961-05-17,M,12 Lake St,Duluth,MN,55802,218-555-0121\n", FIRST[1]);
    let roster = clinic.roster("march.csv", &[robert, bob, FIRST[0]]);
    let decided = clinic.workplace.write(
        "decided.csv",
        format!(
            "left_file,left_sheet,left_row,right_file,right_sheet,right_row,decision\n\
             {roster},,2,{roster},,3,different\n"
        ),
    );
    let decided = decided.display().to_string();
    assert_eq!(words(&clinic.outcomes(&[&roster, "--decisions", &decided], "first")), ["created"; 3]);
    let moved = "Bob,Larsen,1961-05-17,M,8 Hill Rd,Duluth,MN,55803,218-555-0121\n";
    let edited = clinic.roster("april.csv", &[FIRST[2], moved, FIRST[0], robert]);
    let outcomes = clinic.outcomes(&[&edited], "second");
    assert_eq!(words(&outcomes), ["created", "already_on_roll", "already_on_roll", "already_on_roll"], "{outcomes:?}");
    let rows = clinic.rows("second");
    assert_ne!(rows[1]["person"], rows[3]["person"], "still two people");
    assert_eq!(clinic.people(), 4);
}

#[test]
fn a_restored_backup_is_refused_and_a_deleted_ledger_keeps_its_key() {
    let clinic = Clinic::new();
    let first = clinic.roster("march.csv", &FIRST);
    clinic.outcomes(&[&first], "first");
    let ledger = clinic.ledger();
    let backup = fs_err::read(&ledger).expect("a backup");
    let later = clinic.roster("april.csv", &LATER);
    clinic.outcomes(&[&later], "later");
    let ids: Vec<String> = clinic.rows("later").iter().map(|row| row["subject_id"].clone()).collect();
    fs_err::write(&ledger, &backup).expect("restored");
    let requests = clinic.sandbox.journal().iter().filter(|entry| entry["method"] == "POST").count();
    let refused = clinic.upload(&[&later], "refused");
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("is an old copy") && refused.stderr.contains(".witness away"));
    let creations = clinic.sandbox.journal();
    let creations = creations.iter().filter(|entry| entry["method"] == "POST").skip(requests);
    assert!(creations.clone().all(|entry| entry["path"] == "/oauth/token"), "nothing was sent");
    fs_err::remove_file(&ledger).expect("deleted");
    let both = clinic.roster("both.csv", &[FIRST[0], FIRST[1], FIRST[2], FIRST[3], LATER[4]]);
    let ended = clinic.upload(&[&both], "again");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("warning: the ledger") && ended.stderr.contains("was missing"), "{}", ended.stderr);
    let rows = clinic.rows("again");
    assert!(rows.iter().all(|row| row["outcome"] == "already_on_roll"), "{rows:?}");
    assert_eq!(rows.iter().map(|row| row["subject_id"].clone()).collect::<Vec<_>>(), ids, "the same ids");
    assert_eq!(clinic.people(), 5);
}

#[test]
fn a_ledger_that_remembers_identifiers_alone_holds_no_demographics() {
    let clinic = Clinic::new();
    let rows = ["Zyzzyva,Qwortlebane,1980-03-04,F,1 Xylograph St,Duluth,MN,55802,218-555-0101\n", FIRST[1]];
    let roster = clinic.roster("march.csv", &rows);
    let holds = |clinic: &Clinic, text: &str| {
        let files = files_below(&clinic.workplace.path("home"));
        files.iter().any(|file| {
            let bytes = fs_err::read(file).expect("a file");
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    };
    clinic.outcomes(&[&roster], "first");
    assert!(holds(&clinic, "Qwortlebane"), "records are kept as a rule");
    clinic.outcomes(&[&roster, "--remember", "identifiers"], "second");
    for text in ["Zyzzyva", "Qwortlebane", "Xylograph", "Larsen"] {
        assert!(!holds(&clinic, text), "{text} is still there");
    }
    let moved = ["Zyzzyva,Qwortlebane,1980-03-04,F,2 Other St,Duluth,MN,55802,\n", rows[1]];
    let roster = clinic.roster("april.csv", &moved);
    let outcomes = clinic.outcomes(&[&roster, "--remember", "identifiers"], "third");
    assert_eq!(words(&outcomes), ["already_on_roll"; 2], "known by their ids as before");
    assert!(outcomes[0].1.contains("M108") && !outcomes[1].1.contains("M108"), "{outcomes:?}");
    assert_eq!(clinic.people(), 2);
}

#[test]
fn rosters_of_one_run_and_of_two_runs_keep_twins_namesakes_and_father_and_son_apart() {
    let home = "F,12 Lake St,Duluth,MN,55802,218-555-0121\n";
    let anna = format!("Anna,Falk,2004-01-19,{home}");
    let ella = format!("Ella,Falk,2004-01-19,{home}");
    let father = "John,Ruiz,1955-05-02,M,3 Oak Ave,St. Paul,MN,55101,651-555-0133\n";
    let son = "John,Ruiz,1989-11-14,M,3 Oak Ave,St. Paul,MN,55101,651-555-0133\n";
    let namesakes =
        ["Maria,Lopez,1970-01-02,F,5 Elm St,Mankato,MN,56001,\n", "Maria,Lopez,1993-08-21,F,80 Fir St,Ely,MN,55731,\n"];
    let one = [anna.as_str(), father, namesakes[0], FIRST[0]];
    let other = [ella.as_str(), son, namesakes[1], LATER[0]];
    let expected = ["created", "created", "created", "created", "created", "created", "created", "merged"];
    let together = Clinic::new();
    let (first, second) = (together.roster("north.csv", &one), together.roster("south.csv", &other));
    let outcomes = together.outcomes(&[&first, &second], "out");
    let mut sorted = words(&outcomes);
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "{outcomes:?}");
    assert_eq!(together.people(), 7);
    let apart = Clinic::new();
    let (first, second) = (apart.roster("north.csv", &one), apart.roster("south.csv", &other));
    assert_eq!(words(&apart.outcomes(&[&first], "first")), ["created"; 4]);
    let outcomes = apart.outcomes(&[&second], "second");
    assert_eq!(words(&outcomes), ["created", "created", "created", "already_on_roll"], "{outcomes:?}");
    assert_eq!(apart.people(), 7, "the same people as in one run");
}

/// What a disk that loses power may keep of the ledger's log: any beginning of it, also one that ends within a page, or
/// with the last page never written.
fn after_power_loss(log: &[u8]) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = (0..=8).map(|part| log[..log.len() * part / 8].to_vec()).collect();
    kept.extend([1, 17, 4_096, 5_000].map(|lost| log[..log.len().saturating_sub(lost)].to_vec()));
    let mut torn = log.to_vec();
    let last = torn.len().saturating_sub(4_096);
    torn[last..].fill(0);
    kept.push(torn);
    kept
}

/// F6. A commit is on the disk before its request leaves; should a disk have lied about that, the ids still are the
/// same.
#[test]
fn f6_whatever_a_power_loss_leaves_of_the_log_everyone_is_there_once_or_the_ledger_is_refused() {
    let names = ["Adler", "Brandt", "Castillo", "Dvorak", "Eklund"];
    let people: Vec<String> = (0..25)
        .map(|number| {
            let (first, last) = (names[number % 5], names[number / 5]);
            format!("{first}a,{last},196{}-0{}-17,F,,,,,\n", number / 5, number % 5 + 1)
        })
        .collect();
    let clinic = Clinic::new();
    let roster = clinic.roster("march.csv", &people.iter().map(String::as_str).collect::<Vec<_>>());
    let mut command = clinic.sandbox.client(&clinic.workplace, &["upload", &roster, "--out", "first"]);
    command.env("ONROLL_FAIL_POINT", "answer.received=2:kill");
    let killed = Ended::from(command.output().expect("runs"));
    assert_eq!(killed.code, None, "{}", killed.stderr);
    let ledger = clinic.ledger();
    let folder = ledger.parent().expect("a folder");
    let left: Vec<(std::path::PathBuf, Vec<u8>)> = files_below(folder)
        .into_iter()
        .filter(|file| !file.to_string_lossy().ends_with("-shm"))
        .map(|file| (file.clone(), fs_err::read(&file).expect("a file")))
        .collect();
    let is_log = |file: &std::path::Path| file.to_string_lossy().ends_with("-wal");
    let log = left.iter().find(|(file, _)| is_log(file)).map(|(_, bytes)| bytes.clone()).expect("a log");
    let (mut refused, mut whole) = (0, 0);
    for (number, kept) in after_power_loss(&log).into_iter().enumerate() {
        for file in files_below(folder) {
            fs_err::remove_file(file).expect("removed");
        }
        for (file, bytes) in &left {
            fs_err::write(file, if is_log(file) { &kept } else { bytes }).expect("put back");
        }
        let out = format!("again{number}");
        let ended = clinic.upload(&[&roster], &out);
        if ended.code == Some(4) {
            assert!(ended.stderr.contains("witness away"), "it says what to do: {}", ended.stderr);
            refused += 1;
            continue;
        }
        assert_eq!(ended.code, Some(0), "{number}: {}", ended.stderr);
        let rows = clinic.rows(&out);
        assert!(rows.iter().all(|row| ["created", "already_on_roll"].contains(&row["outcome"].as_str())), "{rows:?}");
        assert_eq!((rows.len(), clinic.people()), (25, 25), "{number}");
        whole += 1;
    }
    assert!(refused > 0 && whole > 5, "{refused} refused, {whole} went on");
}

#[test]
fn f18_a_ledger_of_version_1_is_brought_up_to_date_by_an_upload_that_says_so() {
    let clinic = Clinic::new();
    let roster = clinic.roster("march.csv", &FIRST);
    clinic.outcomes(&[&roster], "first");
    let of_now = rusqlite::Connection::open(clinic.ledger()).expect("a ledger");
    let bound = |key: &str| -> Vec<u8> {
        of_now.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).expect("bound")
    };
    let path = clinic.workplace.path("old.sqlite");
    let old = rusqlite::Connection::open(&path).expect("a database");
    old.execute_batch(include_str!("../src/app/ledger/version_1.sql")).expect("version 1");
    for key in ["host", "project"] {
        old.execute("UPDATE meta SET value = ?2 WHERE key = ?1", (key, bound(key))).expect("of this vendor");
    }
    drop(old);
    let ledger = path.display().to_string();
    let later = clinic.roster("april.csv", &LATER[4..]);
    let ended = clinic.upload(&[&later, "--ledger", &ledger], "later");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("warning") && ended.stderr.contains("old.sqlite.version-1"), "{}", ended.stderr);
    assert!(clinic.workplace.path("old.sqlite.version-1").is_file());
    let again = clinic.upload(&[&later, "--ledger", &ledger], "again");
    assert!(!again.stderr.contains("version-1"), "once: {}", again.stderr);
    assert_eq!(clinic.rows("again")[0]["outcome"], "already_on_roll");
    let runs = clinic.workplace.run(&["status", "--ledger", &ledger]).stdout;
    assert_eq!(runs.lines().filter(|line| line.contains("finished")).count(), 3, "the old run too: {runs}");
}

#[test]
fn a_namesake_of_somebody_on_the_roll_is_neither_lost_nor_taken_for_him() {
    let clinic = Clinic::new();
    let write = |name: &str, rows: &[&str]| {
        let header = "First Name,MI,Last Name,Suffix,DOB,Sex,Address,City,State,ZIP,Phone\n";
        clinic.workplace.write(name, format!("{header}{}", rows.concat())).display().to_string()
    };
    let maria = "Maria,A,Garcia,,1981-05-05,F,5 Oak St,Duluth,MN,55805,218-555-0111\n";
    let junior = "John,,Smith,Jr,1975-05-05,M,3 Lake Ave,Ely,MN,55731,\n";
    let first = write("march.csv", &[maria, junior]);
    assert_eq!(words(&clinic.outcomes(&[&first], "first")), ["created"; 2]);
    let namesake = "Maria,T,Garcia,,1981-05-05,F,99 Elm Ave,Duluth,MN,55811,218-555-0122\n";
    let third = "John,,Smith,III,1975-05-05,M,3 Lake Ave,Ely,MN,55731,\n";
    let later = write("april.csv", &[namesake, third]);
    let outcomes = clinic.outcomes(&[&later], "later");
    assert_eq!(words(&outcomes), ["held", "created"], "{outcomes:?}");
    assert!(outcomes[0].1.contains("M107"), "{outcomes:?}");
    assert!(clinic.rows("later")[0]["reason"].contains("--system"), "{:?}", clinic.rows("later")[0]);
    assert_eq!(clinic.people(), 3);
    let both = write("may.csv", &[junior, third]);
    assert_eq!(words(&clinic.outcomes(&[&both], "both")), ["already_on_roll"; 2]);
    assert_eq!(clinic.people(), 3);
}

#[test]
fn a_ledger_without_records_does_not_create_the_same_people_again_when_identifiers_appear() {
    let clinic = Clinic::new();
    let write = |name: &str, header: &str, cells: [&str; 2]| {
        let rows = [("Ann,Ng,1980-03-04,F", cells[0]), ("Bob,Ruiz,1975-12-24,M", cells[1])];
        let lines: Vec<String> = rows.iter().map(|(row, cells)| format!("{row}{cells}\n")).collect();
        let text = format!("First Name,Last Name,DOB,Sex{header}\n{}", lines.concat());
        clinic.workplace.write(name, text).display().to_string()
    };
    let remember = ["--remember", "identifiers"];
    let bare = write("march.csv", "", ["", ""]);
    assert_eq!(words(&clinic.outcomes(&[&[bare.as_str()], &remember[..]].concat(), "first")), ["created"; 2]);
    let numbered = write("april.csv", ",MRN,Facility", [",1001,North", ",1002,North"]);
    let outcomes = clinic.outcomes(&[&[numbered.as_str()], &remember[..]].concat(), "later");
    assert_eq!(words(&outcomes), ["held"; 2], "{outcomes:?}");
    assert!(outcomes.iter().all(|(_, findings)| findings.contains("M107")), "{outcomes:?}");
    assert_eq!(clinic.people(), 2);
    assert_eq!(words(&clinic.outcomes(&[&[bare.as_str()], &remember[..]].concat(), "again")), ["already_on_roll"; 2]);
}

#[test]
fn a_verdict_is_not_applied_to_whoever_stands_in_those_rows_of_a_sorted_or_another_roster() {
    let clinic = Clinic::new();
    let (hector, daniel) = (
        "Hector,Vasquez,1969-07-07,M,4 Fir St,Ely,MN,55731,\n",
        "Daniel,Peck,1969-11-30,M,80 Hill Rd,Mankato,MN,56001,\n",
    );
    // The same name, and nothing else that would tell: for a steward to decide.
    let (known, bare) = (FIRST[2], "Katherine,Okafor,,F,,,,,\n");
    let roster = clinic.roster("march.csv", &[known, bare, hector, daniel]);
    let checked = clinic.workplace.run(&["check", &roster, "--out", "checked"]);
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    let pairs = clinic.workplace.read("checked/duplicates.csv");
    let lines: Vec<&str> = pairs.lines().collect();
    let decided = clinic.workplace.write("decided.csv", format!("{}\n{}same\n", lines[0], lines[1]));
    let decided = decided.display().to_string();
    clinic.roster("march.csv", &[hector, daniel, known, bare]);
    let refused = clinic.upload(&[&roster, "--decisions", &decided], "refused");
    assert_eq!(refused.code, Some(4), "{}", refused.stderr);
    assert!(refused.stderr.contains("not the rows that were decided"), "{}", refused.stderr);
    assert_eq!(clinic.people(), 0);
    clinic.roster("march.csv", &[known, bare, hector, daniel]);
    let outcomes = clinic.outcomes(&[&roster, "--decisions", &decided], "first");
    assert_eq!(words(&outcomes), ["created", "merged", "created", "created"], "{outcomes:?}");
}

#[test]
fn a_namesake_of_somebody_whose_answer_is_missing_waits_and_is_not_reported_as_created() {
    let clinic = Clinic::new();
    let write = |name: &str, row: &str| {
        let header = "First Name,MI,Last Name,DOB,Sex,Address,City,State,ZIP,Phone\n";
        clinic.workplace.write(name, format!("{header}{row}")).display().to_string()
    };
    let first = write("march.csv", "Maria,A,Garcia,1981-05-05,F,5 Oak St,Duluth,MN,55805,218-555-0111\n");
    let mut command = clinic.sandbox.client(&clinic.workplace, &["upload", &first, "--out", "first"]);
    command.env("ONROLL_FAIL_POINT", "answer.written=1:kill");
    assert_eq!(Ended::from(command.output().expect("runs")).code, None);
    let namesake = write("april.csv", "Maria,T,Garcia,1981-05-05,F,99 Elm Ave,Duluth,MN,55811,218-555-0122\n");
    let outcomes = clinic.outcomes(&[&namesake], "later");
    assert_eq!(words(&outcomes), ["held"], "{outcomes:?}");
    assert!(outcomes[0].1.contains("M107"), "{outcomes:?}");
    assert_eq!(words(&clinic.outcomes(&[&first], "again")), ["created"]);
    assert_eq!(clinic.people(), 1);
}
