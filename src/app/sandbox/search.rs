//! Searches: which of the stored records fit the parameters, and one page of them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::Answer;

const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 1_000;

/// Parameters of a search, decoded; a name may come several times.
pub(super) type Parameters = [(String, String)];

/// Why a request is not acceptable.
pub(super) type Fault = &'static str;

/// The one value of a parameter, if it is there.
pub(super) fn value<'a>(query: &'a Parameters, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// A parameter that is `true` or `false`.
pub(super) fn flag(query: &Parameters, name: &str) -> Result<Option<bool>, Fault> {
    let values: Vec<&str> = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    match values.as_slice() {
        [] => Ok(None),
        ["true"] => Ok(Some(true)),
        ["false"] => Ok(Some(false)),
        _ => Err("a parameter that is true or false is neither"),
    }
}

/// A parameter that is a UUID.
pub(super) fn id(query: &Parameters, name: &str) -> Result<Option<String>, Fault> {
    value(query, name).map(|text| id_from(text).ok_or("a parameter that has to be a UUID is none")).transpose()
}

fn id_from(text: &str) -> Option<String> {
    Uuid::parse_str(text).ok().map(|id| id.to_string())
}

/// Which page is asked for, and how long pages are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    number: usize,
    size: usize,
}

impl Page {
    pub(super) fn asked_for(query: &Parameters) -> Result<Self, Fault> {
        let number = |name: &str, default: usize| value(query, name).map_or(Some(default), |text| text.parse().ok());
        match (number("pageNumber", 1), number("pageSize", PAGE_SIZE)) {
            (Some(number @ 1..), Some(size @ 1..=PAGE_SIZE_MAX)) => Ok(Self { number, size }),
            _ => Err("pageNumber and pageSize are whole numbers from 1 on, and a page has at most 1000"),
        }
    }

    /// The page of these.
    pub(super) fn answer(self, found: Vec<Value>) -> Answer {
        let total = found.len();
        let results: Vec<Value> =
            found.into_iter().skip((self.number - 1).saturating_mul(self.size)).take(self.size).collect();
        let page = json!({ "pageNumber": self.number, "pageSize": self.size, "totalCount": total, "results": results });
        Answer::json(200, page)
    }
}

/// One page of the subjects that fit, by server identifier unless another field is asked for.
pub(super) fn search_subjects(subjects: Vec<Value>, query: &Parameters) -> Result<Answer, Fault> {
    let page = Page::asked_for(query)?;
    let is_descending = flag(query, "sortIsDescending")?.unwrap_or(false);
    let wants_deleted = flag(query, "deleted")?.unwrap_or(false);
    if query.iter().any(|(key, value)| key == "subjectIds" && value.split(',').any(|id| id_from(id).is_none())) {
        return Err("subjectIds have to be UUIDs");
    }
    // Nothing is ever deleted here.
    let mut found: Vec<Value> = subjects.into_iter().filter(|subject| !wants_deleted && fits(subject, query)).collect();
    if let Some(field) = value(query, "sortField") {
        found.sort_by_key(|subject| text(subject, field));
    }
    if is_descending {
        found.reverse();
    }
    Ok(page.answer(found))
}

fn text(subject: &Value, name: &str) -> String {
    subject.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase()
}

/// Whether a subject fits each filter of a search; of a list, one has to fit.
fn fits(subject: &Value, query: &Parameters) -> bool {
    query.iter().all(|(key, wanted)| {
        let wanted = wanted.to_lowercase();
        let has = |name: &str| text(subject, name);
        match key.as_str() {
            "identifier" | "firstName" | "lastName" | "birthDate" | "gender" | "addressLine1" | "email"
            | "phoneNumber" => has(key) == wanted,
            "city" => has("addressCity") == wanted,
            "state" => has("addressState") == wanted,
            "postalCode" => has("addressPostalCode") == wanted,
            "birthDateStart" => has("birthDate") >= wanted,
            "birthDateEnd" => has("birthDate") <= wanted,
            "createdStart" => has("created") >= wanted,
            "createdEnd" => has("created") <= wanted,
            "updatedStart" => has("updated") >= wanted,
            "updatedEnd" => has("updated") <= wanted,
            "subjectIds" => is_among(query, key, &[has("id")]),
            "externalIdentifiers" => {
                let ids = items(subject, key).filter_map(|id| id.get("externalIdentifier").and_then(Value::as_str));
                is_among(query, key, &ids.map(str::to_lowercase).collect::<Vec<_>>())
            }
            "labels" => {
                let labels = items(subject, key).filter_map(Value::as_str);
                is_among(query, key, &labels.map(str::to_lowercase).collect::<Vec<_>>())
            }
            _ => true,
        }
    })
}

fn items<'a>(subject: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    subject.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// Whether a list parameter, repeated or with commas, names one of these.
fn is_among(query: &Parameters, name: &str, own: &[String]) -> bool {
    let wanted = query.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
    wanted.map(str::to_lowercase).any(|wanted| own.contains(&wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn names(parameters: &[(&str, &str)]) -> Result<Vec<String>, Fault> {
        let one = "00000000-0000-4000-8000-000000000001";
        let two = "00000000-0000-4000-8000-000000000002";
        let subjects = vec![
            json!({ "id": one, "firstName": "Ann", "identifier": "B", "labels": ["x"], "created": "2026-01-02" }),
            json!({ "id": two, "firstName": "Bea", "identifier": "A", "labels": ["y"], "created": "2026-01-03" }),
        ];
        let page = search_subjects(subjects, &query(parameters))?.body.unwrap_or_default();
        let results = page["results"].as_array().cloned().unwrap_or_default();
        Ok(results.iter().map(|subject| text(subject, "firstName")).collect())
    }

    #[test]
    fn a_repeated_parameter_asks_for_any_of_its_values() {
        let ids = ("subjectIds", "00000000-0000-4000-8000-000000000001");
        let other = ("subjectIds", "00000000-0000-4000-8000-000000000002");
        assert_eq!(names(&[ids, other]), Ok(vec!["ann".to_owned(), "bea".to_owned()]));
        assert_eq!(names(&[other]), Ok(vec!["bea".to_owned()]));
        assert_eq!(names(&[("labels", "x"), ("labels", "z")]), Ok(vec!["ann".to_owned()]));
    }

    #[test]
    fn results_are_sorted_and_bounded_in_time_as_asked() {
        assert_eq!(names(&[("sortField", "identifier")]), Ok(vec!["bea".to_owned(), "ann".to_owned()]));
        let descending = [("sortField", "identifier"), ("sortIsDescending", "true")];
        assert_eq!(names(&descending), Ok(vec!["ann".to_owned(), "bea".to_owned()]));
        assert_eq!(names(&[("createdStart", "2026-01-03")]), Ok(vec!["bea".to_owned()]));
        assert_eq!(names(&[("deleted", "true")]), Ok(Vec::new()));
    }

    #[test]
    fn parameters_of_the_wrong_kind_are_refused() {
        for wrong in [("sortIsDescending", "null"), ("deleted", "1"), ("subjectIds", "7"), ("pageNumber", "0.5")] {
            assert!(names(&[wrong]).is_err(), "{wrong:?}");
        }
    }
}
