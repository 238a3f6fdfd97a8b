//! Proposals to slots: which of several columns gets a field, and how those of one name or address stay together.

use super::header::Proposal;
use crate::domain::{Field, FieldSlot};

/// What columns of several fields belong to together: they share a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    Names,
    Addresses,
}

fn series_of(field: Field) -> Option<Series> {
    match field {
        Field::AdditionalFirstName | Field::AdditionalMiddleName | Field::AdditionalLastName => Some(Series::Names),
        Field::AdditionalAddressLine1
        | Field::AdditionalAddressLine2
        | Field::AdditionalCity
        | Field::AdditionalState
        | Field::AdditionalPostalCode => Some(Series::Addresses),
        _ => None,
    }
}

/// Whether a person may have several of the field.
pub(super) fn can_repeat(field: Field) -> bool {
    series_of(field).is_some()
        || matches!(field, Field::ExternalId | Field::ExternalSystem | Field::Phone | Field::Email | Field::Label)
}

/// The slot of each column; `None` without a proposal, and where another column holds the field. First every column gets
/// the slot that its header asks for, the surest column first; then those left over get the next number of a field that
/// can repeat.
pub(super) fn assign(proposals: &[Option<Proposal>]) -> Vec<Option<FieldSlot>> {
    let mut wanted: Vec<(usize, f64, FieldSlot)> = wanted_slots(proposals);
    wanted.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let asked_for: Vec<FieldSlot> = wanted.iter().map(|(.., slot)| *slot).collect();
    let mut slots: Vec<Option<FieldSlot>> = vec![None; proposals.len()];
    let mut taken: Vec<FieldSlot> = Vec::new();
    wanted.retain(|(index, _, slot)| {
        let is_free = !taken.contains(slot);
        if let Some(place) = slots.get_mut(*index).filter(|_| is_free) {
            taken.push(*slot);
            *place = Some(*slot);
        }
        !is_free
    });
    for (index, _, slot) in wanted {
        if let Some(place) = slots.get_mut(index)
            && let Some(next) = next_slot(slot, &asked_for, &taken)
        {
            taken.push(next);
            *place = Some(next);
        }
    }
    slots
}

/// Columns of one further name or address: the series, the qualifier in their headers, and their number.
type FurtherColumns<'a> = (Series, Option<&'a str>, u8);

/// The slots that the headers ask for, with their column and confidence. Further names and addresses are numbered in the
/// order in which their qualifiers first appear, so that a maiden name and a nickname do not become one name.
fn wanted_slots(proposals: &[Option<Proposal>]) -> Vec<(usize, f64, FieldSlot)> {
    let mut seen: Vec<(FurtherColumns<'_>, u8)> = Vec::new();
    let mut wanted = Vec::new();
    for (index, proposal) in proposals.iter().enumerate() {
        let Some(proposal) = proposal else { continue };
        let mut group = proposal.number;
        if let Some(series) = series_of(proposal.field) {
            let key = (series, proposal.qualifier.as_deref(), proposal.number);
            let is_used = |group| seen.iter().any(|((of, ..), used)| *of == series && *used == group);
            group = match seen.iter().find(|(known, _)| *known == key) {
                Some((_, group)) => *group,
                None => (proposal.number..u8::MAX).find(|group| !is_used(*group)).unwrap_or(u8::MAX),
            };
            seen.push((key, group));
        }
        wanted.push((index, proposal.confidence, FieldSlot { field: proposal.field, group }));
    }
    wanted
}

/// A slot for a column whose own one is taken: a number that no header asks for within the series.
fn next_slot(slot: FieldSlot, asked_for: &[FieldSlot], taken: &[FieldSlot]) -> Option<FieldSlot> {
    if !can_repeat(slot.field) {
        return None;
    }
    let is_related = |other: &FieldSlot| match series_of(slot.field) {
        Some(series) => series_of(other.field) == Some(series),
        None => other.field == slot.field,
    };
    let is_used = |group| asked_for.iter().chain(taken).any(|other| is_related(other) && other.group == group);
    (0..u8::MAX).find(|group| !is_used(*group)).map(|group| FieldSlot { group, ..slot })
}
