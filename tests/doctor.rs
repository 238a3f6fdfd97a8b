//! What `onroll doctor` says of a set-up that is right, and of each that is not.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use support::{Ended, SandboxProcess, Workplace};

/// The output with what differs from run to run named instead.
fn named(text: &str, workplace: &Workplace, sandbox: &SandboxProcess) -> String {
    let address = sandbox.url.trim_start_matches("http://");
    let in_file_name = address.replace(':', "-");
    text.replace(&workplace.path("").display().to_string(), "FOLDER/")
        .replace(address, "HOST")
        .replace(&in_file_name, "HOST")
}

fn doctor(workplace: &Workplace, sandbox: &SandboxProcess, change: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = sandbox.client(workplace, &["doctor"]);
    for (name, value) in change {
        command.env(name, value);
    }
    let ended = Ended::from(command.output().expect("runs"));
    (ended.code, named(&ended.stdout, workplace, sandbox))
}

#[test]
fn each_step_is_named_with_what_to_do_where_it_fails() {
    let workplace = Workplace::new();
    let sandbox = SandboxProcess::start(&workplace, &[]);
    let (code, text) = doctor(&workplace, &sandbox, &[]);
    assert_eq!(code, Some(0), "{text}");
    insta::assert_snapshot!("all_is_well", text);
    let (code, text) = doctor(&workplace, &sandbox, &[("ONROLL_CLIENT_SECRET", "not-it")]);
    assert_eq!(code, Some(5), "{text}");
    insta::assert_snapshot!("wrong_secret", text);
    let other = "11111111-2222-4333-8444-555555555555";
    let (code, text) = doctor(&workplace, &sandbox, &[("ONROLL_PROJECT", other)]);
    assert_eq!(code, Some(5), "{text}");
    insta::assert_snapshot!("wrong_project", text);
    let (code, text) = doctor(&workplace, &sandbox, &[("ONROLL_URL", "http://127.0.0.1:9")]);
    assert_eq!(code, Some(75), "{text}");
    insta::assert_snapshot!("nobody_answers", text);
    let (code, text) = doctor(&workplace, &sandbox, &[("ONROLL_CLIENT_ID", "me")]);
    assert_eq!(code, Some(5), "{text}");
    insta::assert_snapshot!("no_credentials", text);
    let taken = workplace.write("taken.sqlite", "this is no ledger").display().to_string();
    let (code, text) = doctor(&workplace, &sandbox, &[("ONROLL_LEDGER", &taken)]);
    assert_eq!(code, Some(4), "{text}");
    insta::assert_snapshot!("no_ledger", text);
    assert!(sandbox.journal().iter().all(|entry| entry["method"] == "GET" || entry["path"] == "/oauth/token"));
}
