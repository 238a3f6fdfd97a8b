//! What an untrusted vendor or a careless user could do to what onroll prints: nothing gets in or out that should not.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use support::{Ended, SECRET, Workplace, files_below};

const PROJECT: &str = "5a11d0c5-0000-4000-8000-00000000000a";
const CLIENT: &str = "5a11d0c5-0000-4000-8000-000000000001";

/// Words that would clear a terminal, forge a line of the log, hide text, or run in a browser.
const HOSTILE: &str = "bad\u{1b}[2J\u{1b}]0;title\u{7}\r\n ERROR all is lost\u{2028}next\u{202e}desrever\u{0}\u{9b}31m<script>alert(1)</script>";

fn json(status: u16, body: &serde_json::Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

/// A vendor whose every refusal is hostile: of a request as a whole, or of each of its subjects.
fn hostile_vendor(whole: bool) -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let address = runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(move |uri: Uri, body: String| async move {
            if uri.path() == "/oauth/token" {
                return json(200, &serde_json::json!({ "access_token": "a-token", "token_type": "Bearer" }));
            }
            if uri.path().ends_with("/project") {
                let project = serde_json::json!([{ "id": PROJECT, "name": HOSTILE, "created": "", "updated": "" }]);
                return json(200, &project);
            }
            if uri.path().contains("/subject/") {
                return json(404, &serde_json::json!({ "title": HOSTILE }));
            }
            if whole {
                return json(400, &serde_json::json!({ "status": 400, "title": HOSTILE, "detail": HOSTILE }));
            }
            let asked: serde_json::Value = serde_json::from_str(&body).expect("JSON");
            let refused =
                |subject: &serde_json::Value| serde_json::json!({ "id": subject["id"], "failureReason": HOSTILE });
            json(201, &asked["subjects"].as_array().expect("subjects").iter().map(refused).collect())
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    (runtime, format!("http://{address}"))
}

fn upload(workplace: &Workplace, url: &str) -> Ended {
    let roster = workplace
        .write("roster.csv", "MRN,First Name,Last Name,DOB,Sex\nM1,Ann,Ng,1980-03-04,F\nM2,Bea,Ruiz,1975-12-24,F\n");
    let mut command = workplace.onroll(&["-vv", "upload", &roster.display().to_string(), "--out", "out"]);
    command.env("ONROLL_URL", url).env("ONROLL_PROJECT", PROJECT).env("RUST_LOG", "trace");
    command.env("ONROLL_CLIENT_ID", CLIENT).env("ONROLL_CLIENT_SECRET", SECRET);
    Ended::from(command.output().expect("runs"))
}

/// Whether a text can do something to a terminal or to the lines of a log.
fn is_harmless(text: &str) -> bool {
    let moves = |letter: char| letter.is_control() && letter != '\n' && letter != '\t';
    let hides =
        |letter: char| matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}');
    !text.chars().any(|letter| moves(letter) || hides(letter))
        && !text.lines().any(|line| line.trim_start().starts_with("ERROR all is lost"))
}

#[test]
fn a_vendors_words_cannot_move_the_cursor_forge_a_line_or_run_in_a_browser() {
    for whole in [true, false] {
        let workplace = Workplace::new();
        let (_runtime, url) = hostile_vendor(whole);
        let ended = upload(&workplace, &url);
        assert_eq!(ended.code, Some(1), "two were refused: {}", ended.stderr);
        assert!(is_harmless(&ended.stdout), "{:?}", ended.stdout);
        assert!(is_harmless(&ended.stderr), "{:?}", ended.stderr);
        let rows = support::rows_csv(&workplace.path("out/rows.csv"));
        assert!(rows.iter().all(|row| row["outcome"] == "failed" && row["reason"].contains("bad")), "{rows:?}");
        assert!(rows.iter().all(|row| is_harmless(&row["reason"]) && !row["reason"].contains('\n')), "{rows:?}");
        let html = workplace.read("out/report.html");
        assert!(is_harmless(&html) && !html.contains("<script>alert"), "the page runs the vendor's script");
        let json = workplace.read("out/report.json");
        assert!(is_harmless(&json), "{json}");
    }
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let workplace = Workplace::new();
    let roster = workplace.write("roster.csv", "First Name,Last Name\nAnn,Ng\n").display().to_string();
    for option in ["--client-secret", "--secret", "--password", "--client-id", "--token", "--bearer"] {
        for command in [vec!["upload", roster.as_str()], vec!["doctor"]] {
            for arguments in [vec![format!("{option}={SECRET}")], vec![option.to_owned(), SECRET.to_owned()]] {
                let mut all = command.clone();
                all.extend(arguments.iter().map(String::as_str));
                let ended = workplace.run(&all);
                assert_eq!(ended.code, Some(2), "{all:?}: {}", ended.stderr);
                assert!(!ended.stderr.contains(SECRET) && !ended.stdout.contains(SECRET), "{}", ended.stderr);
            }
        }
    }
    for command in ["upload", "doctor"] {
        let help = workplace.run(&[command, "--help"]).stdout;
        let options: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
        assert!(options.iter().any(|option| option.starts_with("--credentials")), "{options:?}");
        assert!(!options.iter().any(|option| option.contains("secret") || option.contains("client")), "{options:?}");
    }
}

/// Credentials from each place that is allowed, and the child sees them in no argument of its own.
#[cfg(target_os = "linux")]
#[test]
fn credentials_come_from_a_file_or_a_command_and_are_in_no_argument_or_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let workplace = Workplace::new();
    let text = format!("client_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n");
    let file = workplace.write("credentials.toml", &text);
    let (_runtime, url) = hostile_vendor(false);
    let run = |arguments: &[&str]| {
        let mut command = workplace.onroll(&["-vv", "doctor"]);
        command.args(arguments).env("ONROLL_URL", &url).env("ONROLL_PROJECT", PROJECT);
        Ended::from(command.output().expect("runs"))
    };
    let path = file.display().to_string();
    for (mode, accepted) in [(0o644, false), (0o640, false), (0o602, false), (0o600, true)] {
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("a mode");
        let ended = run(&["--credentials", &path]);
        assert_eq!(!ended.stdout.contains("chmod 600"), accepted, "{mode:o}: {}", ended.stdout);
        assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET));
    }
    let command = format!("cat '{path}'");
    let ended = run(&["--credentials-command", &command]);
    assert!(ended.stdout.contains("token"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET));
    for written in files_below(&workplace.path("home")) {
        let bytes = fs_err::read(&written).expect("read");
        assert!(!bytes.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()), "{}", written.display());
    }
}
