//! A workbook as an .xlsb (MS-XLSB), with the records that hold a roster.

use std::fmt::Write as _;

use super::book::{Book, Cell, Sheet, Shown, Value, ZEROS, archive};

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

pub(super) fn save(book: &Book) -> Vec<u8> {
    let mut shared = Vec::new();
    let mut parts = Vec::new();
    // Computed on load: formulas without a value hold 0.
    let mut calculation = vec![0; 26];
    calculation[24] = 1;
    let mut workbook = [record(131, &[]), record(153, &[u8::from(book.from_1904), 0, 0, 0, 0, 0, 0, 0])].concat();
    workbook.extend(record(143, &[]));
    let mut relations = String::new();
    for (sheet, number) in book.sheets.iter().zip(1_u32..) {
        parts.push((format!("xl/worksheets/sheet{number}.bin"), worksheet(sheet, &mut shared)));
        let state = u32::from(sheet.is_hidden).to_le_bytes();
        let names = [wide(&format!("rId{number}")), wide(&format!("Sheet{number}"))].concat();
        workbook.extend(record(156, &[&state[..], &number.to_le_bytes()[..], &names].concat()));
        let target = format!("worksheets/sheet{number}.bin");
        let _ = write!(relations, "<Relationship Id=\"rId{number}\" Type=\"{OFFICE}/worksheet\" Target=\"{target}\"/>");
    }
    workbook.extend([record(144, &[]), record(157, &calculation), record(132, &[])].concat());
    for (id, kind, target) in [("t", "sharedStrings", "sharedStrings.bin"), ("s", "styles", "styles.bin")] {
        let _ = write!(relations, "<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>");
    }
    let related =
        |what: &str| format!("<Relationships xmlns=\"{PACKAGE}/relationships\">{what}</Relationships>").into_bytes();
    let root = format!("<Relationship Id=\"r\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.bin\"/>");
    let types =
        format!("<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"bin\" ContentType=\"a/b\"/></Types>");
    parts.extend([
        ("[Content_Types].xml".to_owned(), types.into_bytes()),
        ("_rels/.rels".to_owned(), related(&root)),
        ("xl/_rels/workbook.bin.rels".to_owned(), related(&relations)),
        ("xl/workbook.bin".to_owned(), workbook),
        ("xl/styles.bin".to_owned(), styles()),
        ("xl/sharedStrings.bin".to_owned(), [record(159, &[0; 8]), shared.concat(), record(160, &[])].concat()),
    ]);
    archive(&parts)
}

fn styles() -> Vec<u8> {
    let mut bytes = record(278, &[]);
    bytes.extend(record(615, &1_u32.to_le_bytes()));
    bytes.extend(record(44, &[&ZEROS.0.to_le_bytes()[..], &wide(ZEROS.1)].concat()));
    bytes.extend([record(616, &[]), record(617, &4_u32.to_le_bytes())].concat());
    for shown in Shown::ALL {
        bytes.extend(record(47, &[&[0, 0], &shown.format().to_le_bytes()[..], &[0; 12]].concat()));
    }
    bytes.extend([record(618, &[]), record(279, &[])].concat());
    bytes
}

fn worksheet(sheet: &Sheet, shared: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let words = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut bytes = record(129, &[]);
    for column in &sheet.hidden_columns {
        bytes.extend(record(60, &[words(&[*column, *column, 0, 0]), vec![1, 0]].concat()));
    }
    bytes.extend(record(145, &[]));
    for (row, cells) in sheet.rows() {
        let hidden = if sheet.hidden_rows.contains(&row) { 0x10 } else { 0 };
        bytes.extend(record(0, &[words(&[row, 0]), vec![0, 0, 0, hidden, 0, 0, 0, 0, 0]].concat()));
        for (column, cell) in cells {
            let (kind, data) = cell_data(cell, shared);
            bytes.extend(record(kind, &[words(&[column, cell.shown as u32]), data].concat()));
        }
    }
    bytes.extend(record(146, &[]));
    for range in &sheet.merged {
        bytes.extend(record(176, &words(range)));
    }
    bytes.extend(record(130, &[]));
    bytes
}

fn cell_data(cell: &Cell, shared: &mut Vec<Vec<u8>>) -> (u16, Vec<u8>) {
    // An empty formula behind the value, which readers of values pass over.
    let formula = [0; 10];
    let mut share = |item: Vec<u8>| {
        shared.push(record(19, &item));
        (7, u32::try_from(shared.len() - 1).expect("few").to_le_bytes().to_vec())
    };
    match &cell.value {
        Value::Text(text) => share([vec![0], wide(text)].concat()),
        Value::Rich(front, back) => {
            let start = u16::try_from(front.encode_utf16().count()).expect("short").to_le_bytes();
            let run = [&1_u32.to_le_bytes()[..], &start[..], &[0, 0]].concat();
            share([vec![1], wide(&format!("{front}{back}")), run].concat())
        }
        Value::Number(number) if number.fract() == 0.0 && *number < f64::from(1 << 29) => {
            let held = format!("{number}").parse::<u32>().expect("a whole number") << 2 | 2;
            (2, held.to_le_bytes().to_vec())
        }
        Value::Number(number) => (5, number.to_le_bytes().to_vec()),
        Value::Truth(truth) => (4, vec![u8::from(*truth)]),
        Value::NotAvailable => (11, [&[0x2a], &formula[..]].concat()),
        Value::Formula(Some(value)) => (8, [wide(value), formula.to_vec()].concat()),
        Value::Formula(None) => (9, [vec![0; 8], formula.to_vec()].concat()),
    }
}

/// A record with its number and length (MS-XLSB 2.1.4).
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut number in [usize::from(kind), data.len()] {
        while number > 0x7f {
            bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).expect("seven bits"));
    }
    bytes.extend_from_slice(data);
    bytes
}

/// A text with its length before it, in UTF-16.
fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u32::try_from(units.len()).expect("short");
    length.to_le_bytes().into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}
