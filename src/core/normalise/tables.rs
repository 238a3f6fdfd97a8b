//! Every rule family against the cases in `tests/normalisation/`: what a cell is made into, and what is found on the
//! way.

use std::sync::LazyLock;

use super::{ColumnEvidence, NormaliseContext, normalise_row};
use crate::domain::{
    AssessedPatient, CellKind, CivilDate, Email, Field, FieldSlot, FindingCode, MappedCell, MappedRow, Phone,
    PostalCode, Sex, State,
};
use crate::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

fn normalised(cells: &[(Field, &str, CellKind)]) -> AssessedPatient {
    let mut cells: Vec<MappedCell<'_>> = cells
        .iter()
        .filter(|(_, text, _)| !text.trim().is_empty())
        .map(|(field, text, kind)| MappedCell {
            slot: FieldSlot { field: *field, group: 0 },
            text,
            kind: *kind,
            system: None,
        })
        .collect();
    cells.sort_by_key(|cell| cell.slot);
    let today = CivilDate::new(2026, 11, 24).expect("a date");
    let context = NormaliseContext { rules: &RULES, default_system: "clinic", is_system_assumed: false, today };
    normalise_row(&MappedRow::new(2, &cells), &context, &mut ColumnEvidence::default())
}

fn codes(assessed: &AssessedPatient) -> String {
    let mut codes: Vec<&str> = assessed.findings.iter().map(|finding| finding.code.code()).collect();
    codes.sort_unstable();
    codes.join(" ")
}

fn kind(word: &str) -> CellKind {
    match word {
        "number" => CellKind::Number,
        "date" => CellKind::Date,
        _ => CellKind::Text,
    }
}

/// Runs every case of a table; `run` makes a row of cells into the cells that are expected.
fn check(table: &str, fewest: usize, given: usize, run: impl Fn(&[&str]) -> Vec<String>) {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
    let (mut wrong, mut cases) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.expect("a case");
        let cells: Vec<&str> = record.iter().collect();
        assert!(!cells[0].is_empty(), "every case names its source");
        cases += 1;
        let found = run(&cells[1..=given]);
        if found != cells[given + 1..] {
            wrong.push(format!("{:?} -> {found:?}, not {:?}", &cells[..=given], &cells[given + 1..]));
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= fewest, "{cases}");
}

#[test]
fn names_of_many_traditions_are_kept_and_what_is_no_name_is_parted() {
    check(include_str!("../../../tests/normalisation/names.csv"), 130, 5, |cells| {
        let fields = [Field::FirstName, Field::MiddleName, Field::LastName, Field::Suffix];
        let row: Vec<_> =
            fields.into_iter().zip(&cells[1..]).map(|(field, text)| (field, *text, CellKind::Text)).collect();
        let assessed = normalised(&row);
        let name = &assessed.patient.name;
        let further: Vec<String> = assessed
            .patient
            .additional_names
            .iter()
            .map(|further| {
                [&further.first, &further.last].map(crate::domain::Text::as_text).join(" ").trim().to_owned()
            })
            .collect();
        let mut found: Vec<String> =
            [&name.first, &name.middle, &name.last, &name.suffix].map(|part| part.as_text().to_owned()).to_vec();
        found.extend([further.join("|"), codes(&assessed)]);
        found
    });
}

#[test]
fn names_come_from_at_least_twelve_traditions() {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(include_str!("../../../tests/normalisation/names.csv").as_bytes());
    // The other kinds of case in the second column are no traditions.
    let kinds = ["alias", "broken letters", "credential", "letter case", "newborn", "suffix", "title"];
    let traditions: std::collections::BTreeSet<String> = reader
        .records()
        .map(|record| record.expect("a case")[1].to_owned())
        .filter(|tradition| !kinds.contains(&tradition.as_str()))
        .collect();
    assert!(traditions.iter().all(|tradition| tradition.starts_with(char::is_uppercase)), "{traditions:?}");
    assert!(traditions.len() >= 12, "{traditions:?}");
}

#[test]
fn dates_are_read_or_refused() {
    check(include_str!("../../../tests/normalisation/dates.csv"), 60, 2, |cells| {
        let assessed = normalised(&[(Field::BirthDate, cells[0], kind(cells[1]))]);
        let date = assessed.patient.birth_date.map(CivilDate::to_iso).unwrap_or_default();
        let ambiguous = if assessed.birth_date_ambiguous { "ambiguous" } else { "" };
        vec![date, ambiguous.to_owned(), codes(&assessed)]
    });
}

#[test]
fn phones_are_brought_into_one_form_or_dropped() {
    check(include_str!("../../../tests/normalisation/phones.csv"), 50, 1, |cells| {
        let assessed = normalised(&[(Field::Phone, cells[0], CellKind::Text)]);
        let phone = assessed.patient.phone;
        vec![
            phone.map(Phone::to_wire).unwrap_or_default(),
            phone.map(Phone::to_e164).unwrap_or_default(),
            codes(&assessed),
        ]
    });
}

#[test]
fn emails_are_brought_into_one_form_or_dropped() {
    check(include_str!("../../../tests/normalisation/emails.csv"), 30, 1, |cells| {
        let assessed = normalised(&[(Field::Email, cells[0], CellKind::Text)]);
        vec![assessed.patient.email.as_ref().map(Email::as_text).unwrap_or_default().to_owned(), codes(&assessed)]
    });
}

#[test]
fn sexes_are_m_f_or_nothing() {
    check(include_str!("../../../tests/normalisation/sexes.csv"), 30, 1, |cells| {
        let assessed = normalised(&[(Field::Sex, cells[0], CellKind::Text)]);
        vec![assessed.patient.sex.map(Sex::letter).unwrap_or_default().to_owned(), codes(&assessed)]
    });
}

#[test]
fn states_and_zips_are_read_and_checked_against_each_other() {
    check(include_str!("../../../tests/normalisation/zips.csv"), 70, 3, |cells| {
        let assessed =
            normalised(&[(Field::State, cells[0], CellKind::Text), (Field::PostalCode, cells[1], kind(cells[2]))]);
        let address = &assessed.patient.address;
        vec![
            address.state.as_ref().map(State::code).unwrap_or_default().to_owned(),
            address.postal_code.map(PostalCode::to_wire).unwrap_or_default(),
            codes(&assessed),
        ]
    });
}

#[test]
fn placeholders_are_told_from_values_that_look_like_them() {
    check(include_str!("../../../tests/normalisation/placeholders.csv"), 80, 2, |cells| {
        let field: Field = cells[0].parse().expect("a field");
        let assessed = normalised(&[(field, cells[1], CellKind::Text)]);
        let patient = &assessed.patient;
        let kept = match field {
            Field::FirstName => !patient.name.first.as_text().is_empty(),
            Field::MiddleName => !patient.name.middle.as_text().is_empty(),
            Field::LastName => !patient.name.last.as_text().is_empty(),
            Field::AddressLine1 => !patient.address.line1.as_text().is_empty(),
            Field::City => !patient.address.city.as_text().is_empty(),
            Field::PostalCode => patient.address.postal_code.is_some(),
            Field::ExternalId => !patient.external_ids.is_empty(),
            other => panic!("{other} has no such cases"),
        };
        vec![if kept { "kept" } else { "missing" }.to_owned(), codes(&assessed)]
    });
}

#[test]
fn names_that_stand_together_for_nobody_are_told_from_names_that_share_a_part() {
    check(include_str!("../../../tests/normalisation/placeholder_pairs.csv"), 12, 2, |cells| {
        let assessed =
            normalised(&[(Field::FirstName, cells[0], CellKind::Text), (Field::LastName, cells[1], CellKind::Text)]);
        let name = &assessed.patient.name;
        let kept = !name.first.as_text().is_empty() && !name.last.as_text().is_empty();
        vec![if kept { "kept" } else { "missing" }.to_owned(), codes(&assessed)]
    });
}

#[test]
fn identifiers_keep_every_digit_and_social_security_numbers_stay_here() {
    check(include_str!("../../../tests/normalisation/identifiers.csv"), 40, 3, |cells| {
        let field: Field = cells[0].parse().expect("a field");
        let assessed = normalised(&[(field, cells[1], kind(cells[2]))]);
        let patient = &assessed.patient;
        let kept = match field {
            Field::ExternalId => patient.external_ids.first().map(|id| id.value.as_text().to_owned()),
            Field::SubjectId => patient.subject_id.map(|id| id.to_string()),
            Field::Label => patient.labels.first().map(|label| label.as_text().to_owned()),
            Field::AddressLine1 => Some(patient.address.line1.as_text().to_owned()),
            Field::AddressLine2 => Some(patient.address.line2.as_text().to_owned()),
            Field::City => Some(patient.address.city.as_text().to_owned()),
            Field::LastName => Some(patient.name.last.as_text().to_owned()),
            Field::MiddleName => Some(patient.name.middle.as_text().to_owned()),
            _ => None,
        };
        vec![kept.unwrap_or_default(), codes(&assessed)]
    });
}

#[test]
fn every_code_of_a_table_is_one_that_exists() {
    for table in [
        include_str!("../../../tests/normalisation/names.csv"),
        include_str!("../../../tests/normalisation/dates.csv"),
        include_str!("../../../tests/normalisation/phones.csv"),
    ] {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(table.as_bytes());
        for record in reader.records() {
            let record = record.expect("a case");
            for code in record.iter().next_back().unwrap_or_default().split(' ').filter(|code| !code.is_empty()) {
                assert!(code.parse::<FindingCode>().is_ok(), "{code}");
            }
        }
    }
}
