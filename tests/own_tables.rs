//! The tables that onroll writes, read back by its own reader: every field as it was, whatever stands in it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use onroll_core::domain::{MergedPlace, Outcome, PersonPart, is_own_header};
use onroll_core::report::{
    ChangeLine, EvidenceLine, OriginLine, PairLine, ReportFiles, RowLine, ScoreLine, ScoreLines,
};
use proptest::prelude::*;

/// A row as it was read; `None` for one that was set aside.
type Row = Option<Vec<String>>;

/// Rows of a file by our own reader, the header first; the reason where it is refused as a whole.
fn read_back(folder: &std::path::Path, file: &str) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    let read = onroll_core::read::read_roster(&folder.join(file), &|_| {}, &mut |event| {
        if let onroll_core::read::ReadEvent::Rows(batch) = event {
            let batch = batch.split_unguarded();
            rows.extend(
                batch
                    .rows()
                    .map(|row| row.fault().is_none().then(|| row.cells().map(|(text, _)| text.to_owned()).collect())),
            );
        }
        Ok(())
    });
    read.map_err(|error| error.to_string())?;
    let header = rows.first().cloned().flatten().expect("a header");
    assert!(is_own_header(header.iter().map(String::as_str)), "{header:?}");
    Ok(rows)
}

/// Compares what was written with what is read. A row with a NUL, which no row that was taken in has, is set aside, or
/// the whole file is refused for it: never is it another row.
fn compare(written: &[Vec<String>], read: Result<Vec<Row>, String>) -> Result<(), TestCaseError> {
    let has_nul = |line: &Vec<String>| line.iter().any(|text| text.contains('\0'));
    let read = match read {
        Ok(read) => read,
        Err(reason) => {
            prop_assert!(reason.contains("NUL bytes") && written.iter().any(has_nul), "{}", reason);
            return Ok(());
        }
    };
    prop_assert_eq!(read.len(), written.len() + 1);
    for (line, again) in written.iter().zip(read.iter().skip(1)) {
        prop_assert_eq!(again.as_ref(), Some(line).filter(|line| !has_nul(line)));
    }
    Ok(())
}

/// Text as nasty as it comes: quotation marks, line ends, what begins like a formula, NUL, and very long.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "['=+@\\-\t\r\n\",;|~^ \u{ff1d}\u{ff20}\\\\]{0,6}",
        4 => any::<String>().prop_map(|text| text.replace('\0', "")),
        3 => "[ -~]{0,12}",
        1 => "[a-z\"\n]{0,3}\u{0}[a-z\"\n=]{0,3}",
        1 => ("[\",\n=a-z]{1,3}", 1_usize..40_000).prop_map(|(text, times)| text.repeat(times)),
    ]
}

fn lines(texts: usize) -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(nasty(), texts), 1..6)
}

fn folder() -> (tempfile::TempDir, ReportFiles) {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ReportFiles::in_folder(folder.path()).expect("made");
    (folder, files)
}

fn owned<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rows_csv_comes_back_field_by_field(lines in lines(7), outcome in prop::sample::select(&Outcome::ALL[..])) {
        let (folder, files) = folder();
        let mut written = Vec::new();
        let balance = files.write_rows(lines.len() as u64, |out| {
            for (number, texts) in (1..).zip(&lines) {
                let [file, sheet, id, reason, level, grade, rules] = texts.as_slice() else { panic!("seven") };
                let score = ScoreLine {
                    presence: 0,
                    fast_weight: 7,
                    fast_level: level.clone(),
                    predicted_grade: grade.clone(),
                    cms_rules: rules.clone(),
                };
                let scores = ScoreLines::new(vec![score]);
                out.write(&RowLine {
                    source_file: file,
                    sheet,
                    row: number,
                    external_id: id,
                    person: number + 3,
                    subject_id: "",
                    outcome,
                    reason,
                    completeness: 62,
                    scores: scores.get(0),
                    findings: "A101:address_line1;M101",
                })?;
                let (row, person) = (number.to_string(), (number + 3).to_string());
                written.push(owned([
                    file, sheet, &row, id, &person, "", outcome.word(), reason, "62", "A101:address_line1;M101", "7", level,
                    grade, rules,
                ]));
            }
            Ok(())
        });
        prop_assert!(balance.is_ok());
        compare(&written, read_back(folder.path(), "rows.csv"))?;
    }

    #[test]
    fn changes_csv_comes_back_field_by_field(lines in lines(4)) {
        let (folder, files) = folder();
        let mut written = Vec::new();
        files.write_changes(|out| {
            for (row, texts) in (1..).zip(&lines) {
                let [source_file, sheet, before, after] = texts.as_slice() else { panic!("four") };
                out.write(&ChangeLine { source_file, sheet, row, field: "city", findings: "A110;N105", before, after })?;
                written.push(owned([source_file, sheet, &row.to_string(), "city", "A110;N105", before, after]));
            }
            Ok(())
        }).expect("written");
        compare(&written, read_back(folder.path(), "changes.csv"))?;
    }

    #[test]
    fn persons_csv_comes_back_field_by_field(
        lines in lines(2),
        part in prop::sample::select(PersonPart::ALL),
        place in prop::sample::select(MergedPlace::ALL),
    ) {
        let (folder, files) = folder();
        let mut written = Vec::new();
        files.write_persons(|out| {
            for (person, texts) in (1..).zip(&lines) {
                let [source_file, sheet] = texts.as_slice() else { panic!("two") };
                out.write(&OriginLine { person, part, source_file, sheet, row: person + 8, place })?;
                let (number, row) = (person.to_string(), (person + 8).to_string());
                written.push(owned([&number, part.word(), source_file, sheet, &row, place.word()]));
            }
            Ok(())
        }).expect("written");
        compare(&written, read_back(folder.path(), "persons.csv"))?;
    }

    #[test]
    fn duplicates_csv_comes_back_field_by_field(lines in lines(4), weight in -40.0..40.0_f64) {
        let (folder, files) = folder();
        let mut written = Vec::new();
        let weight = format!("{weight:.2}");
        files.write_duplicates(|out| {
            for (row, texts) in (1..).zip(&lines) {
                let [left_file, left_sheet, right_file, right_sheet] = texts.as_slice() else { panic!("four") };
                out.write(&PairLine {
                    left_file: left_file.clone(),
                    left_sheet: left_sheet.clone(),
                    left_row: row,
                    right_file: right_file.clone(),
                    right_sheet: right_sheet.clone(),
                    right_row: row + 1,
                    band: "review".to_owned(),
                    rule: "last_name+birth_date".to_owned(),
                    weight: weight.clone(),
                    finding: Some("M106".to_owned()),
                    household: "-1.20".to_owned(),
                    probability: "0.42".to_owned(),
                    evidence: vec![EvidenceLine {
                        field: "last_name".to_owned(),
                        level: "same".to_owned(),
                        comparison_level: "same".to_owned(),
                        weight: weight.clone(),
                        term_frequency: String::new(),
                    }],
                })?;
                let (left_row, right_row) = (row.to_string(), (row + 1).to_string());
                written.push(owned([
                    left_file, left_sheet, &left_row, right_file, right_sheet, &right_row, "review", "last_name+birth_date",
                    &weight, "-1.20", "0.42", "M106", &format!("last_name=same {weight}"), "",
                ]));
            }
            Ok(())
        }).expect("written");
        compare(&written, read_back(folder.path(), "duplicates.csv"))?;
    }
}
