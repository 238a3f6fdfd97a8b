//! Named cases of the stage as a whole.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    AdditionalName, Address, AssessedPatient, CivilDate, ExternalId, Field, FindingCode, PackedBatch, Patient,
    PatientStore, Person, PersonName, Phone, Sex, SourceId, Text,
};
use crate::rules::Rules;

fn text(value: &str) -> Text {
    Text::from_text(value)
}

fn patient(first: &str, last: &str) -> Patient {
    Patient {
        name: PersonName { first: text(first), last: text(last), ..PersonName::default() },
        birth_date: CivilDate::new(1980, 3, 4),
        sex: Some(Sex::Female),
        ..Patient::default()
    }
}

fn with_id(mut patient: Patient, value: &str) -> Patient {
    patient.external_ids.push(ExternalId { system: text("Clinic A"), value: text(value) });
    patient
}

fn living_at(mut patient: Patient, line1: &str) -> Patient {
    patient.address = Address { line1: text(line1), city: text("Duluth"), ..Address::default() };
    patient
}

fn store(patients: &[Patient]) -> PatientStore {
    let mut batch = PackedBatch::default();
    for (row, patient) in (2..).zip(patients) {
        batch.push(&AssessedPatient { row, patient: patient.clone(), completeness: 50, ..AssessedPatient::default() });
    }
    let mut store = PatientStore::default();
    store.push(SourceId(0), batch);
    store
}

/// Read once: the laws below match hundreds of rosters.
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

fn match_rows(store: &PatientStore) -> Matches {
    super::match_rows(store, &RULES, &MatchSettings::default())
}

fn persons(store: &PatientStore) -> Vec<Person> {
    let matches = match_rows(store);
    (0..matches.clusters.len()).map(|person| merge_rows(store, &matches.clusters, person)).collect()
}

#[test]
fn spellings_of_one_identity_are_one_person_with_both_addresses() {
    let store = store(&[
        living_at(patient("José", "O'Brien"), "1 Main St"),
        patient("Ann", "Ng"),
        living_at(patient("JOSE", "OBRIEN"), "2 Oak Ave"),
    ]);
    let persons = persons(&store);
    assert_eq!(persons.len(), 2);
    assert_eq!(persons[0].rows, [0, 2]);
    assert_eq!(persons[0].patient.address.line1.as_text(), "1 Main St");
    assert_eq!(persons[0].patient.additional_addresses[0].line1.as_text(), "2 Oak Ave");
    assert!(persons[0].findings.is_empty());
}

#[test]
fn one_external_id_joins_a_maiden_and_a_married_name_and_keeps_both() {
    let store = store(&[with_id(patient("Ann", "Ng"), "12"), with_id(patient("Ann", "Larsen"), "12")]);
    let persons = persons(&store);
    assert_eq!(persons.len(), 1);
    let names = &persons[0].patient.additional_names;
    assert_eq!(names, &[AdditionalName { first: text("Ann"), middle: text(""), last: text("Larsen") }]);
    assert_eq!(persons[0].patient.external_ids.len(), 1);
}

#[test]
fn twins_under_one_external_id_wait_for_a_person_to_decide() {
    let persons = persons(&store(&[with_id(patient("Anna", "Ng"), "12"), with_id(patient("Ella", "Ng"), "12")]));
    assert!(persons[0].findings.iter().any(|finding| finding.code == FindingCode::MergeConflict));
}

#[test]
fn a_misspelt_first_name_under_one_external_id_is_not_taken_for_a_twin() {
    let persons =
        persons(&store(&[with_id(patient("Katherine", "Ng"), "12"), with_id(patient("Kathrine", "Ng"), "12")]));
    assert_eq!(persons.len(), 1);
    assert!(persons[0].findings.is_empty());
}

#[test]
fn one_external_id_with_two_birth_dates_waits_for_a_person_to_decide() {
    let mut other = with_id(patient("Ann", "Ng"), "12");
    other.birth_date = CivilDate::new(1955, 3, 4);
    let persons = persons(&store(&[with_id(patient("Ann", "Ng"), "12"), other]));
    assert_eq!(persons.len(), 1);
    assert!(persons[0].findings.iter().any(|finding| finding.code == FindingCode::MergeConflict));
}

#[test]
fn a_senior_and_a_junior_of_one_birth_date_are_not_merged_silently() {
    let (mut senior, mut junior) = (patient("John", "Ruiz"), patient("John", "Ruiz"));
    senior.name.suffix = text("Sr");
    junior.name.suffix = text("Jr");
    assert_eq!(persons(&store(&[senior, junior])).len(), 2);
}

#[test]
fn the_same_number_in_two_systems_is_two_persons() {
    let mut other = patient("Bea", "Ruiz");
    other.external_ids.push(ExternalId { system: text("Clinic B"), value: text("12") });
    assert_eq!(persons(&store(&[with_id(patient("Ann", "Ng"), "12"), other])).len(), 2);
}

#[test]
fn bare_names_that_agree_are_held_and_names_with_a_phone_are_merged() {
    let bare = Patient { birth_date: None, ..patient("Ann", "Ng") };
    let held = persons(&store(&[bare.clone(), bare.clone()]));
    assert!(held[0].findings.iter().any(|finding| finding.code == FindingCode::Indistinguishable));
    let with_phone = Patient { phone: Phone::from_digits("6125550123"), ..bare };
    let merged = persons(&store(&[with_phone.clone(), with_phone]));
    assert_eq!((merged.len(), merged[0].findings.len()), (1, 0));
}

/// A patient with a home and a phone that a household shares.
fn at_home(first: &str, last: &str, (year, month, day): (u16, u8, u8)) -> Patient {
    let mut patient = living_at(patient(first, last), "4837 Hillcrest Dr");
    patient.birth_date = CivilDate::new(year, month, day);
    patient.phone = Phone::from_digits("8145550127");
    patient
}

#[test]
fn twins_with_names_that_sound_alike_stay_two_persons() {
    let anna = with_id(at_home("Anna", "Falk", (1996, 1, 19)), "10518");
    let hannah = with_id(at_home("Hannah", "Falk", (1996, 1, 19)), "10555");
    let (eric, ella) = (at_home("Eric", "Falk", (1996, 1, 19)), at_home("Ella", "Falk", (1996, 1, 19)));
    let matches = match_rows(&store(&[anna, hannah, eric, ella]));
    assert_eq!((matches.clusters.len(), matches.pairs.len()), (4, 0));
}

#[test]
fn a_father_and_a_son_of_one_name_at_one_address_stay_two_persons() {
    let (father, son) = (at_home("John", "Ruiz", (1961, 5, 2)), at_home("John", "Ruiz", (1989, 11, 14)));
    assert_eq!(persons(&store(&[father, son])).len(), 2);
}

#[test]
fn spouses_share_an_address_a_phone_and_a_name_and_stay_two_persons() {
    let (one, other) = (at_home("Maria", "Ruiz", (1961, 5, 2)), at_home("Martin", "Ruiz", (1963, 8, 21)));
    assert_eq!(persons(&store(&[one, other])).len(), 2);
}

#[test]
fn a_nickname_a_typing_error_and_exchanged_day_and_month_are_one_person() {
    let robert = at_home("Robert", "Larsen", (1961, 5, 2));
    let damaged = [
        at_home("Bob", "Larsen", (1961, 5, 2)),
        at_home("Robrt", "Larsen", (1961, 5, 2)),
        at_home("Robert", "Larsen", (1961, 2, 5)),
        at_home("Larsen", "Robert", (1961, 5, 2)),
        at_home("Larsne", "Robrt", (1961, 5, 2)),
        at_home("Robert", "Larson", (1961, 5, 2)),
    ];
    for other in damaged {
        let matches = match_rows(&store(&[robert.clone(), other]));
        assert_eq!(matches.clusters.len(), 1, "{:?}", matches.pairs);
        assert_eq!(matches.pairs[0].band, Band::Match);
        let total: i32 = matches.evidence(&matches.pairs[0]).iter().map(|field| field.weight).sum();
        let weight = matches.pairs[0].weight;
        assert_eq!(total + matches.pairs[0].household, weight, "fields and household account for the whole weight");
    }
}

#[test]
fn twins_do_not_become_one_person_through_a_row_that_resembles_both() {
    let (james, judith) = (at_home("James", "Falk", (1996, 1, 19)), at_home("Judith", "Falk", (1996, 1, 19)));
    let between = at_home("J", "Falk", (1996, 1, 19));
    let clusters = match_rows(&store(&[james, between, judith])).clusters;
    assert_ne!(clusters.person_of(0), clusters.person_of(2));
}

#[test]
fn a_newborn_that_has_been_named_waits_for_a_person_to_decide() {
    let (unnamed, named) = (at_home("Baby Girl", "Falk", (2025, 12, 5)), at_home("Joanne", "Falk", (2025, 12, 5)));
    let matches = match_rows(&store(&[unnamed, named]));
    assert_eq!(matches.pairs[0].band, Band::Review(FindingCode::PossibleDuplicate));
}

#[test]
fn a_person_who_goes_by_the_middle_name_is_one_person() {
    let mut full = at_home("Aaron", "Warrarks", (1972, 9, 26));
    full.name.middle = text("Presto");
    assert_eq!(persons(&store(&[full, at_home("Presto", "Warrarks", (1972, 9, 26))])).len(), 1);
}

#[test]
fn a_word_in_place_of_a_first_name_says_nothing_of_who_it_is() {
    let (named, word) = (at_home("Karl", "Falk", (1961, 5, 2)), at_home("Husband", "Falk", (1961, 5, 2)));
    let matches = match_rows(&store(&[named, word]));
    assert_eq!(matches.clusters.len(), 1);
    assert_eq!(matches.evidence(&matches.pairs[0])[0].name, "missing");
}

#[test]
fn agreeing_middle_names_tell_a_name_written_anew_from_twins() {
    let with_middle = |first: &str, middle: &str| {
        let mut patient = at_home(first, "Falk", (1981, 1, 19));
        patient.name.middle = text(middle);
        patient
    };
    let written_anew = match_rows(&store(&[with_middle("Philippa", "Josephine"), with_middle("Pip", "Josephine")]));
    assert_eq!(written_anew.clusters.len(), 1);
    let twins = match_rows(&store(&[with_middle("Philippa", "Josephine"), with_middle("Edith", "Rose")]));
    assert_eq!(twins.clusters.len(), 2);
}

#[test]
fn an_address_that_many_share_says_less_than_one_of_a_household() {
    let resident = |index: u16| {
        let name = format!("{}{}", ["Ab", "Ed", "Or", "Ul"][usize::from(index % 4)], index);
        living_at(
            Patient { birth_date: CivilDate::new(1920 + index, 2, 3), ..patient(&name, &name) },
            "400 Hospital Rd",
        )
    };
    let weight_beside = |count: u16| {
        let mut patients: Vec<Patient> = (0..count).map(resident).collect();
        patients.push(living_at(patient("Ann", "Ng"), "400 Hospital Rd"));
        patients.push(living_at(patient("Anne", "Ng"), "400 Hospital Rd"));
        let matches = match_rows(&store(&patients));
        let pair = matches.pairs.iter().find(|pair| pair.left == u32::from(count)).expect("the last two");
        matches.evidence(pair).iter().find(|field| field.field == Field::AddressLine1).expect("compared").weight
    };
    assert!(weight_beside(60) < weight_beside(1) - 200);
}

#[test]
fn a_second_phone_is_reported_because_the_vendor_has_no_place_for_it() {
    let first = Patient { phone: Phone::from_digits("6125550123"), ..patient("Ann", "Ng") };
    let second = Patient { phone: Phone::from_digits("6125550199"), ..patient("Ann", "Ng") };
    let persons = persons(&store(&[first, second]));
    assert_eq!(persons[0].findings[0].code, FindingCode::ContactNotCarried);
}

#[test]
fn evidence_names_the_level_of_each_field() {
    let matches = match_rows(&store(&[with_id(patient("Ann", "Ng"), "12"), with_id(patient("Anne", "Ng"), "12")]));
    assert_eq!(matches.pairs.len(), 1);
    let levels: Vec<&str> = matches.evidence(&matches.pairs[0]).iter().map(|field| field.level.word()).collect();
    assert_eq!(levels[..7], ["similar", "missing", "same", "missing", "same", "same", "missing"]);
    assert_eq!(matches.pairs[0].band, Band::Match);
}

fn any_patient() -> impl Strategy<Value = Patient> {
    (0_usize..3, 0_usize..3, prop::option::of(0_u8..3), prop::option::of(0_u8..4)).prop_map(|(first, last, day, id)| {
        let mut patient = patient(["Ann", "Bea", "Cy"][first], ["Ng", "Ruiz", "Øst"][last]);
        patient.birth_date = day.and_then(|day| CivilDate::new(1980, 3, day + 1));
        match id {
            Some(id) => with_id(patient, &id.to_string()),
            None => patient,
        }
    })
}

proptest! {
    #[test]
    fn row_order_does_not_change_who_is_one_person(
        patients in prop::collection::vec(any_patient(), 1..24),
        seed in any::<u64>(),
    ) {
        let count = patients.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
        let shuffled: Vec<Patient> = order.iter().map(|index| patients[*index].clone()).collect();
        let straight = match_rows(&store(&patients)).clusters;
        let mixed = match_rows(&store(&shuffled)).clusters;
        for left in 0..count {
            for right in 0..count {
                let together = straight.person_of(u32::try_from(order[left]).unwrap())
                    == straight.person_of(u32::try_from(order[right]).unwrap());
                let together_mixed =
                    mixed.person_of(u32::try_from(left).unwrap()) == mixed.person_of(u32::try_from(right).unwrap());
                prop_assert_eq!(together, together_mixed);
            }
        }
    }

    #[test]
    fn a_copy_of_a_row_with_a_birth_date_is_the_person_of_the_row(
        patients in prop::collection::vec(any_patient(), 1..16),
    ) {
        let count = u32::try_from(patients.len()).unwrap();
        let twice: Vec<Patient> = patients.iter().chain(&patients).cloned().collect();
        let clusters = match_rows(&store(&twice)).clusters;
        for (row, patient) in (0..count).zip(&patients) {
            prop_assert!(patient.birth_date.is_none() || clusters.person_of(row) == clusters.person_of(row + count));
        }
    }

    #[test]
    fn merging_loses_no_last_name_and_no_external_id(patients in prop::collection::vec(any_patient(), 1..24)) {
        let store = store(&patients);
        for person in persons(&store) {
            for row in &person.rows {
                let before = &patients[*row as usize];
                let carried = person.patient.name.last == before.name.last
                    || person.patient.additional_names.iter().any(|name| name.last == before.name.last);
                prop_assert!(carried);
                prop_assert!(before.external_ids.iter().all(|id| person.patient.external_ids.contains(id)));
            }
        }
    }
}
