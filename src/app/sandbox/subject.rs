//! What the vendor accepts as a subject, checked field by field against its published contract.

use serde_json::{Map, Value};

/// Text fields of the demographics.
const TEXT_FIELDS: [&str; 12] = [
    "firstName",
    "middleName",
    "lastName",
    "email",
    "birthDate",
    "deathDate",
    "addressLine1",
    "addressLine2",
    "addressCity",
    "addressState",
    "addressPostalCode",
    "phoneNumber",
];
const LIST_FIELDS: [&str; 5] = ["externalIdentifiers", "labels", "additionalNames", "additionalAddresses", "tags"];

/// Whether an item of a list is of the kind that its list takes.
type ItemCheck = fn(&Value) -> bool;

/// What the items of each list have to have, and what kind the texts among it are.
const NAME_PARTS: [&str; 3] = ["first", "last", "middle"];
const ADDRESS_PARTS: [&str; 5] = ["addressLine1", "addressLine2", "addressCity", "addressState", "addressPostalCode"];

/// Why the whole request is malformed: no object, no UUID, a required name missing, a value of the wrong kind.
pub(super) fn malformed(subject: &Value, needs_id: bool) -> Option<&'static str> {
    let Some(fields) = subject.as_object() else { return Some("a subject is an object") };
    if needs_id && id_of(subject).is_none() {
        return Some("id has to be a UUID");
    }
    for required in ["firstName", "lastName"] {
        if fields.get(required).and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
            return Some(if required == "firstName" { "firstName is required" } else { "lastName is required" });
        }
    }
    let is_text = |name: &&str| fields.get(*name).is_none_or(Value::is_string);
    let is_list = |name: &&str| fields.get(*name).is_none_or(Value::is_array);
    if !TEXT_FIELDS.iter().all(is_text) || !LIST_FIELDS.iter().all(is_list) {
        return Some("a field has the wrong type");
    }
    if !matches!(fields.get("gender"), None | Some(Value::Null | Value::String(_))) {
        return Some("gender is a text or null");
    }
    let checks: [(&str, ItemCheck); 5] = [
        ("externalIdentifiers", |item| has_texts(item, &["externalIdentifier", "externalSystem"], true)),
        ("labels", Value::is_string),
        ("additionalNames", |item| has_texts(item, &NAME_PARTS, false)),
        ("additionalAddresses", |item| has_texts(item, &ADDRESS_PARTS, false)),
        ("tags", is_tag),
    ];
    let is_sound = checks.into_iter().all(|(name, is_sound)| items(subject, name).all(is_sound));
    (!is_sound).then_some("an item of a list has the wrong type")
}

/// Why the options of a request are malformed.
pub(super) fn malformed_options(body: &Value, option: &str) -> Option<&'static str> {
    let options = body.get("options")?;
    let is_sound = options.as_object().is_some_and(|options| options.get(option).is_none_or(Value::is_boolean));
    (!is_sound).then_some("the options have the wrong type")
}

/// Whether an object's texts are texts, and all there where they are required.
fn has_texts(item: &Value, names: &[&str], required: bool) -> bool {
    item.is_object() && names.iter().all(|name| item.get(*name).map_or(!required, Value::is_string))
}

fn is_tag(item: &Value) -> bool {
    let is_id =
        |name: &str| item.get(name).and_then(Value::as_str).is_some_and(|text| uuid::Uuid::parse_str(text).is_ok());
    let is_kind = |name: &str, is_kind: fn(&Value) -> bool| item.get(name).is_none_or(is_kind);
    is_id("id")
        && is_id("projectTagId")
        && is_kind("valueText", Value::is_string)
        && is_kind("valueNumber", Value::is_number)
        && is_kind("valueBoolean", Value::is_boolean)
        && is_kind("valueDate", |value| value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()))
}

/// The id, when it is a UUID.
pub(super) fn id_of(subject: &Value) -> Option<String> {
    let id = uuid::Uuid::parse_str(subject.get("id")?.as_str()?).ok()?;
    Some(id.to_string())
}

/// Why this subject alone is refused: a value that its field does not take.
pub(super) fn refusal(subject: &Value) -> Option<&'static str> {
    let text = |name: &str| subject.get(name).and_then(Value::as_str);
    let checks: [(bool, &'static str); 6] = [
        (["birthDate", "deathDate"].iter().all(|name| text(name).is_none_or(is_date)), "a date is not yyyy-mm-dd"),
        (
            matches!(subject.get("gender"), None | Some(Value::Null)) || matches!(text("gender"), Some("M" | "F")),
            "gender is not M, F or null",
        ),
        (text("addressState").is_none_or(is_state), "addressState has not two letters"),
        (text("addressPostalCode").is_none_or(is_postal_code), "addressPostalCode has not 5 or 9 digits"),
        (items(subject, "externalIdentifiers").all(both_present), "an external identifier lacks a part"),
        (
            items(subject, "additionalNames").all(|item| item.get("first").is_some() || item.get("last").is_some()),
            "an additional name has neither first nor last",
        ),
    ];
    checks.into_iter().find(|(holds, _)| !holds).map(|(_, reason)| reason)
}

fn items<'a>(subject: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    subject.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn both_present(item: &Value) -> bool {
    ["externalIdentifier", "externalSystem"]
        .iter()
        .all(|name| item.get(*name).and_then(Value::as_str).is_some_and(|text| !text.is_empty()))
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_state(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_postal_code(text: &str) -> bool {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    matches!(digits.len(), 5 | 9) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The subject as stored: the known fields that were sent, and what the server adds.
pub(super) fn stored(subject: &Value, id: &str, identifier: &str, created: &str, updated: &str) -> Value {
    let mut fields = Map::new();
    for name in TEXT_FIELDS.iter().chain(&LIST_FIELDS).chain(&["gender"]) {
        if let Some(value) = subject.get(*name) {
            fields.insert((*name).to_owned(), value.clone());
        }
    }
    for (name, value) in [("id", id), ("identifier", identifier), ("created", created), ("updated", updated)] {
        fields.insert(name.to_owned(), Value::String(value.to_owned()));
    }
    Value::Object(fields)
}
