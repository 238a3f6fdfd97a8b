//! Social security numbers in a roster, through the real binary: told of every row that has one, and never sent,
//! whatever the column is called and whoever mapped it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use support::{SandboxProcess, Workplace, files_below, rows_csv};

/// A number alone, in a text, without hyphens under a header that says so, in a column of the patient, and none.
const ROSTER: &str = "\
MRN,First Name,Last Name,Date of Birth,Phone,SSN,Weather
7001,Ann,Ng,1980-03-04,612-555-0123,,219-09-9999
7002,Bob,Larsen,1971-05-20,612-555-0124,,note: 536-22-8726 on file
7003,Cyd,Okafor,1966-11-30,612-555-0125,457555462,
7004,Dan,Petrov,1959-01-17,532-14-7001,,
7005,Eve,Moreau,1990-08-08,612-555-0126,,sunny
";
const NUMBERS: [&str; 4] = ["219-09-9999", "536-22-8726", "457-55-5462", "532-14-7001"];

/// Whether bytes hold a number, with or without its hyphens.
fn holds_a_number(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    NUMBERS.iter().any(|number| text.contains(number) || text.contains(&number.replace('-', "")))
}

fn told(workplace: &Workplace, folder: &str) -> BTreeSet<String> {
    let rows = rows_csv(&workplace.path(&format!("{folder}/rows.csv")));
    assert_eq!(rows.len(), 5);
    let holds_finding =
        |row: &&std::collections::BTreeMap<String, String>| row.values().any(|cell| cell.contains("I103"));
    rows.iter().filter(holds_finding).map(|row| row["row"].clone()).collect()
}

#[test]
fn a_social_security_number_in_any_column_is_told_and_never_sent() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    assert!(holds_a_number(ROSTER.as_bytes()));
    let ended = workplace.run(&["check", "roster.csv", "--out", "checked"]);
    let with_a_number: BTreeSet<String> = ["2", "3", "4", "5"].map(str::to_owned).into();
    assert_eq!(told(&workplace, "checked"), with_a_number, "{}", ended.stderr);
    let report = workplace.read("checked/report.json");
    assert!(report.contains("I103"), "{report}");

    let sandbox = SandboxProcess::start(&workplace, &[]);
    let ended = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "uploaded"]);
    assert_eq!(told(&workplace, "uploaded"), with_a_number, "{}", ended.stderr);
    assert!(!holds_a_number(ended.stdout.as_bytes()) && !holds_a_number(ended.stderr.as_bytes()));
    let subjects = sandbox.subjects();
    let names: BTreeSet<&str> = subjects.iter().filter_map(|subject| subject["lastName"].as_str()).collect();
    for name in ["Ng", "Larsen", "Okafor", "Petrov", "Moreau"] {
        assert!(names.contains(name), "{name} is on the roll: {names:?}");
    }
    assert!(subjects.iter().all(|subject| !holds_a_number(subject.to_string().as_bytes())));
    // Everything that the vendor was told, its journal, and what onroll remembers. Two files show the cells themselves,
    // for those who have the roster: `changes.csv` what stood in a changed one, `fix.csv` the rows to be mended with
    // their columns untouched.
    for file in files_below(&workplace.path("")) {
        let may_hold_one = ["roster.csv", "changes.csv", "fix.csv"].iter().any(|name| file.ends_with(name));
        let holds_one = holds_a_number(&fs_err::read(&file).expect("read"));
        assert!(!holds_one || may_hold_one, "{}", file.display());
    }
}

#[test]
fn a_column_of_social_security_numbers_is_not_sent_even_where_a_mapping_asks_for_it() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    workplace.write("mine.toml", "[columns]\nSSN = \"external_id\"\nWeather = \"label\"\n");
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let ended = sandbox.run(&workplace, &["upload", "roster.csv", "--map", "mine.toml", "--out", "uploaded"]);
    assert!(ended.code.is_some_and(|code| code < 2), "{}", ended.stderr);
    let subjects = sandbox.subjects();
    assert!(subjects.iter().any(|subject| subject["lastName"] == "Okafor"));
    assert!(subjects.iter().all(|subject| !holds_a_number(subject.to_string().as_bytes())));
}

/// The identifiers that a roster under this name sends.
fn ids_sent(name: &str, roster: &str) -> Vec<String> {
    let workplace = Workplace::new();
    workplace.write(name, roster);
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let ended = sandbox.run(&workplace, &["upload", name, "--accept-mapping", "--out", "uploaded"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    let mut subjects = sandbox.subjects();
    subjects.retain(|subject| ["Lopez", "Garza"].iter().any(|name| subject["lastName"] == **name));
    assert_eq!(subjects.len(), 2);
    let mut ids: Vec<String> = subjects.iter().map(|subject| subject["externalIdentifiers"].to_string()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn a_record_number_that_is_the_social_security_number_of_its_row_is_not_sent() {
    let roster = "MRN,Last Name,First Name,DOB,SSN\n457551100,Lopez,Maria,05/13/1980,457-55-1100\n\
                  4711,Garza,Jose,06/14/1975,458551101\n";
    let ids = ids_sent("roster.csv", roster);
    assert!(ids.iter().any(|ids| ids.contains("4711")) && ids.iter().all(|ids| !ids.contains("457551100")), "{ids:?}");
}

#[test]
fn record_numbers_of_nine_digits_are_sent_whatever_the_file_is_called() {
    let roster = "MRN,Last Name,First Name,DOB\n457551100,Lopez,Maria,05/13/1980\n458551101,Garza,Jose,06/14/1975\n";
    let ids = ids_sent("no-ssn.csv", roster);
    assert!(ids[0].contains("457551100") || ids[1].contains("457551100"), "{ids:?}");
}
