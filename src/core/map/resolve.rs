//! A header row and a sample of the rows below it to a mapping: the header proposes, the content confirms, refines or
//! contradicts.

use super::address_kind::{part_addresses, second_address};
use super::agreement::{ContentEvidence, contradiction, looks_like};
use super::assign::assign;
use super::column_map::{ColumnMap, MappedColumn, Withheld};
use super::header::{MappingReason, Proposal, in_numbered_address, is_about_something_else, name_order_of};
use super::header_rows::{Heading, headings_of};
use super::identifiers::{number_records, pair_systems};
use super::profile::{Form, FormSet, Profile, Sample};
use super::standard_path::{PathMeaning, path_meaning};
use crate::domain::{ColumnContent, ColumnMeaning, CombinedField, Field, FieldSlot, SourceRow};
use crate::rules::headers::header_key;
use crate::rules::{HeaderRules, Rules};
use crate::values::name::whole::NameOrder;

/// Share of cells that have to hold several fields before a column counts as combined.
const COMBINED_AT_LEAST: f64 = 0.6;
/// The same for a column of addresses without a column of cities beside it: the rest of its cells has to be taken apart
/// too.
const SOME_WHOLE_ADDRESSES: f64 = 0.2;
/// Share of cells that have to be whole names in a column whose header speaks of names.
const WHOLE_NAMES_AT_LEAST: f64 = 0.5;

/// Share of cells that have to be telephone numbers in a column that is called by a place alone.
const PHONES_AT_LEAST: f64 = 0.8;
/// Share of the cells that have to be dates in a column that only says that people died.
const DATES_AT_LEAST: f64 = 0.9;

const FIRST: ColumnMeaning = ColumnMeaning::Field(Field::FirstName);
const LAST: ColumnMeaning = ColumnMeaning::Field(Field::LastName);
const WHOLE_NAME: ColumnMeaning = ColumnMeaning::Combined(CombinedField::FullName);

/// Maps a header row by its words and by the rows of the sample.
pub(super) fn map_header(row: &SourceRow<'_>, sample: &Sample<'_>, rules: &Rules) -> ColumnMap {
    map_headings(headings_of(row, &rules.headers), row.number(), sample, rules)
}

/// Maps the headings of a table; `number` is that of the row that they end with.
pub(super) fn map_headings(headings: Vec<Heading>, number: u32, sample: &Sample<'_>, rules: &Rules) -> ColumnMap {
    let profiles = sample.profiles(headings.len(), rules);
    let (mut headers, mut own_texts, mut proposals) = (Vec::new(), Vec::new(), Vec::new());
    for heading in headings {
        headers.push(heading.text);
        own_texts.push(heading.own_text);
        proposals.push(heading.proposal);
    }
    settle(&headers, &mut proposals, &profiles, &rules.headers);
    let mut columns = columns(headers, &proposals, &profiles, &rules.headers);
    for (column, own_text) in columns.iter_mut().zip(own_texts) {
        column.own_header = own_text;
    }
    ColumnMap::new(columns, Some(number))
}

/// What the headers propose as they stand beside each other and over these cells.
pub(super) fn settle(
    headers: &[String],
    proposals: &mut [Option<Proposal>],
    profiles: &[Profile],
    rules: &HeaderRules,
) {
    leave_out_codes(headers, proposals);
    number_addresses(headers, proposals, rules);
    part_addresses(headers, proposals);
    take_phones(headers, proposals, profiles, rules);
    take_death_dates(headers, proposals, profiles, rules);
    number_records(headers, proposals, profiles);
    pair_systems(headers, proposals);
    refine(headers, proposals, profiles);
}

/// The columns of proposals: who gets which field, and what is said about the others.
pub(super) fn columns(
    headers: Vec<String>,
    proposals: &[Option<Proposal>],
    profiles: &[Profile],
    rules: &HeaderRules,
) -> Vec<MappedColumn> {
    let contradicted: Vec<Option<Form>> =
        proposals.iter().zip(profiles).map(|(proposal, profile)| contradicted(proposal.as_ref()?, profile)).collect();
    let sound: Vec<Option<Proposal>> = proposals
        .iter()
        .zip(&contradicted)
        .map(|(proposal, contradicted)| proposal.clone().filter(|_| contradicted.is_none()))
        .collect();
    let mut contents = assign(&sound);
    drop_held_parts(&mut contents);
    let judged = proposals.iter().zip(profiles).zip(contradicted).zip(contents);
    headers
        .into_iter()
        .zip(judged)
        .map(|(header, (((proposal, profile), contradicted), content))| {
            let mut column = MappedColumn::unused(header, MappingReason::Unknown);
            (column.name_order, column.is_order_inferred) = name_order(&column.header, profile);
            column.has_apostrophes = profile.has_apostrophes();
            column.second_address =
                proposal.as_ref().and_then(|proposal| second_address(&column.header, proposal.meaning, rules));
            match proposal {
                None if column.header.is_empty() => column.reason = MappingReason::NoHeader,
                None if is_about_something_else(&column.header, rules) => column.reason = MappingReason::SomethingElse,
                None => {
                    if let Some(form) = looks_like(profile) {
                        column.reason = MappingReason::UnknownOver(form.plural());
                    }
                }
                Some(proposal) => judge(&mut column, proposal, profile, contradicted, content),
            }
            column
        })
        .collect()
}

/// The order of whole names without a comma, and whether only the cells tell it. Where they show another order than the
/// header says, none is believed.
fn name_order(header: &str, profile: &Profile) -> (Option<NameOrder>, bool) {
    match (name_order_of(header), profile.name_order()) {
        (Some(told), Some(shown)) if told != shown => (None, false),
        (Some(told), _) => (Some(told), false),
        (None, shown) => (shown, true),
    }
}

fn judge(
    column: &mut MappedColumn,
    proposal: &Proposal,
    profile: &Profile,
    contradicted: Option<Form>,
    content: Option<ColumnContent>,
) {
    let meaning = proposal.meaning;
    column.evidence = ContentEvidence::for_column(meaning, profile);
    match (contradicted, content, meaning) {
        (Some(Form::Words), _, ColumnMeaning::Combined(CombinedField::FullName)) => {
            column.reason = MappingReason::NotWhole;
        }
        (Some(form), ..) => {
            column.reason = MappingReason::Contradicted { meaning, cells: form.plural() };
            column.withheld = Some(Withheld::Contradicted(field_of(meaning)));
        }
        (None, Some(content), _) => {
            column.content = Some(content);
            column.confidence =
                column.evidence.map_or(proposal.confidence, |evidence| evidence.weigh(proposal.confidence));
            column.reason = proposal.reason.clone();
        }
        (None, None, ColumnMeaning::Field(field)) => {
            column.reason = MappingReason::Duplicate;
            column.withheld = Some(Withheld::Twin(FieldSlot { field, group: proposal.number }));
        }
        (None, None, ColumnMeaning::Combined(_)) => column.reason = MappingReason::PartsHeld,
    }
}

/// The field that a finding about a column names.
fn field_of(meaning: ColumnMeaning) -> Field {
    match meaning {
        ColumnMeaning::Field(field) => field,
        ColumnMeaning::Combined(combined) => combined.parts().first().copied().unwrap_or(Field::Label),
    }
}

fn contradicted(proposal: &Proposal, profile: &Profile) -> Option<Form> {
    let whole_names = FormSet::from_forms(&[Form::NameWithComma, Form::SeveralWords]);
    // `Name` and `Patient` are over many things; without whole names below, they say nothing.
    if proposal.meaning == WHOLE_NAME && profile.filled() > 0 && profile.share_of(whole_names) < WHOLE_NAMES_AT_LEAST {
        return Some(Form::Words);
    }
    contradiction(proposal.meaning, profile)
}

/// A column of codes (`SEX_C`, as Epic's Clarity names them) beside one of what they mean says the same in numbers.
fn leave_out_codes(headers: &[String], proposals: &mut [Option<Proposal>]) {
    // `MRN__c` is a field of its own that Salesforce's users made.
    let is_coded = |header: &String| header_key(header).ends_with(" c") && !header.trim_end().ends_with("__c");
    let written: Vec<ColumnMeaning> = headers
        .iter()
        .zip(proposals.iter())
        .filter(|(header, _)| !is_coded(header))
        .filter_map(|(_, proposal)| proposal.as_ref().map(|proposal| proposal.meaning))
        .collect();
    for (_, proposal) in headers.iter().zip(proposals).filter(|(header, _)| is_coded(header)) {
        proposal.take_if(|coded| written.contains(&coded.meaning));
    }
}

/// `Home` and `Work` over telephone numbers say whose they are, where other exports write `Home Phone`.
fn take_phones(headers: &[String], proposals: &mut [Option<Proposal>], profiles: &[Profile], rules: &HeaderRules) {
    for ((header, proposal), profile) in headers.iter().zip(proposals).zip(profiles) {
        if let Some(confidence) = rules
            .phone_place(&header_key(header))
            .filter(|_| proposal.is_none() && profile.share(Form::Phone) >= PHONES_AT_LEAST)
        {
            let reason = MappingReason::HeaderAndContent("phone numbers");
            *proposal = Some(Proposal::new(ColumnMeaning::Field(Field::Phone), 0, confidence, reason));
        }
    }
}

/// `Deceased` over dates is the date of death; over Yes and No it is nothing that is sent.
fn take_death_dates(headers: &[String], proposals: &mut [Option<Proposal>], profiles: &[Profile], rules: &HeaderRules) {
    let meaning = ColumnMeaning::Field(Field::DeathDate);
    if proposals.iter().flatten().any(|proposal| proposal.meaning == meaning) {
        return;
    }
    let mut columns = headers.iter().zip(proposals).zip(profiles);
    let found = columns.find(|((header, proposal), profile)| {
        proposal.is_none() && rules.says_of_death(&header_key(header)) && profile.share(Form::Date) >= DATES_AT_LEAST
    });
    if let Some(((_, proposal), _)) = found {
        *proposal = Some(Proposal::new(meaning, 0, 0.9, MappingReason::HeaderAndContent("dates")));
    }
}

/// Columns such as `Address 2, City 2, Zip 2` hold a second address, and not the second line of the first. That they do
/// is recognised by a second city, state or ZIP.
fn number_addresses(headers: &[String], proposals: &mut [Option<Proposal>], rules: &HeaderRules) {
    let parts: Vec<Option<(Field, u8)>> = headers.iter().map(|header| in_numbered_address(header, rules)).collect();
    // `Zip 5` alone is a ZIP of five digits: another part of the address has to have the number too.
    let is_second = |header: &String, part: &Option<(Field, u8)>| {
        part.is_some_and(|(field, number)| {
            let others =
                |other: &&Option<(Field, u8)>| other.is_some_and(|other| other.1 == number && other.0 != field);
            number >= 2
                && matches!(field, Field::City | Field::State | Field::PostalCode)
                && parts.iter().any(|other| others(&other))
        }) && rules.meaning_of(&header_key(header)).is_none()
    };
    if !headers.iter().zip(&parts).any(|(header, part)| is_second(header, part)) {
        return;
    }
    for (part, proposal) in parts.into_iter().zip(proposals) {
        let Some((field, number)) = part else { continue };
        let (field, group) = match (number.checked_sub(2), field) {
            (None, _) => (field, 0),
            (Some(group), Field::AddressLine1) => (Field::AdditionalAddressLine1, group),
            (Some(group), Field::AddressLine2) => (Field::AdditionalAddressLine2, group),
            (Some(group), Field::City) => (Field::AdditionalCity, group),
            (Some(group), Field::State) => (Field::AdditionalState, group),
            (Some(group), _) => (Field::AdditionalPostalCode, group),
        };
        *proposal = Some(Proposal::new(ColumnMeaning::Field(field), group, 1.0, MappingReason::Spelling));
    }
}

/// Columns whose header names one field and whose cells hold several, and the other way round.
fn refine(headers: &[String], proposals: &mut [Option<Proposal>], profiles: &[Profile]) {
    let has = |proposals: &[Option<Proposal>], meaning: ColumnMeaning| {
        proposals.iter().zip(profiles).any(|(proposal, profile)| {
            proposal.as_ref().is_some_and(|proposal| proposal.meaning == meaning && proposal.number == 0)
                && (profile.filled() > 0 || profiles.iter().all(|profile| profile.filled() == 0))
        })
    };
    let (has_first, has_last) = (has(proposals, FIRST), has(proposals, LAST));
    let has_field = |field| has(proposals, ColumnMeaning::Field(field));
    let has_place = has_field(Field::City) && has_field(Field::PostalCode);
    let has_state = has_field(Field::State);
    for ((header, proposal), profile) in headers.iter().zip(proposals.iter_mut()).zip(profiles) {
        let Some(proposal) = proposal else { continue };
        let mostly = |form| profile.filled() > 0 && profile.share(form) >= COMBINED_AT_LEAST;
        let has_some = |form| profile.filled() > 0 && profile.share(form) >= SOME_WHOLE_ADDRESSES;
        let refined = match proposal.meaning {
            LAST if !has_first && mostly(Form::NameWithComma) => Some((WHOLE_NAME, "names with a comma")),
            FIRST if !has_last && mostly(Form::NameWithComma) => Some((WHOLE_NAME, "names with a comma")),
            // `Last Name, Name`: the second is the given name.
            WHOLE_NAME
                if has_last
                    && !has_first
                    && name_order_of(header).is_none()
                    && profile.filled() > 0
                    && !mostly(Form::NameWithComma) =>
            {
                Some((FIRST, "not full names, next to a column of last names"))
            }
            ColumnMeaning::Field(Field::AddressLine1) if !has_place && has_some(Form::OneLineAddress) => {
                Some((ColumnMeaning::Combined(CombinedField::FullAddress), "full addresses"))
            }
            ColumnMeaning::Combined(CombinedField::FullAddress)
                if mostly(Form::Street) && !has_some(Form::OneLineAddress) =>
            {
                Some((ColumnMeaning::Field(Field::AddressLine1), "street lines"))
            }
            ColumnMeaning::Field(Field::AdditionalAddressLine1) if mostly(Form::OneLineAddress) => {
                Some((ColumnMeaning::Combined(CombinedField::AdditionalFullAddress), "full addresses"))
            }
            ColumnMeaning::Field(Field::City | Field::AddressLine2)
            | ColumnMeaning::Combined(CombinedField::FurtherAddressLine)
                if !has_state && mostly(Form::Place) =>
            {
                Some((ColumnMeaning::Combined(CombinedField::CityStateZip), "cities with state or ZIP"))
            }
            // `telecom.value` may be either.
            ColumnMeaning::Field(Field::Phone)
                if mostly(Form::Email) && matches!(path_meaning(header), Some(PathMeaning::Known(..))) =>
            {
                Some((ColumnMeaning::Field(Field::Email), "e-mail addresses"))
            }
            ColumnMeaning::Field(Field::AdditionalCity) if mostly(Form::Place) => {
                Some((ColumnMeaning::Combined(CombinedField::AdditionalCityStateZip), "cities with state or ZIP"))
            }
            _ => None,
        };
        if let Some((meaning, cells)) = refined {
            proposal.meaning = meaning;
            proposal.reason = MappingReason::HeaderAndContent(cells);
            if meaning == ColumnMeaning::Combined(CombinedField::CityStateZip) {
                proposal.number = 0;
            }
        }
    }
}

/// A combined column whose parts have columns of their own is not used: theirs are sure.
fn drop_held_parts(contents: &mut [Option<ColumnContent>]) {
    let held: Vec<ColumnContent> = contents.iter().flatten().copied().collect();
    for content in contents {
        let Some(ColumnContent::Combined(combined, group)) = *content else { continue };
        let needed: &[Field] = match combined {
            CombinedField::FullName => &[Field::FirstName, Field::LastName],
            CombinedField::FullAddress => &[Field::AddressLine1, Field::City, Field::PostalCode],
            CombinedField::CityStateZip => &[Field::City, Field::State, Field::PostalCode],
            CombinedField::AdditionalFullName => &[Field::AdditionalFirstName, Field::AdditionalLastName],
            CombinedField::FurtherAddressLine
            | CombinedField::AdditionalFullAddress
            | CombinedField::AdditionalCityStateZip => continue,
        };
        if needed.iter().all(|field| held.contains(&ColumnContent::Field(FieldSlot { field: *field, group }))) {
            *content = None;
        }
    }
}
