//! Survivorship: what the rows of one person say together, in the vendor's record, with nothing lost that it has room for.

use crate::domain::{
    AdditionalName, Address, Field, Finding, FindingCode, Patient, PatientStore, Person, PersonName, Text, fold,
};

use super::cluster::Clusters;

/// Builds the person with the given number. The most complete row that is not rejected carries it (the earliest among equals): its values
/// win, what it lacks comes from the others in input order, and what the others have beyond that goes to the lists.
pub fn merge_rows(store: &PatientStore, clusters: &Clusters, person: usize) -> Person {
    let rows = clusters.rows(person).to_vec();
    let primary = primary_row(store, &rows);
    let mut patient = store.row(primary).map(|row| row.patient()).unwrap_or_default();
    let mut findings: Vec<Finding> = clusters.reviews(person).map(Finding::in_row).collect();
    for other in rows.iter().filter(|row| **row != primary) {
        if let Some(row) = store.row(*other) {
            absorb(&mut patient, row.patient(), &mut findings);
        }
    }
    if rows.len() > 1 {
        tidy_additional_names(&mut patient);
    }
    findings.sort_unstable();
    findings.dedup();
    Person { primary, rows, patient, findings }
}

fn primary_row(store: &PatientStore, rows: &[u32]) -> u32 {
    let worth = |row: u32| store.row(row).map_or((false, 0), |row| (!row.is_rejected(), row.completeness()));
    let best = rows.iter().copied().max_by_key(|row| (worth(*row), std::cmp::Reverse(*row)));
    best.unwrap_or_default()
}

fn absorb(into: &mut Patient, other: Patient, findings: &mut Vec<Finding>) {
    let contradicts = |field| Finding::in_field(FindingCode::MergeConflict, field);
    if fill(&mut into.birth_date, other.birth_date) {
        findings.push(contradicts(Field::BirthDate));
    }
    if fill(&mut into.death_date, other.death_date) {
        findings.push(contradicts(Field::DeathDate));
    }
    if fill(&mut into.sex, other.sex) {
        findings.push(contradicts(Field::Sex));
    }
    if fill(&mut into.subject_id, other.subject_id) {
        findings.push(Finding::in_field(FindingCode::SubjectIdConflict, Field::SubjectId));
    }
    if fill(&mut into.phone, other.phone) {
        findings.push(Finding::in_field(FindingCode::ContactNotCarried, Field::Phone));
    }
    if fill(&mut into.email, other.email) {
        findings.push(Finding::in_field(FindingCode::ContactNotCarried, Field::Email));
    }
    absorb_name(into, &other.name);
    into.additional_names.extend(other.additional_names);
    absorb_address(into, other.address);
    for address in other.additional_addresses {
        absorb_address(into, address);
    }
    extend_distinct(&mut into.external_ids, other.external_ids);
    extend_distinct(&mut into.labels, other.labels);
}

/// Takes the other value where there is none yet; tells whether two different values met.
fn fill<T: PartialEq>(into: &mut Option<T>, other: Option<T>) -> bool {
    match (into.as_ref(), other) {
        (None, other) => {
            *into = other;
            false
        }
        (Some(value), Some(other)) => *value != other,
        (Some(_), None) => false,
    }
}

fn extend_distinct<T: PartialEq>(into: &mut Vec<T>, others: Vec<T>) {
    for other in others {
        if !into.contains(&other) {
            into.push(other);
        }
    }
}

fn absorb_name(into: &mut Patient, other: &PersonName) {
    fill_text(&mut into.name.suffix, &other.suffix);
    let spells_out = |long: &Text, short: &Text| {
        let (long, short) = (fold(long.as_text()), fold(short.as_text()));
        long.len() > short.len() && long.starts_with(&short)
    };
    let (middle, other_middle) = (&into.name.middle, &other.middle);
    let carried = other_middle.as_text().is_empty()
        || fold(middle.as_text()) == fold(other_middle.as_text())
        || spells_out(middle, other_middle);
    if !carried && (middle.as_text().is_empty() || spells_out(other_middle, middle)) {
        into.name.middle = other_middle.clone();
    }
    into.additional_names.push(AdditionalName {
        first: other.first.clone(),
        middle: other_middle.clone(),
        last: other.last.clone(),
    });
}

fn fill_text(into: &mut Text, other: &Text) {
    if into.as_text().is_empty() {
        *into = other.clone();
    }
}

/// Drops further names that say nothing new: equal in comparison form to the main name or to an earlier one.
fn tidy_additional_names(patient: &mut Patient) {
    let form = |first: &Text, middle: &Text, last: &Text| {
        (fold(first.as_text()), fold(middle.as_text()), fold(last.as_text()))
    };
    let name = &patient.name;
    let mut seen = vec![form(&name.first, &name.middle, &name.last)];
    patient.additional_names.retain(|name| {
        let (first, middle, last) = form(&name.first, &name.middle, &name.last);
        let known = seen.iter().any(|(seen_first, seen_middle, seen_last)| {
            *seen_first == first && *seen_last == last && seen_middle.starts_with(&middle)
        });
        seen.push((first, middle, last));
        !known
    });
}

fn absorb_address(into: &mut Patient, other: Address) {
    if other.is_empty() {
        return;
    }
    if into.address.is_empty() {
        into.address = other;
        return;
    }
    let known = same_place(&into.address, &other)
        || into.additional_addresses.iter().any(|address| same_place(address, &other));
    if !known {
        into.additional_addresses.push(other);
    }
}

fn same_place(left: &Address, right: &Address) -> bool {
    let form = |address: &Address| {
        (
            fold(address.line1.as_text()),
            fold(address.line2.as_text()),
            fold(address.city.as_text()),
            address.state,
            address.postal_code.map(crate::domain::PostalCode::zip5),
        )
    };
    form(left) == form(right)
}
