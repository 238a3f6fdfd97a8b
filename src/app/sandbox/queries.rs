//! Live queries, which reach nobody from here: they are counted, and stay as dispatched. Whoever creates subjects must
//! not fire any, and the tests look whether someone did.

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;
use super::search::{Fault, Page, Parameters, flag, id, value};
use onroll_core::clock;

/// What a query can stand at.
const STATUSES: [&str; 7] = ["delayed", "initiated", "pending", "inProgress", "completed", "exhausted", "error"];
const SORT_FIELDS: [&str; 3] = ["created", "ccdaStatus", "externalSystem"];

/// The queries of the one project, in the order in which they were dispatched.
#[derive(Debug, Default)]
pub(super) struct Queries(Vec<Value>);

impl Queries {
    /// The subject that a body asks to query.
    pub(super) fn subject_of(body: &Result<Value, ()>) -> Result<&str, Fault> {
        let fields = body.as_ref().ok().and_then(Value::as_object).ok_or("the body is no JSON object")?;
        let organizations = fields.get("organizationIds");
        let is_list =
            organizations.is_none_or(|ids| ids.as_array().is_some_and(|ids| ids.iter().all(Value::is_string)));
        if !is_list {
            return Err("organizationIds is a list of texts");
        }
        fields.get("subjectId").and_then(Value::as_str).ok_or("subjectId is required")
    }

    /// Dispatches a query.
    pub(super) fn dispatch(&mut self, subject: &str, user: Uuid) -> Answer {
        let query = json!({
            "id": Uuid::new_v4(), "subjectId": subject, "created": clock::timestamp(), "userId": user,
            "fhirStatus": "initiated", "ccdaStatus": "initiated", "queryAttempts": [],
        });
        self.0.push(query.clone());
        Answer::json(201, query)
    }

    pub(super) fn get(&self, id: &str) -> Answer {
        let found = self.0.iter().find(|query| query["id"] == id);
        found.map_or(Answer::empty(404), |query| Answer::json(200, query.clone()))
    }

    /// One page of the queries that fit.
    pub(super) fn search(&self, query: &Parameters) -> Result<Answer, Fault> {
        let page = Page::asked_for(query)?;
        let subject = id(query, "subjectId")?;
        let status = value(query, "status");
        if status.is_some_and(|status| !STATUSES.contains(&status)) {
            return Err("there is no such status");
        }
        if value(query, "sortField").is_some_and(|field| !SORT_FIELDS.contains(&field)) {
            return Err("queries cannot be sorted by this");
        }
        let (from, to) = (value(query, "createdFrom"), value(query, "createdTo"));
        let fits = |query: &&Value| {
            let created = query["created"].as_str().unwrap_or_default();
            subject.as_ref().is_none_or(|subject| query["subjectId"] == *subject)
                && status.is_none_or(|status| query["ccdaStatus"] == status)
                && from.is_none_or(|from| created >= from)
                && to.is_none_or(|to| to.is_empty() || created < to)
        };
        let mut found: Vec<Value> = self.0.iter().filter(fits).cloned().collect();
        if flag(query, "sortIsDescending")?.unwrap_or(false) {
            found.reverse();
        }
        Ok(page.answer(found))
    }
}

/// One page of a subject's documents: there never is one.
pub(super) fn search_documents(query: &Parameters) -> Result<Answer, Fault> {
    id(query, "subjectId")?.ok_or("subjectId is required")?;
    Ok(Page::asked_for(query)?.answer(Vec::new()))
}
