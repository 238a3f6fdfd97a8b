//! `map` recognises the values of a column with the reader with which `normalise` reads its cells. What is read as a date is
//! counted as a date, and so for every kind of value.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::sync::LazyLock;

use onroll::domain::{AssessedPatient, CellKind, CivilDate, Finding, MappedRow, RowBatch};
use onroll::map::{ColumnMap, MappedCells, find_columns};
use onroll::normalise::{ColumnEvidence, NormaliseContext, normalise_row};
use onroll::rules::Rules;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::load(None).expect("sound"));

/// Days in Spanish, as a record system in Spanish prints them.
const SPANISH: [&str; 5] = [
    "4 de marzo de 1980",
    "17 de agosto de 1941",
    "25 de diciembre de 1975",
    "3 de enero de 1968",
    "30 de junio de 2001",
];
/// The same days as SAS prints them.
const SAS: [&str; 5] = ["04MAR1980", "17AUG1941", "25DEC1975", "03JAN1968", "30JUN2001"];
/// The same days in ISO 8601.
const ISO: [&str; 5] = ["1980-03-04", "1941-08-17", "1975-12-25", "1968-01-03", "2001-06-30"];
const NAMES: [[&str; 2]; 5] =
    [["Jennifer", "Johnson"], ["Susan", "Smith"], ["Linda", "Miller"], ["Patricia", "Davis"], ["Barbara", "Clark"]];
const STREETS: [&str; 5] = ["12 Oak St", "940 Elm Ave", "7 Birch Ln", "3110 Cedar Rd", "55 Walnut Blvd"];

/// Rows of cells, from row 1 on.
fn table(rows: &[Vec<(&str, CellKind)>]) -> RowBatch {
    let mut batch = RowBatch::default();
    for (number, row) in (1..).zip(rows) {
        for (text, kind) in row {
            batch.push_cell(text, *kind);
        }
        batch.end_row(number);
    }
    batch
}

fn text_table(rows: &[Vec<&str>]) -> RowBatch {
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|text| (*text, CellKind::Text)).collect()).collect();
    table(&rows)
}

/// The patients of the rows from `first` on, and what mapping found in each.
fn patients(rows: &RowBatch, first: usize, columns: &ColumnMap) -> Vec<(AssessedPatient, Vec<Finding>)> {
    let context = NormaliseContext {
        rules: &RULES,
        default_system: "clinic",
        is_system_assumed: false,
        today: CivilDate::new(2026, 11, 24).expect("a date"),
    };
    let mut evidence = ColumnEvidence::default();
    let mut mapped = MappedCells::default();
    let mut read = Vec::new();
    for row in rows.rows().skip(first) {
        columns.map_row(&row, &RULES, &mut mapped);
        let patient = normalise_row(&MappedRow::new(row.number(), &mapped.cells), &context, &mut evidence);
        read.push((patient, mapped.findings.clone()));
    }
    read
}

/// The field of each column, or `-`.
fn fields(columns: &ColumnMap) -> Vec<&'static str> {
    columns.columns.iter().map(|column| column.content.map_or("-", |content| content.name())).collect()
}

#[test]
fn two_columns_of_one_birth_date_in_iso_and_in_the_form_of_sas_agree() {
    for other in [SAS, SPANISH] {
        let mut rows = vec![vec!["MRN", "First Name", "Last Name", "DOB", "Birth Date"]];
        for (index, mrn) in ["1", "2", "3"].iter().enumerate() {
            rows.push(vec![mrn, NAMES[index][0], NAMES[index][1], ISO[index], other[index]]);
        }
        let rows = text_table(&rows);
        let (first, columns) = find_columns(&rows, &RULES, None).expect("a roster");
        for (patient, findings) in patients(&rows, first, &columns) {
            assert_eq!(findings, [], "{}", other[0]);
            assert!(patient.patient.birth_date.is_some());
        }
    }
}

#[test]
fn a_headerless_roster_with_dates_in_words_has_a_birth_date_and_keeps_its_streets() {
    for dates in [SPANISH, SAS, ISO] {
        let rows: Vec<Vec<&str>> =
            (0..5).map(|row| vec![NAMES[row][0], NAMES[row][1], dates[row], STREETS[row]]).collect();
        let (_, columns) = find_columns(&text_table(&rows), &RULES, None).expect("a roster");
        assert_eq!(fields(&columns), ["first_name", "last_name", "birth_date", "address_line1"], "{}", dates[0]);
    }
}

#[test]
fn deceased_over_dates_in_spanish_is_the_date_of_death() {
    let mut rows = vec![vec!["MRN", "First Name", "Last Name", "DOB", "Deceased"]];
    for (row, mrn) in ["1", "2", "3", "4", "5"].iter().enumerate() {
        rows.push(vec![mrn, NAMES[row][0], NAMES[row][1], "1930-02-03", SPANISH[row]]);
    }
    let (_, columns) = find_columns(&text_table(&rows), &RULES, None).expect("a roster");
    assert_eq!(fields(&columns)[4], "death_date");
}

#[test]
fn a_column_of_dates_in_words_is_as_sure_as_one_of_iso_dates() {
    let judged = |dates: [&str; 5]| {
        let mut rows = vec![vec!["MRN", "First Name", "Last Name", "DOB"]];
        for (row, mrn) in ["1", "2", "3", "4", "5"].iter().enumerate() {
            rows.push(vec![mrn, NAMES[row][0], NAMES[row][1], dates[row]]);
        }
        let (_, columns) = find_columns(&text_table(&rows), &RULES, None).expect("a roster");
        let evidence = columns.columns[3].evidence.expect("cells to look at");
        (evidence.agreeing, evidence.cells, columns.columns[3].confidence.to_bits())
    };
    assert_eq!(judged(SPANISH), judged(ISO));
    assert_eq!(judged(SAS), judged(ISO));
    assert_eq!((judged(ISO).0, judged(ISO).1), (5, 5));
}
