//! What goes over the wire, byte for byte: the client against a small server that writes every request down.

#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use onroll::upload::{Batch, FailureClass, HttpApi, HttpSettings, PatientApi as _};
use onroll_core::domain::{SubjectRecord, Text};
use secrecy::SecretString;
use uuid::Uuid;

const PROJECT: Uuid = Uuid::from_u128(0xABCD);
const CLIENT: Uuid = Uuid::from_u128(0xC11E);
const SECRET: &str = "the-secret-of-this-test";
const SUBJECT: &str = "/api/v1/patient-registry/subject";

#[derive(Clone, Debug)]
struct Seen {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

type Answers = dyn Fn(&Seen, usize) -> Response + Send + Sync;

#[derive(Clone)]
struct Server {
    journal: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Answers>,
}

impl Server {
    /// Starts on a free port; `answers` gets each request that is no token call, and how many came before it.
    async fn start(answers: impl Fn(&Seen, usize) -> Response + Send + Sync + 'static) -> (Self, HttpApi) {
        let server = Self { journal: Arc::default(), answers: Arc::new(answers) };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(handle).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let mut settings =
            HttpSettings::new(format!("http://{address}/"), PROJECT, CLIENT, SecretString::from(SECRET.to_owned()));
        settings.request_timeout = Duration::from_millis(500);
        (server, HttpApi::new(settings).expect("a client"))
    }

    fn journal(&self) -> Vec<Seen> {
        self.journal.lock().expect("no panic elsewhere").clone()
    }

    fn seen(&self, path: &str) -> Vec<Seen> {
        self.journal().into_iter().filter(|seen| seen.path == path).collect()
    }
}

async fn handle(State(server): State<Server>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("text");
    let seen = Seen { method, path: uri.to_string(), headers, body };
    let (tokens, others) = {
        let mut journal = server.journal.lock().expect("no panic elsewhere");
        let tokens = journal.iter().filter(|seen| seen.path == "/oauth/token").count();
        let others = journal.len() - tokens;
        journal.push(seen.clone());
        (tokens, others)
    };
    if seen.path == "/oauth/token" {
        return json(200, &format!(r#"{{"access_token":"token{tokens}","token_type":"Bearer"}}"#));
    }
    let answer = (server.answers)(&seen, others);
    if answer.status() == StatusCode::IM_A_TEAPOT {
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    answer
}

fn json(status: u16, body: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [("content-type", "application/json")], body.to_owned()).into_response()
}

fn batch() -> Batch {
    let subject = SubjectRecord {
        birth_date: Some(Text::from_text("1971-06-29")),
        gender: Some(Text::from_text("F")),
        ..SubjectRecord::named(Uuid::from_u128(1), Text::from_text("Marissa"), Text::from_text("Jones"))
    };
    Batch::new(vec![subject]).expect("one subject")
}

fn created() -> Response {
    let id = Uuid::from_u128(1);
    json(201, &format!(r#"[{{"id":"{id}","firstName":"Marissa","lastName":"Jones","identifier":"ABC123"}}]"#))
}

fn class_of<T>(result: Result<T, onroll::upload::ApiFailure>) -> Option<FailureClass> {
    result.err().map(|failure| failure.class)
}

#[tokio::test]
async fn a_create_request_is_exactly_this_and_asks_for_no_network_query() {
    let (server, api) = Server::start(|_, _| created()).await;
    let entries = api.create_batch(&batch()).await.expect("created");
    assert!(entries.len() == 1 && entries[0].shows_subject && entries[0].id == Some(Uuid::from_u128(1)));
    let journal = server.journal();
    assert_eq!(journal.len(), 2);
    let (token, create) = (&journal[0], &journal[1]);
    assert_eq!((&token.method, token.path.as_str()), (&Method::POST, "/oauth/token"));
    assert_eq!(token.headers["content-type"], "application/json");
    assert!(!token.headers.contains_key("projectid") && !token.headers.contains_key("authorization"));
    let body: serde_json::Value = serde_json::from_str(&token.body).expect("the token call's body is JSON");
    let expected = serde_json::json!({
        "client_id": CLIENT.to_string(), "client_secret": SECRET, "grant_type": "client_credentials"
    });
    assert_eq!(body, expected);
    assert_eq!((&create.method, create.path.as_str()), (&Method::POST, SUBJECT));
    assert_eq!(create.headers["projectid"], PROJECT.to_string().as_str());
    assert_eq!(create.headers["authorization"], "Bearer token0");
    assert_eq!(create.headers["content-type"], "application/json");
    assert_eq!(
        create.body,
        r#"{"subjects":[{"id":"00000000-0000-0000-0000-000000000001","firstName":"Marissa","lastName":"Jones","birthDate":"1971-06-29","gender":"F"}],"options":{"initiateEhrQueries":false}}"#
    );
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_same_bytes_are_sent_once_more() {
    let (server, api) = Server::start(|_, before| if before == 0 { json(401, "") } else { created() }).await;
    api.create_batch(&batch()).await.expect("created");
    let sent = server.seen(SUBJECT);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    assert_eq!(
        [&sent[0], &sent[1]].map(|seen| seen.headers["authorization"].to_str().expect("text").to_owned()),
        ["Bearer token0", "Bearer token1"]
    );
    let (server, api) = Server::start(|_, _| json(401, "")).await;
    assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::Unauthorized));
    assert_eq!(server.seen(SUBJECT).len(), 2, "a 401 that stays is not sent a third time");
}

#[tokio::test]
async fn the_list_of_projects_needs_no_project_and_a_subject_does() {
    let answers = |seen: &Seen, _: usize| match seen.path.as_str() {
        "/api/v1/patient-registry/project" => {
            json(200, &format!(r#"[{{"id":"{PROJECT}","name":"P","created":"","updated":""}}]"#))
        }
        _ => json(200, r#"{"firstName":"Marissa","lastName":"Jones","gender":null,"created":"2026-01-02T03:04:05Z"}"#),
    };
    let (server, api) = Server::start(answers).await;
    assert_eq!(api.list_projects().await.expect("projects"), [PROJECT]);
    let subject = api.get_subject(Uuid::from_u128(1)).await.expect("a subject");
    assert_eq!((subject.first_name.as_text(), subject.gender.as_text()), ("Marissa", ""));
    let journal = server.journal();
    assert_eq!(journal.iter().filter(|seen| seen.path == "/oauth/token").count(), 1, "one token serves all");
    assert!(!journal[1].headers.contains_key("projectid"));
    assert_eq!(journal[2].path, format!("{SUBJECT}/{}", Uuid::from_u128(1)));
    assert_eq!(journal[2].headers["projectid"], PROJECT.to_string().as_str());
}

#[tokio::test]
async fn every_kind_of_bad_answer_is_told_apart() {
    let table: [(u16, &str, FailureClass); 13] = [
        (400, r#"{"status":400,"title":"Bad request","detail":"no last name"}"#, FailureClass::Definite),
        (403, "", FailureClass::Forbidden),
        (409, r#"{"status":409,"title":"Conflict"}"#, FailureClass::Exists),
        (413, "", FailureClass::Definite),
        (429, "", FailureClass::Throttled),
        (500, "<html>", FailureClass::Ambiguous),
        (200, "", FailureClass::Ambiguous),
        (202, "[]", FailureClass::Ambiguous),
        (204, "", FailureClass::Ambiguous),
        (302, "", FailureClass::Ambiguous),
        (201, "<html>captive portal</html>", FailureClass::Ambiguous),
        (201, r#"[{"id":"#, FailureClass::Ambiguous),
        (418, "", FailureClass::Ambiguous), // stands for an answer that never comes
    ];
    for (status, body, expected) in table {
        let (server, api) = Server::start(move |_, _| json(status, body)).await;
        let failure = api.create_batch(&batch()).await.expect_err("a failure");
        assert_eq!(failure.class, expected, "{status} {body}");
        assert_eq!(server.seen(SUBJECT).len(), 1, "the client itself never repeats a request ({status})");
        let shown = format!("{failure:?}");
        assert!(!shown.contains("no last name"), "{shown}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (other, _) = Server::start(|_, _| created()).await;
    let (server, api) = Server::start(|seen, _| {
        let mut answer = json(307, "");
        let target = format!("{}elsewhere", seen.path).parse().expect("a header");
        answer.headers_mut().insert("location", target);
        answer
    })
    .await;
    assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::Ambiguous));
    assert_eq!(server.journal().len(), 2);
    assert!(other.journal().is_empty());
}

/// A server that sends every request elsewhere.
async fn redirecting(status: u16, to: String) -> (HttpApi, Arc<Mutex<Vec<String>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let journal = Arc::clone(&seen);
    let router = Router::new().fallback(move |uri: Uri| {
        journal.lock().expect("no panic elsewhere").push(uri.path().to_owned());
        let is_token = uri.path() == "/oauth/token";
        let mut answer = json(status, "");
        answer.headers_mut().insert("location", format!("{to}{}", uri.path()).parse().expect("a header"));
        async move { if is_token && status != 308 { json(200, r#"{"access_token":"a-token"}"#) } else { answer } }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let secret = SecretString::from(SECRET.to_owned());
    let settings = HttpSettings::new(format!("http://{address}"), PROJECT, CLIENT, secret);
    (HttpApi::new(settings).expect("a client"), seen)
}

#[tokio::test]
async fn neither_a_token_nor_the_secret_nor_a_patient_goes_where_a_redirect_points() {
    // Another host, and this one over another protocol; with 308 the token call is redirected as well.
    let (elsewhere, _) = Server::start(|_, _| created()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let other = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(handle).with_state(elsewhere.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    for status in [301, 302, 303, 307, 308] {
        let (api, seen) = redirecting(status, other.clone()).await;
        let expected = if status == 308 { FailureClass::NotSent } else { FailureClass::Ambiguous };
        assert_eq!(class_of(api.create_batch(&batch()).await), Some(expected), "{status}");
        assert_eq!(class_of(api.get_subject(Uuid::from_u128(1)).await), Some(expected), "{status}");
        assert_eq!(class_of(api.list_projects().await), Some(expected), "{status}");
        assert!(seen.lock().expect("no panic elsewhere").len() >= 3, "{status}");
    }
    assert!(elsewhere.journal().is_empty(), "{:?}", elsewhere.journal());
}

#[tokio::test]
async fn a_token_endpoint_that_is_busy_or_down_leaves_the_request_unsent_and_is_waited_for() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let calls = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let router = Router::new().fallback(move |uri: Uri| {
        let is_token = uri.path() == "/oauth/token";
        let call = if is_token { calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) } else { 9 };
        async move {
            let mut answer = match call {
                0 => json(429, ""),
                1 => json(503, ""),
                2 => json(500, "<html>"),
                3 => json(200, "<html>sign in</html>"),
                _ if is_token => json(200, r#"{"access_token":"a-token"}"#),
                _ => created(),
            };
            answer.headers_mut().insert("retry-after", "7".parse().expect("a header"));
            answer
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let secret = SecretString::from(SECRET.to_owned());
    let api = HttpApi::new(HttpSettings::new(format!("http://{address}"), PROJECT, CLIENT, secret)).expect("a client");
    let busy = api.create_batch(&batch()).await.expect_err("busy");
    assert_eq!((busy.class, busy.retry_after), (FailureClass::Throttled, Some(Duration::from_secs(7))));
    for _ in 0..3 {
        assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::NotSent));
    }
    assert!(api.create_batch(&batch()).await.is_ok());
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let (_, api) =
        Server::start(|_, _| Response::builder().status(201).body(Body::from(vec![b' '; 2 << 20])).expect("an answer"))
            .await;
    assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::Ambiguous));
}

#[tokio::test]
async fn retry_after_is_heard() {
    let (_, api) = Server::start(|_, _| {
        let mut answer = json(429, "");
        answer.headers_mut().insert("retry-after", "7".parse().expect("a header"));
        answer
    })
    .await;
    let failure = api.create_batch(&batch()).await.expect_err("throttled");
    assert_eq!((failure.class, failure.retry_after), (FailureClass::Throttled, Some(Duration::from_secs(7))));
}

#[tokio::test]
async fn a_host_that_does_not_answer_the_door_was_sent_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let settings =
        HttpSettings::new(format!("http://{address}"), PROJECT, CLIENT, SecretString::from(SECRET.to_owned()));
    let api = HttpApi::new(settings).expect("a client");
    assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::NotSent));
}

#[tokio::test]
async fn fifteen_requests_that_meet_a_401_make_one_token_call() {
    let (server, api) = Server::start(|seen, _| {
        let stale = seen.headers["authorization"] == "Bearer token0";
        if stale { json(401, "") } else { created() }
    })
    .await;
    let api = Arc::new(api);
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..15 {
        let api = Arc::clone(&api);
        requests.spawn(async move { api.create_batch(&batch()).await });
    }
    let answers = requests.join_all().await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(server.seen("/oauth/token").len(), 2, "the first one, and one for all who were refused");
}

/// Credentials that are what the portal says by now.
struct Rotating(Arc<Mutex<&'static str>>);

impl onroll::upload::CredentialSource for Rotating {
    fn read(&self) -> Result<onroll::upload::ClientCredentials, String> {
        let client_secret = SecretString::from(*self.0.lock().expect("no panic elsewhere"));
        Ok(onroll::upload::ClientCredentials { client_id: CLIENT, client_secret })
    }

    fn can_change(&self) -> bool {
        true
    }
}

/// A vendor whose portal has rotated the secret to `valid`, and refuses every token from before.
async fn rotated(valid: &'static str, source: Arc<Mutex<&'static str>>) -> HttpApi {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let tokens = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let tokens = Arc::clone(&tokens);
        async move {
            let text = String::from_utf8_lossy(&body).into_owned();
            if uri.path() != "/oauth/token" {
                return if headers["authorization"] == "Bearer old" { json(401, "") } else { created() };
            }
            let first = tokens.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            match (first, text.contains(valid)) {
                (true, _) => json(200, r#"{"access_token":"old"}"#),
                (false, true) => json(200, r#"{"access_token":"new"}"#),
                (false, false) => json(401, ""),
            }
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let secret = SecretString::from("before".to_owned());
    let mut settings = HttpSettings::new(format!("http://{address}/"), PROJECT, CLIENT, secret);
    settings.source = Some(Arc::new(Rotating(source)));
    settings.rotation_patience = Duration::from_secs(5);
    HttpApi::new(settings).expect("a client")
}

#[tokio::test]
async fn a_secret_rotated_under_a_running_upload_is_read_again() {
    let source = Arc::new(Mutex::new("before"));
    let api = rotated("after", Arc::clone(&source)).await;
    let later = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        *source.lock().expect("no panic elsewhere") = "after";
    };
    let batch = batch();
    let (answer, ()) = tokio::join!(api.create_batch(&batch), later);
    assert!(answer.is_ok());
}

#[tokio::test]
async fn credentials_that_stay_refused_end_the_waiting() {
    let api = rotated("never", Arc::new(Mutex::new("before"))).await;
    assert_eq!(class_of(api.create_batch(&batch()).await), Some(FailureClass::Unauthorized));
}
