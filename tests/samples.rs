//! The samples against the key that their maker planted: who is who, and which rows are accepted, held or refused.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::{Workplace, rows_csv, sample};

type Place = (String, String, u32);

fn place(row: &BTreeMap<String, String>, file: &str) -> Place {
    let name = row[file].rsplit('/').next().unwrap_or_default().to_owned();
    (name, row["sheet"].clone(), row["row"].parse().expect("a number"))
}

#[test]
fn every_sample_row_ends_as_its_maker_meant() {
    let key: BTreeMap<Place, BTreeMap<String, String>> =
        rows_csv(sample("answers.csv").as_ref()).into_iter().map(|row| (place(&row, "file"), row)).collect();
    let files: BTreeSet<&String> = key.keys().map(|(file, ..)| file).collect();
    let paths: Vec<String> = files.iter().map(|file| sample(file)).collect();
    let workplace = Workplace::new();
    let mut arguments = vec!["check", "--out", "out"];
    arguments.extend(paths.iter().map(String::as_str));
    let ended = workplace.run(&arguments);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    assert_eq!(rows.len(), key.len(), "no row is missing and none is made up");
    let mut persons: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &rows {
        let planted = &key[&place(row, "source_file")];
        let outcome = match row["outcome"].as_str() {
            "not_attempted" | "merged" => "accept",
            "held" => "hold",
            "rejected" => "reject",
            other => panic!("a dry run has no {other}"),
        };
        assert_eq!(outcome, planted["expect"], "{row:?} {planted:?}");
        if outcome == "accept" {
            persons.entry(planted["person"].clone()).or_default().insert(row["person"].clone());
        }
    }
    for (person, found) in &persons {
        assert_eq!(found.len(), 1, "{person} is one person");
    }
    let found: BTreeSet<&String> = persons.values().flatten().collect();
    assert_eq!(found.len(), persons.len(), "nobody is mixed up with somebody else");
}

#[test]
fn planted_findings_are_found() {
    let workplace = Workplace::new();
    let mut checked = 0;
    for file in ["clinic-a.csv", "clinic-b.xlsx", "registry-c.tsv"] {
        workplace.run(&["check", &sample(file), "--out", file]);
        let rows: BTreeMap<Place, String> = rows_csv(&workplace.path(&format!("{file}/rows.csv")))
            .into_iter()
            .map(|row| (place(&row, "source_file"), row["findings"].clone()))
            .collect();
        for planted in rows_csv(sample("answers.csv").as_ref()).iter().filter(|planted| planted["file"] == file) {
            for part in planted["planted"].split(';') {
                let word = part.trim().trim_matches('"').split(' ').next().unwrap_or_default();
                let is_code = word.len() == 4 && word.starts_with(|letter: char| letter.is_ascii_uppercase());
                if is_code && word[1..].parse::<u16>().is_ok() {
                    checked += 1;
                    let found = &rows[&place(planted, "file")];
                    assert!(found.contains(word), "{file} row {}: {word} planted, found {found}", planted["row"]);
                }
            }
        }
    }
    assert!(checked >= 40, "{checked}");
}
