//! Two readers, one answer: what this module reads from a workbook is what calamine reads from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use calamine::{DataRef, Ods, Reader as _, Xlsb, Xlsx};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};

use super::cells::{borrowed, text_of, text_of_number};
use super::number_format::NumberShape;
use super::*;
use crate::domain::CellKind;

/// Text and kind of each cell that holds something, by sheet, row and column from 0.
type Cells = BTreeMap<(usize, u32, u32), (String, CellKind)>;

fn ours(path: &Path) -> Cells {
    let mut cells = Cells::new();
    let mut tables = 0;
    let read = read_roster(path, &|_| {}, &mut |event| {
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
    });
    // A sheet of nothing but blanks has cells, and is no roster.
    assert!(matches!(read, Ok(_) | Err(ReadError::Blank { .. })), "{read:?}");
    cells
}

/// The cells of any workbook by calamine, which loads each sheet as a whole.
fn loaded<R: calamine::Reader<std::io::BufReader<std::fs::File>>>(path: &Path) -> Cells
where
    R::Error: std::fmt::Debug,
{
    let mut cells = Cells::new();
    let mut workbook: R = calamine::open_workbook(path).expect("opened");
    let mut text = String::new();
    for (sheet, name) in workbook.sheet_names().into_iter().enumerate() {
        let range = workbook.worksheet_range(&name).expect("a sheet");
        let (top, left) = range.start().unwrap_or_default();
        for (row, column, value) in range.used_cells() {
            if let Some(kind) = text_of(&borrowed(value), 0, &mut text)
                && !text.is_empty()
            {
                let at = |offset: usize| u32::try_from(offset).expect("small");
                cells.insert((sheet, top + at(row), left + at(column)), (text.clone(), kind));
            }
        }
    }
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

/// The values of a sheet in reading order.
type Grid = BTreeMap<(u32, u16), Value>;

fn grid() -> impl Strategy<Value = Grid> {
    prop::collection::btree_map((0_u32..30, 0_u16..12), value(), 1..40)
}

/// A workbook that is an archive of these parts.
fn packed(name: &str, parts: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, std::path::PathBuf) {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (part, content) in parts {
        archive.start_file(*part, stored).expect("a part");
        archive.write_all(content).expect("written");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs_err::write(&path, archive.finish().expect("an archive").into_inner()).expect("written");
    (folder, path)
}

/// A text as ODF writes it: paragraphs, and every blank that is not alone as a tag.
fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\t', "<text:tab/>");
    let blanks = escaped.replace(' ', "<text:s/>");
    format!("<text:p>{}</text:p>", blanks.replace('\n', "</text:p><text:p>"))
}

/// The cell of a value in an OpenDocument spreadsheet; `None` for a day that is none.
fn ods_cell(value: &Value) -> Option<String> {
    let of_kind = |kind: &str, held: String, shown: &str| {
        Some(format!("<table:table-cell office:value-type=\"{kind}\" {held}>{}</table:table-cell>", paragraphs(shown)))
    };
    match value {
        Value::Text(text) => of_kind("string", String::new(), text),
        Value::Number(number) => of_kind("float", format!("office:value=\"{number:e}\""), "about that"),
        Value::Whole(number) => of_kind("float", format!("office:value=\"{number}\""), "about that"),
        Value::Yes(yes) => of_kind("boolean", format!("office:boolean-value=\"{yes}\""), "perhaps"),
        Value::Formula(result) => of_kind("string", "table:formula=\"of:=[.A1]\"".to_owned(), result),
        Value::Day(day) => {
            let mut date = String::new();
            let kind = text_of_number(*day, NumberShape::Date, DateSystem::From1900, &mut date);
            if kind == CellKind::Date {
                of_kind("date", format!("office:date-value=\"{date}\""), "some day")
            } else {
                None
            }
        }
    }
}

fn ods_sheet(name: &str, grid: &Grid) -> String {
    let mut markup = format!("<table:table table:name=\"{name}\">");
    let mut next_row = 0;
    for row in 0..=grid.keys().map(|place| place.0).max().unwrap_or_default() {
        let cells: Vec<(u16, String)> = grid
            .range((row, 0)..=(row, u16::MAX))
            .filter_map(|((_, column), value)| Some((*column, ods_cell(value)?)))
            .collect();
        if cells.is_empty() {
            continue;
        }
        if row > next_row {
            let blank = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
            let count = row - next_row;
            let _ = write!(markup, "<table:table-row table:number-rows-repeated=\"{count}\">{blank}</table:table-row>");
        }
        markup.push_str("<table:table-row>");
        let mut next = 0;
        for (column, cell) in cells {
            if column > next {
                let _ = write!(markup, "<table:table-cell table:number-columns-repeated=\"{}\"/>", column - next);
            }
            markup.push_str(&cell);
            next = column + 1;
        }
        markup.push_str("</table:table-row>");
        next_row = row + 1;
    }
    markup + "</table:table>"
}

fn ods_workbook(sheets: &[Grid]) -> (tempfile::TempDir, std::path::PathBuf) {
    let tables: String = sheets.iter().zip(1..).map(|(grid, number)| ods_sheet(&format!("S{number}"), grid)).collect();
    ods_of_tables(&tables)
}

fn ods_of_tables(tables: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let names = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"{names}:office:1.0\" \
         xmlns:table=\"{names}:table:1.0\" xmlns:text=\"{names}:text:1.0\"><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    let mime = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
    let manifest =
        b"<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>".to_vec();
    packed(
        "roster.ods",
        &[("mimetype", mime), ("META-INF/manifest.xml", manifest), ("content.xml", content.into_bytes())],
    )
}

/// A record of a binary workbook (MS-XLSB 2.1.4).
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (mut number, most) in [(usize::from(kind), 2), (data.len(), 4)] {
        for place in 0..most {
            let low = u8::try_from(number & 0x7f).expect("seven bits");
            number >>= 7;
            bytes.push(if number > 0 { low | 0x80 } else { low });
            if number == 0 || place + 1 == most {
                break;
            }
        }
    }
    bytes.extend_from_slice(data);
    bytes
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).expect("short");
    length.to_le_bytes().into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

/// The record of a cell; texts are shared ones in turn.
fn xlsb_cell(column: u16, value: &Value, shared: &mut Vec<String>) -> Vec<u8> {
    let mut is_date = false;
    let (kind, data) = match value {
        Value::Text(text) if shared.len().is_multiple_of(2) => {
            shared.push(text.clone());
            (7, u32::try_from(shared.len() - 1).expect("few").to_le_bytes().to_vec())
        }
        Value::Text(text) => {
            shared.push(String::new());
            (6, wide(text))
        }
        Value::Whole(number) if i32::try_from(*number).is_ok_and(|number| number.unsigned_abs() < 1 << 29) => {
            let held = (i32::try_from(*number).expect("small") << 2) | 2;
            (2, held.to_le_bytes().to_vec())
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
        Value::Whole(number) => (5, (*number as f64).to_le_bytes().to_vec()),
        Value::Number(number) => (5, number.to_le_bytes().to_vec()),
        Value::Day(day) => {
            is_date = true;
            (5, day.to_le_bytes().to_vec())
        }
        Value::Yes(yes) => (4, vec![u8::from(*yes)]),
        Value::Formula(result) => (8, [wide(result), vec![0; 10]].concat()),
    };
    let head = [u32::from(column).to_le_bytes(), u32::from(is_date).to_le_bytes()].concat();
    record(kind, &[head, data].concat())
}

fn xlsb_sheet(grid: &Grid, shared: &mut Vec<String>) -> Vec<u8> {
    let span: Vec<u8> = [0_u32, 30, 0, 12].into_iter().flat_map(u32::to_le_bytes).collect();
    let mut bytes = [record(129, &[]), record(148, &span), record(145, &[])].concat();
    let mut last_row = None;
    for ((row, column), value) in grid {
        if last_row != Some(*row) {
            bytes.extend(record(0, &[row.to_le_bytes().to_vec(), vec![0; 13]].concat()));
            last_row = Some(*row);
        }
        bytes.extend(xlsb_cell(*column, value, shared));
    }
    bytes.extend(record(146, &[]));
    bytes.extend(record(130, &[]));
    bytes
}

fn xlsb_workbook(sheets: &[Grid]) -> (tempfile::TempDir, std::path::PathBuf) {
    let mut shared = Vec::new();
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut book, mut relations) = (record(153, &[0; 8]), String::new());
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for (grid, number) in sheets.iter().zip(1_u32..) {
        parts.push((format!("xl/worksheets/sheet{number}.bin"), xlsb_sheet(grid, &mut shared)));
        let id =
            [vec![0; 4], number.to_le_bytes().to_vec(), wide(&format!("rId{number}")), wide(&format!("S{number}"))];
        book.extend(record(156, &id.concat()));
        let target = format!("worksheets/sheet{number}.bin");
        let _ = write!(relations, "<Relationship Id=\"rId{number}\" Type=\"{office}/worksheet\" Target=\"{target}\"/>");
    }
    book.extend([record(144, &[]), record(132, &[])].concat());
    let count = u32::try_from(shared.len()).expect("few").to_le_bytes();
    let mut texts = record(159, &[count, count].concat());
    for text in &shared {
        texts.extend(record(19, &[vec![0], wide(text)].concat()));
    }
    texts.extend(record(160, &[]));
    let style = |format: u16| record(47, &[vec![0, 0], format.to_le_bytes().to_vec(), vec![0; 12]].concat());
    let styles = [record(617, &2_u32.to_le_bytes()), style(0), style(14), record(618, &[])].concat();
    for (number, (kind, file)) in (90..).zip([("styles", "styles.bin"), ("sharedStrings", "sharedStrings.bin")]) {
        let _ = write!(relations, "<Relationship Id=\"rId{number}\" Type=\"{office}/{kind}\" Target=\"{file}\"/>");
    }
    let package = "http://schemas.openxmlformats.org/package/2006";
    let relations = format!("<Relationships xmlns=\"{package}/relationships\">{relations}</Relationships>");
    parts.push(("xl/workbook.bin".to_owned(), book));
    parts.push(("xl/_rels/workbook.bin.rels".to_owned(), relations.into_bytes()));
    parts.push(("xl/sharedStrings.bin".to_owned(), texts));
    parts.push(("xl/styles.bin".to_owned(), styles));
    let named: Vec<(&str, Vec<u8>)> = parts.iter().map(|(name, part)| (name.as_str(), part.clone())).collect();
    packed("roster.xlsb", &named)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_opendocument_spreadsheet_has_the_cells_that_calamine_reads(sheets in prop::collection::vec(grid(), 1..3)) {
        let (_folder, path) = ods_workbook(&sheets);
        let read = ours(&path);
        prop_assert!(!read.is_empty() || sheets.iter().flat_map(Grid::values).all(|value| ods_cell(value).is_none()));
        prop_assert_eq!(read, loaded::<Ods<_>>(&path));
    }

    #[test]
    fn any_binary_workbook_has_the_cells_that_calamine_reads(sheets in prop::collection::vec(grid(), 1..3)) {
        let (_folder, path) = xlsb_workbook(&sheets);
        let read = ours(&path);
        let values = sheets.iter().flat_map(Grid::values).filter(|value| !matches!(value, Value::Text(text) | Value::Formula(text) if text.is_empty()));
        prop_assert_eq!(read.len(), values.count());
        prop_assert_eq!(read, loaded::<Xlsb<_>>(&path));
    }
}

/// Places that calamine holds in memory for the first sheet.
fn places_held<R: calamine::Reader<std::io::BufReader<std::fs::File>>>(path: &Path) -> usize
where
    R::Error: std::fmt::Debug,
{
    let mut workbook: R = calamine::open_workbook(path).expect("opened");
    let range = workbook.worksheet_range_at(0).expect("a sheet").expect("sound");
    let (rows, columns) = range.get_size();
    rows * columns
}

#[test]
fn calamine_holds_every_place_between_two_values_and_this_reader_the_two() {
    let grid: Grid = [((0, 0), Value::Yes(true)), ((20_000, 20), Value::Yes(true))].into();
    let (_ods, spreadsheet) = ods_workbook(std::slice::from_ref(&grid));
    let (_xlsb, binary) = xlsb_workbook(&[grid]);
    for (path, held) in
        [(&spreadsheet, places_held::<Ods<_>>(&spreadsheet)), (&binary, places_held::<Xlsb<_>>(&binary))]
    {
        assert_eq!(held, 20_001 * 21, "{}", path.display());
        assert_eq!(ours(path).len(), 2, "{}", path.display());
    }
}

#[test]
fn calamine_writes_a_repeated_value_out_and_this_reader_refuses_it_beyond_a_limit() {
    let repeated = |rows: u32, columns: u32| {
        ods_of_tables(&format!(
            "<table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell \
             office:value-type=\"string\" table:number-columns-repeated=\"{columns}\"><text:p>x</text:p></table:table-cell>\
             </table:table-row></table:table>"
        ))
    };
    let (_folder, path) = repeated(1_000, 100);
    assert_eq!(places_held::<Ods<_>>(&path), 100_000);
    // A sheet of a spreadsheet program's full size, in a file of the same few bytes.
    let (_folder, path) = repeated(1_048_576, 1_000);
    let refused = read_roster(&path, &|_| {}, &mut |_| Ok(()));
    assert!(refused.is_err_and(|error| error.to_string().contains("repeat others")));
}

#[test]
fn calamine_gives_hidden_rows_like_others_and_this_reader_marks_them() {
    let row = |hidden: &str, name: &str| {
        format!(
            "<table:table-row{hidden}><table:table-cell office:value-type=\"string\"><text:p>{name}</text:p>\
             </table:table-cell></table:table-row>"
        )
    };
    let rows = [row("", "Ng"), row(" table:visibility=\"filter\"", "Ito")].concat();
    let (_folder, path) = ods_of_tables(&format!("<table:table table:name=\"S\">{rows}</table:table>"));
    assert_eq!(loaded::<Ods<_>>(&path).len(), 2);
    let mut hidden = Vec::new();
    read_roster(&path, &|_| {}, &mut |event| {
        if let ReadEvent::Rows(batch) = event {
            hidden.extend(batch.split().rows().map(|row| row.is_hidden()));
        }
        Ok(())
    })
    .expect("read");
    assert_eq!(hidden, [false, true]);
}
