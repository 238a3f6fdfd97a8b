//! The fix files through the real binary: only the rows that need work, in their own columns, and given back they are
//! read as they were the first time.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::io::Read as _;

use onroll_core::domain::unguarded;
use onroll_core::report::{FixRow, FixTable, ReportFiles};
use proptest::prelude::*;
use support::{SandboxProcess, Workplace, rows_csv, sample};

const UNSPLIT: [&str; 4] = ["R101", "R102", "R110", "R111"];

/// What a row came to by itself: nothing that depends on other rows.
fn of_itself(row: &BTreeMap<String, String>) -> (String, String, String) {
    let findings: Vec<&str> = row["findings"].split(';').filter(|code| !code.starts_with('M')).collect();
    (row["external_id"].clone(), row["completeness"].clone(), findings.join(";"))
}

fn mapping(workplace: &Workplace, out: &str, table: usize) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&workplace.read(&format!("{out}/report.json"))).expect("JSON");
    let columns = report["input"].as_array().expect("tables").iter().filter(|input| input["has_roster"] == true);
    let columns = columns.map(|input| input["mapping"].as_array().expect("columns")).nth(table).expect("a table");
    columns.iter().map(|column| format!("{} {}", column["header"], column["field"])).collect()
}

/// The cells of a delimited file, without guards.
fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    onroll_core::read::read_bytes("fix.csv", bytes, &mut |event| {
        if let onroll_core::read::ReadEvent::Rows(batch) = event {
            let batch = batch.split_unguarded();
            assert!(batch.rows().all(|row| row.fault().is_none()));
            rows.extend(batch.rows().map(|row| row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()));
        }
        Ok(())
    })
    .expect("read");
    rows
}

/// Checks a sample, gives its fix file back, and compares the rows.
fn given_back(name: &str, fix: &str) {
    let workplace = Workplace::new();
    workplace.run(&["check", &sample(name), "--out", "first"]);
    let first = rows_csv(&workplace.path("first/rows.csv"));
    let file = workplace.path("first").join(fix).display().to_string();
    let ended =
        workplace.run(&["check", &file, "--system", name.split('.').next().expect("a stem"), "--out", "second"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{name}: {}", ended.stderr);
    let mut columns = mapping(&workplace, "second", 0);
    assert!(columns.pop().expect("a last column").starts_with("\"What to fix (onroll"));
    assert_eq!(columns, mapping(&workplace, "first", 0), "{name}");
    // The number of the row in the original is in the last column.
    let bytes = fs_err::read(workplace.path("first/fix.csv")).expect("fix.csv");
    let numbers = cells(&bytes).into_iter().skip(1).map(|row| {
        let what = row.last().expect("what is wrong").clone();
        what.split([' ', ':', ',']).nth(1).expect("a number").to_owned()
    });
    let second = rows_csv(&workplace.path("second/rows.csv"));
    let numbers: Vec<String> = numbers.collect();
    assert_eq!(numbers.len(), second.len(), "{name}");
    for (number, again) in numbers.iter().zip(&second) {
        let before = first.iter().find(|row| row["row"] == *number).expect("the row");
        if UNSPLIT.iter().any(|code| before["findings"].contains(code)) {
            let told = (again["outcome"].as_str(), again["findings"].as_str());
            assert_eq!(told, ("rejected", "R121"), "{name} row {number}: its cells are not there");
        } else {
            assert_eq!(of_itself(again), of_itself(before), "{name} row {number}");
        }
    }
    let held_up = first.iter().filter(|row| matches!(row["outcome"].as_str(), "held" | "rejected"));
    assert!(held_up.clone().count() > 0 && held_up.into_iter().all(|row| numbers.contains(&row["row"])), "{name}");
}

#[test]
fn a_fix_file_given_back_is_read_with_the_same_mapping_and_values() {
    for name in ["clinic-a.csv", "registry-c.tsv"] {
        given_back(name, "fix.csv");
        given_back(name, "fix.xlsx");
    }
}

#[test]
fn a_roster_on_standard_input_has_fix_files_too_and_an_upload_writes_them() {
    let workplace = Workplace::new();
    let text = "Last Name,First Name,DOB,Sex\nNg,Ann,1980-03-04,F\n,Bea,1981-01-01,F\n";
    let mut command = workplace.onroll(&["check", "-", "--out", "out"]);
    command.stdin(fs_err::File::open(workplace.write("roster.csv", text)).expect("the file").into_parts().0);
    assert_eq!(command.output().expect("runs").status.code(), Some(1));
    let bytes = fs_err::read(workplace.path("out/fix.csv")).expect("fix.csv");
    assert_eq!(cells(&bytes)[2][..4], ["", "Bea", "1981-01-01", "F"]);
    let sandbox = SandboxProcess::start(&workplace, &[]);
    sandbox.run(&workplace, &["upload", "roster.csv", "--out", "uploaded"]);
    assert_eq!(fs_err::read(workplace.path("uploaded/fix.csv")).expect("fix.csv").len(), bytes.len());
    assert!(workplace.path("uploaded/fix.xlsx").is_file());
}

#[test]
fn rows_that_need_no_work_leave_no_fix_file() {
    let workplace = Workplace::new();
    let text = "Last Name,First Name,DOB,Sex,Address,City,State,ZIP,Phone,Email\n\
                Ng,Ann,1980-03-04,F,12 Oak St,Duluth,MN,55802,218-555-0101,ann@example.org\n";
    workplace.write("roster.csv", text);
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(!workplace.path("out/fix.csv").exists() && !workplace.path("out/fix.xlsx").exists());
}

/// The file of a table in the form in which it is written.
fn written(table: FixTable, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ReportFiles::in_folder(&folder.path().join("out")).expect("a folder");
    files.write_fixes(&[table]).expect("written");
    fs_err::read(folder.path().join("out").join(name)).expect("the file")
}

fn table(rows: &[Vec<String>]) -> FixTable {
    let row = |cells: &Vec<String>| FixRow {
        cells: cells.clone(),
        faulty: vec![(1, "why".to_owned())],
        what: "row 2".into(),
    };
    FixTable {
        name: "a.csv".to_owned(),
        header: ["Last Name", "First Name", "Note"].map(str::to_owned).to_vec(),
        what_header: "What to fix (onroll)",
        rows: rows.iter().map(row).collect(),
    }
}

/// The text of a part of a workbook.
fn part(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).expect("the part").read_to_string(&mut text).expect("text");
    text
}

#[test]
fn the_first_thousand_cells_at_fault_have_a_note_and_all_of_them_are_coloured_and_told_in_the_last_column() {
    let rows: Vec<Vec<String>> =
        (0..1_200).map(|row| vec!["Ng".to_owned(), format!("A{row}"), String::new()]).collect();
    let workbook = written(table(&rows), "fix.xlsx");
    assert_eq!(part(&workbook, "xl/comments1.xml").matches("<comment ").count(), 1_000);
    let sheet = part(&workbook, "xl/worksheets/sheet1.xml");
    let style_of = |cell: &str| {
        let from = sheet.find(&format!("<c r=\"{cell}\"")).expect("the cell");
        sheet[from..].split('"').nth(3).expect("its style").to_owned()
    };
    assert_eq!(style_of("B2"), style_of("B1201"));
    assert_ne!(style_of("A1201"), style_of("B1201"));
    assert_eq!(cells(&written(table(&rows), "fix.csv")).iter().filter(|row| row[3] == "row 2").count(), 1_200);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_comes_back_from_fix_csv_with_exactly_one_guard_taken_off(
        rows in prop::collection::vec(prop::collection::vec("[^\u{0}]{0,8}|['=+@\\-\t\r\n\",;|~^ ＝]{0,5}", 3), 1..6),
    ) {
        let read = cells(&written(table(&rows), "fix.csv"));
        for (row, again) in rows.iter().zip(read.iter().skip(1)) {
            prop_assert_eq!(&again[..3], row.as_slice());
        }
        prop_assert_eq!(read.len(), rows.len() + 1);
    }

    #[test]
    fn any_text_comes_back_from_fix_xlsx(
        rows in prop::collection::vec(prop::collection::vec("[^\u{0}-\u{1f}\u{7f}\u{fffe}\u{ffff}]{0,8}|['=+@\\-\"_x0041]{0,8}", 3), 1..4),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fix.xlsx");
        fs_err::write(&path, written(table(&rows), "fix.xlsx")).expect("written");
        let mut read = Vec::new();
        onroll_core::read::read_roster(&path, &|_| {}, &mut |event| {
            if let onroll_core::read::ReadEvent::Rows(batch) = event {
                let batch = batch.split();
                read.extend(batch.rows().map(|row| row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>()));
            }
            Ok(())
        })
        .expect("read");
        for (row, again) in rows.iter().zip(read.iter().skip(1)) {
            prop_assert_eq!(&again[..3], row.as_slice());
        }
        prop_assert_eq!(read.len(), rows.len() + 1);
    }
}

#[test]
fn a_guard_comes_off_once() {
    assert_eq!(unguarded("'=1"), "=1");
    assert_eq!(unguarded("''=1"), "'=1");
}
