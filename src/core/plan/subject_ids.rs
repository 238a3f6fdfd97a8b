//! Subject ids and keyed marks. Keyed with the ledger's secret, because a plain hash of a name and a birth date can be
//! turned back by trying them all.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use uuid::Uuid;

use crate::domain::{
    Address, CivilDate, ContentHash, Email, ExternalId, IdentityMarks, Patient, Phone, PostalCode, RowMarks, Sex,
    State, SubjectRecord, SystemName, fold,
};

/// What a keyed hash is over; two kinds never give the same hash, whatever their fields say.
#[derive(Clone, Copy)]
enum Kind {
    IdFromExternalId,
    IdFromIdentity,
    IdFromDemographics,
    Content,
    NameMark,
    BirthDateMark,
    SexMark,
    SubjectOfRow,
    ExternalIdOfRow,
    IdentityOfRow,
    AllOfRow,
}

impl Kind {
    /// Never to be changed: it would change every id.
    const fn label(self) -> &'static str {
        match self {
            Self::IdFromExternalId => "onroll/1/subject id/external id",
            Self::IdFromIdentity => "onroll/1/subject id/identity",
            Self::IdFromDemographics => "onroll/1/subject id/demographics",
            Self::Content => "onroll/1/content",
            Self::NameMark => "onroll/1/mark/name",
            Self::BirthDateMark => "onroll/1/mark/birth date",
            Self::SexMark => "onroll/1/mark/sex",
            Self::SubjectOfRow => "onroll/1/row/subject",
            Self::ExternalIdOfRow => "onroll/1/row/external id",
            Self::IdentityOfRow => "onroll/1/row/identity",
            Self::AllOfRow => "onroll/1/row/all",
        }
    }
}

/// Makes the ids of one project. The same secret, project and person give the same id, on any machine.
#[derive(Clone)]
pub struct SubjectIds {
    keyed: Hmac<Sha256>,
    project: Uuid,
    assumed_systems: BTreeSet<SystemName>,
}

impl std::fmt::Debug for SubjectIds {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SubjectIds").field("project", &self.project).finish_non_exhaustive()
    }
}

impl SubjectIds {
    /// `assumed_systems`: names of systems that nobody gave and that only stand in, such as the file's name. External
    /// ids of those make no subject id, since renaming the file would change it.
    pub fn new(secret: &SecretBox<[u8; 32]>, project: Uuid, assumed_systems: BTreeSet<SystemName>) -> Self {
        // HMAC fills a key up with zeros to the block of its hash, so this is the key as it is.
        let mut block = [0; 64];
        for (target, source) in block.iter_mut().zip(secret.expose_secret()) {
            *target = *source;
        }
        let keyed = Hmac::<Sha256>::new(&block.into());
        block.zeroize();
        Self { keyed, project, assumed_systems }
    }

    /// The id of a person: the roster's own; else from the external id of a named system, of several the first in
    /// comparison order, so that the order of rows does not matter; else from name, suffix, birth date and sex; else,
    /// where birth date or sex is missing, from everything there is.
    pub fn id_of(&self, patient: &Patient) -> Uuid {
        if let Some(id) = patient.subject_id {
            return id;
        }
        if let Some(named) = self.first_named_id(patient) {
            return self.id(Kind::IdFromExternalId, &named);
        }
        if patient.birth_date.is_some() && patient.sex.is_some() {
            let suffix = fold(patient.name.suffix.as_text());
            let mut fields = Vec::from(identity_fields(patient));
            // John Smith Jr and John Smith III are two people, whatever else they share.
            fields.extend(Some(suffix).filter(|suffix| !suffix.is_empty()));
            self.id(Kind::IdFromIdentity, &fields)
        } else {
            self.id(Kind::IdFromDemographics, &self.demographic_fields(patient))
        }
    }

    /// System and value of the first external id of a named system, in comparison form and order.
    fn first_named_id(&self, patient: &Patient) -> Option<[String; 2]> {
        let named = patient.external_ids.iter().filter(|id| self.is_named(id));
        named.map(|id| [fold(id.system.as_text()), fold(id.value.as_text())]).min()
    }

    /// The marks by which a steward's decision on a row finds the row again in a later roster. `subject`: the id that
    /// the person has on the roll.
    pub fn row_marks(&self, patient: &Patient, subject: Option<Uuid>) -> RowMarks {
        let subject = subject.or(patient.subject_id).map(|id| vec![id.to_string()]);
        let identity = identity_fields(patient);
        let named = !(identity[0].is_empty() && identity[1].is_empty());
        let parts = [
            (Kind::SubjectOfRow, subject),
            (Kind::ExternalIdOfRow, self.first_named_id(patient).map(Vec::from)),
            (Kind::IdentityOfRow, named.then(|| Vec::from(identity))),
            (Kind::AllOfRow, Some(self.demographic_fields(patient))),
        ];
        let mut marks = [0; 64];
        for (mark, (kind, fields)) in marks.chunks_exact_mut(16).zip(parts) {
            if let Some(hash) = fields.map(|fields| self.hash(kind, &fields)) {
                mark.copy_from_slice(hash.get(..16).unwrap_or(&[0; 16]));
            }
        }
        RowMarks(marks)
    }

    fn is_named(&self, id: &ExternalId) -> bool {
        !self.assumed_systems.contains(id.system.as_text()) && !fold(id.value.as_text()).is_empty()
    }

    /// The hash of what is sent, the id left out: `record` must carry the nil id.
    pub(super) fn content_of(&self, record: &SubjectRecord) -> ContentHash {
        ContentHash(self.hash(Kind::Content, std::slice::from_ref(record.to_json().expose())))
    }

    /// The marks that distinguish one person from two, when one id has two contents.
    pub fn marks_of(&self, patient: &Patient) -> IdentityMarks {
        let [first, last, birth, sex] = identity_fields(patient);
        let mut marks = [0; 32];
        let mut put = |from: usize, to: usize, kind: Kind, fields: &[String]| {
            if fields.iter().any(|field| !field.is_empty())
                && let (Some(target), Some(source)) =
                    (marks.get_mut(from..to), self.hash(kind, fields).get(..to - from))
            {
                target.copy_from_slice(source);
            }
        };
        put(0, 16, Kind::NameMark, &[first, last]);
        put(16, 24, Kind::BirthDateMark, &[birth]);
        put(24, 32, Kind::SexMark, &[sex]);
        IdentityMarks(marks)
    }

    fn id(&self, kind: Kind, fields: &[String]) -> Uuid {
        let mut bytes = [0; 16];
        for (target, source) in bytes.iter_mut().zip(self.hash(kind, fields)) {
            *target = source;
        }
        Uuid::new_v8(bytes)
    }

    /// Each field is written with its length before it, so that no two divisions into fields read the same.
    fn hash(&self, kind: Kind, fields: &[String]) -> [u8; 32] {
        let mut keyed = self.keyed.clone();
        let mut push = |bytes: &[u8]| {
            keyed.update(&(bytes.len() as u64).to_le_bytes());
            keyed.update(bytes);
        };
        push(kind.label().as_bytes());
        push(self.project.as_bytes());
        for field in fields {
            push(field.as_bytes());
        }
        keyed.finalize().into_bytes().into()
    }

    /// Everything about a person in comparison form. The name of an assumed system is left out, the identifier stays.
    fn demographic_fields(&self, patient: &Patient) -> Vec<String> {
        let mut fields = Vec::from(identity_fields(patient));
        fields.extend([&patient.name.middle, &patient.name.suffix].map(|text| fold(text.as_text())));
        fields.push(patient.phone.map(Phone::digits).unwrap_or_default());
        fields.push(patient.email.as_ref().map(Email::as_text).unwrap_or_default().to_owned());
        push_address(&mut fields, &patient.address);
        let mut groups: Vec<Vec<String>> = patient.additional_addresses.iter().map(address_fields).collect();
        groups.sort();
        push_groups(&mut fields, &groups);
        groups = patient.external_ids.iter().map(|id| self.external_id_fields(id)).collect();
        groups.sort();
        push_groups(&mut fields, &groups);
        let names = patient.additional_names.iter();
        groups =
            names.map(|name| [&name.first, &name.middle, &name.last].map(|text| fold(text.as_text())).into()).collect();
        groups.sort();
        push_groups(&mut fields, &groups);
        fields
    }

    fn external_id_fields(&self, id: &ExternalId) -> Vec<String> {
        let system = if self.is_named(id) { fold(id.system.as_text()) } else { String::new() };
        vec![system, fold(id.value.as_text())]
    }
}

fn identity_fields(patient: &Patient) -> [String; 4] {
    [
        fold(patient.name.first.as_text()),
        fold(patient.name.last.as_text()),
        patient.birth_date.map(CivilDate::to_iso).unwrap_or_default(),
        patient.sex.map(Sex::letter).unwrap_or_default().to_owned(),
    ]
}

fn address_fields(address: &Address) -> Vec<String> {
    let mut fields: Vec<String> =
        [&address.line1, &address.line2, &address.city].into_iter().map(|text| fold(text.as_text())).collect();
    fields.push(address.state.as_ref().map(State::code).unwrap_or_default().to_owned());
    fields.push(address.postal_code.map(PostalCode::to_wire).unwrap_or_default());
    fields
}

fn push_address(fields: &mut Vec<String>, address: &Address) {
    fields.extend(address_fields(address));
}

/// The number of groups stands before them, so that a group of one list cannot pass for a group of the next.
fn push_groups(fields: &mut Vec<String>, groups: &[Vec<String>]) {
    fields.push(groups.len().to_string());
    fields.extend(groups.iter().flatten().cloned());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Text;

    fn secret(byte: u8) -> SecretBox<[u8; 32]> {
        SecretBox::new(Box::new([byte; 32]))
    }

    fn ids() -> SubjectIds {
        SubjectIds::new(&secret(7), Uuid::from_u128(1), BTreeSet::from([SystemName::new("roster")]))
    }

    fn marissa() -> Patient {
        let mut patient =
            Patient { birth_date: CivilDate::new(1971, 6, 29), sex: Some(Sex::Female), ..Patient::default() };
        patient.name.first = Text::from_text("Marissa");
        patient.name.last = Text::from_text("Jones");
        patient
    }

    fn external_id(system: &str, value: &str) -> ExternalId {
        ExternalId { system: Text::from_text(system), value: Text::from_text(value) }
    }

    #[test]
    fn the_rosters_own_id_is_taken_as_it_is() {
        let own = Uuid::from_u128(99);
        assert_eq!(ids().id_of(&Patient { subject_id: Some(own), ..marissa() }), own);
    }

    #[test]
    fn an_id_is_the_same_on_every_machine_that_has_the_secret() {
        let (here, there) = (ids(), ids());
        assert_eq!(here.id_of(&marissa()), there.id_of(&marissa()));
        assert_eq!(here.id_of(&marissa()).get_version_num(), 8);
        // Written out: a change of this value would put everybody on the roll a second time.
        assert_eq!(here.id_of(&marissa()).to_string(), "586c119f-b110-8855-bdee-29b22da30462");
    }

    #[test]
    fn a_suffix_is_part_of_the_id() {
        let with = |suffix: &str| {
            let mut patient = marissa();
            patient.name.suffix = Text::from_text(suffix);
            ids().id_of(&patient)
        };
        assert_ne!(with("Jr"), with("III"));
        assert_ne!(with("Jr"), with(""));
        assert_eq!(with("Jr"), with("JR"));
    }

    #[test]
    fn another_secret_or_project_gives_another_id() {
        let other_project = SubjectIds::new(&secret(7), Uuid::from_u128(2), BTreeSet::new());
        let other_secret = SubjectIds::new(&secret(8), Uuid::from_u128(1), BTreeSet::new());
        assert_ne!(ids().id_of(&marissa()), other_project.id_of(&marissa()));
        assert_ne!(ids().id_of(&marissa()), other_secret.id_of(&marissa()));
    }

    #[test]
    fn the_id_of_a_named_system_outlives_a_change_of_name() {
        let mut before = marissa();
        before.external_ids.push(external_id("Clinic A", "0042"));
        let mut after = before.clone();
        after.name.last = Text::from_text("Smith");
        assert_eq!(ids().id_of(&before), ids().id_of(&after));
        assert_ne!(ids().id_of(&before), ids().id_of(&marissa()));
    }

    #[test]
    fn the_order_of_external_ids_does_not_matter() {
        let (one, two) = (external_id("Clinic A", "1"), external_id("Clinic B", "2"));
        let forwards = Patient { external_ids: vec![one.clone(), two.clone()], ..marissa() };
        let backwards = Patient { external_ids: vec![two, one], ..marissa() };
        assert_eq!(ids().id_of(&forwards), ids().id_of(&backwards));
    }

    #[test]
    fn a_system_that_only_stands_in_makes_no_id() {
        let mut patient = marissa();
        patient.external_ids.push(external_id("roster", "0042"));
        assert_eq!(ids().id_of(&patient), ids().id_of(&marissa()));
        let mut without_birth_date = Patient { birth_date: None, ..patient.clone() };
        let renamed = SubjectIds::new(&secret(7), Uuid::from_u128(1), BTreeSet::from([SystemName::new("roster2")]));
        let before = ids().id_of(&without_birth_date);
        without_birth_date.external_ids = vec![external_id("roster2", "0042")];
        assert_eq!(before, renamed.id_of(&without_birth_date), "renaming the file changed the id");
    }

    #[test]
    fn spelling_habits_do_not_change_an_id() {
        let mut typed = marissa();
        typed.name.first = Text::from_text("MARISSA");
        typed.name.last = Text::from_text("Jónes ");
        assert_eq!(ids().id_of(&typed), ids().id_of(&marissa()));
    }

    #[test]
    fn no_two_divisions_into_fields_collide() {
        let mut left = Patient { birth_date: None, ..marissa() };
        let mut right = left.clone();
        left.address.line1 = Text::from_text("12 Oak");
        right.address.line2 = Text::from_text("12 Oak");
        assert_ne!(ids().id_of(&left), ids().id_of(&right));
        right = Patient { birth_date: None, ..marissa() };
        right.additional_addresses.push(left.address.clone());
        assert_ne!(ids().id_of(&left), ids().id_of(&right));
    }

    #[test]
    fn a_birth_date_added_later_is_no_other_person() {
        let ids = ids();
        let without = ids.marks_of(&Patient { birth_date: None, ..marissa() });
        let with = ids.marks_of(&marissa());
        let other = ids.marks_of(&Patient { birth_date: CivilDate::new(1980, 1, 1), ..marissa() });
        assert!(without.agrees_with(&with) && with.agrees_with(&without));
        assert!(!with.agrees_with(&other));
    }

    proptest! {
        #[test]
        fn fields_that_differ_in_any_way_give_different_hashes(
            left in proptest::collection::vec("[ab]{0,3}", 0..4),
            right in proptest::collection::vec("[ab]{0,3}", 0..4),
        ) {
            let (ids, same) = (ids(), left == right);
            prop_assert_eq!(ids.hash(Kind::Content, &left) == ids.hash(Kind::Content, &right), same);
            prop_assert_ne!(ids.hash(Kind::Content, &left), ids.hash(Kind::NameMark, &left));
        }
    }
}
