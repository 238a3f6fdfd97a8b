//! Named cases of what is not merged by weight alone: a person has to look, whatever else agrees.

use super::tests::{at_home, living_at, match_rows, patient, store, text, with_id};
use super::*;
use crate::domain::{CivilDate, Field, Patient, Phone, Sex};
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
    assert_eq!(fate(with_middle(at("Abel"), "O"), with_middle(at("Abel Francisco"), "A")), "held", "two middle names");
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

/// A hundred people with two registrations each under two numbers, and enough of them for the file to speak for itself.
fn registered_again() -> Vec<Patient> {
    let letters = |mut number: u32, length: usize| {
        let mut name = String::new();
        for _ in 0..length {
            name.push(char::from(b'a' + u8::try_from(number % 26).expect("below 26")));
            number = number / 26 + 7 * (number % 26 + 1);
        }
        name
    };
    let people = (0..2_500_u32).flat_map(|number| {
        let person = Patient {
            birth_date: CivilDate::from_packed(
                (1930 + number % 70) * 10_000 + (1 + number % 12) * 100 + 1 + number % 28,
            ),
            phone: Phone::from_digits(&format!("218555{number:04}")),
            ..living_at(
                patient(&letters(number * 31 + 5, 6), &letters(number * 17 + 3, 8)),
                &format!("{number} Fir St"),
            )
        };
        [with_id(person.clone(), &format!("A{number}")), with_id(person, &format!("B{number}"))]
    });
    people.collect()
}

#[test]
fn forms_of_one_name_with_two_ids_are_one_person_where_the_file_shows_that_ids_are_given_anew() {
    let robert = |first: &str, id: &str| with_id(at_home(first, "Singh", (1984, 5, 7)), id);
    let [robert, bob] = [robert("Robert", "C1"), robert("Bob", "C2")];
    assert_eq!(fate(robert.clone(), bob.clone()), "held", "two rows alone");
    let rows = [vec![robert, bob], registered_again()].concat();
    let matches = match_rows(&store(&rows));
    assert_eq!(matches.clusters.person_of(0), matches.clusters.person_of(1));
}

#[test]
fn one_middle_initial_in_common_does_not_make_one_of_twins_who_are_children() {
    let child = |first: &str, middle: &str| with_middle(at_home(first, "Richardson", (2014, 5, 5)), middle);
    assert_ne!(fate(child("Ethan", "Jacob"), child("Evan", "J")), "merged");
    assert_ne!(fate(child("Ava", "Evelyn"), child("Madison", "E")), "merged");
}

#[test]
fn who_may_go_by_the_middle_name_waits_rather_than_being_two_people_without_a_word() {
    let named = |first: &str, middle: &str| with_middle(at_home(first, "Hutter", (1985, 2, 23)), middle);
    assert_eq!(fate(named("Daniel", "W"), named("William", "D")), "held");
    assert_ne!(fate(named("Daniel", "W"), named("William", "T")), "merged");
}

#[test]
fn without_a_birth_date_another_first_name_or_another_home_and_phone_wait() {
    let at = |first: &str, last: &str, born: Option<CivilDate>, line1: &str, phone: &str| Patient {
        birth_date: born,
        phone: Phone::from_digits(phone),
        ..living_at(patient(first, last), line1)
    };
    let born = CivilDate::new(1952, 12, 24);
    let lou = at("Lou", "Cortona", born, "3690 Hickory St", "4028411503");
    assert_ne!(fate(lou.clone(), at("Lou", "Corton", None, "290 Laurel Dr", "4026412903")), "merged");
    assert_ne!(fate(lou, at("Tamra", "Cortona", None, "290 Laurel Dr", "4028411503")), "merged");
}

#[test]
fn two_middle_names_and_nothing_in_common_but_name_and_birth_date_wait() {
    let casey = |middle: &str, line1: &str, phone: &str| {
        let born = Patient { birth_date: CivilDate::new(1972, 4, 29), ..patient("Casey", "Cabrera") };
        with_middle(Patient { phone: Phone::from_digits(phone), ..living_at(born, line1) }, middle)
    };
    assert_ne!(fate(casey("A", "4890 Mayo Ave", "2185551111"), casey("E", "143 Mendez St", "2185552222")), "merged");
    assert_eq!(fate(casey("A", "4890 Mayo Ave", "2185551111"), casey("E", "4890 Mayo Ave", "2185551111")), "merged");
}

#[test]
fn names_are_exchanged_only_where_one_of_them_is_the_same_or_both_are_a_slip_away() {
    let born = |first: &str, last: &str| at_home(first, last, (1945, 7, 7));
    assert_eq!(fate(born("Lopez", "Marvin"), born("Marvin", "Lopes")), "merged");
    assert_ne!(fate(born("Marvin", "Mayes"), born("Mae", "Hardin")), "merged");
}

#[test]
fn a_telephone_number_of_another_country_is_evidence() {
    let anna = |line1: &str, phone: u64| {
        let mut anna = living_at(patient("Anna", "Olssondotter"), line1);
        anna.unsendable.phone = phone;
        anna
    };
    let phone_weight = |phone: u64| {
        let matches = match_rows(&store(&[anna("12 Elm St", 46_812_345_678), anna("77 Oak Ave", phone)]));
        let evidence = matches.pairs.first().map(|pair| matches.evidence(pair)).unwrap_or_default();
        evidence.iter().find(|field| field.field == Field::Phone).map_or(0, |field| field.weight)
    };
    assert!(phone_weight(46_812_345_678) > 1000, "ten bits for it");
    assert!(phone_weight(46_898_765_432) < 0, "against it");
    assert_eq!(phone_weight(0), 0, "none on one side");
}
