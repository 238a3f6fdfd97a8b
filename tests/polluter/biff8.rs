//! A workbook as an .xls (MS-XLS) in a compound file (MS-CFB), with the records that hold a roster.

use super::book::{Book, Cell, Sheet, Shown, Value, ZEROS, narrow};

/// Bytes that a record can have.
const RECORD_MAX: usize = 8_224;

pub(super) fn save(book: &Book) -> Vec<u8> {
    let mut texts = Vec::new();
    let sheets: Vec<Vec<u8>> = book.sheets.iter().map(|sheet| worksheet(sheet, &mut texts)).collect();
    // Where the sheets begin is known when the globals have their length.
    let length = globals(book, &texts, &vec![0; sheets.len()]).len();
    let mut begins = Vec::new();
    let mut next = length;
    for sheet in &sheets {
        begins.push(u32::try_from(next).expect("small"));
        next += sheet.len();
    }
    compound(&[globals(book, &texts, &begins), sheets.concat()].concat())
}

fn begin(kind: u16) -> Vec<u8> {
    record(0x0809, &shorts(&[0x0600, kind, 0x0dbb, 0x07cc, 0, 0, 6, 0]))
}

fn globals(book: &Book, texts: &[Vec<u8>], begins: &[u32]) -> Vec<u8> {
    let mut bytes = begin(5);
    bytes.extend(record(0x0042, &shorts(&[1_200])));
    bytes.extend(record(0x0022, &shorts(&[u16::from(book.from_1904)])));
    bytes.extend(record(0x041e, &[ZEROS.0.to_le_bytes().to_vec(), text_of(ZEROS.1)].concat()));
    for shown in Shown::ALL {
        bytes.extend(record(0x00e0, &[shorts(&[0, shown.format()]), vec![0; 16]].concat()));
    }
    for ((sheet, begin), number) in book.sheets.iter().zip(begins).zip(1..) {
        let name = format!("Sheet{number}");
        let length = u8::try_from(name.len()).expect("short");
        let head = [&begin.to_le_bytes()[..], &[u8::from(sheet.is_hidden), 0, length, 0]].concat();
        bytes.extend(record(0x0085, &[&head[..], name.as_bytes()].concat()));
    }
    let count = u32::try_from(texts.len()).expect("few").to_le_bytes();
    // A text that does not fit goes on in a record of its own: here, between texts alone.
    let mut part = [count, count].concat();
    let mut kind = 0x00fc;
    for text in texts {
        if part.len() + text.len() > RECORD_MAX {
            bytes.extend(record(std::mem::replace(&mut kind, 0x003c), &std::mem::take(&mut part)));
        }
        part.extend_from_slice(text);
    }
    bytes.extend(record(kind, &part));
    bytes.extend(record(0x000a, &[]));
    bytes
}

fn worksheet(sheet: &Sheet, texts: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let mut bytes = begin(0x10);
    for column in &sheet.hidden_columns {
        bytes.extend(record(0x007d, &shorts(&[narrow(*column), narrow(*column), 2_000, 0, 1, 0])));
    }
    let last_row = sheet.cells.keys().map(|(row, _)| *row).max().unwrap_or_default();
    let last_column = sheet.cells.keys().map(|(_, column)| *column).max().unwrap_or_default();
    let rows = [0_u32.to_le_bytes(), (last_row + 1).to_le_bytes()].concat();
    bytes.extend(record(0x0200, &[rows, shorts(&[0, narrow(last_column + 1), 0])].concat()));
    for (row, cells) in sheet.rows() {
        let hidden = if sheet.hidden_rows.contains(&row) { 0x0120 } else { 0x0100 };
        bytes.extend(record(0x0208, &shorts(&[narrow(row), 0, narrow(last_column + 1), 0x00ff, 0, 0, hidden, 0x000f])));
        for (column, cell) in cells {
            bytes.extend(cell_records([narrow(row), narrow(column), cell.shown as u16], cell, texts));
        }
    }
    if !sheet.merged.is_empty() {
        let ranges = sheet.merged.iter().flatten().map(|number| narrow(*number));
        let count = u16::try_from(sheet.merged.len()).expect("few");
        bytes.extend(record(0x00e5, &shorts(&std::iter::once(count).chain(ranges).collect::<Vec<_>>())));
    }
    bytes.extend(record(0x000a, &[]));
    bytes
}

fn cell_records(place: [u16; 3], cell: &Cell, texts: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let with = |kind, data: &[u8]| record(kind, &[&shorts(&place), data].concat());
    let mut share = |item: Vec<u8>| {
        texts.push(item);
        with(0x00fd, &u32::try_from(texts.len() - 1).expect("few").to_le_bytes())
    };
    // Flags, and a formula of one token: a missing argument.
    let formula = [vec![0; 6], shorts(&[1]), vec![0x16]].concat();
    match &cell.value {
        Value::Text(text) => share(text_of(text)),
        Value::Rich(front, back) => {
            let whole = text_of(&format!("{front}{back}"));
            let start = u16::try_from(front.encode_utf16().count()).expect("short");
            let (length, flags, letters) = (&whole[..2], whole[2] | 8, &whole[3..]);
            share([length, &[flags, 1, 0], letters, &shorts(&[start, 0])].concat())
        }
        // A whole number in four bytes, as most programs write it.
        Value::Number(number) if number.fract() == 0.0 && *number < f64::from(1 << 29) => {
            with(0x027e, &(format!("{number}").parse::<u32>().expect("a whole number") << 2 | 2).to_le_bytes())
        }
        Value::Number(number) => with(0x0203, &number.to_le_bytes()),
        Value::Truth(truth) => with(0x0205, &[u8::from(*truth), 0]),
        Value::NotAvailable => with(0x0205, &[0x2a, 1]),
        Value::Formula(Some(value)) => {
            let is_text = [0, 0, 0, 0, 0, 0, 0xff, 0xff];
            [with(0x0006, &[&is_text[..], &formula].concat()), record(0x0207, &text_of(value))].concat()
        }
        Value::Formula(None) => with(0x0006, &[&[0; 8][..], &formula].concat()),
    }
}

/// A text with its length before it, in one byte a letter where they fit.
fn text_of(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u16::try_from(units.len()).expect("short").to_le_bytes();
    match units.iter().map(|unit| u8::try_from(*unit)).collect::<Result<Vec<u8>, _>>() {
        Ok(letters) => [&length[..], &[0], &letters].concat(),
        Err(_) => [&length[..], &[1], &shorts(&units)].concat(),
    }
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    assert!(data.len() <= RECORD_MAX);
    [&shorts(&[kind, u16::try_from(data.len()).expect("short")]), data].concat()
}

fn shorts(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A compound file (MS-CFB) of one stream, `Workbook`, in sectors of 512 bytes.
fn compound(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 512;
    const END: u32 = 0xffff_fffe;
    // Shorter streams would lie in sectors of 64 bytes.
    let mut stream = stream.to_vec();
    stream.resize(stream.len().max(4_096).next_multiple_of(SECTOR), 0);
    let small = |number: usize| u32::try_from(number).expect("small");
    let sectors = stream.len() / SECTOR;
    let tables = (1..100).find(|tables| tables + 1 + sectors <= tables * SECTOR / 4).expect("enough");
    let first = tables + 1;
    let chain = |from: usize, count: usize| {
        (from + 1..from + count).map(small).chain(std::iter::once(END)).collect::<Vec<u32>>()
    };
    let mut table: Vec<u32> = vec![0xffff_fffd; tables];
    table.extend([chain(tables, 1), chain(first, sectors)].concat());
    table.resize(tables * SECTOR / 4, 0xffff_ffff);
    let words = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    file.extend([vec![0; 16], shorts(&[0x3e, 3, 0xfffe, 9, 6]), vec![0; 10]].concat());
    file.extend(words(&[small(tables), small(tables), 0, 4_096, END, 0, END, 0]));
    file.extend(words(
        &(0..109).map(|place| if place < tables { small(place) } else { 0xffff_ffff }).collect::<Vec<_>>(),
    ));
    file.extend(words(&table));
    let entry = |name: &str, kind: u8, child: u32, start: u32, size: usize| {
        let mut letters = shorts(&name.encode_utf16().collect::<Vec<_>>());
        let length = u16::try_from(if name.is_empty() { 0 } else { letters.len() + 2 }).expect("short");
        letters.resize(64, 0);
        let none = 0xffff_ffff;
        let place = words(&[start, small(size), 0]);
        [letters, shorts(&[length]), vec![kind, 1], words(&[none, none, child]), vec![0; 36], place].concat()
    };
    file.extend(entry("Root Entry", 5, 1, END, 0));
    file.extend(entry("Workbook", 2, 0xffff_ffff, small(first), stream.len()));
    file.extend([entry("", 0, 0xffff_ffff, 0, 0), entry("", 0, 0xffff_ffff, 0, 0)].concat());
    file.extend(stream);
    file
}
