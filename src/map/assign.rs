//! Proposals to slots: which of several columns gets a field, and how those of one name or address stay together.

use super::header::Proposal;
use crate::domain::{ColumnContent, ColumnMeaning, CombinedField, Field, FieldSlot};

/// What columns of several fields belong to together: they share a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    Names,
    Addresses,
}

fn series_of(meaning: ColumnMeaning) -> Option<Series> {
    match meaning {
        ColumnMeaning::Field(Field::AdditionalFirstName | Field::AdditionalMiddleName | Field::AdditionalLastName)
        | ColumnMeaning::Combined(CombinedField::AdditionalFullName) => Some(Series::Names),
        ColumnMeaning::Field(
            Field::AdditionalAddressLine1
            | Field::AdditionalAddressLine2
            | Field::AdditionalCity
            | Field::AdditionalState
            | Field::AdditionalPostalCode,
        )
        | ColumnMeaning::Combined(CombinedField::AdditionalFullAddress | CombinedField::AdditionalCityStateZip) => {
            Some(Series::Addresses)
        }
        _ => None,
    }
}

/// Whether a person may have several of what a column holds.
pub(super) fn can_repeat(meaning: ColumnMeaning) -> bool {
    series_of(meaning).is_some()
        || matches!(
            meaning,
            ColumnMeaning::Field(
                Field::ExternalId | Field::ExternalSystem | Field::Phone | Field::Email | Field::Label
            ) | ColumnMeaning::Combined(CombinedField::FurtherAddressLine)
        )
}

fn meaning_of(content: ColumnContent) -> ColumnMeaning {
    match content {
        ColumnContent::Field(slot) => ColumnMeaning::Field(slot.field),
        ColumnContent::Combined(combined, _) => ColumnMeaning::Combined(combined),
    }
}

/// The content of a meaning in a group.
pub(super) fn in_group(meaning: ColumnMeaning, group: u8) -> ColumnContent {
    match meaning {
        ColumnMeaning::Field(field) => ColumnContent::Field(FieldSlot { field, group }),
        ColumnMeaning::Combined(combined) => ColumnContent::Combined(combined, group),
    }
}

/// The content of each column; `None` without a proposal, and where another column holds the field. First every column
/// gets what its header asks for, the surest column first; then those left over get the next number of a field that can
/// repeat.
pub(super) fn assign(proposals: &[Option<Proposal>]) -> Vec<Option<ColumnContent>> {
    let mut wanted: Vec<(usize, f64, ColumnContent)> = wanted_contents(proposals);
    wanted.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let asked_for: Vec<ColumnContent> = wanted.iter().map(|(.., content)| *content).collect();
    let mut contents: Vec<Option<ColumnContent>> = vec![None; proposals.len()];
    let mut taken: Vec<ColumnContent> = Vec::new();
    wanted.retain(|(index, _, content)| {
        let is_free = !taken.contains(content);
        if let Some(place) = contents.get_mut(*index).filter(|_| is_free) {
            taken.push(*content);
            *place = Some(*content);
        }
        !is_free
    });
    for (index, _, content) in wanted {
        if let Some(place) = contents.get_mut(index)
            && let Some(next) = next_content(content, &asked_for, &taken)
        {
            taken.push(next);
            *place = Some(next);
        }
    }
    contents
}

/// Columns of one further name or address: the series, the qualifier in their headers, and their number.
type FurtherColumns<'a> = (Series, Option<&'a str>, u8);

/// What the headers ask for, with column and confidence. Further names and addresses are numbered in the order in which
/// their qualifiers first appear, so that a maiden name and a nickname do not become one name.
fn wanted_contents(proposals: &[Option<Proposal>]) -> Vec<(usize, f64, ColumnContent)> {
    let mut seen: Vec<(FurtherColumns<'_>, u8)> = Vec::new();
    let mut wanted = Vec::new();
    for (index, proposal) in proposals.iter().enumerate() {
        let Some(proposal) = proposal else { continue };
        let mut group = proposal.number;
        if let Some(series) = series_of(proposal.meaning) {
            let key = (series, proposal.qualifier.as_deref(), proposal.number);
            let is_used = |group| seen.iter().any(|((of, ..), used)| *of == series && *used == group);
            group = match seen.iter().find(|(known, _)| *known == key) {
                Some((_, group)) => *group,
                None => (proposal.number..u8::MAX).find(|group| !is_used(*group)).unwrap_or(u8::MAX),
            };
            seen.push((key, group));
        }
        wanted.push((index, proposal.confidence, in_group(proposal.meaning, group)));
    }
    wanted
}

/// Content for a column whose own one is taken: a number that no header asks for within the series.
fn next_content(content: ColumnContent, asked_for: &[ColumnContent], taken: &[ColumnContent]) -> Option<ColumnContent> {
    let meaning = meaning_of(content);
    if !can_repeat(meaning) {
        return None;
    }
    let is_related = |other: &ColumnContent| match series_of(meaning) {
        Some(series) => series_of(meaning_of(*other)) == Some(series),
        None => meaning_of(*other) == meaning,
    };
    let is_used = |group| asked_for.iter().chain(taken).any(|other| is_related(other) && other.group() == group);
    (0..u8::MAX).find(|group| !is_used(*group)).map(|group| in_group(meaning, group))
}
