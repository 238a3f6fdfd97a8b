//! Every request and answer of a full upload, held against the vendor's published contract by a validator of others.
//!
//! The contract is `tests/contract/xcures.openapi.yaml`, the facts of it that onroll relies on.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use onroll::sandbox::{BatchConflict, Failure, SandboxSettings, start};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use support::{Ended, Workplace, sample};

/// A request and its answer as they passed.
#[derive(Clone, Debug)]
struct Exchange {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    request: Bytes,
    /// `None` when the connection broke.
    answer: Option<(u16, String, Bytes)>,
}

fn contract() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/xcures.openapi.yaml");
    let text = fs_err::read_to_string(path).expect("the contract is part of the project");
    let mut contract: Value = serde_norway::from_str(&text).expect("YAML");
    make_nullable(&mut contract);
    contract
}

/// `OpenAPI` 3.0 says `nullable` where JSON Schema has a second type.
fn make_nullable(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("nullable") == Some(&Value::Bool(true)) {
                let kind = fields["type"].clone();
                fields.insert("type".to_owned(), json!([kind, "null"]));
            }
            fields.values_mut().for_each(make_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(make_nullable),
        _ => {}
    }
}

fn resolved<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            contract.pointer(reference.trim_start_matches('#')).expect("a reference that leads somewhere")
        }
        None => value,
    }
}

/// What of a value does not fit a schema of the contract.
fn misfits(contract: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let whole = json!({ "allOf": [schema], "components": contract["components"] });
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(&whole)
        .expect("a schema");
    validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error.kind().keyword(), error.instance_path()))
        .collect()
}

fn schema_of<'a>(contract: &'a Value, part: &'a Value) -> Option<&'a Value> {
    resolved(contract, part).pointer("/content/application~1json/schema")
}

/// The operation of a request: its place in the contract.
fn operation<'a>(contract: &'a Value, exchange: &Exchange) -> Option<&'a Value> {
    let path = exchange.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == parts.len()
            && template.iter().zip(&parts).all(|(expected, part)| expected == part || expected.starts_with('{'))
    };
    let paths = contract["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| fits(template))?;
    item.get(exchange.method.to_lowercase())
}

/// What of an exchange the contract does not allow.
fn violations(contract: &Value, exchange: &Exchange) -> Vec<String> {
    let Some(operation) = operation(contract, exchange) else { return vec!["no such operation".to_owned()] };
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved(contract, parameter);
        let name = parameter["name"].as_str().unwrap_or_default().to_lowercase();
        if parameter["in"] == "header" && parameter["required"] == true {
            match exchange.headers.get(&name) {
                Some(text) => found.extend(misfits(contract, &parameter["schema"], &json!(text))),
                None => found.push(format!("the header {name} is missing")),
            }
        }
    }
    if operation.get("security").is_some()
        && !exchange.headers.get("authorization").is_some_and(|value| value.starts_with("Bearer "))
    {
        found.push("no bearer token".to_owned());
    }
    match schema_of(contract, &operation["requestBody"]) {
        Some(schema) => match serde_json::from_slice(&exchange.request) {
            Ok(body) => {
                found.extend(misfits(contract, schema, &body).into_iter().map(|misfit| format!("request: {misfit}")));
            }
            Err(_) => found.push("the request is no JSON".to_owned()),
        },
        None if !exchange.request.is_empty() => found.push("a body where none belongs".to_owned()),
        None => {}
    }
    let Some((status, kind, body)) = &exchange.answer else { return found };
    let Some(response) = operation["responses"].get(status.to_string()) else {
        found.push(format!("status {status} is not in the contract"));
        return found;
    };
    if let Some(schema) = schema_of(contract, response) {
        match serde_json::from_slice(body) {
            Ok(body) => {
                found.extend(misfits(contract, schema, &body).into_iter().map(|misfit| format!("answer: {misfit}")));
            }
            Err(_) => found.push("the answer is no JSON".to_owned()),
        }
        if !kind.starts_with("application/json") {
            found.push(format!("the answer is {kind}"));
        }
    }
    found
}

struct Broken;

impl axum::body::HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;
    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

/// Passes a request on and writes down what went by.
async fn pass_on(request: Request, to: String, seen: Arc<Mutex<Vec<Exchange>>>) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 22).await.expect("a body");
    let path = parts.uri.path_and_query().expect("a path").to_string();
    onroll::upload::choose_cryptography();
    let client = reqwest::Client::builder().retry(reqwest::retry::never()).build().expect("a client");
    let passed = client.request(parts.method.clone(), format!("{to}{path}"));
    let answer = async {
        let answer = passed.headers(parts.headers.clone()).body(bytes.clone()).send().await.ok()?;
        let kind =
            answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
        Some((answer.status().as_u16(), kind, answer.bytes().await.ok()?))
    };
    let answer = answer.await;
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()));
    let method = parts.method.to_string();
    let exchange = Exchange { method, path, headers: headers.collect(), request: bytes, answer: answer.clone() };
    seen.lock().expect("no panic elsewhere").push(exchange);
    match answer {
        Some((status, kind, body)) => {
            Response::builder().status(status).header("content-type", kind).body(Body::from(body)).expect("an answer")
        }
        None => Response::new(Body::new(Broken)),
    }
}

/// Uploads the samples through a witness.
fn exchanges() -> Vec<Exchange> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut settings = SandboxSettings::demo();
    settings.batch_conflict = BatchConflict::WholeBatchNothingCreated;
    settings.failures = [(5, Failure::Cut), (9, Failure::Status(429)), (12, Failure::Status(401))].into();
    let sandbox = runtime.block_on(start(settings.clone())).expect("starts");
    let seen: Arc<Mutex<Vec<Exchange>>> = Arc::default();
    let (to, witness) = (sandbox.base_url(), Arc::clone(&seen));
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(move |request: Request| pass_on(request, to.clone(), Arc::clone(&witness)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    let workplace = Workplace::new();
    let mut command = workplace.onroll(&["upload", &sample("clinic-a.csv"), &sample("clinic-b.xlsx"), "--out", "out"]);
    command.env("ONROLL_URL", format!("http://{address}")).env("ONROLL_PROJECT", settings.project.to_string());
    command.env("ONROLL_CLIENT_ID", settings.client_id.to_string());
    command.env("ONROLL_CLIENT_SECRET", settings.client_secret.expose_secret());
    let ended = Ended::from(command.output().expect("the binary runs"));
    assert_eq!(ended.code, Some(1), "some sample rows need attention: {}", ended.stderr);
    seen.lock().expect("no panic elsewhere").clone()
}

#[test]
fn every_request_and_every_answer_of_an_upload_is_as_the_contract_has_it() {
    let (contract, exchanges) = (contract(), exchanges());
    for exchange in &exchanges {
        let found = violations(&contract, exchange);
        let status = exchange.answer.as_ref().map(|(status, ..)| *status);
        assert!(found.is_empty(), "{} {} {status:?}: {found:#?}", exchange.method, exchange.path);
    }
    let statuses: std::collections::BTreeSet<_> =
        exchanges.iter().map(|exchange| exchange.answer.as_ref().map_or(0, |(status, ..)| *status)).collect();
    assert!(statuses.is_superset(&[0, 200, 201, 401, 409, 429].into()), "{statuses:?}");
    assert!(exchanges.iter().any(|exchange| exchange.method == "GET" && exchange.path.contains("/subject/")));
    println!("{} exchanges, statuses {statuses:?}", exchanges.len());
}

#[test]
fn the_validator_sees_what_is_wrong() {
    let contract = contract();
    let exchange = |subject: Value, status: u16| Exchange {
        method: "POST".to_owned(),
        path: "/api/v1/patient-registry/subject".to_owned(),
        headers: [
            ("authorization".to_owned(), "Bearer x".to_owned()),
            ("projectid".to_owned(), "5a11d0c5-0000-4000-8000-00000000000a".to_owned()),
        ]
        .into(),
        request: Bytes::from(json!({ "subjects": [subject] }).to_string()),
        answer: Some((status, "application/json".to_owned(), Bytes::from_static(b"[]"))),
    };
    let id = "5a11d0c5-0000-4000-8000-0000000000d1";
    let good = json!({ "id": id, "firstName": "Ann", "lastName": "Ng", "gender": null });
    assert_eq!(violations(&contract, &exchange(good.clone(), 201)), [""; 0]);
    let without_last_name = json!({ "id": id, "firstName": "Ann" });
    let no_uuid = json!({ "id": "7", "firstName": "Ann", "lastName": "Ng" });
    let wrong_sex = json!({ "id": id, "firstName": "Ann", "lastName": "Ng", "gender": "female" });
    for wrong in [without_last_name, no_uuid, wrong_sex] {
        assert!(!violations(&contract, &exchange(wrong.clone(), 201)).is_empty(), "{wrong}");
    }
    assert!(!violations(&contract, &exchange(good, 418)).is_empty());
}
