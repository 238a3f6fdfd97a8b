//! The contract's paths: each takes what was asked and gives the vendor's answer. No faults here.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::Answer;
use super::scenario::Rotation;
use super::settings::{BatchConflict, SandboxSettings};
use super::store::Subjects;
use super::subject::{id_of, malformed, refusal};

/// Most subjects in a request.
const BATCH_MAX: usize = 10;
const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 1_000;

/// A request as the routes see it.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Vec<(String, String)>,
    pub(super) bearer: Option<&'a str>,
    pub(super) project: Option<&'a str>,
    pub(super) body: Result<Value, ()>,
}

/// What the server knows.
pub(super) struct State {
    pub(super) settings: SandboxSettings,
    pub(super) subjects: Subjects,
    start: Instant,
    tokens: BTreeMap<String, Instant>,
    /// Subjects created since the start.
    pub(super) created: u64,
    /// Subjects created without the option, or with it set: each would have fired a live query.
    pub(super) live_queries: u64,
}

impl State {
    pub(super) fn new(settings: SandboxSettings, subjects: Subjects) -> Self {
        Self { settings, subjects, start: Instant::now(), tokens: BTreeMap::new(), created: 0, live_queries: 0 }
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, asked: &Asked<'_>) -> Answer {
        match self.route(asked) {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "the sandbox's store failed");
                Answer::empty(500)
            }
        }
    }

    fn route(&mut self, asked: &Asked<'_>) -> rusqlite::Result<Answer> {
        if asked.path == "/oauth/token" {
            return Ok(if asked.method == "POST" { self.token(&asked.body) } else { Answer::empty(405) });
        }
        if !asked.bearer.is_some_and(|token| self.is_alive(token)) {
            return Ok(Answer::empty(401));
        }
        let Some(rest) = asked.path.strip_prefix("/api/") else { return Ok(Answer::empty(404)) };
        if rest == "v1/patient-registry/project" && asked.method == "GET" {
            return Ok(self.projects());
        }
        let is_ours = asked.project.and_then(|project| Uuid::parse_str(project).ok()) == Some(self.settings.project);
        if !is_ours || self.is_project_lost() {
            return Ok(Answer::empty(401));
        }
        match (asked.method, rest) {
            ("GET", "v1/patient-registry/subject") => self.search(&asked.query),
            ("POST", "v1/patient-registry/subject") => self.create_batch(&asked.body),
            ("POST", "v2/patient-registry/subject") => self.create_one(&asked.body),
            ("GET" | "PUT", _) => match rest.strip_prefix("v1/patient-registry/subject/") {
                Some(id) if !id.contains('/') => self.one(asked, id),
                Some(_) | None => Ok(Answer::empty(404)),
            },
            _ => Ok(Answer::empty(404)),
        }
    }

    fn token(&mut self, body: &Result<Value, ()>) -> Answer {
        let text = |name: &str| body.as_ref().ok().and_then(|body| body.get(name)).and_then(Value::as_str);
        let (Some(id), Some(secret), Some("client_credentials")) =
            (text("client_id"), text("client_secret"), text("grant_type"))
        else {
            return Answer::problem(
                400,
                "Bad Request",
                "client_id, client_secret and grant_type are required, as JSON",
            );
        };
        let known =
            Uuid::parse_str(id).ok() == Some(self.settings.client_id) && secret == self.secret().expose_secret();
        if !known {
            return Answer::empty(401);
        }
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.tokens.insert(token.clone(), Instant::now());
        let mut body = json!({ "access_token": token, "token_type": "Bearer" });
        if let Some(expires_in) = &self.settings.token_expires_in {
            body["expires_in"] = expires_in.clone();
        }
        Answer::json(200, body)
    }

    fn is_alive(&self, token: &str) -> bool {
        let life = self.settings.token_life.unwrap_or(Duration::MAX);
        let rotated = self.rotations_so_far().last().map(|rotation| Duration::from_millis(rotation.after_ms));
        self.tokens.get(token).is_some_and(|made| {
            made.elapsed() < life && rotated.is_none_or(|rotated| made.duration_since(self.start) >= rotated)
        })
    }

    fn rotations_so_far(&self) -> impl Iterator<Item = &Rotation> {
        let now = self.start.elapsed();
        self.settings.rotations.iter().filter(move |rotation| now >= Duration::from_millis(rotation.after_ms))
    }

    /// The secret that counts now.
    fn secret(&self) -> &SecretString {
        self.rotations_so_far().last().map_or(&self.settings.client_secret, |rotation| &rotation.secret)
    }

    fn is_project_lost(&self) -> bool {
        self.settings.project_lost_after.is_some_and(|after| self.start.elapsed() >= after)
    }

    fn projects(&self) -> Answer {
        if self.is_project_lost() {
            return Answer::json(200, json!([]));
        }
        let day = "2026-01-01T00:00:00Z";
        Answer::json(200, json!([{ "id": self.settings.project, "name": "Sandbox", "created": day, "updated": day }]))
    }

    fn search(&self, query: &[(String, String)]) -> rusqlite::Result<Answer> {
        let number = |name: &str, default: usize| {
            query.iter().find(|(key, _)| key == name).map_or(Some(default), |(_, value)| value.parse().ok())
        };
        let (Some(page @ 1..), Some(size @ 1..=PAGE_SIZE_MAX)) =
            (number("pageNumber", 1), number("pageSize", PAGE_SIZE))
        else {
            return Ok(Answer::problem(400, "Bad Request", "pageNumber and pageSize begin with 1"));
        };
        let mut found: Vec<Value> = self.subjects.all()?.into_iter().filter(|subject| fits(subject, query)).collect();
        if query.iter().any(|(key, value)| key == "sortIsDescending" && value == "true") {
            found.reverse();
        }
        let total = found.len();
        let results: Vec<Value> = found.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        Ok(Answer::json(200, json!({ "pageNumber": page, "pageSize": size, "totalCount": total, "results": results })))
    }

    fn one(&self, asked: &Asked<'_>, id: &str) -> rusqlite::Result<Answer> {
        let Ok(id) = Uuid::parse_str(id).map(|id| id.to_string()) else { return Ok(Answer::empty(404)) };
        if asked.method == "GET" {
            return Ok(self.subjects.get(&id)?.map_or(Answer::empty(404), |subject| Answer::json(200, subject)));
        }
        let Ok(body) = &asked.body else { return Ok(Answer::empty(400)) };
        if let Some(reason) = malformed(body, false).or_else(|| refusal(body)) {
            return Ok(Answer::problem(400, "Bad Request", reason));
        }
        Ok(self.subjects.replace(&id, body)?.map_or(Answer::empty(404), |subject| Answer::json(200, subject)))
    }

    /// Whether the scenario has this subject refused: decided by its id, so that a repeat is refused too.
    fn is_unacceptable(&self, subject: &Value) -> bool {
        let number = id_of(subject).and_then(|id| Uuid::parse_str(&id).ok()).map_or(0, |id| id.as_u128());
        // The low bits of an id of version 8 are as good as drawn by lot.
        self.settings.unacceptable_every.is_some_and(|every| every > 0 && number.is_multiple_of(u128::from(every)))
    }

    fn create_one(&mut self, body: &Result<Value, ()>) -> rusqlite::Result<Answer> {
        let Ok(subject) = body else { return Ok(Answer::problem(400, "Bad Request", "the body is not JSON")) };
        if let Some(reason) = malformed(subject, true).or_else(|| refusal(subject)) {
            return Ok(Answer::problem(400, "Bad Request", reason));
        }
        let id = id_of(subject).unwrap_or_default();
        let Some(stored) = self.subjects.insert(&id, subject)? else {
            return Ok(Answer::problem(409, "Conflict", "A subject with this id exists."));
        };
        self.created += 1;
        if subject.pointer("/options/initiateEhrQuery") != Some(&Value::Bool(false)) {
            self.live_queries += 1;
        }
        Ok(Answer::json(201, stored))
    }

    fn create_batch(&mut self, body: &Result<Value, ()>) -> rusqlite::Result<Answer> {
        let bad = |detail: &str| Ok(Answer::problem(400, "Bad Request", detail));
        let Ok(body) = body else { return bad("the body is not JSON") };
        let Some(subjects) = body.as_array().or_else(|| body.get("subjects").and_then(Value::as_array)) else {
            return bad("subjects are missing");
        };
        if subjects.is_empty() || subjects.len() > BATCH_MAX {
            return bad("between 1 and 10 subjects can be created at once");
        }
        if self.settings.largest_batch.is_some_and(|largest| subjects.len() > largest) {
            return Ok(Answer::empty(413));
        }
        if let Some(reason) = subjects.iter().find_map(|subject| malformed(subject, true)) {
            return bad(reason);
        }
        if self.settings.unacceptable_refuses_batch && subjects.iter().any(|subject| self.is_unacceptable(subject)) {
            return bad(UNACCEPTABLE);
        }
        let mut exists = false;
        for subject in subjects {
            exists |= self.subjects.get(&id_of(subject).unwrap_or_default())?.is_some();
        }
        let conflict = self.settings.batch_conflict;
        if exists && conflict == BatchConflict::WholeBatchNothingCreated {
            return Ok(Answer::empty(409));
        }
        let created = self.subjects.together(|store| {
            let one = |subject| {
                if self.is_unacceptable(subject) { Ok(failed(subject, UNACCEPTABLE)) } else { create(store, subject) }
            };
            subjects.iter().map(one).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let new = created.iter().filter(|(is_new, _)| *is_new).count() as u64;
        self.created += new;
        if initiates(body) {
            self.live_queries += new;
        }
        if exists && conflict == BatchConflict::WholeBatchOthersCreated {
            return Ok(Answer::empty(409));
        }
        Ok(Answer::json(201, created.into_iter().map(|(_, result)| result).collect()))
    }
}

/// Why a scenario has a subject refused.
const UNACCEPTABLE: &str = "this subject is not acceptable to the scenario";

fn failed(subject: &Value, reason: &str) -> (bool, Value) {
    let mut entry = subject.clone();
    entry["failureReason"] = Value::String(reason.to_owned());
    (false, entry)
}

/// Creates one subject of a batch: whether it is new, and its entry in the answer.
fn create(store: &Subjects, subject: &Value) -> rusqlite::Result<(bool, Value)> {
    let id = id_of(subject).unwrap_or_default();
    if let Some(reason) = refusal(subject) {
        return Ok(failed(subject, reason));
    }
    Ok(store
        .insert(&id, subject)?
        .map_or_else(|| failed(subject, "A subject with this id already exists"), |stored| (true, stored)))
}

/// Whether a create request would fire live queries: unless it says `false`.
pub(super) fn initiates(body: &Value) -> bool {
    body.pointer("/options/initiateEhrQueries") != Some(&Value::Bool(false))
}

/// Whether a subject fits the filters of a search.
fn fits(subject: &Value, query: &[(String, String)]) -> bool {
    let text = |name: &str| subject.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
    query.iter().all(|(key, value)| {
        let wanted = value.to_lowercase();
        match key.as_str() {
            "identifier" | "firstName" | "lastName" | "birthDate" | "gender" | "addressLine1" | "email"
            | "phoneNumber" => text(key) == wanted,
            "city" => text("addressCity") == wanted,
            "state" => text("addressState") == wanted,
            "postalCode" => text("addressPostalCode") == wanted,
            "birthDateStart" => text("birthDate") >= wanted,
            "birthDateEnd" => text("birthDate") <= wanted,
            "subjectIds" => wanted.split(',').any(|id| id == text("id")),
            "externalIdentifiers" => {
                let ids = subject.get("externalIdentifiers").and_then(Value::as_array).into_iter().flatten();
                ids.filter_map(|id| id.get("externalIdentifier").and_then(Value::as_str))
                    .any(|id| id.to_lowercase() == wanted)
            }
            "labels" => {
                let labels = subject.get("labels").and_then(Value::as_array).into_iter().flatten();
                labels.filter_map(Value::as_str).any(|label| label.to_lowercase() == wanted)
            }
            _ => true,
        }
    })
}
