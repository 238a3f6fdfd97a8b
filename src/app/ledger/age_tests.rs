//! Ledgers of another age: of an earlier version, from a backup, deleted, damaged. None is used silently.

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::*;
use onroll_core::domain::{ContentHash, Host, IdentityMarks, NewPerson, Outcome, PersonState, RunId};

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.sqlite");
        Self { _folder: folder, path }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        super::paths::beside(&self.path, ending)
    }

    /// A ledger of version 1, as that version made it.
    fn with_version_1() -> Self {
        let place = Self::new();
        let connection = rusqlite::Connection::open(&place.path).expect("a database");
        connection.execute_batch(include_str!("version_1.sql")).expect("version 1");
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("as version 1 had it");
        place
    }
}

fn run(path: &Path, id: &str, persons: std::ops::Range<u128>) {
    let mut ledger = Ledger::open(path).expect("a ledger");
    ledger.begin_run(&NewRun::without_sources(&RunId::from_text(id))).expect("a run");
    let person = |number| NewPerson {
        subject_id: Uuid::from_u128(number),
        content: ContentHash([1; 32]),
        identity: IdentityMarks([2; 32]),
    };
    let persons: Vec<NewPerson> = persons.map(person).collect();
    ledger.write(|writes| writes.plan_persons(&RunId::from_text(id), &persons)).expect("persons");
    ledger.end_run(&RunId::from_text(id), RunState::Finished).expect("ended");
}

fn open_error(path: &Path) -> LedgerError {
    Ledger::open(path).expect_err("must be refused")
}

#[test]
fn f18_a_ledger_of_version_1_is_brought_up_to_date_and_a_copy_of_it_stays() {
    let place = Place::with_version_1();
    let looked_at = Ledger::inspect(&place.path).expect("an old one can be looked at");
    assert_eq!(looked_at.runs().expect("runs").len(), 1);
    drop(looked_at);
    assert!(!place.beside(".version-1").exists(), "looking changes nothing");
    let mut ledger = Ledger::open(&place.path).expect("brought up to date");
    assert_eq!(ledger.notices(), [LedgerNotice::Migrated { backup: place.beside(".version-1") }]);
    assert_eq!(*ledger.secret().expose_secret(), [7; 32]);
    ledger.bind(&Host::new("partner.example"), Uuid::from_u128(7)).expect("bound as before");
    let states: Vec<(PersonState, u64)> =
        ledger.person_counts().expect("counts").into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(states, [(PersonState::Created, 2), (PersonState::Unknown, 1)]);
    let outcomes = ledger.run_outcomes(&RunId::from_text("run1")).expect("its report can still be drawn");
    assert_eq!((outcomes[&Outcome::Created], outcomes[&Outcome::Unknown]), (2, 1));
    ledger.begin_run(&NewRun::without_sources(&RunId::from_text("run2"))).expect("and it is used");
    drop(ledger);
    assert_eq!(Ledger::open(&place.path).expect("again").notices(), []);
    let copy = rusqlite::Connection::open(place.beside(".version-1")).expect("the copy");
    let (version, persons): (i64, i64) = copy
        .query_row("SELECT (SELECT user_version FROM pragma_user_version), count(*) FROM persons", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("whole");
    assert_eq!((version, persons), (1, 3), "the copy is the old ledger, of the version that an older onroll reads");
}

#[test]
fn a_new_ledger_and_one_brought_up_to_date_have_the_same_tables() {
    let (old, new) = (Place::with_version_1(), Place::new());
    for place in [&old, &new] {
        drop(Ledger::open(&place.path).expect("a ledger"));
    }
    let tables = |place: &Place| {
        let connection = rusqlite::Connection::open(&place.path).expect("a database");
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").expect("schema");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("schema");
        rows.collect::<rusqlite::Result<Vec<(String, Option<String>)>>>().expect("schema")
    };
    assert_eq!(tables(&old), tables(&new));
    assert!(tables(&new).len() > 9);
}

#[test]
fn a_migration_that_fails_leaves_the_old_ledger_and_the_next_one_succeeds() {
    let place = Place::with_version_1();
    let blocked = rusqlite::Connection::open(&place.path).expect("a database");
    blocked.execute_batch("CREATE TABLE pairs (a)").expect("in the way of the third statement");
    drop(blocked);
    open_error(&place.path);
    let connection = rusqlite::Connection::open(&place.path).expect("a database");
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version");
    let changed: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('records', 'verdicts')", [], |row| row.get(0))
        .expect("a count");
    assert_eq!((version, changed), (1, 0), "all of the migration happens, or none");
    connection.execute_batch("DROP TABLE pairs").expect("out of the way");
    drop(connection);
    Ledger::open(&place.path).expect("brought up to date");
}

#[test]
fn f12_a_ledger_restored_from_a_backup_is_refused_and_says_what_to_do() {
    let place = Place::new();
    run(&place.path, "run1", 0..10);
    let backup = fs_err::read(&place.path).expect("a backup");
    run(&place.path, "run2", 10..20);
    fs_err::write(&place.path, &backup).expect("restored");
    let error = open_error(&place.path);
    assert!(matches!(error, LedgerError::OlderThanSeen { found: 2, seen: 4, .. }), "{error}");
    assert!(error.to_string().contains("one.sqlite.witness away"), "{error}");
    assert!(matches!(open_error(&place.path), LedgerError::OlderThanSeen { .. }), "it stays refused");
    let looking = Ledger::inspect(&place.path).expect("its runs can be looked at");
    assert!(looking.refuse_old_copy().is_err(), "and it is not asked who is on the roll");
    drop(looking);
    fs_err::remove_file(place.beside(".witness")).expect("what the message says");
    run(&place.path, "run3", 20..30);
    let ledger = Ledger::open(&place.path).expect("used from now on");
    assert!(ledger.person(Uuid::from_u128(5)).expect("read").is_some());
}

#[test]
fn f12_the_copy_from_before_a_migration_is_refused_once_the_ledger_was_used() {
    let place = Place::with_version_1();
    run(&place.path, "run2", 10..20);
    fs_err::copy(place.beside(".version-1"), &place.path).expect("put back");
    assert!(matches!(open_error(&place.path), LedgerError::OlderThanSeen { found: 0, .. }));
    fs_err::remove_file(place.beside(".witness")).expect("what the message says");
    run(&place.path, "run3", 20..30);
    assert!(place.beside(".version-1.2").exists(), "no copy takes the place of another");
}

#[test]
fn f12_a_copy_taken_while_a_run_was_on_is_refused_after_its_end() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.path).expect("a ledger");
    ledger.begin_run(&NewRun::without_sources(&RunId::from_text("run1"))).expect("a run");
    drop(ledger);
    let copy = fs_err::read(&place.path).expect("a copy");
    let mut ledger = Ledger::open(&place.path).expect("the ledger");
    ledger.end_run(&RunId::from_text("run1"), RunState::Finished).expect("ended");
    drop(ledger);
    fs_err::write(&place.path, copy).expect("restored");
    assert!(matches!(open_error(&place.path), LedgerError::OlderThanSeen { .. }));
}

#[test]
fn f11_a_deleted_ledger_is_made_again_with_the_same_key_and_says_so() {
    let place = Place::new();
    run(&place.path, "run1", 0..10);
    let secret = *Ledger::open(&place.path).expect("the ledger").secret().expose_secret();
    fs_err::remove_file(&place.path).expect("deleted");
    assert!(Ledger::was_deleted(&place.path));
    let ledger = Ledger::open(&place.path).expect("made again");
    assert_eq!(ledger.notices(), [LedgerNotice::MadeAgain]);
    assert_eq!(*ledger.secret().expose_secret(), secret);
    drop(ledger);
    run(&place.path, "run2", 0..1);
    assert_eq!(Ledger::open(&place.path).expect("again").notices(), []);
}

#[test]
fn f11_the_log_of_a_deleted_ledger_is_not_read_into_the_new_one() {
    let place = Place::new();
    let mut ledger = Ledger::open(&place.path).expect("a ledger");
    ledger.begin_run(&NewRun::without_sources(&RunId::from_text("run1"))).expect("a run");
    let log = fs_err::read(place.beside("-wal")).expect("a log");
    assert!(!log.is_empty());
    drop(ledger);
    fs_err::remove_file(&place.path).expect("deleted");
    fs_err::write(place.beside("-wal"), log).expect("as a killed run leaves it");
    let ledger = Ledger::open(&place.path).expect("made again");
    assert_eq!(ledger.runs().expect("runs").len(), 0);
    assert!(place.beside("-wal.of-deleted").exists(), "nothing is thrown away");
}

#[test]
fn another_ledger_in_the_place_of_the_one_that_was_there_is_refused() {
    let (place, other) = (Place::new(), Place::new());
    run(&place.path, "run1", 0..1);
    run(&other.path, "run1", 0..1);
    fs_err::copy(&other.path, &place.path).expect("replaced");
    assert!(matches!(open_error(&place.path), LedgerError::Replaced { .. }));
}

#[test]
fn f10_truncated_scribbled_and_emptied_ledgers_are_refused_and_left_alone() {
    let place = Place::new();
    run(&place.path, "run1", 0..2_000);
    let whole = fs_err::read(&place.path).expect("the ledger");
    let page = 4_096;
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xFF;
        bytes
    };
    let zeroed = |from: usize, to: usize| {
        let mut bytes = whole.clone();
        bytes[from..to].fill(0);
        bytes
    };
    let mut cases = vec![
        ("nothing left", Vec::new()),
        ("one page left", whole[..page].to_vec()),
        ("half left", whole[..whole.len() / 2].to_vec()),
        ("half a page lost", whole[..whole.len() - page / 2].to_vec()),
        ("all zeros", vec![0; whole.len()]),
        ("first page zeros", zeroed(0, page)),
        ("the name of the format", flipped(3)),
        ("the list of tables", flipped(100)),
    ];
    // The first byte of a page tells its kind, and two of the next four how many cells it has.
    cases.extend((1..whole.len() / page).step_by(7).map(|at| ("the kind of a page", flipped(at * page))));
    cases.extend((1..whole.len() / page).step_by(11).map(|at| ("a page of zeros", zeroed(at * page, (at + 1) * page))));
    let mut refused = 0;
    for (case, damaged) in cases {
        fs_err::write(&place.path, &damaged).expect("damage");
        let error = open_error(&place.path);
        assert!(matches!(error, LedgerError::Damaged { .. }), "{case}: {error}");
        assert!(error.to_string().contains("backup"), "{case}: {error}");
        assert_eq!(fs_err::read(&place.path).expect("the ledger"), damaged, "{case}: the file was changed");
        refused += 1;
    }
    assert!(refused > 20);
    fs_err::write(&place.path, &whole).expect("restored");
    assert_eq!(Ledger::open(&place.path).expect("whole").person_counts().expect("counts")[0].1, 2_000);
}

#[test]
fn f10_a_ledger_whose_log_was_taken_away_is_refused() {
    let place = Place::new();
    run(&place.path, "run1", 0..1);
    let mut ledger = Ledger::open(&place.path).expect("a ledger");
    let before = fs_err::read(&place.path).expect("the file without its log");
    ledger.begin_run(&NewRun::without_sources(&RunId::from_text("run2"))).expect("a run");
    drop(ledger);
    fs_err::write(&place.path, before).expect("as it is when the process was killed and its log is gone");
    assert!(matches!(open_error(&place.path), LedgerError::OlderThanSeen { .. }));
}

#[test]
fn f13_a_second_run_is_refused_and_the_lock_of_a_dead_one_is_no_obstacle() {
    let place = Place::new();
    let ledger = Ledger::open(&place.path).expect("a ledger");
    assert!(matches!(open_error(&place.path), LedgerError::InUse { .. }));
    drop(ledger);
    assert!(place.beside(".lock").exists(), "the file stays, as after kill -9; the system's lock is gone");
    Ledger::open(&place.path).expect("free");
}

#[test]
fn f14_a_ledger_on_a_network_file_system_is_refused_and_says_where_it_belongs() {
    // Which folders count as such is tested beside the reading of the mounts.
    let error = LedgerError::OnNetwork { path: PathBuf::from("/home/ann/one.sqlite"), kind: "nfs4".to_owned() };
    let text = error.to_string();
    assert!(text.contains("nfs4") && text.contains("local disk") && text.contains("--ledger"), "{text}");
}
