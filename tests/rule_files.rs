//! Every rule file by the same measure: where it comes from, in order, without repetition, complete, and refused where
//! it is wrong, with the place told.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use onroll_core::domain::{ColumnMeaning, CombinedField, Field, FindingCode};
use onroll_core::rules::{RuleFiles, Rules};
use support::Workplace;

fn is_of(name: &str, extension: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|found| found == extension)
}

/// The comment that a file begins with.
fn head(text: &str) -> String {
    text.lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_rule_file_says_its_version_its_source_and_its_licence() {
    let files = RuleFiles::embedded();
    for name in files.names() {
        let text = files.text(name);
        let head = head(text);
        assert!(head.contains("Source"), "{name} has no source");
        assert!(head.contains("Licence: "), "{name} has no licence");
        // A file whose version the reports name has it as a key before its first table.
        let keys = text.split("\n[").next().unwrap_or_default();
        assert!(head.contains("# Version ") || keys.contains("\nversion = "), "{name} has no version");
    }
}

#[test]
fn the_folder_of_rules_and_the_built_in_rules_are_the_same_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let in_folder: BTreeSet<String> = fs_err::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(in_folder, RuleFiles::embedded().names().map(str::to_owned).collect());
}

/// Every list of texts in a TOML value, with its path.
fn lists(value: &toml::Value, path: &str, found: &mut Vec<(String, Vec<String>)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                lists(value, &format!("{path}.{key}"), found);
            }
        }
        toml::Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
            if texts.len() == values.len() {
                found.push((path.to_owned(), texts));
            } else {
                for (index, value) in values.iter().enumerate() {
                    lists(value, &format!("{path}.{index}"), found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn lists_are_sorted_and_nothing_stands_twice() {
    let files = RuleFiles::embedded();
    let (mut seen, mut wrong) = (0, Vec::new());
    for name in files.names() {
        let text = files.text(name);
        if is_of(name, "csv") {
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
            wrong.extend(lines.windows(2).filter(|pair| pair[0] >= pair[1]).map(|pair| format!("{name}: {}", pair[1])));
            seen += lines.len();
            continue;
        }
        let value: toml::Value = toml::Value::Table(text.parse().expect("TOML"));
        let mut found = Vec::new();
        lists(&value, name, &mut found);
        // Headers stand by meaning, and the fields of a published rule in the order of the publication.
        let has_an_order_of_its_own = ["headers.toml", "matchability.toml"].contains(&name);
        for (path, texts) in found {
            seen += texts.len();
            let once: BTreeSet<&String> = texts.iter().collect();
            if once.len() != texts.len() || (!has_an_order_of_its_own && !texts.is_sorted()) {
                wrong.push(path);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 25_000, "{seen}");
}

#[test]
fn every_field_and_every_code_can_be_reached() {
    let rules = Rules::load(None).expect("sound");
    let meanings: BTreeSet<ColumnMeaning> = rules.headers.spellings().map(|(_, meaning)| meaning).collect();
    for field in Field::ALL {
        assert!(meanings.contains(&ColumnMeaning::Field(*field)), "no header means {field}");
        assert!(!rules.completeness.tier(*field).is_empty(), "{field} has no tier");
    }
    for combined in CombinedField::ALL {
        assert!(meanings.contains(&ColumnMeaning::Combined(combined)), "no header means {}", combined.name());
    }
    for (spelling, meaning) in rules.headers.spellings() {
        assert_eq!(rules.headers.meaning_of(spelling), Some(meaning), "{spelling}");
    }
    for code in FindingCode::ALL {
        assert!(!rules.findings.get(*code).title.is_empty(), "{code:?}");
    }
}

/// A file, what is put in the place of what, and what the refusal names: table, key and reason.
type BadCopy = (&'static str, &'static str, &'static str, &'static [&'static str]);

const BAD_COPIES: &[BadCopy] = &[
    ("addresses.toml", "[\"allee\", \"ally\"]", "[\"allee\", \"annex\"]", &["suffixes", "anex", "another entry"]),
    ("combined.toml", "\"apartment\", \"apt\"", "\"apt\", \"apartment\"", &["unit_designators", "apartment", "sorted"]),
    ("completeness.toml", "weight = 24", "weight = 240", &["fields", "birth_date", "between 0 and 100"]),
    ("dates.toml", "\"juin\", \"june\"", "\"june\", \"juin\"", &["months", "june", "sorted"]),
    ("dates.toml", "\"mayo\"", "\"Mayo\"", &["months", "may", "has to be written as"]),
    ("findings.toml", "severity = \"reject\"", "severity = \"warn\"", &["R101", "severity", "cannot be changed"]),
    ("given_name_frequencies.csv", "aaron,2,240", "aaron,2,many", &["line 7", "aaron", "whole numbers"]),
    ("headers.toml", "\"subject uuid\",", "\"subject uuid\", \"zip code\",", &["zip code", "has the same spelling"]),
    ("headers.toml", "home = 0.95", "home = 1.95", &["told_by_cells", "home", "between 0 and 1"]),
    ("shared_values.toml", "least_people = 8", "least_people = 6", &["phone", "least_people", "at least 7"]),
    ("matchability.toml", "[[\"birth_date\"]]", "[[\"birthday\"]]", &["identity", "birthday"]),
    ("matching.toml", "review = 0.20", "review = 1.20", &["bands", "review", "between 0 and 1"]),
    ("matching.toml", "[two_people]", "[foo]\nbar = 1\n\n[two_people]", &["foo", "bar", "not a table of this file"]),
    (
        "matching.toml",
        "same = { m = 0.85, household",
        "same = { m = 0.85, house",
        &["first_name", "same", "unknown field"],
    ),
    ("names.toml", "\"senior\", \"snr\"", "\"senior\", \"jr\"", &["suffixes", "Sr", "is there twice"]),
    ("names.toml", "\"babyboy\"", "\"Baby Boy\"", &["newborn", "first_names", "babyboy"]),
    ("nicknames.csv", "aaron,erin", "aaron,", &["line", "a given name and a nickname"]),
    ("notes.toml", "\"page\", \"patients\"", "\"patients\", \"page\"", &["rows", "first_words", "sorted"]),
    ("phones.toml", "\"aunt\"", "\"alt\"", &["beside", "owners", "label too"]),
    ("placeholders.toml", "\"370-379\"", "\"379-370\"", &["unusable", "phone_area_codes", "rising range"]),
    ("placeholders.toml", "\"nmi\"", "\"NMI\"", &["missing", "middle_names", "lower case"]),
    ("sex.toml", "\"woman\"", "\"m\"", &["sex", "male", "is there twice"]),
    ("sex.toml", "\"o\", \"u\", \"x\"", "\"m\", \"u\", \"x\"", &["sex", "not_sent", "is sent"]),
    ("states.toml", "[\"Ala\"]", "[\"Ark\"]", &["states", "AR", "is there twice"]),
    ("surname_frequencies.csv", "aarons,1", "aaron,1", &["line 8", "aaron", "is there twice"]),
];

#[test]
fn a_bad_copy_of_any_rule_file_is_refused_with_file_table_key_and_reason() {
    let workplace = Workplace::new();
    let files = RuleFiles::embedded();
    let broken: BTreeSet<&str> = BAD_COPIES.iter().map(|(file, ..)| *file).collect();
    assert_eq!(broken, files.names().collect(), "every file has a bad copy");
    let mut untold = Vec::new();
    for (index, (file, from, to, words)) in BAD_COPIES.iter().enumerate() {
        let text = files.text(file);
        assert!(text.contains(from), "{file} has no {from}");
        workplace.write(&format!("bad{index}/{file}"), text.replacen(from, to, 1));
        let ended = workplace.run(&["rules", "check", &format!("bad{index}")]);
        assert_eq!(ended.code, Some(4), "{file}: {}", ended.stderr);
        let stderr = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(stderr.contains(&format!("bad{index}/{file}")), "{stderr}");
        for word in *words {
            if !stderr.contains(word) {
                untold.push(format!("{file}: {word} is not told: {stderr}"));
            }
        }
    }
    assert_eq!(untold, Vec::<String>::new());
    // Nothing that the program does not know is passed over: a key that is misspelt would have no effect.
    for name in files.names().filter(|name| is_of(name, "toml")) {
        let folder = format!("unknown-{name}");
        workplace.write(&format!("{folder}/{name}"), format!("{}\n[weather]\nsun = true\n", files.text(name)));
        let ended = workplace.run(&["rules", "check", &folder]);
        assert_eq!(ended.code, Some(4), "{name}: {}", ended.stderr);
        // Where a table of any name could be a code or a field, the line is told.
        let is_told = ["weather", "line "].iter().any(|word| ended.stderr.contains(word));
        assert!(ended.stderr.contains(name) && is_told, "{}", ended.stderr);
    }
}
