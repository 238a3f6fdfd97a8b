//! Social security numbers in a roster, through the real binary: told of every row that has one, and never sent, whatever the
//! column is called and whoever mapped it.

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
    // Everything that the vendor was told, its journal, and what onroll remembers. Two files show the cells themselves, for those
    // who have the roster: `changes.csv` what stood in a changed one, `fix.csv` the rows to be mended with their columns untouched.
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
