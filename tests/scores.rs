//! Scores, what to fix first, shared values and changes through the real binary.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use support::{Workplace, rows_csv};

const HEADER: &str = "Last Name,First Name,DOB,Sex,Address,City,State,ZIP,Phone,Email,Date of Death\n";

/// People without an identifier; every third lacks the phone, every fourth the street, every fifth the birth date.
fn roster(people: usize, with_every_phone: bool) -> String {
    let mut text = HEADER.to_owned();
    for number in 0..people {
        let (last, first) = (format!("Lastname{}", letters(number)), format!("Given{}", letters(number * 7 + 3)));
        let birth = if number % 5 == 0 {
            String::new()
        } else {
            format!("{}-{:02}-{:02}", 1940 + number % 60, number % 12 + 1, number % 27 + 1)
        };
        let street = if number % 4 == 0 { String::new() } else { format!("{} Oak St", number + 1) };
        let phone = if number % 3 == 0 && !with_every_phone { String::new() } else { format!("612-555-{number:04}") };
        let email = if number % 7 == 0 { format!("person{number}@mail.example.org") } else { String::new() };
        writeln!(text, "{last},{first},{birth},F,{street},Duluth,MN,55802,{phone},{email},").expect("memory");
    }
    text
}

/// A number as letters, so that names are names.
fn letters(number: usize) -> String {
    let letter = |rest: usize| char::from(b'a' + u8::try_from(rest % 26).expect("a letter"));
    [letter(number / 26), letter(number), letter(number * 5 + 1)].iter().collect()
}

fn report(workplace: &Workplace, folder: &str) -> Value {
    serde_json::from_str(&workplace.read(&format!("{folder}/report.json"))).expect("JSON")
}

fn by_row(workplace: &Workplace, file: &str) -> BTreeMap<u32, BTreeMap<String, String>> {
    rows_csv(&workplace.path(file)).into_iter().map(|row| (row["row"].parse().expect("a number"), row)).collect()
}

#[test]
fn supplying_the_phone_in_the_roster_brings_what_the_report_foretold() {
    let workplace = Workplace::new();
    workplace.write("before.csv", roster(120, false));
    workplace.write("after.csv", roster(120, true));
    for name in ["before", "after"] {
        let ended = workplace.run(&["check", &format!("{name}.csv"), "--out", name, "--fail-on", "never"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let (before, after) = (report(&workplace, "before"), report(&workplace, "after"));
    let fixes = before["what_to_fix_first"].as_array().expect("a list");
    let phone = fixes.iter().find(|fix| fix["field"] == "phone").expect("the phone would help");
    assert_eq!(phone["rows"], 40);
    assert_eq!(phone["cms_eligible_share_before"], before["matchability"]["cms_eligible_share"]);
    assert_eq!(phone["cms_eligible_share_after"], after["matchability"]["cms_eligible_share"]);
    let gained = after["matchability"]["cms_eligible"].as_u64().expect("rows")
        - before["matchability"]["cms_eligible"].as_u64().expect("rows");
    assert_eq!(phone["would_become_cms_eligible"], gained);
    assert!(gained > 0);
    let rows = |report: &Value, table: &str, name: &str| {
        let list = report["matchability"][table].as_array().expect("a list").clone();
        list.iter().find(|line| line["name"] == name || line["id"] == name).expect(name)["rows"].as_i64().expect("rows")
    };
    for (table, names) in
        [("levels", vec!["L1 weight", "L0", "none"]), ("grades", vec!["superior", "very good", "good"])]
    {
        for name in names {
            let moves = phone[table].as_array().expect("moves");
            let sum = |key: &str| -> i64 {
                moves.iter().filter(|step| step[key] == name).map(|step| step["rows"].as_i64().expect("rows")).sum()
            };
            let expected = rows(&before, table, name) + sum("to") - sum("from");
            assert_eq!(rows(&after, table, name), expected, "{table} {name}");
        }
    }
    for gain in phone["rules"].as_array().expect("rules") {
        let id = gain["id"].as_str().expect("an id");
        let grown = rows(&after, "rules", id) - rows(&before, "rules", id);
        assert_eq!(gain["rows"].as_i64(), Some(grown), "{id}");
    }
    let sentence = phone["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("Add the phone to 40 rows: CMS-eligible rises from "), "{sentence}");
}

#[test]
fn every_row_tells_its_weight_level_grade_and_rules() {
    let workplace = Workplace::new();
    let rows = "Ng,Ann,1980-03-04,F,1 Main St,Duluth,MN,55802,218-555-0101,,\n\
                Larsen,Bo,1975-05-06,M,,,,55802,,,\n\
                Okafor,Chidi,1969-07-08,M,,,,,,chidi@mail.example.org,\n\
                Haddad,Dina,,F,,,,,UNKNOWN,,\n";
    workplace.write("roster.csv", format!("{HEADER}{rows}"));
    workplace.run(&["check", "roster.csv", "--out", "out"]);
    let found = by_row(&workplace, "out/rows.csv");
    let scores = |row: u32| {
        ["fast_weight", "fast_level", "predicted_grade", "cms_rules"].map(|column| found[&row][column].clone())
    };
    assert_eq!(scores(2), ["10", "L1 weight", "superior", "01;02;11;33;34;36;37"]);
    assert_eq!(scores(3), ["5", "none", "very good", ""], "name, birth date, sex and ZIP satisfy no CMS rule");
    assert_eq!(scores(4), ["9", "L0", "superior", "03;12"]);
    assert_eq!(scores(5), ["3", "none", "none", ""], "a placeholder is no phone");
}

#[test]
fn an_upload_tells_the_scores_of_the_dry_run_and_a_report_from_the_ledger_the_same() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", roster(40, false));
    workplace.run(&["check", "roster.csv", "--out", "checked"]);
    let ended = workplace.run(&["upload", "roster.csv", "--sandbox", "--out", "sent"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let columns = ["completeness", "fast_weight", "fast_level", "predicted_grade", "cms_rules"];
    let scores = |file: &str| -> Vec<[String; 5]> {
        let rows = by_row(&workplace, file).into_values();
        rows.map(|row| columns.map(|column| row[column].clone())).collect()
    };
    assert_eq!(scores("sent/rows.csv"), scores("checked/rows.csv"));
    let run = report(&workplace, "sent")["run"].as_str().expect("an id").to_owned();
    let ended = workplace.run(&["report", &run, "--out", "again"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(workplace.read("again/rows.csv"), workplace.read("sent/rows.csv"));
}

#[test]
fn a_front_desks_phone_is_told_is_no_evidence_and_does_not_count() {
    let workplace = Workplace::new();
    let mut text = roster(60, true);
    // Thirty more people with the clinic's own number. Two of them are called alike and are two people.
    for number in 0..30 {
        let last = if number < 2 { "Castellanos".to_owned() } else { format!("Deskname{}", letters(number)) };
        let birth = 1950 + number;
        let (month, day) = (number % 12 + 1, number % 28 + 1);
        writeln!(text, "{last},Maria,{birth}-{month:02}-{day:02},F,,,,,218-555-0100,,").expect("memory");
    }
    workplace.write("roster.csv", text);
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    assert!(ended.stdout.contains("too many people share the phone"), "{}", ended.stdout);
    let found = by_row(&workplace, "out/rows.csv");
    for row in 62..92_u32 {
        assert!(found[&row]["findings"].contains("C120:phone"), "{:?}", found[&row]);
        assert_eq!(found[&row]["cms_rules"], "", "a shared phone satisfies no rule");
        assert_eq!(found[&row]["fast_weight"], "5");
    }
    assert!((2..62).all(|row| !found[&row]["findings"].contains("C120")));
    assert_ne!(found[&62]["person"], found[&63]["person"]);
    let before = found[&62]["completeness"].parse::<u32>().expect("a score");
    assert_eq!(before, 52, "names, birth date and sex; the phone does not count");
    let report = report(&workplace, "out");
    let finding =
        report["findings"].as_array().expect("findings").iter().find(|it| it["code"] == "C120").expect("C120");
    assert_eq!((finding["rows"].as_u64(), finding["first_rows"][0].as_str()), (Some(30), Some("62")));
}

#[test]
fn every_changed_value_stands_in_changes_csv_before_and_after_and_in_no_log() {
    let workplace = Workplace::new();
    let rows = "ZYZZYVA JR,QUILLA,1980-03-04,F,7731 Plumbago Street Apt 4,Duluth,MN,55802,218-CALLNOW,,\n\
                Larsen,Bo,13/45/1980,X,,,ZZ,123,,=cmd|'/c calc',\n\
                Ng,Ann,3/4/1981,Female,,,Minnesota,55802,(218) 555-0101,,\n";
    workplace.write("roster.csv", format!("{HEADER}{rows}"));
    let ended = workplace.run(&["-vv", "check", "roster.csv", "--out", "out"]);
    for canary in ["ZYZZYVA", "Zyzzyva", "Plumbago", "555-CALL", "calc"] {
        assert!(!ended.stderr.contains(canary) && !ended.stdout.contains(canary), "{canary}");
        assert!(
            !workplace.read("out/report.html").contains(canary) && !workplace.read("out/report.json").contains(canary)
        );
    }
    let changes: Vec<[String; 5]> = rows_csv(&workplace.path("out/changes.csv"))
        .into_iter()
        .map(|line| ["row", "field", "findings", "before", "after"].map(|column| line[column].clone()))
        .collect();
    let has = |expected: [&str; 5]| changes.iter().any(|change| *change == expected);
    for expected in [
        ["2", "first_name", "N105", "QUILLA", "Quilla"],
        ["2", "last_name", "N104;N105", "ZYZZYVA JR", "Zyzzyva"],
        ["2", "suffix", "N104;N105", "", "Jr"],
        ["2", "phone", "C104", "218-CALLNOW", "218-225-5669"],
        ["3", "birth_date", "D102", "13/45/1980", ""],
        ["3", "sex", "S102", "X", ""],
        ["3", "state", "A103", "ZZ", ""],
        ["3", "postal_code", "A104", "123", ""],
    ] {
        assert!(has(expected), "{expected:?} in {changes:#?}");
    }
    let unit = |change: &[String; 5]| change[1] == "address_line2" && change[3].is_empty() && change[4] == "Apt 4";
    assert!(changes.iter().any(unit), "{changes:#?}");
    assert!(workplace.read("out/changes.csv").contains("'=cmd"), "a formula is guarded");
    assert!(changes.iter().all(|change| change[0] != "4"), "the vendor's form of a value is no change: {changes:#?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs_err::metadata(workplace.path("out/changes.csv")).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn the_page_is_whole_without_duplicates_findings_or_gains() {
    let workplace = Workplace::new();
    workplace.write(
        "roster.csv",
        "MRN,System,Last Name,First Name,Middle Name,DOB,Sex,Address,City,State,ZIP,Phone,Email\n\
         A1,Hospital A,Ng,Ann,Marie,1980-03-04,F,1 Main St,Duluth,MN,55802,218-555-0101,ann@mail.example.org\n",
    );
    workplace.run(&["check", "roster.csv", "--out", "out"]);
    let page = workplace.read("out/report.html");
    for part in [
        "No two rows look like the same person",
        "Nothing: supplying a missing field",
        "There are no findings.",
        "default-src 'none'",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for absent in ["<script", "http://", "https://", "src=", "@import"] {
        assert!(!page.contains(absent), "{absent}");
    }
}
