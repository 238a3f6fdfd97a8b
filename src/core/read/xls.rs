//! Excel 97 to 2003, through calamine. It loads a sheet as one rectangle and may panic on damaged records: so the
//! records are walked through first, which shows what a sheet hides, how its numbers are written and how large the
//! rectangle would be; and calamine works on a thread of its own, whose end by a panic is a refusal.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, Range, Reader as _, SheetType, SheetVisible, Xls, XlsError};

use super::cells::{DateSystem, borrowed, text_of, text_of_number};
use super::compound::{Compound, long, short};
use super::error::ReadError;
use super::limits::{Excess, Limit, Limits};
use super::number_format::NumberShape;
use super::quiet::mark_this_thread;
use super::roster::{Emit, ReadEvent};
use super::sheet_facts::SheetFacts;
use super::sheet_rows::{SheetEnd, SheetRows};
use super::source::Roster;
use super::workbook::{End, sheet_name};
use crate::domain::column_name;
use crate::fail_point;

/// The thread that calamine works on.
const XLS_THREAD: &str = "onroll xls";

/// Reads every sheet of a compound file that is a workbook. Tells whether one holds something.
pub(super) fn read_xls(roster: &Roster, limits: &Limits, emit: &mut Emit<'_>) -> Result<bool, End> {
    let name = roster.name();
    let refused = |reason: &str| ReadError::BrokenWorkbook { path: name.to_owned(), reason: reason.to_owned() };
    let bytes = whole_file(roster, limits)?;
    let file = Compound::open(&bytes).ok_or_else(|| refused("its list of streams is damaged, or it is cut off"))?;
    refuse_strangers(&file, name)?;
    let stream = ["Workbook", "Book"].into_iter().find_map(|stream| file.stream(stream));
    let stream = stream.ok_or_else(|| refused("it contains no workbook, or is cut off"))?;
    let survey = Survey::from_stream(&stream);
    if survey.has_password {
        return Err(ReadError::Password { path: name.to_owned() }.into());
    }
    if let Some(excess) = survey.excess(limits) {
        return Err(ReadError::too_large(name, excess).into());
    }
    drop(stream);
    let sheets = load(bytes).map_err(|failure| match failure {
        Failure::Password => ReadError::Password { path: name.to_owned() },
        Failure::Broken(reason) => refused(&reason),
    })?;
    let (mut holds_something, mut cells_seen) = (false, 0);
    for ((sheet, hidden, range), surveyed) in sheets.iter().zip(survey.sheets) {
        emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden: *hidden, delimiter: None })?;
        let mut rows = SheetRows::new(emit, sheet, &mut cells_seen, limits);
        let read = send(range, surveyed, survey.dates, &mut rows).and_then(|()| rows.finish());
        holds_something |= read.map_err(|end| match end {
            SheetEnd::Stopped => End::Stopped,
            SheetEnd::TooLarge(excess) => ReadError::too_large(name, excess).into(),
            SheetEnd::Broken(reason) => refused(&reason).into(),
        })?;
    }
    Ok(holds_something)
}

fn whole_file(roster: &Roster, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let name = roster.name();
    let failed = |source| ReadError::Io { path: name.to_owned(), source };
    let mut bytes = Vec::new();
    let file = roster.open().map_err(failed)?;
    let most = limits.get(Limit::XlsFile);
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        let excess = format!("the workbook has more than {}", limits.shown(Limit::XlsFile));
        return Err(ReadError::too_large(name, Excess::new(Limit::XlsFile, excess)));
    }
    Ok(bytes)
}

/// Compound files that are not workbooks, recognised by a stream that only they have.
fn refuse_strangers(file: &Compound<'_>, name: &str) -> Result<(), ReadError> {
    let path = || name.to_owned();
    if file.holds("EncryptedPackage") || file.holds("EncryptionInfo") {
        return Err(ReadError::Password { path: path() });
    }
    let strangers = [
        ("WordDocument", "a Word document"),
        ("PowerPoint Document", "a PowerPoint presentation"),
        ("__properties_version1.0", "an Outlook message"),
        ("VisioDocument", "a Visio drawing"),
    ];
    let is_workbook = file.holds("Workbook") || file.holds("Book");
    match strangers.iter().find(|(stream, _)| !is_workbook && file.holds(stream)) {
        Some((_, found)) => {
            Err(ReadError::NotARoster { path: path(), found, advice: "export the roster as .csv or .xlsx" })
        }
        None => Ok(()),
    }
}

fn send(
    range: &Range<Data>,
    surveyed: SurveyedSheet,
    dates: DateSystem,
    rows: &mut SheetRows<'_, '_>,
) -> Result<(), SheetEnd> {
    rows.facts = SheetFacts { dates: Some(dates), ..surveyed.facts };
    let mut text = String::new();
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, values) in (first_row..).zip(range.rows()) {
        let is_hidden = surveyed.hidden_rows.get(&row).copied().unwrap_or_default();
        for (column, value) in (first_column..).zip(values) {
            let shape = surveyed.shapes.get(&(row, column)).copied();
            let kind = match (value, shape) {
                (Data::Float(number), Some(shape)) => Some(text_of_number(*number, shape, dates, &mut text)),
                #[expect(clippy::cast_precision_loss, reason = "a cell holds 30 bits or a float")]
                (Data::Int(number), Some(shape)) => Some(text_of_number(*number as f64, shape, dates, &mut text)),
                (Data::DateTime(moment), Some(shape @ NumberShape::Month)) => {
                    Some(text_of_number(moment.as_f64(), shape, dates, &mut text))
                }
                _ => text_of(&borrowed(value), 0, &mut text),
            };
            if let Some(kind) = kind {
                rows.push((row, column), &text, kind, is_hidden)?;
            }
        }
    }
    Ok(())
}

/// Why calamine gives nothing.
enum Failure {
    Password,
    Broken(String),
}

/// A sheet's name, whether it is hidden, and its cells.
type Loaded = (String, bool, Range<Data>);

/// All sheets of cells, in order.
fn load(bytes: Vec<u8>) -> Result<Vec<Loaded>, Failure> {
    let work = move || {
        let told = |error: XlsError| match error {
            XlsError::Password => Failure::Password,
            // What it says may quote a value.
            _ => Failure::Broken("its records are damaged".to_owned()),
        };
        mark_this_thread();
        fail_point::pass_or_die("xls.load");
        let mut workbook = Xls::new(Cursor::new(bytes)).map_err(told)?;
        let sheets = workbook.sheets_metadata().to_vec();
        let of_cells = sheets.into_iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let loaded = of_cells.map(|sheet| {
            let range = workbook.worksheet_range(&sheet.name).map_err(told)?;
            Ok((sheet_name(sheet.name), sheet.visible != SheetVisible::Visible, range))
        });
        loaded.collect()
    };
    let gave_up = || Failure::Broken("the reader gave up on its records".to_owned());
    let thread = std::thread::Builder::new().name(XLS_THREAD.to_owned()).spawn(work).map_err(|_| gave_up())?;
    thread.join().unwrap_or_else(|_| Err(gave_up()))
}

// Record numbers of MS-XLS 2.3.
const END: u16 = 0x000a;
const PASSWORD: u16 = 0x002f;
const DATE_MODE: u16 = 0x0022;
const SHEET: u16 = 0x0085;
const FORMAT: u16 = 0x041e;
const STYLE: u16 = 0x00e0;
const COLUMN: u16 = 0x007d;
const ROW: u16 = 0x0208;
const MERGED: u16 = 0x00e5;
const BEGIN: u16 = 0x0809;
const RK: u16 = 0x027e;
const SEVERAL_RK: u16 = 0x00bd;
const NUMBER: u16 = 0x0203;
const FORMULA: u16 = 0x0006;
/// Other cells with a value: texts, booleans and errors, also of older versions.
const OTHER_CELLS: [u16; 9] = [0x0002, 0x0003, 0x0004, 0x0005, 0x00d6, 0x00fd, 0x0204, 0x0205, 0x0206];

/// What the records say before calamine takes them in.
#[derive(Default)]
struct Survey {
    has_password: bool,
    dates: DateSystem,
    sheets: Vec<SurveyedSheet>,
}

#[derive(Default)]
struct SurveyedSheet {
    begins_at: usize,
    facts: SheetFacts,
    hidden_rows: BTreeMap<u32, bool>,
    /// Formats of the cells that have one that changes their digits.
    shapes: BTreeMap<(u32, u32), NumberShape>,
    /// First row, last row, first column, last column.
    span: Option<[u32; 4]>,
}

impl Survey {
    fn from_stream(stream: &[u8]) -> Self {
        let mut survey = Self::default();
        let mut codes: BTreeMap<u16, NumberShape> = BTreeMap::new();
        let mut styles: Vec<u16> = Vec::new();
        for (kind, record) in (Records { stream, at: 0 }) {
            match kind {
                PASSWORD => survey.has_password |= short(record, 0).is_some_and(|kind| kind != 0) || record.len() > 2,
                DATE_MODE if short(record, 0) == Some(1) => survey.dates = DateSystem::From1904,
                // The kind of sheet: cells.
                SHEET if record.get(5) == Some(&0) => {
                    let begins_at = long(record, 0).unwrap_or(u32::MAX) as usize;
                    survey.sheets.push(SurveyedSheet { begins_at, ..SurveyedSheet::default() });
                }
                FORMAT => {
                    if let (Some(id), Some(code)) = (short(record, 0), format_code(record)) {
                        codes.insert(id, NumberShape::of_code(&code));
                    }
                }
                STYLE => styles.extend(short(record, 2)),
                END => break,
                _ => {}
            }
        }
        let shapes: Vec<NumberShape> = styles
            .iter()
            .map(|id| codes.get(id).copied().unwrap_or_else(|| NumberShape::of_built_in((*id).into())))
            .collect();
        for sheet in &mut survey.sheets {
            sheet.survey(stream, &shapes);
        }
        survey
    }

    /// The sheet that brings the rectangles beyond what can be loaded.
    fn excess(&self, limits: &Limits) -> Option<Excess> {
        let (mut spanned, most) = (0, limits.get(Limit::XlsCells));
        for (number, sheet) in self.sheets.iter().enumerate() {
            let Some([top, bottom, left, right]) = sheet.span else { continue };
            spanned += u64::from(bottom - top + 1) * u64::from(right - left + 1);
            if spanned > most {
                let place = format!("{}{}", column_name(right + 1), bottom + 1);
                let number = number + 1;
                let text = format!(
                    "sheet {number} of the workbook reaches to cell {place}, and the sheets of an .xls can span at most \
                     {most} cells; save it as .xlsx to read it"
                );
                return Some(Excess::new(Limit::XlsCells, text));
            }
        }
        None
    }
}

impl SurveyedSheet {
    fn survey(&mut self, stream: &[u8], shapes: &[NumberShape]) {
        let mut depth = 0;
        for (kind, record) in (Records { stream, at: self.begins_at }) {
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => break,
                END => depth -= 1,
                // A chart within the sheet has records of its own.
                _ if depth > 1 => {}
                ROW => {
                    if let (Some(row), Some(flags)) = (short(record, 0), short(record, 12)) {
                        self.hidden_rows.insert(row.into(), flags & 0x20 != 0);
                    }
                }
                COLUMN => {
                    let (first, last, flags) = (short(record, 0), short(record, 2), short(record, 8));
                    if let (Some(first), Some(last), Some(flags)) = (first, last, flags)
                        && flags & 1 != 0
                    {
                        self.facts.hidden_columns.add(u32::from(first) + 1, u32::from(last) + 1);
                    }
                }
                MERGED => self.merge(record),
                RK | NUMBER | FORMULA => self.cell(record, shapes),
                SEVERAL_RK => self.cells(record, shapes),
                kind if OTHER_CELLS.contains(&kind) => self.cell(record, &[]),
                _ => {}
            }
        }
    }

    fn merge(&mut self, record: &[u8]) {
        for range in record.get(2..).unwrap_or_default().chunks_exact(8) {
            let at = |offset| short(range, offset).map(|number| u32::from(number) + 1);
            if let (Some(top), Some(bottom), Some(left), Some(right)) = (at(0), at(2), at(4), at(6)) {
                self.facts.merge(&format!("{}{top}:{}{bottom}", column_name(left), column_name(right)));
            }
        }
    }

    fn cell(&mut self, record: &[u8], shapes: &[NumberShape]) {
        if let (Some(row), Some(column), Some(style)) = (short(record, 0), short(record, 2), short(record, 4)) {
            self.note(row.into(), column.into(), shapes.get(usize::from(style)));
        }
    }

    /// Numbers side by side: the row, the first column, and a style before each number.
    fn cells(&mut self, record: &[u8], shapes: &[NumberShape]) {
        let (Some(row), Some(first)) = (short(record, 0), short(record, 2)) else { return };
        let styles = record.get(4..).unwrap_or_default().chunks_exact(6).filter_map(|cell| short(cell, 0));
        for (column, style) in (u32::from(first)..).zip(styles) {
            self.note(row.into(), column, shapes.get(usize::from(style)));
        }
    }

    fn note(&mut self, row: u32, column: u32, shape: Option<&NumberShape>) {
        let [top, bottom, left, right] = self.span.unwrap_or([row, row, column, column]);
        self.span = Some([top.min(row), bottom.max(row), left.min(column), right.max(column)]);
        if let Some(shape @ (NumberShape::Zeros(_) | NumberShape::Scientific | NumberShape::Month)) = shape {
            self.shapes.insert((row, column), *shape);
        }
    }
}

/// The code of a number format, in the one or the other width of letters.
fn format_code(record: &[u8]) -> Option<String> {
    let length = usize::from(short(record, 2)?);
    let is_wide = record.get(4)? & 1 == 1;
    if is_wide {
        let units = record.get(5..5 + length * 2)?.chunks_exact(2).filter_map(|pair| short(pair, 0));
        return Some(char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect());
    }
    Some(record.get(5..5 + length)?.iter().map(|byte| char::from(*byte)).collect())
}

/// The records of a stream, with their numbers.
struct Records<'a> {
    stream: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = short(self.stream, self.at)?;
        let length = usize::from(short(self.stream, self.at.checked_add(2)?)?);
        let record = self.stream.get(self.at + 4..self.at + 4 + length)?;
        self.at += 4 + length;
        Some((kind, record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).expect("short");
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    }

    fn number_at(row: u16, column: u16, style: u16) -> Vec<u8> {
        let place: Vec<u8> = [row, column, style].iter().flat_map(|number| number.to_le_bytes()).collect();
        record(NUMBER, &[place, vec![0; 8]].concat())
    }

    /// A workbook of one sheet with these records.
    fn workbook(sheet: &[Vec<u8>]) -> Vec<u8> {
        let mut globals = record(BEGIN, &[0, 6, 5, 0]);
        globals.extend(record(FORMAT, &[&[0xa4, 0, 5, 0, 0][..], b"00000"].concat()));
        globals.extend(record(STYLE, &[0, 0, 0xa4, 0]));
        let offset = u32::try_from(globals.len() + 4 + 8 + 4).expect("small");
        globals.extend(record(SHEET, &[&offset.to_le_bytes()[..], &[0, 0, 0, 0]].concat()));
        globals.extend(record(END, &[]));
        [globals, record(BEGIN, &[0, 6, 16, 0]), sheet.concat(), record(END, &[])].concat()
    }

    #[test]
    fn a_cell_at_the_far_corner_is_refused_before_it_is_loaded() {
        let survey = Survey::from_stream(&workbook(&[number_at(0, 0, 0), number_at(65_535, 255, 0)]));
        assert!(survey.excess(&Limits::default()).is_some_and(|excess| excess.text.contains("IV65536")));
        let survey = Survey::from_stream(&workbook(&[number_at(0, 0, 0), number_at(65_535, 15, 0)]));
        assert_eq!(survey.excess(&Limits::default()), None);
        assert_eq!(survey.sheets[0].shapes.get(&(0, 0)), Some(&NumberShape::Zeros(5)));
    }

    #[test]
    fn hidden_rows_and_columns_and_merged_cells_are_seen() {
        let hidden_row = record(ROW, &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0]);
        let column = record(COLUMN, &[2, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
        let merged = record(MERGED, &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
        let survey = Survey::from_stream(&workbook(&[hidden_row, column, merged]));
        let sheet = &survey.sheets[0];
        assert_eq!(sheet.hidden_rows.get(&3), Some(&true));
        assert_eq!(sheet.facts.hidden_columns.shown(column_name), "C to D");
        assert_eq!(sheet.facts.merged, ["A1:C1"]);
    }
}
