//! The small hostile files in samples/hostile, one trait each: each ends as the text beside it says.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write as _;

use support::{Workplace, rows_csv, sample};

/// How a file was read, in the form of the expected readings: the refusal, or the table and every row.
fn reading(workplace: &Workplace, name: &str) -> String {
    let path = sample(&format!("hostile/{name}"));
    let ended = workplace.run(&["check", &path, "--out", name]);
    let shown = |text: &str| text.replace(&path, name).trim_end().to_owned();
    if !matches!(ended.code, Some(0 | 1)) {
        return format!("refused with exit code {:?}\n{}\n", ended.code, shown(&ended.stderr));
    }
    let report: serde_json::Value =
        serde_json::from_str(&workplace.read(&format!("{name}/report.json"))).expect("JSON");
    let mut text = String::new();
    for table in report["input"].as_array().expect("tables") {
        let field = |key: &str| table[key].as_str().unwrap_or_default().to_owned();
        let _ = writeln!(text, "format: {} {}", field("format"), field("packing"));
        let _ = writeln!(text, "encoding: {}", field("encoding"));
        let _ = writeln!(text, "dialect: {}", field("dialect"));
        let _ = writeln!(text, "sheet: {}", field("sheet"));
        let _ = writeln!(text, "header row: {}", table["header_row"]);
        let columns = table["mapping"].as_array().expect("columns").iter();
        let fields: Vec<&str> = columns.map(|column| column["field"].as_str().unwrap_or("-")).collect();
        let _ = writeln!(text, "columns: {}", fields.join(", "));
    }
    let mut repeats = 0;
    let mut before = String::new();
    for row in rows_csv(&workplace.path(&format!("{name}/rows.csv"))) {
        let line = format!("{}: {}", row["outcome"], row["findings"]);
        repeats = if line == before { repeats + 1 } else { 0 };
        // Rows that end alike are not told one by one.
        if repeats < 3 {
            let _ = writeln!(text, "row {}: {line}", row["row"]);
        }
        before = line;
    }
    text
}

#[test]
fn every_hostile_file_is_read_or_refused_as_the_text_beside_it_says() {
    let folder = sample("hostile");
    let workplace = Workplace::new();
    let mut names: Vec<String> = fs_err::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| ![".expected", ".md", ".py", ".mjs"].iter().any(|end| name.ends_with(end)))
        .collect();
    names.sort();
    assert!(names.len() >= 30, "{} files", names.len());
    for name in names {
        let expected = format!("{folder}/{name}.expected");
        let found = reading(&workplace, &name);
        if std::env::var_os("ONROLL_WRITE_EXPECTED").is_some() {
            fs_err::write(&expected, &found).expect("written");
        }
        let expected = fs_err::read_to_string(&expected).unwrap_or_else(|_| panic!("{name} has no expected reading"));
        assert_eq!(found.trim_end(), expected.trim_end(), "{name}");
    }
}
