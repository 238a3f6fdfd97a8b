//! The rooms of the source keep apart: who may import whom, who may touch files, the network, the database and the clock.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crates that the kernel must do without.
const NOT_IN_CORE: [&str; 6] = ["tokio", "reqwest", "axum", "rusqlite", "clap", "mimalloc"];

/// The rooms of the kernel with the rooms that each may import. Files of the crate's top level are rooms too.
const CORE_ROOMS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("rules", &["domain"]),
    ("values", &["domain", "rules"]),
    ("read", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("map", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("normalise", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("assess", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("matching", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("plan", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("review", &["domain", "rules", "values", "clock", "private_file", "fail_point"]),
    ("report", &["domain", "rules", "private_file"]),
    ("generate", &["domain", "rules", "values"]),
];

/// The rooms that touch the file system, as docs/ARCHITECTURE.md names them.
const ROOMS_WITH_FILES: [&str; 10] =
    ["private_file", "fail_point", "read", "map", "rules", "review", "evaluate", "ledger", "sandbox", "cli"];

/// Imports beyond the table, each with its reason.
const EXCEPTIONS: [(&str, &str, &str); 1] =
    [("review", "matching", "a decision names the pair of rows that matching found")];

/// Files of the application that name the database outside the ledger and the sandbox, each with its reason.
const DATABASE_EXCEPTIONS: [(&str, &str); 1] = [(
    "src/app/upload/writer.rs",
    "its work runs in a transaction of the ledger, and hands that transaction's error on",
)];

/// Files that ask a clock of their own, each with its reason.
const CLOCK_EXCEPTIONS: [(&str, &str); 3] = [
    ("src/app/upload/time.rs", "waits on the clock of tokio, which simulations replace"),
    ("src/app/sandbox/vendor.rs", "counts from its start on the clock of tokio, which simulations replace"),
    ("src/app/sandbox/routes.rs", "counts from its start on the clock of tokio, which simulations replace"),
];

/// A file of the source, without its comments and its tests.
struct SourceFile {
    path: String,
    room: String,
    module_depth: usize,
    text: String,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_test_file(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem == "tests" || stem.ends_with("_tests"))
}

/// Everything before the first module of tests, without lines that are comments.
fn code_of(text: &str) -> String {
    let before = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let kept = before.lines().map(|line| line.split("// ").next().unwrap_or(line));
    kept.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn source(member: &str) -> Vec<SourceFile> {
    let folder = root().join("src").join(member);
    let mut paths = Vec::new();
    rust_files(&folder, &mut paths);
    paths.sort();
    let file = |path: &PathBuf| {
        let text = fs_err::read_to_string(path).expect("a file of the source");
        let inside = path.strip_prefix(&folder).expect("below the folder").with_extension("");
        let parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let is_root_of_folder = parts.last().is_some_and(|last| last == "mod");
        SourceFile {
            path: path.strip_prefix(root()).expect("below the root").display().to_string(),
            room: parts.first().cloned().unwrap_or_default(),
            module_depth: parts.len() - usize::from(is_root_of_folder),
            code: code_of(&text),
            text,
        }
    };
    let files: Vec<SourceFile> = paths.iter().filter(|path| !is_test_file(path)).map(file).collect();
    assert!(files.len() > 30, "the source of {member} was found");
    files
}

/// The names that follow a prefix such as `crate::`: one, or the heads of a group in braces.
fn heads(after: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = after.strip_prefix('{') else { return vec![word(after)] };
    let (mut depth, mut names, mut start) = (0_usize, Vec::new(), true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && !character.is_whitespace() => {
                names.push(word(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

/// The rooms that a file names by `crate::` or by enough `super::` to leave its own room.
fn imported_rooms(file: &SourceFile) -> BTreeSet<String> {
    let out_of_the_room = "super::".repeat(file.module_depth);
    let mut found = BTreeSet::new();
    for prefix in ["crate::", out_of_the_room.as_str()].into_iter().filter(|prefix| !prefix.is_empty()) {
        for (at, _) in file.code.match_indices(prefix) {
            let begins = !file.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$');
            if begins {
                found.extend(heads(&file.code[at + prefix.len()..]));
            }
        }
    }
    found.remove(&file.room);
    found
}

/// Whether a path of a crate stands in code, such as `tokio::`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn rooms_of_the_kernel_import_only_what_the_table_allows() {
    let mut breaches = Vec::new();
    let files = source("core");
    let rooms: BTreeSet<String> = files.iter().map(|file| file.room.clone()).collect();
    for file in &files {
        let Some((room, allowed)) = CORE_ROOMS.iter().find(|(room, _)| *room == file.room) else { continue };
        for import in imported_rooms(file).into_iter().filter(|import| rooms.contains(import)) {
            let excepted = EXCEPTIONS.iter().any(|(from, to, _)| from == room && *to == import);
            if !allowed.contains(&import.as_str()) && !excepted {
                breaches.push(format!("{} imports {import}", file.path));
            }
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn the_kernel_names_no_network_database_or_command_line() {
    let mut breaches = Vec::new();
    for file in source("core") {
        let crates = NOT_IN_CORE.iter().filter(|name| names_crate(&file.code, name));
        let calls = ["build_global", "set_hook"].into_iter().filter(|call| file.code.contains(&format!("{call}(")));
        breaches.extend(crates.copied().chain(calls).map(|name| format!("{}: {name}", file.path)));
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn only_some_rooms_of_the_application_use_tokio_and_rusqlite() {
    let mut breaches = Vec::new();
    for file in source("app") {
        let in_room = |rooms: &[&str]| rooms.contains(&file.room.as_str());
        if names_crate(&file.code, "tokio") && !in_room(&["upload", "sandbox", "runs", "cli"]) {
            breaches.push(format!("{}: tokio", file.path));
        }
        if names_crate(&file.code, "rusqlite")
            && !in_room(&["ledger", "sandbox"])
            && !DATABASE_EXCEPTIONS.iter().any(|(path, _)| *path == file.path)
        {
            breaches.push(format!("{}: rusqlite", file.path));
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn only_the_named_rooms_touch_files() {
    let mut breaches = Vec::new();
    for file in source("core").into_iter().chain(source("app")) {
        let touches = file.code.contains("std::fs") || names_crate(&file.code, "fs_err");
        if touches && !ROOMS_WITH_FILES.contains(&file.room.as_str()) {
            breaches.push(file.path);
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn only_the_clock_asks_the_time() {
    let mut breaches = Vec::new();
    for file in source("core").into_iter().chain(source("app")) {
        let asks = ["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now"];
        let excepted = CLOCK_EXCEPTIONS.iter().any(|(path, _)| *path == file.path);
        if file.room != "clock" && !excepted && asks.iter().any(|ask| file.code.contains(ask)) {
            breaches.push(file.path);
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn every_file_says_why_it_exists_and_stays_under_600_lines() {
    let mut breaches = Vec::new();
    for file in source("core").into_iter().chain(source("app")) {
        if !file.text.starts_with("//!") {
            breaches.push(format!("{} does not begin with //!", file.path));
        }
        let lines = file.text.split("#[cfg(test)]\nmod tests {").next().map_or(0, |code| code.lines().count());
        if lines > 600 {
            breaches.push(format!("{} has {lines} lines without tests", file.path));
        }
    }
    assert_eq!(breaches, Vec::<String>::new());
}

#[test]
fn the_kernel_is_built_without_network_database_or_command_line() {
    let listed = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "onroll-core", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&listed.stdout);
    assert!(tree.starts_with("onroll-core "), "{}", String::from_utf8_lossy(&listed.stderr));
    let present: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| NOT_IN_CORE.contains(name))
        .collect();
    assert_eq!(present, Vec::<&str>::new());
}
