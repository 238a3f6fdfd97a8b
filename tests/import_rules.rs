//! The invariants of docs/ARCHITECTURE.md that can be read off the sources: which room may use which, and which crates
//! each may name. The compiler keeps the kernel from the network and the database; this keeps the rooms apart.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rooms of the kernel, from the lowest to the highest, and the rooms that each may use.
const KERNEL: &[(&str, &[&str])] = &[
    ("fail_point", &[]),
    ("private_file", &["fail_point"]),
    ("domain", &[]),
    // The day of today is a civil date.
    ("clock", &["domain"]),
    ("rules", &["domain"]),
    ("values", &["domain", "rules"]),
    ("read", &["domain", "fail_point"]),
    ("map", &["domain", "rules", "values"]),
    ("normalise", &["domain", "rules", "values"]),
    ("assess", &["domain", "rules"]),
    ("matching", &["domain", "rules"]),
    // A decision is refused when its two rows no longer compare as the steward saw them.
    ("review", &["domain", "matching"]),
    ("plan", &["domain", "rules"]),
    ("report", &["domain", "rules", "private_file"]),
    ("pipeline", &["domain", "rules", "clock", "read", "map", "normalise", "assess", "matching", "review", "plan"]),
    ("summary", &["domain", "rules", "read", "map", "assess", "matching", "pipeline", "report"]),
    // Its page formats numbers as the report does.
    ("evaluate", &["report"]),
    ("generate", &["domain"]),
    ("check", &["domain", "rules", "clock", "read", "pipeline", "report", "summary"]),
];

/// The rooms of the application, and the rooms of the application that each may use. All of them may use the kernel.
const APPLICATION: &[(&str, &[&str])] = &[
    ("ledger", &[]),
    ("upload", &["ledger"]),
    // It shares nothing with the client, so that the two cannot agree with each other's mistakes.
    ("sandbox", &[]),
    ("runs", &["ledger", "upload"]),
    ("cli", &["ledger", "upload", "sandbox", "runs"]),
];

/// Words that stand for a crate or a call, and the rooms that may name it.
const NAMED_ONLY_IN: &[(&str, &[&str])] = &[
    ("tokio", &["app/upload", "app/sandbox", "app/runs", "app/cli"]),
    ("reqwest", &["app/upload"]),
    ("axum", &["app/sandbox"]),
    ("rusqlite", &["app/ledger", "app/sandbox", "app/upload"]),
    ("clap", &["app/cli"]),
    ("mimalloc", &["app/main"]),
    ("build_global", &["app/cli"]),
    // The kernel wraps the hook of a program that asks for it, and never by itself.
    ("set_hook", &["app/cli", "core/read"]),
    ("rayon", &["core/pipeline", "core/matching", "core/assess", "core/summary", "core/check", "app/cli"]),
    (
        "fs_err",
        &[
            "core/private_file",
            "core/fail_point",
            "core/read",
            "core/map",
            "core/rules",
            "core/review",
            "core/evaluate",
            "app/ledger",
            "app/sandbox",
            "app/cli",
        ],
    ),
];

/// Crates that must not be among those of the kernel, so that a Python wheel or a Spark executor does not link them.
const NOT_IN_THE_KERNEL: &[&str] =
    &["tokio", "reqwest", "hyper", "axum", "rusqlite", "libsqlite3-sys", "clap", "mimalloc", "rustls", "indicatif"];

/// Most lines of a file without its unit tests.
const MOST_LINES: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below `src`, with its room as `core/read`, and its code without comments and unit tests.
fn sources() -> Vec<(String, PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs_err::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    files.sort();
    assert!(files.len() > 200, "the sources are there");
    let is_test = |path: &Path| {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with("tests") || ["tables", "fake_vendor", "testing"].contains(&name.as_str())
    };
    let with_room = files.into_iter().filter(|path| !is_test(path)).map(|path| {
        let within = path.strip_prefix(root().join("src")).expect("below src");
        let mut parts = within.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let (layer, room) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let text = fs_err::read_to_string(&path).expect("text");
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
        (format!("{layer}/{}", room.trim_end_matches(".rs")), path, lines.collect::<Vec<_>>().join("\n"))
    });
    with_room.collect()
}

/// Whether a word is named in code, and not as a part of another one.
fn names(code: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (code.get(..at), code.get(at + word.len()..));
        !is_part(before.and_then(|text| text.chars().next_back()))
            && !is_part(after.and_then(|text| text.chars().next()))
    })
}

/// The rooms that a room uses beyond those that it may.
fn strangers(layer: &str, rooms: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (room, path, code) in sources() {
        let Some(room) = room.strip_prefix(layer).and_then(|room| room.strip_prefix('/')) else { continue };
        if ["lib", "main"].contains(&room) {
            continue;
        }
        let (_, allowed) = rooms
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{}: a room without a line in this test", path.display()));
        let used = rooms.iter().filter(|(other, _)| *other != room && names(&code, &format!("crate::{other}")));
        for (other, _) in used.filter(|(other, _)| !allowed.contains(other)) {
            found.entry(format!("{layer}/{room}")).or_default().insert((*other).to_owned());
        }
    }
    found
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    assert_eq!(strangers("core", KERNEL), BTreeMap::new());
    assert_eq!(strangers("app", APPLICATION), BTreeMap::new());
}

#[test]
fn network_database_threads_clock_and_files_are_named_only_where_they_belong() {
    let mut found = Vec::new();
    for (room, path, code) in sources() {
        let wrong = NAMED_ONLY_IN.iter().filter(|(word, rooms)| !rooms.contains(&room.as_str()) && names(&code, word));
        found.extend(wrong.map(|(word, _)| format!("{word} in {}", path.display())));
    }
    // The example in the documentation of lib.rs is a comment, and does not count.
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_file_says_why_it_exists_and_none_has_outgrown_its_room() {
    for (_, path, _) in sources() {
        let text = fs_err::read_to_string(&path).expect("text");
        assert!(text.starts_with("//!"), "{} does not begin with its reason", path.display());
        let lines = text.split("\n#[cfg(test)]").next().unwrap_or_default().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines without its tests", path.display());
    }
}

#[test]
fn the_kernel_links_no_network_no_database_and_no_command_line() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "onroll-core", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let linked: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(linked.contains("calamine") && linked.contains("rayon"), "{tree}");
    let wrong: Vec<&&str> = NOT_IN_THE_KERNEL.iter().filter(|name| linked.contains(**name)).collect();
    assert_eq!(wrong, Vec::<&&str>::new());
}
