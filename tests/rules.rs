//! The rule files through the real binary: written out, edited, checked and used.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use support::Workplace;

#[test]
fn exported_rules_are_checked_as_built_in_and_an_edit_is_told_and_used() {
    let workplace = Workplace::new();
    let ended = workplace.run(&["rules", "export", "mine"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ended = workplace.run(&["rules", "check", "mine"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("in the folder, unchanged") && !ended.stdout.contains("edited"), "{}", ended.stdout);
    let findings =
        workplace.read("mine/findings.toml").replace("the row is not valid text", "the row is not text at all");
    workplace.write("mine/findings.toml", findings);
    let ended = workplace.run(&["rules", "check", "mine"]);
    assert!(ended.stdout.contains("findings.toml                in the folder, edited"), "{}", ended.stdout);
    let ended = workplace.run(&["explain", "R102", "--rules", "mine"]);
    assert!(ended.stdout.contains("the row is not text at all"), "{}", ended.stdout);
}

#[test]
fn an_export_overwrites_nothing() {
    let workplace = Workplace::new();
    workplace.run(&["rules", "export", "mine"]);
    workplace.write("mine/states.toml", "edited");
    let ended = workplace.run(&["rules", "export", "mine"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(workplace.read("mine/states.toml"), "edited");
}

#[test]
fn an_entry_that_cannot_be_used_is_told_with_file_table_key_and_reason() {
    let workplace = Workplace::new();
    workplace.run(&["rules", "export", "mine"]);
    let matching = workplace.read("mine/matching.toml").replace("review = 0.20", "review = 1.20");
    workplace.write("mine/matching.toml", matching);
    let ended = workplace.run(&["rules", "check", "mine"]);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    for word in ["mine/matching.toml", "bands", "review", "between 0 and 1"] {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
    workplace.write("mine/weather.toml", "sun = true");
    let ended = workplace.run(&["rules", "check", "mine"]);
    assert!(ended.stderr.contains("weather.toml"), "{}", ended.stderr);
}
