//! The contract's paths: each takes what was asked and gives the vendor's answer. No faults here.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::Answer;
use super::queries::{Queries, search_documents};
use super::scenario::Rotation;
use super::search::{Fault, search_subjects};
use super::settings::{BatchConflict, SandboxSettings};
use super::store::Subjects;
use super::subject::{id_of, malformed, malformed_options, refusal};

const PROJECT: &str = "/api/v1/patient-registry/project";
const CREATE_ONE: &str = "/api/v2/patient-registry/subject";
/// Most subjects in a request.
const BATCH_MAX: usize = 10;
const REGISTRY: &str = "/api/v1/patient-registry/";

/// The methods of a path, as the `Allow` header has them; `None` where there is nothing.
pub(super) fn methods_of(path: &str) -> Option<&'static str> {
    match path {
        "/oauth/token" | CREATE_ONE => return Some("POST"),
        PROJECT => return Some("GET"),
        _ => {}
    }
    match path.strip_prefix(REGISTRY)?.split('/').collect::<Vec<_>>().as_slice() {
        ["subject" | "query"] => Some("GET, POST"),
        ["subject", _] => Some("GET, PUT"),
        ["document"] | ["query", _] | ["subject", _, "status", "clinical-concepts"] => Some("GET"),
        _ => None,
    }
}

fn refused(fault: Fault) -> Answer {
    Answer::problem(400, "Bad Request", fault)
}

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
    queries: Queries,
    /// Subjects created since the start.
    pub(super) created: u64,
    /// Subjects created without the option, or with it set: each would have fired a live query.
    pub(super) live_queries: u64,
}

impl State {
    pub(super) fn new(settings: SandboxSettings, subjects: Subjects) -> Self {
        Self {
            settings,
            subjects,
            start: Instant::now(),
            tokens: BTreeMap::new(),
            queries: Queries::default(),
            created: 0,
            live_queries: 0,
        }
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
        let Some(methods) = methods_of(asked.path) else { return Ok(Answer::empty(404)) };
        if !methods.split(", ").any(|method| method == asked.method) {
            return Ok(Answer::empty(405));
        }
        if asked.path == "/oauth/token" {
            return Ok(self.token(&asked.body));
        }
        if !asked.bearer.is_some_and(|token| self.is_alive(token)) {
            return Ok(Answer::empty(401));
        }
        if asked.path == PROJECT {
            return Ok(self.projects());
        }
        let is_ours = asked.project.and_then(|project| Uuid::parse_str(project).ok()) == Some(self.settings.project);
        if !is_ours || self.is_project_lost() {
            return Ok(Answer::empty(401));
        }
        match (asked.method, asked.path.strip_prefix(REGISTRY).unwrap_or(asked.path)) {
            ("GET", "subject") => Ok(search_subjects(self.subjects.all()?, &asked.query).unwrap_or_else(refused)),
            ("POST", "subject") => self.create_batch(&asked.body),
            ("POST", CREATE_ONE) => self.create_one(&asked.body),
            ("POST", "query") => self.dispatch(&asked.body),
            ("GET", "query") => Ok(self.queries.search(&asked.query).unwrap_or_else(refused)),
            ("GET", "document") => Ok(search_documents(&asked.query).unwrap_or_else(refused)),
            (_, rest) => match rest.split('/').collect::<Vec<_>>().as_slice() {
                ["query", id] => Ok(self.queries.get(id)),
                ["subject", id] => self.one(asked, id),
                ["subject", id, ..] => self.extraction(id),
                _ => Ok(Answer::empty(404)),
            },
        }
    }

    /// A live query, which reaches nobody from here.
    fn dispatch(&mut self, body: &Result<Value, ()>) -> rusqlite::Result<Answer> {
        let subject = match Queries::subject_of(body) {
            Ok(subject) => subject,
            Err(fault) => return Ok(refused(fault)),
        };
        if self.subjects.get(subject)?.is_none() {
            return Ok(refused("there is no such subject in this project"));
        }
        self.live_queries += 1;
        Ok(self.queries.dispatch(subject, self.settings.client_id))
    }

    /// Whether what was found about a subject is extracted: it never is, as nothing is found.
    fn extraction(&self, id: &str) -> rusqlite::Result<Answer> {
        let found = self.subjects.get(&id.to_lowercase())?;
        Ok(found.map_or(Answer::empty(404), |_| Answer::json(200, json!({ "loaded": false }))))
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
        let options = malformed_options(subject, "initiateEhrQuery");
        if let Some(reason) = options.or_else(|| malformed(subject, true)).or_else(|| refusal(subject)) {
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
        let options = malformed_options(body, "initiateEhrQueries");
        if let Some(reason) = options.or_else(|| subjects.iter().find_map(|subject| malformed(subject, true))) {
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
    // The contract has these in every result; of what was not created there is nothing to say.
    for name in ["created", "updated", "identifier"] {
        entry[name] = Value::String(String::new());
    }
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
