//! The whole of it at once: 20,000 people through the real binary onto a vendor that has 12 slots, loses answers, is
//! unavailable now and then, and lets tokens die.
//!
//! `cargo test --test rush_hour -- --ignored --nocapture`

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::{SECRET, SandboxProcess, Workplace, outcomes, rows_csv};

const PEOPLE: usize = 20_000;
const DEMO_PATIENTS: usize = 3;

/// Every subject on the vendor's side, asked for until the vendor, who fails now and then, has answered.
fn subjects(sandbox: &SandboxProcess) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        onroll::upload::choose_cryptography();
        let client = reqwest::Client::new();
        let mut subjects = Vec::new();
        let mut page = 1;
        for _ in 0..400 {
            let Some(found) = one_page(&client, sandbox, page).await else { continue };
            if found.is_empty() {
                return subjects;
            }
            subjects.extend(found);
            page += 1;
        }
        panic!("the vendor does not answer");
    })
}

async fn one_page(client: &reqwest::Client, sandbox: &SandboxProcess, page: u32) -> Option<Vec<Value>> {
    let body = json!({ "client_id": sandbox.client_id, "client_secret": SECRET, "grant_type": "client_credentials" });
    let token = client.post(format!("{}/oauth/token", sandbox.url)).json(&body).send().await.ok()?;
    let token: Value = token.json().await.ok()?;
    let url = format!("{}/api/v1/patient-registry/subject?pageSize=1000&pageNumber={page}", sandbox.url);
    let answer = client.get(url).bearer_auth(token["access_token"].as_str()?).header("ProjectId", &sandbox.project);
    let answer: Value = answer.send().await.ok()?.json().await.ok()?;
    answer["results"].as_array().cloned()
}

/// Uploads them where tokens live for so many seconds: how many tokens that took, and the figures in words.
fn at_rush_hour(token_life: &str) -> (usize, String) {
    let workplace = Workplace::new();
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/rush-hour.toml");
    let sandbox = SandboxProcess::start(&workplace, &["--scenario", scenario, "--token-life", token_life]);
    let rows = PEOPLE.to_string();
    let made =
        workplace.run(&["generate", "--kind", "distinct", "--rows", &rows, "--seed", "6", "--out", "roster.csv"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let ended = sandbox.run(&workplace, &["upload", "roster.csv", "--out", "out"]);
    assert_eq!(ended.code, Some(0), "{} {}", ended.stdout, ended.stderr);
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    assert_eq!(outcomes(&rows), [("created".to_owned(), PEOPLE as u64)].into());
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["subject_id"].as_str()).collect();
    assert_eq!(ids.len(), PEOPLE);
    let report: Value = serde_json::from_str(&workplace.read("out/report.json")).expect("JSON");
    assert_eq!((&report["rows"]["read"], &report["rows"]["created"]), (&json!(PEOPLE), &json!(PEOPLE)));
    let journal = sandbox.journal();
    let count = |holds: &dyn Fn(&Value) -> bool| journal.iter().filter(|entry| holds(entry)).count();
    let tokens = count(&|entry| entry["path"] == "/oauth/token");
    let peak = journal.iter().filter_map(|entry| entry["in_flight"].as_u64()).max();
    let times = |name: &str| journal.iter().filter_map(|entry| entry[name].as_u64()).collect::<Vec<_>>();
    let took = times("answered_ms").into_iter().max().unwrap_or_default()
        - times("arrived_ms").into_iter().min().unwrap_or_default();
    let figures = format!(
        "tokens that live {token_life} s: {PEOPLE} created in {}.{} s with {} requests, {} of them without an answer, {} 503, \
         {} 429, {} 401, {tokens} token calls, at most {peak:?} in flight",
        took / 1_000,
        took / 100 % 10,
        journal.len(),
        count(&|entry| entry["status"] == 0),
        count(&|entry| entry["status"] == 503),
        count(&|entry| entry["status"] == 429),
        count(&|entry| entry["status"] == 401),
    );
    assert!(peak <= Some(15), "{peak:?}");
    assert!(
        journal.iter().all(|entry| entry["initiate_ehr_queries"].is_null() || entry["initiate_ehr_queries"] == "false")
    );
    let there = subjects(&sandbox);
    assert_eq!(there.len(), PEOPLE + DEMO_PATIENTS);
    let people: BTreeSet<String> = there
        .iter()
        .map(|subject| format!("{} {} {}", subject["firstName"], subject["lastName"], subject["birthDate"]))
        .collect();
    assert_eq!(people.len(), PEOPLE + DEMO_PATIENTS, "somebody is there twice");
    assert!(there.iter().filter_map(|subject| subject["id"].as_str()).filter(|id| ids.contains(id)).count() == PEOPLE);
    (tokens, figures)
}

#[test]
#[ignore = "it takes half a minute; .ci/run plays it"]
fn twenty_thousand_people_at_rush_hour_are_on_the_roll_exactly_once() {
    let (_, calm) = at_rush_hour("30");
    let (tokens, dying) = at_rush_hour("2");
    println!("{calm}\n{dying}");
    assert!(tokens >= 4, "tokens died {} times", tokens.saturating_sub(1));
}
