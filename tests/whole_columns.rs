//! What a cell means may only show in its whole column: the language of a letter, and whether days and months were
//! exchanged.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write as _;

use support::{Workplace, rows_csv};

/// What a roster with these cells of sexes comes to: the findings of each row, and the changes.
fn sexes_of(header: &str, cells: &[&str]) -> (Vec<String>, Vec<String>) {
    let workplace = Workplace::new();
    let mut roster = format!("MRN,Last Name,First Name,DOB,{header}\n");
    for (place, cell) in cells.iter().enumerate() {
        let name = ["Lopez", "Garza", "Ng", "Weber", "Smith", "Okafor"][place % 6];
        writeln!(roster, "{place}001,{name},Ann{place},19{}-05-13,{cell}", 50 + place).expect("text");
    }
    fs_err::write(workplace.path("roster.csv"), roster).expect("written");
    let ended = workplace.run(&["check", "roster.csv", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let findings = rows_csv(&workplace.path("out/rows.csv"))
        .iter()
        .map(|row| row["findings"].split([';', ' ']).filter(|code| code.starts_with('S')).collect())
        .collect();
    let changes = workplace.read("out/changes.csv");
    let changes = changes.lines().filter(|line| line.contains(",sex,")).map(str::to_owned).collect();
    (findings, changes)
}

#[test]
fn the_m_of_mujer_and_the_h_of_hombre_are_no_men_and_strangers() {
    let (findings, changes) = sexes_of("Sexo", &["M", "H", "H", "Mujer"]);
    assert_eq!(findings, ["S103:sex", "S103:sex", "S103:sex", ""]);
    assert_eq!(changes, ["roster.csv,,2,sex,S103,M,F", "roster.csv,,3,sex,S103,H,M", "roster.csv,,4,sex,S103,H,M"]);
}

#[test]
fn an_m_in_a_column_that_has_h_and_f_too_is_not_sent_as_a_man() {
    let (findings, changes) = sexes_of("Sex", &["M", "F", "H", "Male"]);
    assert_eq!(findings, ["S102:sex", "", "S102:sex", ""]);
    assert_eq!(changes, ["roster.csv,,2,sex,S102,M,", "roster.csv,,4,sex,S102,H,"]);
}

#[test]
fn h_beside_f_is_homme_and_w_beside_m_is_weiblich() {
    assert_eq!(sexes_of("Sexe", &["H", "F"]).1, ["roster.csv,,2,sex,S103,H,M"]);
    assert_eq!(sexes_of("Sex", &["m", "w"]).1, ["roster.csv,,3,sex,S103,w,F"]);
    assert_eq!(sexes_of("Sex", &["M", "F", "W"]).1, ["roster.csv,,4,sex,S102,W,"]);
}

/// The findings of the dates in a sheet whose first cells are texts and whose others are dates, by their numbers.
fn dates_of(texts: &[&str], numbers: &[u32]) -> Vec<String> {
    let workplace = Workplace::new();
    let mut sheet = rust_xlsxwriter::Workbook::new();
    let page = sheet.add_worksheet();
    for (column, header) in ["MRN", "Last Name", "First Name", "DOB"].into_iter().enumerate() {
        page.write_string(0, u16::try_from(column).expect("few"), header).expect("written");
    }
    let format = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for row in 0..texts.len() + numbers.len() {
        let line = u32::try_from(row + 1).expect("few");
        page.write_string(line, 0, format!("A{row}")).expect("written");
        page.write_string(line, 1, ["Lopez", "Garza", "Ng", "Weber", "Smith", "Okafor"][row % 6]).expect("written");
        page.write_string(line, 2, ["Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus"][row % 7]).expect("written");
        match texts.get(row) {
            Some(text) => page.write_string(line, 3, *text).expect("written"),
            None => page.write_number_with_format(line, 3, numbers[row - texts.len()], &format).expect("written"),
        };
    }
    sheet.save(workplace.path("roster.xlsx")).expect("saved");
    let ended = workplace.run(&["check", "roster.xlsx", "--out", "out"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let rows = rows_csv(&workplace.path("out/rows.csv"));
    rows.iter().map(|row| row["findings"].split([';', ' ']).filter(|code| code.starts_with('D')).collect()).collect()
}

#[test]
fn dates_of_which_a_program_exchanged_those_that_it_could_read_wait() {
    let texts = ["13/05/1980", "25/12/1975", "31/01/1962"];
    // 1944-08-02, 1980-03-04 and 1962-11-10, and 1980-05-05, which is the same exchanged.
    assert_eq!(
        dates_of(&texts, &[16286, 29284, 22960, 29346]),
        ["", "", "", "D110:birth_date", "D110:birth_date", "D110:birth_date", ""]
    );
    // 1980-03-14: somebody else's export.
    assert_eq!(dates_of(&texts, &[16286, 29284, 22960, 29294]), [""; 7]);
    assert_eq!(dates_of(&texts, &[16286, 29284]), [""; 5]);
}
