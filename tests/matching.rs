//! Matching through the real binary: models and decisions that are given back, and thread counts that change nothing.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;

use support::{Workplace, rows_csv, sample};

/// Person numbers by row, of a run's folder.
fn persons(workplace: &Workplace, folder: &str) -> BTreeMap<u32, String> {
    let rows = rows_csv(&workplace.path(&format!("{folder}/rows.csv")));
    rows.into_iter().map(|row| (row["row"].parse().expect("a number"), row["person"].clone())).collect()
}

const HEADER: &str = "First Name,Last Name,DOB,Sex,Address,City,State,ZIP,Phone\n";
const ROBERT: &str = "Robert,Larsen,05/17/1961,M,12 Lake St,Duluth,MN,55802,218-555-0121\n";
const BOB: &str = "Bob,Larsen,05/17/1961,M,12 Lake St,Duluth,MN,55802,218-555-0121\n";
const RITA: &str = "Rita,Larsen,09/30/1988,F,12 Lake St,Duluth,MN,55802,218-555-0121\n";

#[test]
fn a_verdict_outranks_the_weight_in_both_directions() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", [HEADER, ROBERT, BOB, RITA].concat());
    let ended = workplace.run(&["check", "roster.csv", "--out", "before"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    let before = persons(&workplace, "before");
    assert_eq!(before[&2], before[&3], "the weight makes Robert and Bob one");
    assert_ne!(before[&2], before[&4]);
    workplace.write(
        "decided.csv",
        "left_file,left_sheet,left_row,right_file,right_sheet,right_row,decision\n\
         roster.csv,,2,roster.csv,,3,different\nroster.csv,,4,roster.csv,,3,Same\nroster.csv,,2,roster.csv,,4,\n",
    );
    let ended = workplace.run(&["check", "roster.csv", "--out", "after", "--decisions", "decided.csv"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    let after = persons(&workplace, "after");
    assert_ne!(after[&2], after[&3]);
    assert_eq!(after[&3], after[&4]);
    let pairs = workplace.read("after/duplicates.csv");
    assert!(pairs.contains("match,decided,"), "{pairs}");
}

#[test]
fn two_rows_decided_apart_are_not_joined_through_a_third() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", [HEADER, ROBERT, BOB, ROBERT].concat());
    workplace.write(
        "decided.csv",
        "left_file,left_sheet,left_row,right_file,right_sheet,right_row,decision\nroster.csv,,2,roster.csv,,4,different\n",
    );
    workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "decided.csv"]);
    let persons = persons(&workplace, "out");
    assert_ne!(persons[&2], persons[&4]);
}

#[test]
fn decisions_that_cannot_be_used_are_refused_with_file_line_and_reason() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", [HEADER, ROBERT, BOB].concat());
    let columns = "left_file,left_sheet,left_row,right_file,right_sheet,right_row,decision\n";
    for (lines, reason) in [
        ("roster.csv,,2,roster.csv,,3,maybe\n", "line 2: the decision must be same, different, revoke or empty"),
        ("roster.csv,,2,roster.csv,,9,same\n", "line 2: roster.csv row 9 was not read in this run"),
        ("roster.csv,,2,roster.csv,,2,same\n", "line 2: it names the same row twice"),
        (
            "roster.csv,,2,roster.csv,,3,same\nroster.csv,,3,roster.csv,,2,different\n",
            "line 3: it contradicts an earlier line",
        ),
    ] {
        workplace.write("decided.csv", format!("{columns}{lines}"));
        let ended = workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "decided.csv"]);
        assert_eq!(ended.code, Some(4), "{lines}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    }
    let ended = workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "nowhere.csv"]);
    assert_eq!(ended.stderr.matches("nowhere.csv").count(), 1, "{}", ended.stderr);
    workplace.write("decided.csv", "left_file,decision\n");
    let ended = workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "decided.csv"]);
    assert!(ended.stderr.contains("no column left_sheet"), "{}", ended.stderr);
}

#[test]
fn decisions_are_read_as_spreadsheet_programs_save_them() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", [HEADER, ROBERT, BOB, RITA].concat());
    let lines = "left_file,left_sheet,left_row,right_file,right_sheet,right_row,decision\n\
                 roster.csv,,2,roster.csv,,3,different\nroster.csv,,2,roster.csv,,4,same\n";
    let semicolons = lines.replace(',', ";").replace('\n', "\r\n");
    let wide = [
        &[0xff, 0xfe][..],
        &semicolons.replace(';', "\t").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    ];
    for bytes in [format!("\u{feff}{semicolons}").into_bytes(), wide.concat(), lines.as_bytes().to_vec()] {
        fs_err::write(workplace.path("decided.csv"), bytes).expect("written");
        let ended = workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "decided.csv"]);
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
        let persons = persons(&workplace, "out");
        assert_ne!(persons[&2], persons[&3]);
        assert_eq!(persons[&2], persons[&4]);
    }
    workplace.write("decided.csv", semicolons.replace("same", "maybe"));
    let ended = workplace.run(&["check", "roster.csv", "--out", "out", "--decisions", "decided.csv"]);
    assert!(ended.stderr.contains("line 3: the decision must be"), "{}", ended.stderr);
}

#[test]
fn the_written_model_given_back_decides_alike_and_another_file_is_refused() {
    let workplace = Workplace::new();
    let roster = sample("clinic-a.csv");
    workplace.run(&["check", &roster, "--out", "first"]);
    workplace.run(&["check", &roster, "--out", "second", "--model", "first/model.json"]);
    for file in ["duplicates.csv", "model.json", "rows.csv"] {
        assert_eq!(workplace.read(&format!("first/{file}")), workplace.read(&format!("second/{file}")), "{file}");
    }
    let ended = workplace.run(&["check", &roster, "--out", "third", "--model", "first/report.json"]);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("first/report.json is not a model"), "{}", ended.stderr);
}

#[test]
fn the_number_of_threads_changes_no_byte_of_pairs_and_model() {
    let workplace = Workplace::new();
    workplace.run(&["generate", "--rows", "3000", "--kind", "clinic", "--seed", "7", "--out", "roster.csv"]);
    for threads in ["1", "3"] {
        let ended = workplace.run(&["check", "roster.csv", "--out", threads, "--threads", threads]);
        assert!(matches!(ended.code, Some(0 | 1)), "{}", ended.stderr);
    }
    for file in ["duplicates.csv", "model.json", "rows.csv"] {
        assert_eq!(workplace.read(&format!("1/{file}")), workplace.read(&format!("3/{file}")), "{file}");
    }
}
