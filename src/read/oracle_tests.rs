//! Two readers, one answer: what this module reads from a workbook is what calamine reads from it.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{DataRef, Reader as _, Xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};

use super::cells::text_of;
use super::*;
use crate::domain::CellKind;

/// Text and kind of each cell that holds something, by sheet, row and column from 0.
type Cells = BTreeMap<(usize, u32, u32), (String, CellKind)>;

fn ours(path: &Path) -> Cells {
    let mut cells = Cells::new();
    let mut tables = 0;
    read_roster(path, &|_| {}, &mut |event| {
        match event {
            ReadEvent::Table { .. } => tables += 1,
            ReadEvent::Rows(batch) => {
                for row in batch.split().rows() {
                    for ((text, kind), column) in row.cells().zip(0..) {
                        if !text.is_empty() {
                            cells.insert((tables - 1, row.number() - 1, column), (text.to_owned(), kind));
                        }
                    }
                }
            }
            ReadEvent::Sheet(_) | ReadEvent::EndOfTable => {}
        }
        Ok(())
    })
    .expect("read");
    cells
}

/// The same by calamine.
fn theirs(path: &Path) -> Cells {
    let mut cells = Cells::new();
    let mut workbook: Xlsx<_> = calamine::open_workbook(path).expect("opened");
    let mut text = String::new();
    for (sheet, name) in workbook.sheet_names().into_iter().enumerate() {
        let mut reader = workbook.worksheet_cells_reader(&name).expect("a sheet");
        while let Some(cell) = reader.next_cell().expect("a cell") {
            let (row, column) = cell.get_position();
            if let Some(kind) = text_of(cell.get_value(), 0, &mut text)
                && !matches!(cell.get_value(), DataRef::Empty)
                && !text.is_empty()
            {
                cells.insert((sheet, row, column), (text.clone(), kind));
            }
        }
    }
    cells
}

fn saved(workbook: &mut Workbook) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("roster.xlsx");
    workbook.save(&path).expect("saved");
    (folder, path)
}

/// A value of a cell, as programs write them.
#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Number(f64),
    Whole(i64),
    Day(f64),
    Yes(bool),
    Formula(String),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[ -~\u{a0}-\u{ff}\u{4e00}-\u{4e20}\n]{1,20}".prop_map(Value::Text),
        "_x[0-9A-F]{4}_|&amp;|<b>|\\]\\]>|a\tb".prop_map(Value::Text),
        any::<f64>().prop_filter("a finite number", |number| number.is_finite()).prop_map(Value::Number),
        (-1_000_000_000_000_000_i64..1_000_000_000_000_000).prop_map(Value::Whole),
        (0.0..2_958_465.0_f64).prop_map(Value::Day),
        (0_u32..60_000).prop_map(|day| Value::Day(f64::from(day))),
        any::<bool>().prop_map(Value::Yes),
        "[A-Za-z' ]{1,10}".prop_map(Value::Formula),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_workbook_has_the_cells_that_calamine_reads(
        sheets in prop::collection::vec(prop::collection::vec((0_u32..40, 0_u16..20, value()), 1..60), 1..3),
    ) {
        let date = CellFormat::new().set_num_format("yyyy\\-mm\\-dd hh:mm");
        let mut workbook = Workbook::new();
        for cells in &sheets {
            let sheet = workbook.add_worksheet();
            for (row, column, value) in cells {
                match value {
                    Value::Text(text) => sheet.write(*row, *column, text.as_str()),
                    Value::Number(number) => sheet.write(*row, *column, *number),
                    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                    Value::Whole(number) => sheet.write(*row, *column, *number as f64),
                    Value::Day(day) => sheet.write_with_format(*row, *column, *day, &date),
                    Value::Yes(yes) => sheet.write(*row, *column, *yes),
                    Value::Formula(result) => sheet.write(*row, *column, Formula::new("=A1").set_result(result)),
                }.expect("written");
            }
        }
        let (_folder, path) = saved(&mut workbook);
        prop_assert_eq!(ours(&path), theirs(&path));
    }
}

#[test]
fn a_workbook_of_every_kind_of_cell_has_the_cells_that_calamine_reads() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let born = ExcelDateTime::from_ymd(1980, 3, 4).expect("a date");
    sheet.write_with_format(0, 0, &born, &CellFormat::new().set_num_format("m/d/yyyy")).expect("written");
    let bold = CellFormat::new().set_bold();
    let plain = CellFormat::new();
    sheet.write_rich_string(1, 1, &[(&plain, "Ann "), (&bold, "Marie"), (&plain, " Ng")]).expect("written");
    sheet.write(2, 2, Formula::new("=NA()").set_result("#N/A")).expect("written");
    sheet.write(3, 3, Formula::new("=1+1").set_result("2")).expect("written");
    sheet.write_blank(4, 4, &bold).expect("written");
    sheet.merge_range(5, 0, 5, 3, "Patient", &bold).expect("written");
    let (_folder, path) = saved(&mut workbook);
    let cells = ours(&path);
    assert_eq!(cells, theirs(&path));
    assert_eq!(cells[&(0, 1, 1)], ("Ann Marie Ng".to_owned(), CellKind::Text));
    assert_eq!(cells.len(), 5);
}
