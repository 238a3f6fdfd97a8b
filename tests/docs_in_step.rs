//! What the documents say is what the program does: the schema, the README's commands, the exit codes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use serde_json::Value;
use support::{Workplace, sample};

fn document(name: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    fs_err::read_to_string(root.join(name)).expect("the document is there")
}

#[test]
fn reports_fit_the_published_schema() {
    let schema: Value = serde_json::from_str(&document("docs/report.schema.json")).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let misfits =
        |report: &Value| -> Vec<String> { validator.iter_errors(report).map(|error| error.to_string()).collect() };
    let workplace = Workplace::new();
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    workplace.run(&["check", &a, &b, "--out", "checked"]);
    workplace.run(&["upload", &a, &b, "--sandbox", "--out", "uploaded"]);
    for folder in ["checked", "uploaded"] {
        let report: Value = serde_json::from_str(&workplace.read(&format!("{folder}/report.json"))).expect("JSON");
        assert_eq!(misfits(&report), Vec::<String>::new(), "{folder}");
        let mut broken = report.clone();
        broken["rows"]["read"] = Value::String("many".to_owned());
        assert_eq!(misfits(&broken).len(), 1, "the check finds what does not fit");
    }
}

#[test]
fn the_readme_names_every_command_and_no_other() {
    let workplace = Workplace::new();
    let help = workplace.run(&["help"]).stdout;
    let commands: BTreeSet<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 10, "{help}");
    let readme = document("README.md");
    let block = readme.split("## The commands").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("the block");
    let named: BTreeSet<&str> = block
        .lines()
        .flat_map(|line| line.split('|'))
        .filter_map(|part| part.trim().trim_start_matches("onroll ").split_whitespace().next())
        .collect();
    assert_eq!(named, commands);
}

#[test]
fn every_exit_code_in_the_source_is_documented() {
    let documented = document("docs/exit-codes.md");
    let source = document("src/app/cli/exit.rs");
    let mut codes = 0;
    for line in source.lines().filter_map(|line| line.trim().strip_suffix(',')) {
        if let Some((_, code)) = line.split_once(" = ")
            && code.parse::<u8>().is_ok()
        {
            codes += 1;
            assert!(documented.contains(&format!("| {code} |")), "{line}");
        }
    }
    assert_eq!(codes, 9);
}

#[test]
fn help_reads_as_it_was_reviewed() {
    let workplace = Workplace::new();
    insta::assert_snapshot!("help", workplace.run(&["help"]).stdout);
    insta::assert_snapshot!("help_check", workplace.run(&["help", "check"]).stdout);
    insta::assert_snapshot!("help_upload", workplace.run(&["help", "upload"]).stdout);
}

#[test]
fn the_document_on_reading_lists_every_limit_with_its_number() {
    let text = document("docs/reading.md");
    for limit in onroll_core::read::Limit::ALL {
        let line = format!("| `{}` | {} | ", limit.name(), limit.usual_in_words());
        assert!(text.contains(&line), "{line}");
    }
}
