//! `onroll evaluate` as a user runs it: a known truth, figures that can be counted by hand, and every refusal.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use serde_json::Value;
use support::{Ended, Workplace};

/// Rows 2 and 3 say the same; row 4 is somebody else, whom the truth takes for the person of row 2.
const ROSTER: &str = "Key,First Name,Last Name,Date of Birth,Sex,Address,City,State,ZIP\n\
    p1,Dolores,Quintero,1961-04-19,F,12 Maple St,Denver,CO,80202\n\
    p1,Dolores,Quintero,1961-04-19,F,12 Maple St,Denver,CO,80202\n\
    p1,Walter,Okafor,1947-11-02,M,9 Birch Ln,Austin,TX,78701\n\
    p2,Ines,Halvorsen,1990-01-30,F,77 Cedar Rd,Boise,ID,83702\n";
const TRUTH: &str = "row,person\n2,a\n3,a\n4,a\n5,b\n9,c\n";

fn evaluation(workplace: &Workplace, folder: &str) -> Value {
    serde_json::from_str(&workplace.read(&format!("{folder}/evaluation.json"))).expect("JSON")
}

fn refused(ended: &Ended, code: i32, word: &str) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(word), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Quintero"), "{}", ended.stderr);
}

#[test]
fn the_figures_are_those_counted_by_hand() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    workplace.write("truth.csv", TRUTH);
    let ended = workplace.run(&["evaluate", "roster.csv", "--truth", "truth.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let found = evaluation(&workplace, "out");
    assert_eq!(found["schema"], "onroll.evaluation/1");
    assert_eq!(found["pairwise"]["predicted"], 1);
    assert_eq!(found["pairwise"]["actual"], 3);
    assert_eq!(found["pairwise"]["correct"], 1);
    assert_eq!(found["pairwise"]["precision"], 1.0);
    assert_eq!(found["pairwise"]["f1"], 0.5);
    assert_eq!(found["cluster"]["correct"], 0);
    assert_eq!(found["truth"]["persons"], 2);
    assert_eq!(found["truth"]["truth_without_row"], 1);
    assert!(ended.stdout.contains("100.0 % of the merged pairs are right; 33.3 % of the true pairs were merged"));
    let page = workplace.read("out/evaluation.html");
    assert!(page.contains("33.3 %") && !page.contains("Quintero"));
}

#[test]
fn a_column_of_the_roster_can_be_the_truth() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    workplace.write("map.toml", "[columns]\n\"Key\" = \"ignore\"\n");
    let arguments = ["evaluate", "roster.csv", "--map", "map.toml", "--truth-column", "Key", "--format", "json"];
    let ended = workplace.run(&arguments);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let printed: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!((&printed["pairwise"]["predicted"], &printed["pairwise"]["actual"]), (&1.into(), &3.into()));
    refused(
        &workplace.run(&["evaluate", "roster.csv", "--truth-column", "Who"]),
        2,
        "no roster has a column named \"Who\"",
    );
}

#[test]
fn a_truth_that_would_take_part_in_the_matching_is_refused() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    workplace.write("map.toml", "[columns]\n\"Key\" = \"external_id\"\n");
    let arguments = ["evaluate", "roster.csv", "--map", "map.toml", "--truth-column", "Key"];
    refused(&workplace.run(&arguments), 2, "\"Key\" = \"ignore\"");
}

#[test]
fn a_truth_that_does_not_fit_is_refused() {
    let workplace = Workplace::new();
    workplace.write("roster.csv", ROSTER);
    workplace.write("other.csv", "row,person\n900,x\n");
    workplace.write("broken.csv", "row,person\nsecond,x\n");
    workplace.write("truth.csv", TRUTH);
    refused(
        &workplace.run(&["evaluate", "roster.csv", "--truth", "other.csv"]),
        3,
        "check that the truth belongs to this roster",
    );
    refused(&workplace.run(&["evaluate", "roster.csv", "--truth", "broken.csv"]), 3, "line 2");
    refused(&workplace.run(&["evaluate", "roster.csv", "--truth", "absent.csv"]), 3, "absent.csv");
    refused(&workplace.run(&["evaluate", "roster.csv"]), 2, "--truth");
    workplace.write("second.csv", ROSTER);
    refused(&workplace.run(&["evaluate", "roster.csv", "second.csv", "--truth", "truth.csv"]), 3, "a column `file`");
}

#[test]
fn several_rosters_are_measured_together_where_the_truth_names_them() {
    let workplace = Workplace::new();
    workplace.write("one.csv", ROSTER);
    workplace.write("two.csv", ROSTER);
    workplace.write("truth.csv", "file,row,person\none.csv,2,a\none.csv,3,a\ntwo.csv,2,a\ntwo.csv,5,b\n");
    let ended = workplace.run(&["evaluate", "one.csv", "two.csv", "--truth", "truth.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let found = evaluation(&workplace, "out");
    assert_eq!((&found["pairwise"]["correct"], &found["pairwise"]["actual"]), (&3.into(), &3.into()));
    assert_eq!(found["truth"]["rows_without_truth"], 4);
}

#[test]
fn a_generated_roster_is_measured_with_its_own_truth_at_any_thread_count() {
    let workplace = Workplace::new();
    let generate = ["generate", "--kind", "clinic", "--rows", "2000", "--duplicates", "0.3", "--noise", "0.5"];
    let made = workplace.run(&[&generate[..], &["--out", "roster.csv", "--truth", "truth.csv"]].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    for threads in ["1", "3"] {
        let arguments = ["evaluate", "roster.csv", "--truth", "truth.csv", "--threads", threads, "--out", threads];
        assert_eq!(workplace.run(&arguments).code, Some(0));
    }
    assert_eq!(workplace.read("1/evaluation.json"), workplace.read("3/evaluation.json"));
    assert_eq!(workplace.read("1/evaluation.html"), workplace.read("3/evaluation.html"));
    let found = evaluation(&workplace, "1");
    assert_eq!(found["truth"]["rows"], 2000);
    assert!(found["pairwise"]["actual"].as_u64() > Some(500));
    assert!(found["pairwise"]["recall"].as_f64() > Some(0.1) && found["pairwise"]["precision"].as_f64() > Some(0.5));
}
