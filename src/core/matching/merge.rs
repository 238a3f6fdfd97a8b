//! Survivorship: what the rows of one person say together, in the vendor's record, with nothing lost that it has room
//! for, and with the row that each value comes from.

use crate::domain::{
    AdditionalName, Address, Field, Finding, FindingCode, MergedPlace, Origin, PackedRow, Patient, PatientStore,
    Person, PersonName, PersonPart, Text, fold,
};
use crate::rules::nicknames::Nicknames;

use super::cluster::Clusters;
use super::worth::{RankedRow, fullest_name, in_order_of_worth};

/// Builds the person with the given number. The most complete row that is neither rejected nor a newborn's without a
/// name carries it: its values win, what it lacks comes from the others, and what the others have beyond that goes to
/// the lists. Which row comes before which depends on what they hold and never on where they stand (see
/// `in_order_of_worth`); another row's spelling of the same name is sent where it says more (see `fullest_name`).
pub fn merge_rows(store: &PatientStore, clusters: &Clusters, nicknames: &Nicknames, person: usize) -> Person {
    let rows = clusters.rows(person).to_vec();
    let mut findings: Vec<Finding> = clusters.reviews(person).map(Finding::in_row).collect();
    if let [only] = *rows {
        let patient = store.row(only).map(|row| row.patient()).unwrap_or_default();
        findings.sort_unstable();
        findings.dedup();
        let origins = store.row(only).map(|row| without_slot(&row, only)).unwrap_or_default();
        return Person { primary: only, rows, patient, findings, origins };
    }
    let origins = rows.iter().filter_map(|row| store.row(*row).map(|packed| without_slot(&packed, *row))).flatten();
    let origins = origins.collect();
    let mut ranked = in_order_of_worth(store, clusters, &rows).into_iter();
    let Some(carrier) = ranked.next() else {
        return Person { primary: 0, rows, patient: Patient::default(), findings, origins };
    };
    let others: Vec<RankedRow> = ranked.collect();
    let named_by = fullest_name(&carrier, &others, nicknames).map(|row| (row.row, row.patient.name.clone()));
    let mut merging = Merging { patient: carrier.patient, findings, origins, named_by: None };
    merging.note_all(carrier.row);
    if let Some((row, name)) = named_by {
        merging.take_name(carrier.row, name, row);
    }
    for other in others {
        merging.absorb(other.patient, other.row);
    }
    let Merging { patient, mut findings, origins, .. } = merging;
    findings.sort_unstable();
    findings.dedup();
    Person { primary: carrier.row, rows, patient, findings, origins }
}

/// The further phone and e-mail address that a row itself has: the vendor's record has room for one of each.
pub fn without_slot(packed: &PackedRow<'_>, row: u32) -> Vec<Origin> {
    let of_row = packed.findings().filter(|finding| finding.code == FindingCode::ContactNotCarried);
    let parts = of_row.filter_map(|finding| match finding.field {
        Some(Field::Phone) => Some(PersonPart::Phone),
        Some(Field::Email) => Some(PersonPart::Email),
        _ => None,
    });
    parts.map(|part| Origin { part, row, place: MergedPlace::NoSlot }).collect()
}

/// A person while rows are added to it.
struct Merging {
    patient: Patient,
    findings: Vec<Finding>,
    origins: Vec<Origin>,
    /// The row whose spelling of the name is sent, where that is not the row that carries the person.
    named_by: Option<u32>,
}

impl Merging {
    /// Sends another row's spelling of first and last name; the one of the row that carries the person is a further
    /// name.
    fn take_name(&mut self, carrier: u32, name: PersonName, row: u32) {
        let own = AdditionalName {
            first: std::mem::replace(&mut self.patient.name.first, name.first),
            middle: self.patient.name.middle.clone(),
            last: std::mem::replace(&mut self.patient.name.last, name.last),
        };
        let place = self.absorb_additional_name(own);
        let of_carrier = |origin: &&mut Origin| (origin.part, origin.row) == (PersonPart::Name, carrier);
        if let Some(origin) = self.origins.iter_mut().find(of_carrier) {
            origin.place = place;
        }
        self.named_by = Some(row);
        self.note(PersonPart::Name, row, MergedPlace::Record);
    }

    fn note(&mut self, part: PersonPart, row: u32, place: MergedPlace) {
        self.origins.push(Origin { part, row, place });
    }

    /// Notes every value of the row that carries the person.
    fn note_all(&mut self, row: u32) {
        let patient = &self.patient;
        let present = [
            (PersonPart::SubjectId, patient.subject_id.is_some()),
            (PersonPart::Name, !is_nameless(&patient.name)),
            (PersonPart::MiddleName, !patient.name.middle.as_text().is_empty()),
            (PersonPart::Suffix, !patient.name.suffix.as_text().is_empty()),
            (PersonPart::BirthDate, patient.birth_date.is_some()),
            (PersonPart::DeathDate, patient.death_date.is_some()),
            (PersonPart::Sex, patient.sex.is_some()),
            (PersonPart::Address, !patient.address.is_empty()),
            (PersonPart::Phone, patient.phone.is_some()),
            (PersonPart::Email, patient.email.is_some()),
        ];
        let lists = [
            (PersonPart::AdditionalName, patient.additional_names.len(), MergedPlace::AdditionalNames),
            (PersonPart::Address, patient.additional_addresses.len(), MergedPlace::AdditionalAddresses),
            (PersonPart::ExternalId, patient.external_ids.len(), MergedPlace::ExternalIdentifiers),
            (PersonPart::Label, patient.labels.len(), MergedPlace::Labels),
        ];
        for (part, _) in present.into_iter().filter(|(_, present)| *present) {
            self.note(part, row, MergedPlace::Record);
        }
        for (part, count, place) in lists {
            (0..count).for_each(|_| self.note(part, row, place));
        }
    }

    /// Adds what another row says.
    fn absorb(&mut self, other: Patient, row: u32) {
        let conflict = |field| Some(Finding::in_field(FindingCode::MergeConflict, field));
        let no_slot = |field| Some(Finding::in_field(FindingCode::ContactNotCarried, field));
        let id_conflict = Some(Finding::in_field(FindingCode::SubjectIdConflict, Field::SubjectId));
        let fills = [
            (PersonPart::SubjectId, fill(&mut self.patient.subject_id, other.subject_id), id_conflict),
            (PersonPart::BirthDate, fill(&mut self.patient.birth_date, other.birth_date), conflict(Field::BirthDate)),
            (PersonPart::DeathDate, fill(&mut self.patient.death_date, other.death_date), conflict(Field::DeathDate)),
            (PersonPart::Sex, fill(&mut self.patient.sex, other.sex), conflict(Field::Sex)),
            (PersonPart::Phone, fill(&mut self.patient.phone, other.phone), no_slot(Field::Phone)),
            (PersonPart::Email, fill(&mut self.patient.email, other.email), no_slot(Field::Email)),
        ];
        for (part, filled, finding) in fills {
            let place = match filled {
                Filled::Missing => continue,
                Filled::Taken => MergedPlace::Record,
                Filled::Same => MergedPlace::SaidAlready,
                Filled::Differs => {
                    self.findings.extend(finding);
                    if matches!(part, PersonPart::Phone | PersonPart::Email) {
                        MergedPlace::NoSlot
                    } else {
                        MergedPlace::Contradiction
                    }
                }
            };
            self.note(part, row, place);
        }
        self.absorb_name(&other.name, row);
        for name in other.additional_names {
            let place = self.absorb_additional_name(name);
            self.note(PersonPart::AdditionalName, row, place);
        }
        for address in std::iter::once(other.address).chain(other.additional_addresses) {
            self.absorb_address(address, row);
        }
        for id in other.external_ids {
            let is_new = push_distinct(&mut self.patient.external_ids, id);
            let place = if is_new { MergedPlace::ExternalIdentifiers } else { MergedPlace::SaidAlready };
            self.note(PersonPart::ExternalId, row, place);
        }
        for label in other.labels {
            let is_new = push_distinct(&mut self.patient.labels, label);
            let place = if is_new { MergedPlace::Labels } else { MergedPlace::SaidAlready };
            self.note(PersonPart::Label, row, place);
        }
    }

    fn absorb_name(&mut self, other: &PersonName, row: u32) {
        if !other.suffix.as_text().is_empty() {
            let suffix = &mut self.patient.name.suffix;
            let place = if suffix.as_text().is_empty() {
                *suffix = other.suffix.clone();
                MergedPlace::Record
            } else if fold(suffix.as_text()) == fold(other.suffix.as_text()) {
                MergedPlace::SaidAlready
            } else {
                self.findings.push(Finding::in_field(FindingCode::MergeConflict, Field::Suffix));
                MergedPlace::Contradiction
            };
            self.note(PersonPart::Suffix, row, place);
        }
        if !other.middle.as_text().is_empty() {
            let (own, new) = (fold(self.patient.name.middle.as_text()), fold(other.middle.as_text()));
            let place = if own.starts_with(&new) {
                MergedPlace::SaidAlready
            } else if new.starts_with(&own) {
                // The longer one spells an initial out.
                self.patient.name.middle = other.middle.clone();
                MergedPlace::Record
            } else {
                MergedPlace::AdditionalNames
            };
            self.note(PersonPart::MiddleName, row, place);
        }
        if !is_nameless(other) {
            let further =
                AdditionalName { first: other.first.clone(), middle: other.middle.clone(), last: other.last.clone() };
            let place = self.absorb_additional_name(further);
            if self.named_by != Some(row) {
                self.note(PersonPart::Name, row, place);
            }
        }
    }

    /// Adds a further name, unless it says nothing new: equal in comparison form to the main name or to an earlier one,
    /// or with the initial of its first name, and with no more of a middle name.
    fn absorb_additional_name(&mut self, name: AdditionalName) -> MergedPlace {
        let form = |first: &Text, middle: &Text, last: &Text| {
            (fold(first.as_text()), fold(middle.as_text()), fold(last.as_text()))
        };
        let (first, middle, last) = form(&name.first, &name.middle, &name.last);
        let main = &self.patient.name;
        let main = form(&main.first, &main.middle, &main.last);
        let further = self.patient.additional_names.iter().map(|name| form(&name.first, &name.middle, &name.last));
        let known = std::iter::once(main).chain(further).any(|(known_first, known_middle, known_last)| {
            is_said_by(&first, &known_first) && known_last == last && known_middle.starts_with(&middle)
        });
        if known {
            return MergedPlace::SaidAlready;
        }
        self.patient.additional_names.push(name);
        MergedPlace::AdditionalNames
    }

    fn absorb_address(&mut self, other: Address, row: u32) {
        if other.is_empty() {
            return;
        }
        let place = if self.patient.address.is_empty() {
            self.patient.address = other;
            MergedPlace::Record
        } else if self.patient.address.is_same_place(&other)
            || self.patient.additional_addresses.iter().any(|address| address.is_same_place(&other))
        {
            MergedPlace::SaidAlready
        } else {
            self.patient.additional_addresses.push(other);
            MergedPlace::AdditionalAddresses
        };
        self.note(PersonPart::Address, row, place);
    }
}

/// Whether a first name in comparison form is another one or its initial. A name of one letter that has no lower case,
/// as in Chinese, is no initial.
pub(super) fn is_said_by(first: &str, known: &str) -> bool {
    let mut letters = first.chars();
    let is_initial = letters.next().is_some_and(char::is_lowercase) && letters.next().is_none();
    first == known || (is_initial && known.starts_with(first))
}

fn is_nameless(name: &PersonName) -> bool {
    name.first.as_text().is_empty() && name.last.as_text().is_empty()
}

/// What became of a value where there is room for one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filled {
    /// There is no such value.
    Missing,
    /// It was the first.
    Taken,
    /// It says the same as the one that is there.
    Same,
    /// It differs from the one that is there, which stays.
    Differs,
}

/// Takes the other value where there is none yet.
fn fill<T: PartialEq>(into: &mut Option<T>, other: Option<T>) -> Filled {
    match (into.as_ref(), &other) {
        (_, None) => Filled::Missing,
        (None, Some(_)) => {
            *into = other;
            Filled::Taken
        }
        (Some(value), Some(other)) if value == other => Filled::Same,
        (Some(_), Some(_)) => Filled::Differs,
    }
}

/// Adds a value that is not there yet. Returns whether it was new.
fn push_distinct<T: PartialEq>(into: &mut Vec<T>, other: T) -> bool {
    let is_new = !into.contains(&other);
    if is_new {
        into.push(other);
    }
    is_new
}
