//! Which entry of an answer speaks of which subject. By id where the entries say; by place only where nothing speaks
//! against it; else it is not known.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::api::CreateEntry;
use onroll_core::domain::Text;

/// What an answer says of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reported {
    /// It was created.
    Created,
    /// Not, because one exists under its id.
    Exists,
    /// Not, for a reason in the vendor's words.
    Refused(Text),
    /// Nothing that can be relied on.
    Nothing,
}

/// What an answer says of each of the subjects sent, in their order.
pub(super) fn reports_by_subject(sent: &[Uuid], entries: &[CreateEntry]) -> Vec<Reported> {
    let mut by_id: BTreeMap<Uuid, Vec<&CreateEntry>> = BTreeMap::new();
    for entry in entries {
        if let Some(id) = entry.id {
            by_id.entry(id).or_default().push(entry);
        }
    }
    let in_place = sent.len() == entries.len()
        && sent.iter().zip(entries).all(|(id, entry)| entry.id.is_none_or(|stated| stated == *id));
    let reported = sent.iter().enumerate().map(|(place, id)| match by_id.get(id).map(Vec::as_slice) {
        Some([entry]) => reported(entry),
        None if in_place => entries.get(place).map_or(Reported::Nothing, reported),
        Some(_) | None => Reported::Nothing,
    });
    reported.collect()
}

fn reported(entry: &CreateEntry) -> Reported {
    match &entry.failure {
        Some(reason) if means_exists(reason.as_text()) => Reported::Exists,
        Some(reason) => Reported::Refused(reason.clone()),
        None if entry.shows_subject => Reported::Created,
        None => Reported::Nothing,
    }
}

/// Whether a failure reason says that the id is taken. A reason that is wrongly taken for it does no harm: the subject
/// is looked up next.
fn means_exists(reason: &str) -> bool {
    let lower = reason.to_lowercase();
    ["exist", "duplicate", "conflict"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn created(number: u128) -> CreateEntry {
        CreateEntry { id: Some(id(number)), failure: None, shows_subject: true }
    }

    fn failed(number: Option<u128>, reason: &str) -> CreateEntry {
        CreateEntry { id: number.map(id), failure: Some(Text::from_text(reason)), shows_subject: false }
    }

    fn reported(sent: &[u128], entries: &[CreateEntry]) -> Vec<Reported> {
        reports_by_subject(&sent.iter().copied().map(id).collect::<Vec<_>>(), entries)
    }

    #[test]
    fn entries_in_another_order_are_found_by_id() {
        let reported = reported(&[1, 2], &[failed(Some(2), "no"), created(1)]);
        assert_eq!(reported, [Reported::Created, Reported::Refused(Text::from_text("no"))]);
    }

    #[test]
    fn entries_without_ids_are_taken_by_place_when_all_are_there() {
        let anonymous = CreateEntry { shows_subject: true, ..CreateEntry::default() };
        assert_eq!(
            reported(&[1, 2], &[anonymous.clone(), failed(None, "Already exists")]),
            [Reported::Created, Reported::Exists]
        );
        assert_eq!(reported(&[1, 2], &[anonymous]), [Reported::Nothing, Reported::Nothing]);
    }

    #[test]
    fn an_id_out_of_place_forbids_counting_places() {
        let anonymous = CreateEntry { shows_subject: true, ..CreateEntry::default() };
        assert_eq!(
            reported(&[1, 2, 3], &[created(2), anonymous.clone(), anonymous]),
            [Reported::Nothing, Reported::Created, Reported::Nothing]
        );
    }

    #[test]
    fn a_short_answer_settles_only_those_it_names() {
        assert_eq!(reported(&[1, 2, 3], &[created(3)]), [Reported::Nothing, Reported::Nothing, Reported::Created]);
    }

    #[test]
    fn entries_that_contradict_or_say_nothing_are_not_relied_on() {
        assert_eq!(reported(&[1], &[created(1), failed(Some(1), "no")]), [Reported::Nothing]);
        assert_eq!(reported(&[1], &[CreateEntry { id: Some(id(1)), ..CreateEntry::default() }]), [Reported::Nothing]);
        assert_eq!(reported(&[1], &[created(9)]), [Reported::Nothing]);
    }
}
