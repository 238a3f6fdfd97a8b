//! What a cell means may only show in its whole column: the language of a letter, and whether days and months were exchanged.

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
