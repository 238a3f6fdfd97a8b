//! Named cases of what is not merged by weight alone: a person has to look, whatever else agrees.

use super::tests::{at_home, living_at, match_rows, patient, store, text, with_id};
use super::*;
use crate::domain::{CivilDate, Patient, Phone, Sex};
use crate::rules::Rules;

/// Whether two rows are merged, held for a person, or two people.
fn fate(left: Patient, right: Patient) -> &'static str {
    let matches = match_rows(&store(&[left, right]));
    let held = matches.pairs.iter().any(|pair| matches!(pair.band, Band::Review(_)));
    match (matches.clusters.len(), held) {
        (1, _) => "merged",
        (_, true) => "held",
        (_, false) => "apart",
    }
}

fn with_middle(mut patient: Patient, middle: &str) -> Patient {
    patient.name.middle = text(middle);
    patient
}

#[test]
fn people_whose_two_names_differ_are_never_merged_by_weight() {
    let shelter = |first: &str, last: &str| Patient { sex: Some(Sex::Male), ..at_home(first, last, (1980, 1, 1)) };
    let everyone =
        [shelter("Mohamed", "Abdi"), shelter("Hassan", "Warsame"), shelter("Ibrahim", "Yusuf"), shelter("Ali", "Noor")];
    assert_eq!(match_rows(&store(&everyone)).clusters.len(), 4);
    let neighbour = |first: &str, last: &str, line1: &str, phone: &str| Patient {
        phone: Phone::from_digits(phone),
        ..living_at(at_home(first, last, (1980, 3, 14)), line1)
    };
    let (edith, frances) = (
        neighbour("Edith", "Villarreal", "153 Thornbury Ln", "2187202304"),
        neighbour("Frances", "Delacroix", "166 Lindqvist Ln", "2187202305"),
    );
    assert_ne!(fate(with_id(edith, "1"), with_id(frances, "2")), "merged");
}

#[test]
fn another_last_name_with_neither_home_nor_contact_in_common_waits() {
    let ann = |last: &str, line1: &str, phone: &str| Patient {
        phone: Phone::from_digits(phone),
        ..living_at(patient("Ann", last), line1)
    };
    assert_ne!(fate(ann("Abdi", "12 Elm St", "2185550101"), ann("Warsame", "77 Oak Ave", "2185550199")), "merged");
    assert_eq!(fate(ann("Abdi", "12 Elm St", "2185550101"), ann("Warsame", "12 Elm St", "2185550101")), "merged");
}

#[test]
fn newborns_without_a_name_are_never_merged_by_weight() {
    for (one, other) in [
        ("Baby Boy", "Baby Boy"),
        ("Baby Boy A", "Baby Boy B"),
        ("Boy1", "Boy2"),
        ("Twin A", "Twin B"),
        ("Infant", "Infant"),
        ("Judy Girl A", "Judy Girl B"),
    ] {
        let newborn = |name: &str, id: &str| with_id(at_home(name, "Smith", (2025, 12, 5)), id);
        assert_ne!(fate(newborn(one, "2001"), newborn(other, "2002")), "merged", "{one} {other}");
    }
}

#[test]
fn twins_whose_given_names_rhyme_or_who_share_the_first_of_two_wait() {
    let child = |first: &str, middle: &str| with_middle(at_home(first, "Garcia", (2015, 5, 5)), middle);
    assert_ne!(fate(child("Maria", "Elena"), child("Maria", "Isabel")), "merged");
    assert_ne!(fate(child("Jayden", ""), child("Kayden", "")), "merged");
    assert_eq!(fate(child("Jayden", ""), child("Jaydem", "")), "merged", "a slip of the finger");
}

#[test]
fn like_names_and_forms_of_one_name_to_which_one_system_gives_two_ids_wait_and_one_name_mistyped_does_not() {
    let grown = |first: &str, id: &str| with_id(at_home(first, "Singh", (1984, 5, 7)), id);
    for (one, other) in [
        ("Jaspreet", "Jasmeet"),
        ("Jose", "Josue"),
        ("Marie", "Maria"),
        ("Christian", "Christina"),
        ("Robert", "Bob"),
        ("Alan", "Al"),
        ("Elizabeth", "Liz"),
        ("Thi Mai", "Thi Mau"),
    ] {
        assert_eq!(fate(grown(one, "A11"), grown(other, "A12")), "held", "{one} {other}");
        assert_eq!(fate(grown(one, "A11"), grown(other, "A11")), "merged", "{one} {other}: one id");
    }
    assert_eq!(fate(grown("Marie", "A11"), grown("Mariw", "A12")), "merged", "a slip of the finger");
}

#[test]
fn a_given_name_of_several_words_and_one_of_them_in_another_spelling_wait() {
    let at = |first: &str| at_home(first, "Ali", (1964, 3, 17));
    for (one, other) in [("Mohammed", "Mohammad Ali"), ("Kristin Marie", "Kristen"), ("Jon Paul", "John")] {
        assert_eq!(fate(at(one), at(other)), "held", "{one} {other}");
    }
    assert_eq!(fate(at("Mohammad Ali"), at("Mohammad Hassan")), "apart", "brothers");
}

#[test]
fn a_name_of_three_words_parted_at_another_place_is_one_name() {
    let born = |first: &str, last: &str| Patient { sex: Some(Sex::Female), ..at_home(first, last, (1965, 6, 20)) };
    assert_eq!(fate(born("Van Anh", "Nguyen"), born("Nguyen Van", "Anh")), "merged");
    assert_ne!(fate(born("Van Anh", "Nguyen"), born("Van Minh", "Nguyen")), "merged");
}

#[test]
fn namesakes_of_the_first_of_january_wait_unless_something_else_agrees() {
    let maria = |middle: &str, line1: &str, phone: &str| {
        let born = Patient { birth_date: CivilDate::new(1980, 1, 1), ..patient("Maria", "Garcia") };
        with_middle(Patient { phone: Phone::from_digits(phone), ..living_at(born, line1) }, middle)
    };
    let (one, other) = (maria("A", "5 Oak St", "2185551111"), maria("T", "99 Elm Ave", "2185552222"));
    assert_ne!(fate(one.clone(), other.clone()), "merged");
    assert_ne!(fate(with_id(one.clone(), "1"), with_id(other, "2")), "merged");
    assert_eq!(fate(one, maria("", "99 Elm Ave", "2185551111")), "merged", "the telephone is the same");
}

#[test]
fn one_number_on_two_people_by_everything_else_waits() {
    let john = Patient { birth_date: None, sex: None, ..living_at(patient("John", "Smith"), "1 Elm St") };
    let mut mary = living_at(patient("Mary", "Smith"), "9 Lake Dr");
    mary.address.city = text("Topeka");
    let strangers: Vec<Patient> = (1..60)
        .map(|number| Patient {
            birth_date: CivilDate::new(1930 + number, 3, 17),
            ..living_at(patient(&format!("Quin{number}"), &format!("Zyx{number}")), &format!("{number} Fir St"))
        })
        .collect();
    let rows = [&[with_id(john, "1001"), with_id(mary, "1001")][..], &strangers].concat();
    let matches = match_rows(&store(&rows));
    assert_ne!(matches.clusters.person_of(0), matches.clusters.person_of(1));
    assert!(matches.pairs.iter().any(|pair| (pair.left, pair.right) == (0, 1) && pair.band != Band::Match));
}

#[test]
fn two_ids_of_one_system_make_two_people_where_the_rules_say_so() {
    let rows = store(&[
        with_id(at_home("Anna", "Falk", (1980, 3, 14)), "1"),
        with_id(at_home("Anna", "Falk", (1980, 3, 14)), "2"),
        at_home("Anna", "Falk", (1980, 3, 14)),
    ]);
    let mut rules = Rules::load(None).expect("the built-in rules");
    let persons = |rules: &Rules| super::find::match_rows(&rows, rules, &MatchSettings::default()).clusters.len();
    assert_eq!(persons(&rules), 1);
    rules.matching.two_people.by_two_ids = true;
    assert_eq!(persons(&rules), 2, "the row without an id belongs to one of them");
}
