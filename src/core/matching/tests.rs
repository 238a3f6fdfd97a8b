//! Named cases of the stage as a whole.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::domain::{
    AdditionalName, Address, AssessedPatient, CivilDate, ExternalId, Field, FindingCode, MergedPlace, PackedBatch,
    Patient, PatientStore, Person, PersonName, PersonPart, Phone, Sex, SourceId, Text, fold,
};
use crate::rules::Rules;

pub(super) fn text(value: &str) -> Text {
    Text::from_text(value)
}

pub(super) fn patient(first: &str, last: &str) -> Patient {
    Patient {
        name: PersonName { first: text(first), last: text(last), ..PersonName::default() },
        birth_date: CivilDate::new(1980, 3, 4),
        sex: Some(Sex::Female),
        ..Patient::default()
    }
}

pub(super) fn with_id(mut patient: Patient, value: &str) -> Patient {
    patient.external_ids.push(ExternalId { system: text("Clinic A"), value: text(value) });
    patient
}

pub(super) fn living_at(mut patient: Patient, line1: &str) -> Patient {
    patient.address = Address { line1: text(line1), city: text("Duluth"), ..Address::default() };
    patient
}

pub(super) fn store(patients: &[Patient]) -> PatientStore {
    store_of(patients.iter().map(|patient| (patient.clone(), 50)))
}

/// A store of patients with their completeness.
pub(super) fn store_of(patients: impl IntoIterator<Item = (Patient, u8)>) -> PatientStore {
    let mut batch = PackedBatch::default();
    for (row, (patient, completeness)) in (2..).zip(patients) {
        batch.push(&AssessedPatient { row, patient, completeness, ..AssessedPatient::default() });
    }
    let mut store = PatientStore::default();
    store.push(SourceId(0), batch);
    store
}

/// Read once: the laws below match hundreds of rosters.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

pub(super) fn match_rows(store: &PatientStore) -> Matches {
    super::match_rows(store, &RULES, &MatchSettings::default())
}

pub(super) fn persons(store: &PatientStore) -> Vec<Person> {
    let matches = match_rows(store);
    (0..matches.clusters.len()).map(|person| merge_rows(store, &matches.clusters, &RULES.nicknames, person)).collect()
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
    assert_eq!(names, &[AdditionalName { first: text("Ann"), middle: text(""), last: text("Ng") }]);
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
pub(super) fn at_home(first: &str, last: &str, (year, month, day): (u16, u8, u8)) -> Patient {
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
fn two_groups_that_a_row_without_birth_date_would_bridge_stay_two_persons_and_the_bridge_goes_to_review() {
    let mother = at_home("Anna", "Ng", (1951, 7, 19));
    let daughter = at_home("Anna", "Ng", (1980, 3, 4));
    let bridge = Patient { birth_date: None, sex: None, ..daughter.clone() };
    let matches = match_rows(&store(&[mother.clone(), mother, daughter.clone(), daughter, bridge]));
    let person = |row| matches.clusters.person_of(row);
    assert_eq!((person(0), person(2)), (person(1), person(3)));
    assert_ne!(person(0), person(2));
    let to_review = matches.pairs.iter().any(|pair| pair.right == 4 && pair.band != Band::Match);
    assert!(to_review, "the row that could be either says so");
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
fn evidence_names_the_level_of_each_field() {
    let matches = match_rows(&store(&[with_id(patient("Ann", "Ng"), "12"), with_id(patient("Anne", "Ng"), "12")]));
    assert_eq!(matches.pairs.len(), 1);
    let levels: Vec<&str> = matches.evidence(&matches.pairs[0]).iter().map(|field| field.level.word()).collect();
    assert_eq!(levels[..7], ["similar", "missing", "same", "missing", "same", "same", "missing"]);
    assert_eq!(matches.pairs[0].band, Band::Match);
}

fn any_identity() -> impl Strategy<Value = Patient> {
    (0_usize..3, 0_usize..3, prop::option::of(0_u8..3), prop::option::of(0_u8..4)).prop_map(|(first, last, day, id)| {
        let mut patient = patient(["Ann", "Bea", "Cy"][first], ["Ng", "Ruiz", "Øst"][last]);
        patient.birth_date = day.and_then(|day| CivilDate::new(1980, 3, day + 1));
        match id {
            Some(id) => with_id(patient, &id.to_string()),
            None => patient,
        }
    })
}

fn any_patient() -> impl Strategy<Value = Patient> {
    (any_identity(), 0_usize..3, 0_usize..3, 0_u8..4).prop_map(|(mut patient, street, middle, further)| {
        patient.name.middle = text(["", "M", "Marie"][middle]);
        if street > 0 {
            patient = living_at(patient, ["1 Main St", "2 Oak Ave"][street - 1]);
        }
        if further & 1 == 1 {
            patient.phone = Phone::from_digits(["6125550123", "6125550199"][usize::from(further / 2)]);
            let last = text(["Quist", "Falk"][usize::from(further / 2)]);
            patient.additional_names.push(AdditionalName { last, ..AdditionalName::default() });
            patient.labels.push(text(["a", "b"][usize::from(further / 2)]));
        }
        patient
    })
}

proptest! {
    #[test]
    fn row_order_does_not_change_who_is_one_person(
        patients in prop::collection::vec(any_identity(), 1..24),
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
        patients in prop::collection::vec(any_identity(), 1..16),
    ) {
        let count = u32::try_from(patients.len()).unwrap();
        let twice: Vec<Patient> = patients.iter().chain(&patients).cloned().collect();
        let clusters = match_rows(&store(&twice)).clusters;
        for (row, patient) in (0..count).zip(&patients) {
            prop_assert!(patient.birth_date.is_none() || clusters.person_of(row) == clusters.person_of(row + count));
        }
    }

    #[test]
    fn merging_loses_no_name_no_address_and_no_external_id(patients in prop::collection::vec(any_patient(), 1..24)) {
        let store = store(&patients);
        for person in persons(&store) {
            let merged = &person.patient;
            let main = AdditionalName {
                first: merged.name.first.clone(),
                middle: merged.name.middle.clone(),
                last: merged.name.last.clone(),
            };
            let names: Vec<&AdditionalName> = std::iter::once(&main).chain(&merged.additional_names).collect();
            let says = |text: &Text, carried: &Text| fold(carried.as_text()).starts_with(&fold(text.as_text()));
            for row in &person.rows {
                let before = &patients[*row as usize];
                let own = AdditionalName {
                    first: before.name.first.clone(),
                    middle: before.name.middle.clone(),
                    last: before.name.last.clone(),
                };
                for name in std::iter::once(&own).chain(&before.additional_names) {
                    prop_assert!(names.iter().any(|carried| carried.first == name.first
                        && carried.last == name.last
                        && says(&name.middle, &carried.middle)));
                }
                for address in std::iter::once(&before.address).chain(&before.additional_addresses) {
                    prop_assert!(address.is_empty()
                        || merged.address.is_same_place(address)
                        || merged.additional_addresses.iter().any(|carried| carried.is_same_place(address)));
                }
                prop_assert!(before.external_ids.iter().all(|id| merged.external_ids.contains(id)));
                prop_assert!(before.labels.iter().all(|label| merged.labels.contains(label)));
            }
        }
    }

    #[test]
    fn every_value_of_a_merged_person_has_its_row_and_its_place(patients in prop::collection::vec(any_patient(), 1..24)) {
        let store = store(&patients);
        for person in persons(&store) {
            if person.rows.len() == 1 {
                prop_assert!(person.origins.is_empty());
                continue;
            }
            let values: usize = person.rows.iter().map(|row| values_of(&patients[*row as usize])).sum();
            prop_assert_eq!(person.origins.len(), values, "every value of every row once");
            prop_assert!(person.origins.iter().all(|origin| person.rows.contains(&origin.row)));
            let count = |part, place| {
                person.origins.iter().filter(|origin| (origin.part, origin.place) == (part, place)).count()
            };
            let merged = &person.patient;
            prop_assert_eq!(count(PersonPart::Phone, MergedPlace::Record), usize::from(merged.phone.is_some()));
            prop_assert_eq!(
                count(PersonPart::ExternalId, MergedPlace::ExternalIdentifiers), merged.external_ids.len());
            prop_assert_eq!(
                count(PersonPart::Address, MergedPlace::AdditionalAddresses), merged.additional_addresses.len());
            prop_assert_eq!(
                count(PersonPart::Name, MergedPlace::AdditionalNames)
                    + count(PersonPart::AdditionalName, MergedPlace::AdditionalNames),
                merged.additional_names.len());
        }
    }

    #[test]
    fn two_subjects_on_the_roll_are_never_joined_and_every_row_stays(
        patients in prop::collection::vec(any_patient(), 2..24),
        from in 1_usize..23,
        own in prop::collection::vec(any::<bool>(), 24),
    ) {
        let first = u32::try_from(from.min(patients.len() - 1)).unwrap();
        let rows = u32::try_from(patients.len()).unwrap();
        let own: Vec<(u32, u32)> = (0..first).filter(|row| own[*row as usize]).map(|row| (row, rows + row)).collect();
        let roll = RollRows::new(first, (first..rows).collect(), own.clone());
        let matches = match_on_roll(&patients, roll);
        let persons: Vec<Vec<u32>> =
            (0..matches.clusters.len()).map(|person| matches.clusters.rows(person).to_vec()).collect();
        let mut seen: Vec<u32> = persons.iter().flatten().copied().collect();
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..first).collect::<Vec<_>>(), "the rows of the rosters, each once");
        for rows in &persons {
            prop_assert!(rows.iter().filter(|row| own.iter().any(|(own, _)| own == *row)).count() <= 1);
        }
        for (row, subject) in own {
            let link = matches.links.get(&matches.clusters.person_of(row)).copied();
            prop_assert_eq!(link, Some(RollLink { subject, own: true }));
        }
        let mut subjects: Vec<u32> = matches.links.values().map(|link| link.subject).collect();
        let count = subjects.len();
        subjects.sort_unstable();
        subjects.dedup();
        prop_assert_eq!(subjects.len(), count, "a subject is one person of the run");
    }
}

fn values_of(patient: &Patient) -> usize {
    let texts = [&patient.name.middle, &patient.name.suffix].map(|text| !text.as_text().is_empty());
    let named = !(patient.name.first.as_text().is_empty() && patient.name.last.as_text().is_empty());
    let single = [
        named,
        texts[0],
        texts[1],
        patient.subject_id.is_some(),
        patient.birth_date.is_some(),
        patient.death_date.is_some(),
        patient.sex.is_some(),
        patient.phone.is_some(),
        patient.email.is_some(),
        !patient.address.is_empty(),
    ];
    single.iter().filter(|present| **present).count()
        + patient.external_ids.len()
        + patient.additional_names.len()
        + patient.additional_addresses.len()
        + patient.labels.len()
}

fn match_on_roll(patients: &[Patient], roll: RollRows) -> Matches {
    let settings = MatchSettings { roll, ..MatchSettings::default() };
    super::match_rows(&store(patients), &RULES, &settings)
}

#[test]
fn a_row_that_is_somebody_on_the_roll_is_linked_and_one_that_is_nobody_there_is_not() {
    let moved = living_at(at_home("Katherine", "Okafor", (1975, 12, 24)), "9 Other St");
    let typo = at_home("Kathrine", "Okafor", (1975, 12, 24));
    let stranger = at_home("Emil", "Quist", (1990, 10, 30));
    let matches = match_on_roll(&[typo, stranger, moved], RollRows::new(2, vec![7], Vec::new()));
    assert_eq!(matches.links.into_iter().collect::<Vec<_>>(), [(0, RollLink { subject: 7, own: false })]);
    assert_eq!((matches.clusters.len(), matches.pairs.len()), (2, 1), "the pair is kept with its evidence");
    assert_eq!((matches.pairs[0].left, matches.pairs[0].right), (0, 2));
}

#[test]
fn a_new_row_that_would_join_two_subjects_on_the_roll_waits() {
    let katherine = |first: &str| at_home(first, "Okafor", (1975, 12, 24));
    let people = [katherine("Kathrine"), katherine("Katherine"), katherine("Katharine")];
    let matches = match_on_roll(&people, RollRows::new(1, vec![7, 8], Vec::new()));
    assert_eq!(matches.clusters.reviews(0).collect::<Vec<_>>(), [FindingCode::PossiblyOnRoll]);
    let matches = match_on_roll(&people, RollRows::new(1, vec![7], vec![(0, 8)]));
    assert_eq!(matches.clusters.reviews(0).count(), 0, "one that is known there by its own id does not");
    assert_eq!(matches.links[&0], RollLink { subject: 8, own: true });
}

#[test]
fn persons_on_the_roll_are_not_held_because_somebody_new_resembles_them() {
    let unnamed = at_home("Baby Girl", "Falk", (2025, 12, 5));
    let named = at_home("Joanne", "Falk", (2025, 12, 5));
    let matches = match_on_roll(&[named.clone(), unnamed.clone()], RollRows::new(2, Vec::new(), vec![(0, 3)]));
    assert_eq!(matches.clusters.reviews(0).count(), 0, "the one on the roll is there whatever the other is");
    assert_eq!(matches.clusters.reviews(1).collect::<Vec<_>>(), [FindingCode::PossibleDuplicate]);
    let matches = match_on_roll(&[unnamed, named], RollRows::new(1, vec![3], Vec::new()));
    assert_eq!(matches.clusters.reviews(0).collect::<Vec<_>>(), [FindingCode::PossiblyOnRoll]);
}
