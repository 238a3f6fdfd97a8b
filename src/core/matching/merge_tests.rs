//! Named cases of what the rows of one person come to.

use super::tests::{RULES, at_home, living_at, patient, persons, store, store_of, with_id};
use super::*;
use crate::domain::{
    AssessedPatient, Email, Field, Finding, FindingCode, MergedPlace, PackedBatch, Patient, PatientStore, Person,
    PersonPart, Phone, SourceId,
};

/// Two rows, each with its completeness, that a person decided to be one.
fn decided_one(rows: [(Patient, u8); 2]) -> Person {
    let store = store_of(rows);
    let mut decisions = Decisions::default();
    decisions.insert(0, 1, PairDecision::Same);
    let settings = MatchSettings { decisions, ..MatchSettings::default() };
    let matches = super::match_rows(&store, &RULES, &settings);
    assert_eq!(matches.clusters.len(), 1);
    merge_rows(&store, &matches.clusters, &RULES.nicknames, 0)
}

#[test]
fn a_second_phone_is_reported_because_the_vendor_has_no_place_for_it() {
    let first = Patient { phone: Phone::from_digits("6125550123"), ..patient("Ann", "Ng") };
    let second = Patient { phone: Phone::from_digits("6125550199"), ..patient("Ann", "Ng") };
    let persons = persons(&store(&[first, second]));
    assert_eq!(persons[0].findings[0].code, FindingCode::ContactNotCarried);
}

#[test]
fn a_second_phone_of_a_row_alone_is_told_with_its_row() {
    let finding = Finding::in_field(FindingCode::ContactNotCarried, Field::Phone);
    let mut batch = PackedBatch::default();
    batch.push(&AssessedPatient {
        row: 2,
        patient: patient("Ann", "Ng"),
        findings: vec![finding],
        ..AssessedPatient::default()
    });
    let mut store = PatientStore::default();
    store.push(SourceId(0), batch);
    let told: Vec<_> = persons(&store)[0].origins.iter().map(|origin| (origin.part, origin.place)).collect();
    assert_eq!(told, [(PersonPart::Phone, MergedPlace::NoSlot)]);
}

#[test]
fn a_first_name_that_a_row_spells_out_is_sent_in_place_of_its_initial() {
    let named = |first, email: Option<&str>| Patient {
        email: email.and_then(Email::parse),
        ..with_id(patient(first, "Olson"), "12")
    };
    for (first, second) in [("A", "Anna"), ("A.", "Anna"), ("Anna", "A")] {
        let person = decided_one([(named(first, Some("a@clinic.example.org")), 90), (named(second, None), 50)]);
        assert_eq!(person.patient.name.first.as_text(), "Anna", "{first} {second}");
        assert_eq!(person.patient.additional_names, [], "{first} {second}");
        let of_row = |row| person.origins.iter().find(|origin| origin.part == PersonPart::Name && origin.row == row);
        let whole = u32::from(first != "Anna");
        assert_eq!(of_row(whole).map(|origin| origin.place), Some(MergedPlace::Record));
        assert_eq!(of_row(1 - whole).map(|origin| origin.place), Some(MergedPlace::SaidAlready));
    }
}

#[test]
fn a_placeholder_for_a_newborns_name_never_wins_over_the_name() {
    let mut unnamed = with_id(at_home("Baby Girl", "Falk", (2025, 12, 5)), "12");
    unnamed.email = Email::parse("falk@clinic.example.org");
    let named = with_id(at_home("Joanne", "Falk", (2025, 12, 5)), "12");
    let person = decided_one([(unnamed, 100), (named, 60)]);
    assert_eq!(person.patient.name.first.as_text(), "Joanne");
    assert!(person.patient.email.is_some(), "what the other row has beyond it is kept");
}

#[test]
fn a_second_phone_and_a_prior_address_are_told_with_their_rows_and_places() {
    let first = Patient {
        phone: Phone::from_digits("6125550123"),
        ..living_at(with_id(patient("Ann", "Ng"), "12"), "1 Main St")
    };
    let second = Patient {
        phone: Phone::from_digits("6125550199"),
        ..living_at(with_id(patient("Ann", "Larsen"), "12"), "2 Oak Ave")
    };
    let persons = persons(&store(&[first, second]));
    // Larsen comes before Ng and speaks first.
    let of_second: Vec<(PersonPart, MergedPlace)> =
        persons[0].origins.iter().filter(|origin| origin.row == 0).map(|origin| (origin.part, origin.place)).collect();
    for expected in [
        (PersonPart::Phone, MergedPlace::NoSlot),
        (PersonPart::Name, MergedPlace::AdditionalNames),
        (PersonPart::Address, MergedPlace::AdditionalAddresses),
        (PersonPart::ExternalId, MergedPlace::SaidAlready),
        (PersonPart::BirthDate, MergedPlace::SaidAlready),
    ] {
        assert!(of_second.contains(&expected), "{expected:?} {of_second:?}");
    }
}

#[test]
fn what_is_sent_of_a_person_does_not_depend_on_the_order_of_the_rows() {
    let named = |first, last, line1, digits| Patient {
        phone: Phone::from_digits(digits),
        ..living_at(with_id(patient(first, last), "12"), line1)
    };
    for (rows, sent) in [
        ([named("J", "Poe", "1 Main St", "6125550123"), named("James", "Poe", "1 Main St", "6125550123")], "James Poe"),
        (
            [named("Bob", "Lowe", "1 Main St", "6125550123"), named("Robert", "Lowe", "2 Oak Ave", "6125550199")],
            "Robert Lowe",
        ),
        (
            [named("Jose", "Obrien", "1 Main St", "6125550123"), named("José", "O'Brien", "2 Oak Ave", "6125550199")],
            "José O'Brien",
        ),
        ([named("Ann", "Ng", "2 Oak Ave", "6125550199"), named("Ann", "Ng", "1 Main St", "6125550123")], "Ann Ng"),
    ] {
        let [left, right] = &rows;
        let merged = [[left.clone(), right.clone()], [right.clone(), left.clone()]].map(|rows| persons(&store(&rows)));
        assert_eq!(merged[0].len(), 1, "{sent}");
        assert_eq!(merged[0][0].patient, merged[1][0].patient, "{sent}");
        let name = &merged[0][0].patient.name;
        assert_eq!(format!("{} {}", name.first.as_text(), name.last.as_text()), sent);
    }
}

#[test]
fn the_whole_name_of_a_lesser_row_is_sent_and_told_with_its_row() {
    let initial = Patient { phone: Phone::from_digits("6125550123"), ..with_id(patient("J", "Poe"), "12") };
    let whole = with_id(patient("James", "Poe"), "12");
    let short = with_id(patient("Jim", "Poe"), "12");
    let persons = persons(&store_of([(initial, 90), (short, 50), (whole, 50)]));
    assert_eq!(persons.len(), 1);
    let person = &persons[0];
    assert_eq!(person.primary, 0);
    assert_eq!(person.patient.name.first.as_text(), "James");
    let further: Vec<&str> = person.patient.additional_names.iter().map(|name| name.first.as_text()).collect();
    assert_eq!(further, ["Jim"]);
    let of_names: Vec<_> = person
        .origins
        .iter()
        .filter(|origin| origin.part == PersonPart::Name)
        .map(|origin| (origin.row, origin.place))
        .collect();
    let expected = [(0, MergedPlace::SaidAlready), (2, MergedPlace::Record), (1, MergedPlace::AdditionalNames)];
    assert_eq!(of_names, expected);
}
