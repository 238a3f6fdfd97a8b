//! The ledger as a whole: opening, refusing, remembering.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::*;
use onroll_core::domain::{
    ContentHash, Host, IdentityMarks, KnownPerson, NewPerson, Outcome, PersonState, RunId, Text,
};

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledgers").join("one.sqlite");
    Place { _folder: folder, path }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn new_person(number: u128) -> NewPerson {
    NewPerson { subject_id: id(number), content: ContentHash([1; 32]), identity: IdentityMarks([2; 32]) }
}

fn settlement(number: u128, state: PersonState) -> Settlement {
    Settlement { subject_id: id(number), state, reason: format!("because {number}"), held: None }
}

fn with_run(path: &Path, run: &str) -> Ledger {
    let mut ledger = Ledger::open(path).expect("a ledger");
    let sources = [LedgerSource { file: "roster.csv".to_owned(), sheet: String::new() }];
    ledger.begin_run(&NewRun { id: &RunId::from_text(run), inputs: "{}", sources: &sources }).expect("a run");
    ledger
}

fn row(ordinal: u32, person: u128, role: RowRole, planned: Outcome, external_id: &Text) -> NewRow<'_> {
    NewRow {
        ordinal,
        source: 0,
        row: ordinal + 2,
        external_id,
        person: Some(ordinal),
        subject_id: Some(id(person)),
        role,
        planned,
        reason: "planned so",
        completeness: 90,
        findings: "D101:birth_date",
    }
}

#[test]
fn a_ledger_remembers_its_secret_and_its_binding() {
    let place = place();
    let mut ledger = Ledger::open(&place.path).expect("a new ledger");
    let secret = *ledger.secret().expose_secret();
    assert_ne!(secret, [0; 32]);
    assert_eq!(ledger.binding().expect("binding"), None);
    ledger.bind(&Host::new("partner.example"), id(7)).expect("first use");
    drop(ledger);
    let mut ledger = Ledger::open(&place.path).expect("the same ledger");
    assert_eq!(*ledger.secret().expose_secret(), secret);
    ledger.bind(&Host::new("partner.example"), id(7)).expect("the same project");
    for (host, project) in [("partner.example", 8), ("other.example", 7)] {
        let error = ledger.bind(&Host::new(host), id(project)).expect_err("another project");
        assert!(matches!(error, LedgerError::OtherBinding { .. }), "{error}");
    }
    assert!(!format!("{ledger:?}").contains(&format!("{}", secret[0])) || !format!("{ledger:?}").contains("secret"));
}

#[test]
fn two_ledgers_have_two_secrets() {
    let (one, two) = (place(), place());
    let secret = |path: &Path| *Ledger::open(path).expect("a ledger").secret().expose_secret();
    assert_ne!(secret(&one.path), secret(&two.path));
}

#[test]
fn a_second_run_is_refused_while_the_first_is_on_and_looking_is_not() {
    let place = place();
    let ledger = with_run(&place.path, "run1");
    assert!(Ledger::is_in_use(&place.path));
    assert!(matches!(Ledger::open(&place.path), Err(LedgerError::InUse { .. })));
    let mut looking = Ledger::inspect(&place.path).expect("a look");
    assert_eq!(looking.runs().expect("runs").len(), 1);
    assert!(looking.set_run_body(&RunId::from_text("run1"), "{}").is_err(), "a look must not write");
    drop(ledger);
    assert!(!Ledger::is_in_use(&place.path));
    Ledger::open(&place.path).expect("free again");
}

#[test]
fn what_is_no_ledger_is_refused_and_left_alone() {
    let place = place();
    fs_err::create_dir_all(place.path.parent().expect("parent")).expect("folder");
    for content in [&b""[..], b"first_name,last_name\n", &[0; 5000]] {
        fs_err::write(&place.path, content).expect("a file");
        let error = Ledger::open(&place.path).expect_err("no ledger");
        assert!(matches!(error, LedgerError::NotALedger { .. }), "{error}");
        assert_eq!(fs_err::read(&place.path).expect("the file"), content, "the file was changed");
    }
    fs_err::remove_file(&place.path).expect("remove");
    let other = rusqlite::Connection::open(&place.path).expect("another database");
    other.execute_batch("CREATE TABLE t (a)").expect("a table");
    drop(other);
    assert!(matches!(Ledger::open(&place.path), Err(LedgerError::NotALedger { .. })));
}

#[test]
fn a_damaged_ledger_is_refused_and_left_alone() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    let persons: Vec<NewPerson> = (0..2_000).map(new_person).collect();
    ledger.write(|writes| writes.plan_persons(&RunId::from_text("run1"), &persons)).expect("persons");
    drop(ledger);
    let whole = fs_err::read(&place.path).expect("the ledger");
    let mut scribbled = whole.clone();
    scribbled[8_192..20_000].fill(0xAB);
    for damaged in [whole[..whole.len() / 2].to_vec(), scribbled] {
        fs_err::write(&place.path, &damaged).expect("damage");
        let error = Ledger::open(&place.path).expect_err("damaged");
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
        assert_eq!(fs_err::read(&place.path).expect("the ledger"), damaged, "the file was changed");
    }
}

#[test]
fn a_ledger_of_a_later_version_is_refused() {
    let place = place();
    drop(Ledger::open(&place.path).expect("a ledger"));
    let connection = rusqlite::Connection::open(&place.path).expect("open");
    connection.pragma_update(None, "user_version", 3).expect("version");
    drop(connection);
    assert!(matches!(Ledger::open(&place.path), Err(LedgerError::Newer { found: 3, known: 2, .. })));
}

#[test]
fn looking_at_a_ledger_that_is_not_there_makes_none() {
    let place = place();
    assert!(matches!(Ledger::inspect(&place.path), Err(LedgerError::Missing { .. })));
    assert!(!place.path.exists());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_ledger_and_links_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let ledger = with_run(&place.path, "run1");
    let folder = place.path.parent().expect("parent").to_owned();
    let mode = |path: &Path| fs_err::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs_err::read_dir(&folder).expect("folder") {
        let path = entry.expect("entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(ledger);
    let link = folder.join("link.sqlite");
    std::os::unix::fs::symlink(&place.path, &link).expect("a link");
    assert!(matches!(Ledger::open(&link), Err(LedgerError::NotAFile { .. })));
}

#[test]
fn an_intent_survives_and_says_how_the_person_stood_before() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    ledger
        .write(|writes| writes.plan_persons(&RunId::from_text("run1"), &[new_person(1), new_person(2)]))
        .expect("planned");
    let (_, before) =
        ledger.write(|writes| writes.intend(&RunId::from_text("run1"), &[id(1), id(2)])).expect("intended");
    assert_eq!(before, [PersonState::Planned; 2]);
    drop(ledger);
    let mut ledger = with_run(&place.path, "run2");
    let known = ledger.person(id(1)).expect("read").expect("known");
    assert_eq!((known.state, known.attempts), (PersonState::Intent, 1));
    assert_eq!(ledger.runs().expect("runs")[0].state, RunState::Interrupted);
    ledger.write(|writes| writes.plan_persons(&RunId::from_text("run2"), &[new_person(1)])).expect("planned again");
    let (attempt, before) =
        ledger.write(|writes| writes.intend(&RunId::from_text("run2"), &[id(1)])).expect("intended again");
    assert_eq!(before, [PersonState::Intent], "planning again must not hide that a request may have arrived");
    ledger
        .write(|writes| {
            writes.answer(attempt, "answered")?;
            writes.settle(&RunId::from_text("run2"), &[settlement(1, PersonState::Created)])
        })
        .expect("settled");
    let mut open = Vec::new();
    let visit = |person: KnownPerson| {
        open.push((person.subject_id, person.state));
        Ok::<(), LedgerError>(())
    };
    ledger.for_each_unsettled(visit).expect("unsettled");
    assert_eq!(open, [(id(2), PersonState::Intent)]);
    assert_eq!(ledger.person(id(9)).expect("read"), None);
}

#[test]
fn nobody_is_sent_who_was_not_planned() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    assert!(ledger.write(|writes| writes.intend(&RunId::from_text("run1"), &[id(1)])).is_err());
}

#[test]
fn a_failed_transaction_leaves_nothing_behind() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    let failed = ledger.write(|writes| {
        writes.plan_persons(&RunId::from_text("run1"), &[new_person(1)])?;
        writes.plan_persons(&RunId::from_text("no such run"), &[new_person(2)])
    });
    assert!(matches!(failed, Err(LedgerError::Storage { .. })));
    assert_eq!(ledger.person(id(1)).expect("read"), None);
}

#[test]
fn rows_come_back_in_order_with_what_became_of_their_persons() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    let external_id = Text::from_text("MRN 1");
    let rows = [
        row(3, 2, RowRole::Primary, Outcome::NotAttempted, &external_id),
        row(0, 1, RowRole::Primary, Outcome::NotAttempted, &external_id),
        row(1, 1, RowRole::Merged, Outcome::NotAttempted, &external_id),
        row(2, 9, RowRole::Primary, Outcome::Held, &external_id),
        row(4, 3, RowRole::Primary, Outcome::NotAttempted, &external_id),
        row(5, 3, RowRole::Merged, Outcome::NotAttempted, &external_id),
        row(6, 4, RowRole::Primary, Outcome::NotAttempted, &external_id),
    ];
    ledger
        .write(|writes| {
            writes.plan_persons(&RunId::from_text("run1"), &[1, 2, 3, 4].map(new_person))?;
            writes.add_rows(&RunId::from_text("run1"), rows)?;
            writes.intend(&RunId::from_text("run1"), &[id(1), id(3), id(4)])?;
            writes.settle(
                &RunId::from_text("run1"),
                &[settlement(1, PersonState::Created), settlement(3, PersonState::Refused)],
            )
        })
        .expect("written");
    let mut read = Vec::new();
    let visit = |row: LedgerRow| {
        assert_eq!((row.external_id.as_text(), row.findings.as_str()), ("MRN 1", "D101:birth_date"));
        let outcome = row.outcome();
        read.push((row.ordinal, outcome.outcome, outcome.reason));
        Ok::<(), LedgerError>(())
    };
    ledger.for_each_row(&RunId::from_text("run1"), visit).expect("rows");
    let expected = [
        (0, Outcome::Created, "because 1"),
        (1, Outcome::Merged, "planned so"),
        (2, Outcome::Held, "planned so"),
        (3, Outcome::NotAttempted, "planned so"),
        (4, Outcome::Failed, "because 3"),
        (5, Outcome::Failed, "because 3"),
    ];
    let got: Vec<_> = read.iter().map(|(ordinal, outcome, reason)| (*ordinal, *outcome, reason.as_str())).collect();
    assert_eq!(got[..6], expected);
    assert_eq!((got[6].0, got[6].1), (6, Outcome::Unknown), "an intent without an answer is unknown");
    let counts = ledger.run_outcomes(&RunId::from_text("run1")).expect("counts");
    assert_eq!(counts.values().sum::<u64>(), 7);
}

#[test]
fn a_later_run_does_not_change_what_an_earlier_one_reports() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    let nothing = Text::default();
    ledger
        .write(|writes| {
            writes.plan_persons(&RunId::from_text("run1"), &[new_person(1)])?;
            writes
                .add_rows(&RunId::from_text("run1"), [row(0, 1, RowRole::Primary, Outcome::NotAttempted, &nothing)])?;
            writes.intend(&RunId::from_text("run1"), &[id(1)])?;
            writes.settle(&RunId::from_text("run1"), &[settlement(1, PersonState::Unknown)])
        })
        .expect("run 1");
    ledger.end_run(&RunId::from_text("run1"), RunState::Paused).expect("ended");
    ledger.begin_run(&NewRun { id: &RunId::from_text("run2"), inputs: "{}", sources: &[] }).expect("run 2");
    ledger
        .write(|writes| writes.settle(&RunId::from_text("run2"), &[settlement(1, PersonState::Created)]))
        .expect("settled");
    assert_eq!(ledger.run_outcomes(&RunId::from_text("run1")).expect("counts").get(&Outcome::Unknown), Some(&1));
    assert_eq!(ledger.person(id(1)).expect("read").map(|person| person.state), Some(PersonState::Created));
    let states: Vec<RunState> = ledger.runs().expect("runs").iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Paused, RunState::Running]);
}

#[test]
fn a_run_keeps_its_body_and_its_sources() {
    let place = place();
    let mut ledger = with_run(&place.path, "run1");
    assert_eq!(ledger.run_body(&RunId::from_text("run1")).expect("no body yet"), None);
    ledger.set_run_body(&RunId::from_text("run1"), r#"{"rows":1}"#).expect("kept");
    assert_eq!(ledger.run_body(&RunId::from_text("run1")).expect("body").as_deref(), Some(r#"{"rows":1}"#));
    assert_eq!(ledger.run_sources(&RunId::from_text("run1")).expect("sources")[0].file, "roster.csv");
    assert!(matches!(ledger.run_body(&RunId::from_text("run9")), Err(LedgerError::UnknownRun { .. })));
}
