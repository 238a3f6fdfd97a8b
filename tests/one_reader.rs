//! `map` recognises the values of a column with the reader with which `normalise` reads its cells. What is read as a
//! date is counted as a date, and so for every kind of value.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::sync::LazyLock;

use onroll_core::domain::{AssessedPatient, CellKind, CivilDate, Finding, FindingCode, MappedRow, RowBatch};
use onroll_core::map::{ColumnMap, MappedCells, find_columns};
use onroll_core::normalise::{ColumnEvidence, NormaliseContext, normalise_row};
use onroll_core::rules::Rules;
use proptest::prelude::*;

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

/// A kind of value: the header of its column, the field that it becomes, and what is found of a cell that cannot be
/// read as one.
#[derive(Clone, Copy)]
struct Kind {
    header: &'static str,
    is_read: fn(&AssessedPatient) -> bool,
    unreadable: FindingCode,
}

const BIRTH_DATE: Kind = Kind {
    header: "DOB",
    is_read: |read| {
        let refused = [FindingCode::BirthDateInFuture, FindingCode::BirthDateTooOld];
        read.patient.birth_date.is_some() || refused.into_iter().any(|code| has(read, code))
    },
    unreadable: FindingCode::BirthDateUnreadable,
};
const PHONE: Kind =
    Kind { header: "Phone", is_read: |read| read.patient.phone.is_some(), unreadable: FindingCode::PhoneUnreadable };
const EMAIL: Kind =
    Kind { header: "Email", is_read: |read| read.patient.email.is_some(), unreadable: FindingCode::EmailUnreadable };
const SEX: Kind = Kind {
    header: "Sex",
    is_read: |read| read.patient.sex.is_some() || read.sex_letter.is_some(),
    unreadable: FindingCode::SexNotSent,
};
const STATE: Kind = Kind {
    header: "State",
    is_read: |read| read.patient.address.state.is_some(),
    unreadable: FindingCode::StateUnknown,
};
const ZIP: Kind = Kind {
    header: "Zip",
    is_read: |read| read.patient.address.postal_code.is_some(),
    unreadable: FindingCode::PostalCodeUnreadable,
};
const LAST_NAME: Kind = Kind {
    header: "Last Name",
    is_read: |read| !read.patient.name.last.as_text().is_empty(),
    unreadable: FindingCode::NameDoubtful,
};
const STREET: Kind = Kind {
    header: "Address Line 1",
    is_read: |read| !read.patient.address.line1.as_text().is_empty(),
    unreadable: FindingCode::HouseNumberMissing,
};

fn has(read: &AssessedPatient, code: FindingCode) -> bool {
    read.findings.iter().any(|finding| finding.code == code)
}

/// What becomes of one cell under the header of its kind, in a row with these other cells.
struct Judged {
    /// Whether `map` counts the cell as one of the kind.
    is_counted: bool,
    /// Whether `normalise` reads it as one.
    is_read: bool,
    /// Whether `normalise` says that it is none.
    is_refused: bool,
}

fn judged(kind: Kind, text: &str, cell_kind: CellKind, others: &[(&str, &str)]) -> Judged {
    let mut headers = vec![("MRN", CellKind::Text), ("First Name", CellKind::Text), (kind.header, CellKind::Text)];
    let mut cells = vec![("7", CellKind::Text), ("Ann", CellKind::Text), (text, cell_kind)];
    if kind.header != "Last Name" {
        headers.push(("Last Name", CellKind::Text));
        cells.push(("Ng", CellKind::Text));
    }
    let others: Vec<_> =
        others.iter().map(|(header, text)| ((*header, CellKind::Text), (*text, CellKind::Text))).collect();
    let headers: Vec<_> = headers.into_iter().chain(others.iter().map(|(header, _)| *header)).collect();
    cells.extend(others.iter().map(|(_, cell)| *cell));
    let rows = table(&[headers, cells]);
    let (first, columns) = find_columns(&rows, &RULES, None).expect("a roster");
    let evidence = columns.columns[2].evidence.expect("a kind with a form");
    let read = patients(&rows, first, &columns);
    let (read, _) = read.first().expect("a row");
    let is_refused = has(read, kind.unreadable);
    Judged { is_counted: evidence.agreeing == 1, is_read: (kind.is_read)(read) && !is_refused, is_refused }
}

/// Asserts the law for one cell; `may_be_refused` says of which cells a form is right and the value is not.
fn assert_one_reader(kind: Kind, text: &str, cell_kind: CellKind, may_be_refused: bool) {
    let judged = judged(kind, text, cell_kind, &[]);
    assert!(judged.is_counted || !judged.is_read, "{text:?} is read under {} and not counted", kind.header);
    assert!(!judged.is_counted || !judged.is_refused || may_be_refused, "{text:?} is counted and refused");
}

fn is_filler_date(text: &str) -> bool {
    ["1900", "1901", "9999", "0001"].iter().any(|year| text.contains(year))
}

fn is_unusable_phone(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let is_unusable =
        |digits: &[u8]| std::str::from_utf8(digits).is_ok_and(|digits| RULES.placeholders.is_unusable_phone(digits));
    digits.windows(10).any(is_unusable)
}

fn date_text() -> impl Strategy<Value = String> {
    let month = prop::sample::select(vec!["mar", "March", "marzo", "März", "março", "août", "DEC", "Sept.", "jui"]);
    prop_oneof![
        (1_u32..33, month, 1_u32..2100, prop::sample::select(vec![" ", "-", "", " de ", ". ", "th of "]))
            .prop_map(|(day, month, year, mark)| format!("{day}{mark}{month}{}{year}", mark.replace("th of", ""))),
        "[0-9]{1,4}[/. -][0-9]{1,2}[/. -][0-9]{1,4}( 08:30| \\(46 yrs\\)|T00:00:00)?",
        "(Tue,? |martes )?[0-9]{1,2} (Mar|abril) [0-9]{2,4}",
        "[0-9]{7,9}(\\.0)?",
        "\\PC{0,16}",
    ]
}

fn phone_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "(Home: |cell |\\+1 |1-)?\\(?[2-9][0-9]{2}\\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}( x12| mom| \\(work\\)|\\^PRN)?",
        "[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}(; |/| or )[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}",
        "1?-?800-[A-Z]{7}",
        "[CMP]?[0-9]{9,11}(\\.0)?",
        "[0-9() +.x-]{0,16}",
        "\\PC{0,16}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_as_a_date_is_counted_as_one(text in date_text(), is_number in any::<bool>()) {
        let kind = if is_number && text.parse::<f64>().is_ok() { CellKind::Number } else { CellKind::Text };
        assert_one_reader(BIRTH_DATE, &text, kind, is_filler_date(&text));
    }

    #[test]
    fn what_is_read_as_a_telephone_number_is_counted_as_one(text in phone_text()) {
        assert_one_reader(PHONE, &text, CellKind::Text, is_unusable_phone(&text));
    }

    #[test]
    fn what_is_read_as_an_email_address_is_counted_as_one(
        text in "(mailto:|Ann Ng <)?[a-z.]{1,6}@[a-z]{1,6}(\\.[a-z]{2,3}|\\.c0m)?>?( \\(home\\)|; x@y\\.org)?|\\PC{0,16}",
    ) {
        let is_filler = ["test", "none", "na", "refused", "noemail"].iter().any(|word| text.contains(word))
            || [".cmo", ".con", ".cpm", ".nte", ".ocm", ".ogr", ".vom"].iter().any(|end| text.contains(end));
        assert_one_reader(EMAIL, &text, CellKind::Text, is_filler);
    }

    #[test]
    fn what_is_read_as_a_sex_is_counted_as_one(text in "[a-zA-Z]\\.?|(m|f|h|w) ?[-/(] ?(male|female|mujer|hombre)\\)?|\\PC{0,8}") {
        // A column of sexes may hold any words: those that say none are told row by row.
        assert_one_reader(SEX, &text, CellKind::Text, true);
    }

    #[test]
    fn what_is_read_as_a_state_is_counted_as_one(text in "[a-zA-Z]{2}|(US-)?(MN|Minnesota|minn\\.|New York)( \\((MN|NY)\\))?|\\PC{0,8}") {
        assert_one_reader(STATE, &text, CellKind::Text, false);
    }

    #[test]
    fn what_is_read_as_a_zip_is_counted_as_one_with_and_without_its_zeros(
        text in "[0-9]{3,9}(\\.0+)?|[0-9]{3,5}[- ][0-9]{0,4}( USA)?|\\PC{0,8}",
        state in prop::sample::select(vec!["", "MA", "PR", "MN"]),
    ) {
        let judged = judged(ZIP, &text, CellKind::Text, &[("State", state)]);
        prop_assert!(judged.is_counted || !judged.is_read, "{} is read and not counted", text);
        let digits = text.split('.').next().unwrap_or_default().bytes().filter(u8::is_ascii_digit).count();
        prop_assert!(!judged.is_counted || !judged.is_refused || !matches!(digits, 5 | 9), "{} is refused", text);
    }

    #[test]
    fn what_is_read_as_a_name_is_counted_as_one_unless_it_keeps_a_digit(
        text in "(Dr\\.? |Mr )?(Smith|O'Brien|De La Cruz|Ng|José)(, (Jr|MD)| 3rd| III|/Jones| \\(Jones\\)| nee Ng)?( [0-9])?",
    ) {
        let judged = judged(LAST_NAME, &text, CellKind::Text, &[]);
        prop_assert!(judged.is_counted || !judged.is_read || text.ends_with(char::is_numeric), "{} is not counted", text);
        prop_assert!(!judged.is_counted || judged.is_read, "{} is counted and not read", text);
    }

    #[test]
    fn what_is_read_as_a_street_is_counted_as_one(
        text in "(Apt 4 |Unit B2 )?(12|940 1/2|W 1234|One|N6W23001)? ?(Oak St|County Rd K|PO Box 12|RR 2 Box 7|NW 5th Ave)( #4| Apt 12 B|, Bldg 2)?",
    ) {
        let judged = judged(STREET, &text, CellKind::Text, &[]);
        prop_assert!(judged.is_counted || !judged.is_read, "{} is read and not counted", text);
    }

    #[test]
    fn a_whole_name_that_is_taken_apart_is_counted_and_its_parts_are_read(
        text in "(Dr\\. )?(Jennifer|José|Ana)( Q\\.| María)?( de la| van)? (Johnson|Ng|Smith)( Jr| MD)?|(Johnson|De La Cruz|Ng)( Jr)?, ?(Jennifer|Ana)( M\\.| Marie)?( III)?",
    ) {
        let rows = text_table(&[vec!["MRN", "Patient Name (First Last)", "DOB"], vec!["7", &text, "1980-03-04"]]);
        let (first, columns) = find_columns(&rows, &RULES, None).expect("a roster");
        let evidence = columns.columns[1].evidence.expect("whole names have a form");
        let read = patients(&rows, first, &columns);
        let (read, findings) = &read[0];
        if findings.is_empty() {
            prop_assert_eq!(evidence.agreeing, 1, "{} is taken apart and not counted", &text);
            let name = &read.patient.name;
            prop_assert!(!name.first.as_text().is_empty() && !name.last.as_text().is_empty(), "{}", &text);
            prop_assert!(!has(read, FindingCode::NameDoubtful), "{}", &text);
        }
    }
}
