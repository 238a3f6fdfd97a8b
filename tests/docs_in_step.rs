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

/// Checks a value against the part of JSON Schema that docs/report.schema.json uses; returns what does not fit.
fn misfits(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(alternatives) = schema["oneOf"].as_array() {
        let fitting = alternatives.iter().filter(|schema| misfits(schema, value, place).is_empty()).count();
        if fitting != 1 {
            found.push(format!("{place}: {fitting} alternatives fit"));
        }
    }
    if schema.get("const").is_some_and(|expected| expected != value) {
        found.push(format!("{place}: not the constant"));
    }
    if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
        found.push(format!("{place}: {value} is not in the enumeration"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allows = |allowed: &Value| allowed == kind || (allowed == "number" && kind == "integer");
    let fits = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(allows),
        Value::Null => true,
        one => allows(one),
    };
    if !fits {
        found.push(format!("{place}: a {kind} is not allowed"));
    }
    for (limit, breaks) in [("minimum", -1.0), ("maximum", 1.0)] {
        if let (Some(limit), Some(number)) = (schema[limit].as_f64(), value.as_f64())
            && (number - limit) * breaks > 0.0
        {
            found.push(format!("{place}: {number} is out of bounds"));
        }
    }
    if let Value::Object(object) = value {
        for required in schema["required"].as_array().into_iter().flatten() {
            if !object.contains_key(required.as_str().expect("text")) {
                found.push(format!("{place}: {required} is missing"));
            }
        }
        for (key, value) in object {
            let inner = schema["properties"]
                .get(key)
                .or_else(|| schema["additionalProperties"].as_object().map(|_| &schema["additionalProperties"]));
            match inner {
                Some(inner) => found.extend(misfits(inner, value, &format!("{place}.{key}"))),
                None if schema["additionalProperties"] == false => {
                    found.push(format!("{place}: {key} is not described"));
                }
                None => {}
            }
        }
    }
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate() {
            found.extend(misfits(&schema["items"], item, &format!("{place}[{index}]")));
        }
    }
    found
}

#[test]
fn reports_fit_the_published_schema() {
    let schema: Value = serde_json::from_str(&document("docs/report.schema.json")).expect("JSON");
    let workplace = Workplace::new();
    let (a, b) = (sample("clinic-a.csv"), sample("clinic-b.xlsx"));
    workplace.run(&["check", &a, &b, "--out", "checked"]);
    workplace.run(&["upload", &a, &b, "--sandbox", "--out", "uploaded"]);
    for folder in ["checked", "uploaded"] {
        let report: Value = serde_json::from_str(&workplace.read(&format!("{folder}/report.json"))).expect("JSON");
        assert_eq!(misfits(&schema, &report, "report"), Vec::<String>::new(), "{folder}");
        let mut broken = report.clone();
        broken["rows"]["read"] = Value::String("many".to_owned());
        assert_eq!(misfits(&schema, &broken, "report").len(), 1, "the check finds what does not fit");
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
    let source = document("src/cli/exit.rs");
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
