//! Laws of normalising: no digit and no letter comes out that was not put in or stands in a rule table, and the
//! spellings that a table lists as one come to one comparison form.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

#[path = "support/mapped.rs"]
mod mapped;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mapped::mapped_cells;
use onroll_core::domain::{
    AssessedPatient, CivilDate, Email, Field, MappedRow, Patient, Phone, PostalCode, Sex, State, fold,
};
use onroll_core::normalise::{ColumnEvidence, NormaliseContext, normalise_row};
use onroll_core::rules::Rules;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));
static ADDRESSES: LazyLock<toml::Table> =
    LazyLock::new(|| include_str!("../rules/addresses.toml").parse().expect("TOML"));
static STATES: LazyLock<toml::Table> = LazyLock::new(|| include_str!("../rules/states.toml").parse().expect("TOML"));
static NAMES: LazyLock<toml::Table> = LazyLock::new(|| include_str!("../rules/names.toml").parse().expect("TOML"));
static SEXES: LazyLock<toml::Table> = LazyLock::new(|| include_str!("../rules/sex.toml").parse().expect("TOML"));

fn normalised(cells: &[(Field, &str)]) -> Patient {
    let cells = mapped_cells(cells.iter().copied());
    let today = CivilDate::new(2026, 11, 24).expect("a date");
    let context = NormaliseContext { rules: &RULES, default_system: "clinic", is_system_assumed: false, today };
    let assessed: AssessedPatient = normalise_row(&MappedRow::new(2, &cells), &context, &mut ColumnEvidence::default());
    assessed.patient
}

fn words(list: &toml::Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|word| word.as_str().expect("text").to_owned()).collect()
}

/// The entries of a table of `addresses.toml`: the standard and every spelling of it.
fn entries(table: &str) -> Vec<(String, Vec<String>)> {
    let entry = |(key, entry): (&String, &toml::Value)| match entry.get("standard") {
        Some(standard) => {
            let also = entry.get("also").map(words).unwrap_or_default();
            (standard.as_str().expect("text").to_owned(), also.into_iter().chain([key.clone()]).collect())
        }
        None => (key.clone(), words(entry)),
    };
    ADDRESSES[table].as_table().expect("a table").iter().map(entry).collect()
}

/// The letter cases in which people write a word.
fn casings(word: &str) -> [String; 3] {
    let mut letters = word.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    [word.to_lowercase(), word.to_uppercase(), first + letters.as_str()]
}

fn street(line1: &str, line2: &str) -> String {
    let address = normalised(&[(Field::AddressLine1, line1), (Field::AddressLine2, line2)]).address;
    format!("{} / {}", fold(address.line1.as_text()), fold(address.line2.as_text()))
}

/// Asserts that every spelling of every entry comes to what its standard comes to, when `write` puts it into an
/// address.
fn one_form(table: &str, write: impl Fn(&str) -> [String; 2]) {
    let mut different = Vec::new();
    for (standard, spellings) in entries(table) {
        let [line1, line2] = write(&standard);
        let expected = street(&line1, &line2);
        for spelling in spellings.iter().flat_map(|spelling| casings(spelling)) {
            let [line1, line2] = write(&spelling);
            let found = street(&line1, &line2);
            if found != expected {
                different.push(format!("{line1:?} {line2:?}: {found}, not {expected}"));
            }
        }
    }
    assert!(different.is_empty(), "{table}: {} differ\n{}", different.len(), different.join("\n"));
}

#[test]
fn spellings_of_a_street_suffix_are_one() {
    one_form("suffixes", |spelling| [format!("12 Zyxwold {spelling}"), String::new()]);
}

#[test]
fn spellings_of_a_directional_are_one_before_and_behind_the_street() {
    one_form("directionals", |spelling| [format!("12 {spelling} Zyxwold St"), String::new()]);
    one_form("directionals", |spelling| [format!("12 Zyxwold St {spelling}"), String::new()]);
}

#[test]
fn spellings_of_a_unit_designator_are_one() {
    one_form("units", |spelling| ["12 Zyxwold St".to_owned(), format!("{spelling} 4")]);
}

#[test]
fn spellings_of_boxes_routes_and_highways_are_one() {
    one_form("boxes", |spelling| [format!("{spelling} 17"), String::new()]);
    one_form("routes", |spelling| [format!("{spelling} 2 Box 9"), String::new()]);
    one_form("highways", |spelling| [format!("120 {spelling} 9"), String::new()]);
}

#[test]
fn spellings_of_a_state_are_one() {
    for (code, entry) in STATES["states"].as_table().expect("a table") {
        let also = entry.get("also").map(words).unwrap_or_default();
        let name = entry["name"].as_str().expect("text").to_owned();
        for spelling in also.into_iter().chain([name, code.clone()]).flat_map(|spelling| casings(&spelling)) {
            for spelling in [spelling.clone(), format!(" {spelling}. ")] {
                let state = normalised(&[(Field::State, &spelling)]).address.state;
                assert_eq!(state.as_ref().map(State::code), Some(code.as_str()), "{spelling}");
            }
        }
    }
}

#[test]
fn words_for_a_sex_are_one() {
    for (key, letter) in [("female", "F"), ("male", "M")] {
        for word in words(&SEXES[key]).iter().flat_map(|word| casings(word)) {
            let sex = normalised(&[(Field::Sex, &format!(" {word}"))]).sex;
            assert_eq!(sex.map(Sex::letter), Some(letter), "{word}");
        }
    }
}

#[test]
fn spellings_of_a_suffix_are_one_wherever_it_stands() {
    for (form, entry) in NAMES["suffixes"].as_table().expect("a table") {
        let after_space = entry["after_space"].as_bool().expect("a truth value");
        for spelling in words(&entry["spellings"]).iter().flat_map(|spelling| casings(spelling)) {
            let mut rows = vec![
                normalised(&[(Field::LastName, "Zyxwold"), (Field::Suffix, &spelling)]),
                normalised(&[(Field::LastName, &format!("Zyxwold, {spelling}."))]),
            ];
            if after_space {
                rows.push(normalised(&[(Field::LastName, &format!("Zyxwold {spelling}"))]));
            }
            for patient in rows {
                assert_eq!((patient.name.last.as_text(), patient.name.suffix.as_text()), ("Zyxwold", form.as_str()));
            }
        }
    }
}

#[test]
fn titles_degrees_and_notes_of_the_tables_leave_the_name_alone() {
    for title in words(&NAMES["titles"]["words"]).iter().flat_map(|title| casings(title)) {
        let patient = normalised(&[(Field::FirstName, &format!("{title}. Zyxann"))]);
        assert_eq!(patient.name.first.as_text(), "Zyxann", "{title}");
    }
    let credentials = &NAMES["credentials"];
    for degree in words(&credentials["after_space"]).into_iter().chain(words(&credentials["after_comma"])) {
        for degree in casings(&degree) {
            let patient = normalised(&[(Field::LastName, &format!("Zyxwold, {degree}"))]);
            assert_eq!(patient.name.last.as_text(), "Zyxwold", "{degree}");
        }
    }
    for note in words(&NAMES["notes"]["texts"]).iter().flat_map(|note| casings(note)) {
        let patient = normalised(&[(Field::LastName, &format!("Zyxwold ({note})"))]);
        assert_eq!(patient.name.last.as_text(), "Zyxwold", "{note}");
    }
}

/// The comparison form of the capitals: historic forms of a letter have the capital of the usual one.
fn folded(text: &str) -> String {
    fold(&text.to_uppercase())
}

/// Folded words of a value, as the law about letters compares them.
fn folded_words(text: &str) -> Vec<String> {
    text.split([' ', '-', '/']).map(folded).filter(|word| !word.is_empty()).collect()
}

/// Every run of digits as a number, and eight digits as the dates they can be.
fn numbers(text: &str) -> BTreeSet<u16> {
    let mut numbers = BTreeSet::new();
    for run in text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| !run.is_empty()) {
        let parts: Vec<&str> = match run.len() {
            8 => vec![&run[..4], &run[4..], &run[4..6], &run[6..], &run[..2], &run[2..4]],
            6 => vec![&run[..2], &run[2..4], &run[4..]],
            _ => vec![run],
        };
        numbers.extend(parts.iter().filter_map(|part| part.parse::<u16>().ok()));
    }
    numbers
}

fn keys_of(text: &str) -> String {
    const KEYS: [&str; 8] = ["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"];
    let key = |letter: char| {
        let place = KEYS.iter().position(|letters| letters.contains(letter.to_ascii_lowercase()))?;
        char::from_digit(u32::try_from(place + 2).ok()?, 10)
    };
    text.chars().filter_map(|letter| if letter.is_ascii_digit() { Some(letter) } else { key(letter) }).collect()
}

fn name_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\\p{Latin}\\p{Cyrillic}\\p{Han}\\p{Arabic}0-9'’ .,()/\"-]{0,20}",
        "[A-Z]{1,6}[ '-]?[A-Z]{1,8}(, |  | )(JR|3rd|md|PhD|II|nee Smith|aka Bob|\\(deceased\\))?",
        "(Dr|Mr\\.|Sra) [A-Z][a-zé]{1,8}( \\([A-Z][a-z]{1,5}\\))?",
    ]
}

fn street_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,24}",
        "[0-9]{1,5}[A-C]?( 1/2)? (North|NW|South West)?  ?[A-Z][a-z]{2,9} (Street|avenue|BLVD|Rd\\.|Park)( E|, Apt 4[A-D]|, #[0-9]|  Suite [0-9]{1,3}| 2nd floor)?",
        "(P\\.?O\\.? ?Box|RR [0-9]|HC [0-9]|PSC [0-9]{1,4}) (Box )?[0-9]{1,4}",
    ]
}

proptest! {
    #[test]
    fn no_letter_of_a_name_is_invented(first in name_text(), middle in name_text(), last in name_text()) {
        let patient = normalised(&[(Field::FirstName, &first), (Field::MiddleName, &middle), (Field::LastName, &last)]);
        let given = [&first, &middle, &last].map(|text| folded(text)).concat();
        let forms: BTreeSet<String> =
            NAMES["suffixes"].as_table().expect("a table").keys().map(|form| folded(form)).collect();
        let name = &patient.name;
        let mut parts = vec![name.first.as_text(), name.middle.as_text(), name.last.as_text(), name.suffix.as_text()];
        for further in &patient.additional_names {
            parts.extend([further.first.as_text(), further.middle.as_text(), further.last.as_text()]);
        }
        for word in parts.into_iter().flat_map(folded_words) {
            prop_assert!(given.contains(&word) || forms.contains(&word), "{word} of {given}");
        }
    }

    #[test]
    fn no_letter_and_no_digit_of_a_street_is_invented(line1 in street_text(), line2 in street_text()) {
        let address = normalised(&[(Field::AddressLine1, &line1), (Field::AddressLine2, &line2)]).address;
        let given = format!("{} {}", folded(&line1), folded(&line2));
        let mut listed: BTreeSet<String> = BTreeSet::new();
        for table in ["suffixes", "directionals", "units", "boxes", "routes", "highways", "openings"] {
            listed.extend(entries(table).iter().flat_map(|(standard, _)| folded_words(standard)));
        }
        listed.insert("box".to_owned());
        for word in [&address.line1, &address.line2].into_iter().flat_map(|line| folded_words(line.as_text())) {
            let has_digit = word.contains(|letter: char| letter.is_ascii_digit());
            prop_assert!(given.contains(&word) || (!has_digit && listed.contains(&word)), "{word} of {given}");
        }
    }

    #[test]
    fn no_letter_of_a_city_and_no_sign_of_an_identifier_is_invented(city in "\\PC{0,20}", id in "\\PC{0,20}") {
        let patient = normalised(&[(Field::City, &city), (Field::ExternalId, &id)]);
        for (came, given) in [
            (patient.address.city.as_text(), &city),
            (patient.external_ids.first().map(|id| id.value.as_text()).unwrap_or_default(), &id),
        ] {
            let signs: Vec<char> = given.nfc().collect();
            prop_assert!(came.chars().all(|sign| sign == ' ' || signs.contains(&sign)));
            prop_assert!(folded(given).contains(&folded(came)));
        }
    }

    #[test]
    fn no_digit_of_a_telephone_is_invented(
        text in prop_oneof!["\\PC{0,20}", "(\\+?1[ .-]?)?\\(?[2-9][0-9]{2}\\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}( ?(x|ext) ?[0-9]{1,4})?( \\(cell\\))?",
            "1-[2-9][0-9]{2}-[A-Z]{7}", "(Home|cell): [2-9][0-9]{9}(; [2-9][0-9]{9})?"]
    ) {
        if let Some(phone) = normalised(&[(Field::Phone, &text)]).phone.map(Phone::to_e164) {
            prop_assert!(keys_of(&text).contains(&phone[2..]), "{phone}");
            // Letters become digits in a telephone number that begins with digits only.
            let digits = text.chars().filter(char::is_ascii_digit).count();
            prop_assert!(digits >= 3);
        }
    }

    #[test]
    fn no_sign_of_an_email_address_is_invented(
        text in prop_oneof!["\\PC{0,20}", "(mailto:|Ann Ng <| )?[A-Za-z.+]{1,8}@[a-z]{1,8}\\.(ORG|com)[>.; ]{0,2}"]
    ) {
        if let Some(email) = &normalised(&[(Field::Email, &text)]).email.as_ref().map(Email::as_text) {
            let given: String = text.nfc().filter(|sign| !sign.is_control()).collect();
            prop_assert!(given.to_lowercase().contains(*email), "{email}");
        }
    }

    #[test]
    fn no_digit_of_a_zip_is_invented_but_the_zeros_that_its_state_asks_for(
        text in prop_oneof!["\\PC{0,12}", "[0-9]{3,9}", "[0-9]{3,5}[- ][0-9]{4}", "[0-9]{4,5}\\.0"],
        state in prop_oneof![Just(""), Just("MA"), Just("PR"), Just("MN")],
    ) {
        if let Some(zip) = normalised(&[(Field::State, state), (Field::PostalCode, &text)]).address.postal_code {
            let came: String = PostalCode::to_wire(zip).chars().filter(char::is_ascii_digit).collect();
            let given: String = text.chars().filter(char::is_ascii_digit).collect();
            let zeros = came.len() - came.trim_start_matches('0').len();
            let is_restored = !state.is_empty() && given.contains(&came[zeros..]);
            prop_assert!(given.contains(&came) || is_restored, "{came}");
        }
    }

    #[test]
    fn no_part_of_a_date_is_invented(
        text in prop_oneof!["\\PC{0,16}", "[0-3]?[0-9][/.-][0-3]?[0-9][/.-](19|20)?[0-9]{2}", "[0-9]{8}", "[0-9]{6}",
            "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9])?", "[0-3]?[0-9] ?(Mar|april|DEC|marzo|août) ?[0-9]{2,4}",
            "(19|20)[0-9]{2}-[01][0-9]", "[0-9]{1,5}"]
    ) {
        if let Some(date) = normalised(&[(Field::BirthDate, &text)]).birth_date {
            let iso = CivilDate::to_iso(date);
            let part = |range: std::ops::Range<usize>| iso[range].parse::<u16>().expect("a number");
            let (year, month, day) = (part(0..4), part(5..7), part(8..10));
            let given = numbers(&text);
            let has_month_name = text.chars().any(char::is_alphabetic);
            prop_assert!(given.contains(&year) || given.contains(&(year % 100)), "{text} {iso}");
            prop_assert!(given.contains(&day), "{text} {iso}");
            prop_assert!(given.contains(&month) || has_month_name, "{text} {iso}");
        }
    }

    #[test]
    fn a_state_and_a_sex_come_from_their_tables_alone(
        state in prop_oneof!["\\PC{0,8}", "[A-Za-z]{2}"], sex in prop_oneof!["\\PC{0,6}", "[fFmMxX0-9]"]
    ) {
        let patient = normalised(&[(Field::State, &state), (Field::Sex, &sex)]);
        if let Some(found) = patient.address.state {
            let entry = &STATES["states"][found.code()];
            let also = entry.get("also").map(words).unwrap_or_default();
            let name = entry["name"].as_str().expect("text").to_owned();
            let mut spellings = also.into_iter().chain([name, found.code().to_owned()]);
            prop_assert!(spellings.any(|spelling| fold(&spelling) == fold(&state)));
        }
        if let Some(found) = patient.sex {
            let key = if found == Sex::Female { "female" } else { "male" };
            prop_assert!(words(&SEXES[key]).iter().any(|word| fold(word) == fold(&sex)));
        }
    }
}
