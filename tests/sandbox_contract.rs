//! The sandbox over HTTP, path by path, as the vendor's published contract has it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use onroll::sandbox::{BatchConflict, Failure, SandboxHandle, SandboxSettings, start};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

const SUBJECT: &str = "/api/v1/patient-registry/subject";

struct Vendor {
    sandbox: SandboxHandle,
    client: Client,
    token: String,
}

impl Vendor {
    async fn start(adapt: impl FnOnce(&mut SandboxSettings)) -> Self {
        let mut settings = SandboxSettings::demo();
        adapt(&mut settings);
        let sandbox = start(settings).await.expect("starts");
        onroll::upload::choose_cryptography();
        let mut vendor = Self { sandbox, client: Client::new(), token: String::new() };
        let (_, token) = vendor.token(&credentials("sandbox-demo-secret")).await;
        token["access_token"].as_str().unwrap_or_default().clone_into(&mut vendor.token);
        vendor
    }

    async fn token(&self, body: &Value) -> (StatusCode, Value) {
        let answer = self
            .client
            .post(format!("{}/oauth/token", self.sandbox.base_url()))
            .json(body)
            .send()
            .await
            .expect("an answer");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request =
            self.client.request(method, format!("{}{path}", self.sandbox.base_url())).bearer_auth(&self.token);
        let mut request = request.header("ProjectId", SandboxSettings::demo().project.to_string());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    async fn create(&self, subjects: &[Value]) -> (StatusCode, Value) {
        let body = json!({ "subjects": subjects, "options": { "initiateEhrQueries": false } });
        self.call(Method::POST, SUBJECT, Some(body)).await
    }
}

fn credentials(secret: &str) -> Value {
    json!({ "client_id": SandboxSettings::demo().client_id, "client_secret": secret, "grant_type": "client_credentials" })
}

fn subject(number: u32) -> Value {
    json!({ "id": format!("00000000-0000-4000-8000-{number:012}"), "firstName": "Ann", "lastName": "Ng", "birthDate": "1980-03-04" })
}

#[tokio::test]
async fn tokens_are_given_for_json_bodies_with_the_right_secret_only() {
    let vendor = Vendor::start(|_| {}).await;
    assert!(!vendor.token.is_empty());
    assert_eq!(vendor.token(&credentials("wrong")).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(vendor.token(&json!({ "client_id": 7 })).await.0, StatusCode::BAD_REQUEST);
    let form = vendor.client.post(format!("{}/oauth/token", vendor.sandbox.base_url()));
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("grant_type=client_credentials");
    assert_eq!(form.send().await.expect("an answer").status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_missing_token_and_a_foreign_project_are_both_401_and_the_project_list_needs_no_project() {
    let vendor = Vendor::start(|_| {}).await;
    let url = format!("{}{SUBJECT}", vendor.sandbox.base_url());
    assert_eq!(vendor.client.get(&url).send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    let foreign = vendor.client.get(&url).bearer_auth(&vendor.token).header("ProjectId", uuid::Uuid::nil().to_string());
    assert_eq!(foreign.send().await.expect("an answer").status(), StatusCode::UNAUTHORIZED);
    let projects = format!("{}/api/v1/patient-registry/project", vendor.sandbox.base_url());
    let projects = vendor.client.get(projects).bearer_auth(&vendor.token).send().await.expect("an answer");
    let projects: Value = projects.json().await.expect("JSON");
    assert_eq!(projects[0]["id"], SandboxSettings::demo().project.to_string());
}

#[tokio::test]
async fn the_demo_patients_are_found_by_search_and_by_id() {
    let vendor = Vendor::start(|_| {}).await;
    let (status, page) =
        vendor.call(Method::GET, &format!("{SUBJECT}?lastName=milliken&birthDate=2000-11-16"), None).await;
    assert_eq!((status, page["totalCount"].as_u64()), (StatusCode::OK, Some(1)));
    let id = page["results"][0]["id"].as_str().expect("an id");
    let (status, found) = vendor.call(Method::GET, &format!("{SUBJECT}/{id}"), None).await;
    assert_eq!((status, &found["firstName"]), (StatusCode::OK, &json!("Helen")));
    assert_eq!(found["identifier"].as_str().map(str::len), Some(6));
    let (_, second) = vendor.call(Method::GET, &format!("{SUBJECT}?pageSize=2&pageNumber=2"), None).await;
    assert_eq!((second["totalCount"].as_u64(), second["results"].as_array().map(Vec::len)), (Some(3), Some(1)));
    let missing = format!("{SUBJECT}/00000000-0000-4000-8000-000000000009");
    assert_eq!(vendor.call(Method::GET, &missing, None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn results_come_in_input_order_and_a_bad_value_fails_its_subject_alone() {
    let vendor = Vendor::start(|_| {}).await;
    let mut bad = subject(2);
    bad["birthDate"] = json!("04/03/1980");
    let (status, results) = vendor.create(&[subject(1), bad, subject(3)]).await;
    assert_eq!(status, StatusCode::CREATED);
    let failed: Vec<bool> =
        results.as_array().expect("results").iter().map(|result| result["failureReason"].is_string()).collect();
    assert_eq!(failed, [false, true, false]);
    assert_eq!(results[2]["id"], subject(3)["id"]);
    assert_eq!(vendor.sandbox.subjects().await.expect("a list").len(), 3 + 2);
}

#[tokio::test]
async fn malformed_and_oversized_requests_create_nothing() {
    let vendor = Vendor::start(|_| {}).await;
    let mut nameless = subject(1);
    nameless.as_object_mut().expect("an object").remove("lastName");
    assert_eq!(vendor.create(&[subject(2), nameless]).await.0, StatusCode::BAD_REQUEST);
    let eleven: Vec<Value> = (1..=11).map(subject).collect();
    assert_eq!(vendor.create(&eleven).await.0, StatusCode::BAD_REQUEST);
    let mut large = subject(1);
    large["addressLine1"] = json!("x".repeat(2 << 20));
    assert_eq!(vendor.create(&[large]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(vendor.sandbox.subjects().await.expect("a list").len(), 3);
}

#[tokio::test]
async fn an_id_that_exists_is_refused_in_each_of_the_ways_the_vendor_may_choose() {
    for (conflict, status, created) in [
        (BatchConflict::PerItem, StatusCode::CREATED, 2),
        (BatchConflict::WholeBatchNothingCreated, StatusCode::CONFLICT, 1),
        (BatchConflict::WholeBatchOthersCreated, StatusCode::CONFLICT, 2),
    ] {
        let vendor = Vendor::start(|settings| settings.batch_conflict = conflict).await;
        assert_eq!(vendor.create(&[subject(1)]).await.0, StatusCode::CREATED);
        assert_eq!(vendor.create(&[subject(1), subject(2)]).await.0, status, "{conflict:?}");
        assert_eq!(vendor.sandbox.subjects().await.expect("a list").len(), 3 + created, "{conflict:?}");
    }
}

#[tokio::test]
async fn a_creation_that_does_not_say_false_counts_as_a_live_query() {
    let vendor = Vendor::start(|_| {}).await;
    vendor.create(&[subject(1)]).await;
    assert_eq!(vendor.sandbox.live_queries().await, 0);
    vendor.call(Method::POST, SUBJECT, Some(json!([subject(2)]))).await;
    let v2 = "/api/v2/patient-registry/subject";
    assert_eq!(vendor.call(Method::POST, v2, Some(subject(3))).await.0, StatusCode::CREATED);
    assert_eq!(vendor.call(Method::POST, v2, Some(subject(3))).await.0, StatusCode::CONFLICT);
    assert_eq!(vendor.sandbox.live_queries().await, 2);
}

#[tokio::test]
async fn an_update_replaces_and_clears_what_is_left_out() {
    let vendor = Vendor::start(|_| {}).await;
    let mut full = subject(1);
    full["middleName"] = json!("Bea");
    vendor.create(&[full]).await;
    let path = format!("{SUBJECT}/{}", subject(1)["id"].as_str().expect("an id"));
    let (status, updated) =
        vendor.call(Method::PUT, &path, Some(json!({ "firstName": "Anna", "lastName": "Ng" }))).await;
    assert_eq!((status, &updated["firstName"]), (StatusCode::OK, &json!("Anna")));
    assert!(updated.get("middleName").is_none());
}

#[tokio::test]
async fn planned_failures_the_ceiling_and_dying_tokens_are_played() {
    let vendor = Vendor::start(|settings| {
        settings.failures = [(2, Failure::Status(503)), (3, Failure::Cut)].into();
    })
    .await;
    assert_eq!(vendor.create(&[subject(1)]).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let cut = vendor.client.post(format!("{}{SUBJECT}", vendor.sandbox.base_url())).bearer_auth(&vendor.token);
    let cut =
        cut.header("ProjectId", SandboxSettings::demo().project.to_string()).json(&json!([subject(2)])).send().await;
    let broke = match cut {
        Ok(answer) => answer.bytes().await.is_err(),
        Err(_) => true,
    };
    assert!(broke, "the answer is lost");
    assert_eq!(vendor.sandbox.subjects().await.expect("a list").len(), 4, "and the work was done");

    let full = Vendor::start(|settings| settings.ceiling = Some(0)).await;
    assert_eq!(full.create(&[subject(1)]).await.0, StatusCode::TOO_MANY_REQUESTS);

    let dying = Vendor::start(|settings| settings.token_life = Some(std::time::Duration::ZERO)).await;
    assert_eq!(dying.create(&[subject(1)]).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_loopback_is_served() {
    let mut settings = SandboxSettings::demo();
    settings.address = ([0, 0, 0, 0], 0).into();
    assert!(start(settings).await.is_err());
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_told_which_it_has() {
    let vendor = Vendor::start(|_| {}).await;
    for (path, allowed) in [
        ("/oauth/token", "POST"),
        ("/api/v1/patient-registry/project", "GET"),
        (SUBJECT, "GET, POST"),
        ("/api/v1/patient-registry/subject/x", "GET, PUT"),
        ("/api/v1/patient-registry/document", "GET"),
    ] {
        let url = format!("{}{path}", vendor.sandbox.base_url());
        let answer = vendor.client.delete(url).bearer_auth(&vendor.token).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.headers()["allow"], allowed, "{path}");
    }
    assert_eq!(vendor.call(Method::GET, "/api/v1/patient-registry/nothing", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn queries_reach_nobody_and_are_counted_and_found_again() {
    let vendor = Vendor::start(|_| {}).await;
    let query = "/api/v1/patient-registry/query";
    let marissa = "5a11d0c5-0000-4000-8000-0000000000d1";
    let (status, sent) = vendor.call(Method::POST, query, Some(json!({ "subjectId": marissa }))).await;
    assert_eq!((status, &sent["ccdaStatus"]), (StatusCode::CREATED, &json!("initiated")));
    assert_eq!(vendor.sandbox.live_queries().await, 1);
    let id = sent["id"].as_str().expect("an id");
    assert_eq!(vendor.call(Method::GET, &format!("{query}/{id}"), None).await, (StatusCode::OK, sent.clone()));
    let (_, page) = vendor.call(Method::GET, &format!("{query}?subjectId={marissa}&status=initiated"), None).await;
    assert_eq!((&page["totalCount"], &page["results"][0]), (&json!(1), &sent));
    for wrong in [json!({ "subjectId": "nobody" }), json!({}), json!({ "subjectId": marissa, "organizationIds": 1 })] {
        assert_eq!(vendor.call(Method::POST, query, Some(wrong)).await.0, StatusCode::BAD_REQUEST);
    }
    assert_eq!(vendor.call(Method::GET, &format!("{query}?status=lost"), None).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(vendor.sandbox.live_queries().await, 1);
    let documents = format!("/api/v1/patient-registry/document?subjectId={marissa}&pageSize=1");
    assert_eq!(vendor.call(Method::GET, &documents, None).await.1["totalCount"], 0);
    let extraction = format!("{SUBJECT}/{marissa}/status/clinical-concepts");
    assert_eq!(vendor.call(Method::GET, &extraction, None).await, (StatusCode::OK, json!({ "loaded": false })));
}

#[tokio::test]
async fn values_of_the_wrong_kind_deep_in_a_subject_are_malformed_and_a_failed_result_is_complete() {
    let vendor = Vendor::start(|_| {}).await;
    let wrong: [(&str, Value); 7] = [
        ("gender", json!(1)),
        ("labels", json!([1])),
        ("externalIdentifiers", json!([{ "externalIdentifier": "7" }])),
        ("additionalNames", json!([{ "first": 1 }])),
        ("additionalAddresses", json!(["Main St"])),
        ("tags", json!([{ "id": "7", "projectTagId": "8" }])),
        ("options", json!({ "initiateEhrQuery": "no" })),
    ];
    for (field, value) in wrong {
        let mut subject = subject(1);
        subject[field] = value;
        let v2 = vendor.call(Method::POST, "/api/v2/patient-registry/subject", Some(subject.clone())).await.0;
        assert_eq!(v2, StatusCode::BAD_REQUEST, "{field}");
        if field != "options" {
            assert_eq!(vendor.create(&[subject]).await.0, StatusCode::BAD_REQUEST, "{field}");
        }
    }
    let mut dated = subject(2);
    dated["birthDate"] = json!("yesterday");
    let (_, results) = vendor.create(&[dated]).await;
    for field in ["failureReason", "created", "updated", "identifier", "id", "firstName", "lastName"] {
        assert!(results[0][field].is_string(), "{field} is missing in {results}");
    }
}
