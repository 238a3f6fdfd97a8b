//! Proposals to slots: which of several columns gets a field, and how those of one name or address stay together.

use std::collections::BTreeSet;

use super::header::Proposal;
use crate::domain::{ColumnContent, ColumnMeaning, CombinedField, Field, FieldSlot};

/// What columns of several fields belong to together: they share a group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// The same of a further name or a prior address; `None` for what is neither, and for what already is.
pub(super) fn further(meaning: ColumnMeaning) -> Option<ColumnMeaning> {
    let field = match meaning {
        ColumnMeaning::Field(Field::FirstName) => Field::AdditionalFirstName,
        ColumnMeaning::Field(Field::MiddleName) => Field::AdditionalMiddleName,
        ColumnMeaning::Field(Field::LastName) => Field::AdditionalLastName,
        ColumnMeaning::Field(Field::AddressLine1) => Field::AdditionalAddressLine1,
        ColumnMeaning::Field(Field::AddressLine2) => Field::AdditionalAddressLine2,
        ColumnMeaning::Field(Field::City) => Field::AdditionalCity,
        ColumnMeaning::Field(Field::State) => Field::AdditionalState,
        ColumnMeaning::Field(Field::PostalCode) => Field::AdditionalPostalCode,
        ColumnMeaning::Combined(CombinedField::FullName) => {
            return Some(ColumnMeaning::Combined(CombinedField::AdditionalFullName));
        }
        ColumnMeaning::Combined(CombinedField::FullAddress) => {
            return Some(ColumnMeaning::Combined(CombinedField::AdditionalFullAddress));
        }
        ColumnMeaning::Combined(CombinedField::CityStateZip) => {
            return Some(ColumnMeaning::Combined(CombinedField::AdditionalCityStateZip));
        }
        _ => return None,
    };
    Some(ColumnMeaning::Field(field))
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
    let mut contents: Vec<Option<ColumnContent>> = vec![None; proposals.len()];
    let mut taken: BTreeSet<ColumnContent> = BTreeSet::new();
    // Numbers that a header asks for or a column has got, by what shares them.
    let mut numbers: BTreeSet<(Numbered, u8)> =
        wanted.iter().map(|(.., content)| (numbered(*content), content.group())).collect();
    wanted.retain(|(index, _, content)| {
        let is_free = taken.insert(*content);
        if let Some(place) = contents.get_mut(*index).filter(|_| is_free) {
            *place = Some(*content);
        }
        !is_free
    });
    for (index, _, content) in wanted {
        if let Some(place) = contents.get_mut(index) {
            *place = next_content(content, &mut numbers);
        }
    }
    contents
}

/// What shares its numbers: the columns of further names, those of prior addresses, or those of one meaning.
type Numbered = (Option<Series>, Option<ColumnMeaning>);

fn numbered(content: ColumnContent) -> Numbered {
    let meaning = meaning_of(content);
    let series = series_of(meaning);
    (series, Some(meaning).filter(|_| series.is_none()))
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
            group = if let Some((_, group)) = seen.iter().find(|(known, _)| *known == key) {
                *group
            } else {
                let next = (proposal.number..u8::MAX).find(|group| !is_used(*group)).unwrap_or(u8::MAX);
                seen.push((key, next));
                next
            };
        }
        wanted.push((index, proposal.confidence, in_group(proposal.meaning, group)));
    }
    wanted
}

/// Content for a column whose own one is taken: a number that nothing else has. `None` for what a person has only one
/// of, and beyond the 255th.
fn next_content(content: ColumnContent, numbers: &mut BTreeSet<(Numbered, u8)>) -> Option<ColumnContent> {
    let meaning = meaning_of(content);
    if !can_repeat(meaning) {
        return None;
    }
    let kind = numbered(content);
    let group = (0..u8::MAX).find(|group| !numbers.contains(&(kind, *group)))?;
    numbers.insert((kind, group));
    Some(in_group(meaning, group))
}
