//! What people and programs do to workbooks: a clean roster as a workbook with one trait, in each format, and the clean
//! roster that it should be read as, as a delimited file.

use super::book::{Book, Saved, Sheet, Shown, Value};
use super::{Draws, HEADER, clean_rows};

/// A workbook with one trait.
pub(crate) struct WorkbookPollution {
    /// The trait, for the table.
    pub family: &'static str,
    /// How often workbooks have it, in parts.
    pub weight: f64,
    /// The workbook in each format.
    pub files: Vec<(Saved, Vec<u8>)>,
    /// The rows that it should be read as, as a delimited file with ISO dates.
    pub truth: String,
    /// The true headers.
    pub header: Vec<String>,
}

type Rows = Vec<Vec<String>>;

/// Column of the roster: first name, last name, date of birth, sex, address, city, state, ZIP, phone, and the record
/// number.
const DATE: usize = 2;
const ZIP: usize = 7;
const PHONE: usize = 8;
const RECORD: usize = 9;
const HEADERS: [&str; 10] =
    [HEADER[0], HEADER[1], HEADER[2], HEADER[3], HEADER[4], HEADER[5], HEADER[6], HEADER[7], HEADER[8], "MRN"];

/// How a sheet is laid out.
#[derive(Clone)]
struct Layout {
    top: u32,
    left: u32,
    /// The column after which one is left blank.
    spacer: Option<u32>,
    /// Rows below which one is left blank.
    gap_every: Option<usize>,
    order: Vec<usize>,
    dates_as_text: bool,
    /// Days from the calendar of the workbook to the usual one.
    days_before: f64,
    zip: Zip,
    phone_as_number: bool,
    header: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Zip {
    Text,
    Number,
    Formatted,
}

impl Layout {
    fn plain() -> Self {
        Self {
            top: 0,
            left: 0,
            spacer: None,
            gap_every: None,
            order: (0..HEADERS.len()).collect(),
            dates_as_text: false,
            days_before: 0.0,
            zip: Zip::Text,
            phone_as_number: false,
            header: true,
        }
    }

    fn column(&self, place: usize) -> u32 {
        let place = u32::try_from(place).expect("few");
        self.left + place + u32::from(self.spacer.is_some_and(|spacer| place > spacer))
    }

    /// Writes the rows; gives the first row below them.
    fn write(&self, sheet: &mut Sheet, rows: &Rows) -> u32 {
        let mut at = self.top;
        if self.header {
            for (place, column) in self.order.iter().enumerate() {
                sheet.write(at, self.column(place), HEADERS[*column]);
            }
            at += 1;
        }
        for (index, row) in rows.iter().enumerate() {
            if self.gap_every.is_some_and(|every| index > 0 && index % every == 0) {
                at += 1;
            }
            for (place, column) in self.order.iter().enumerate() {
                let (text, cell) = (row[*column].as_str(), self.column(place));
                let number = |text: &str| text.parse::<f64>().expect("digits");
                match *column {
                    DATE if !self.dates_as_text => {
                        sheet.write_number(at, cell, serial(text) - self.days_before, Shown::Date);
                    }
                    ZIP if self.zip == Zip::Number => sheet.write(at, cell, number(text)),
                    ZIP if self.zip == Zip::Formatted => sheet.write_number(at, cell, number(text), Shown::Zeros),
                    PHONE if self.phone_as_number => sheet.write(at, cell, number(&text.replace('-', ""))),
                    _ => sheet.write(at, cell, text),
                }
            }
            at += 1;
        }
        at
    }
}

/// The day of `1980-03-04` in the usual calendar of workbooks.
fn serial(date: &str) -> f64 {
    let numbers: Vec<u32> = date.split('-').map(|part| part.parse().expect("a number")).collect();
    let is_leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // 1900-01-01 is day 1, and a 29 February 1900 is counted that there never was.
    let years: u32 = (1900..numbers[0]).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(numbers[0]) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: u32 = lengths.iter().take(numbers[1] as usize - 1).sum();
    f64::from(years + months + numbers[2] + 1)
}

fn rows_of(draws: &mut Draws) -> Rows {
    let mut rows = clean_rows(draws, false);
    for (index, row) in rows.iter_mut().enumerate() {
        // Dates of birth as ISO, and record numbers that are no telephone numbers.
        let (month, rest) = row[DATE].split_once('/').expect("a date");
        let (day, year) = rest.split_once('/').expect("a date");
        row[DATE] = format!("{year}-{month}-{day}");
        row.push(format!("{}", 480_000 + index * 7 + draws.next(7)));
    }
    rows
}

fn truth(rows: &Rows) -> String {
    let quoted = |row: &[String]| row.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",");
    let header: Vec<String> = HEADERS.iter().map(|header| (*header).to_owned()).collect();
    std::iter::once(quoted(&header)).chain(rows.iter().map(|row| quoted(row))).map(|line| line + "\n").collect()
}

/// All traits, `seeds` workbooks of each.
pub(crate) fn workbook_pollutions(seeds: u64) -> Vec<WorkbookPollution> {
    let mut all = Vec::new();
    for seed in 0..seeds {
        let rows = rows_of(&mut Draws(seed * 7_919 + 3));
        layouts(&rows, &mut all);
        surroundings(&rows, &mut all);
        cells(&rows, &mut all);
        several(&rows, &mut all);
    }
    all
}

fn add(
    all: &mut Vec<WorkbookPollution>,
    (family, weight): (&'static str, f64),
    truth_rows: &Rows,
    build: impl Fn(&mut Book, Saved),
) {
    let saved = |format: Saved| {
        let mut book = Book::default();
        build(&mut book, format);
        (format, book.save(format))
    };
    let header = HEADERS.iter().map(|header| (*header).to_owned()).collect();
    all.push(WorkbookPollution {
        family,
        weight,
        files: Saved::ALL.map(saved).to_vec(),
        truth: truth(truth_rows),
        header,
    });
}

fn layouts(rows: &Rows, all: &mut Vec<WorkbookPollution>) {
    let mut laid_out = |family: (&'static str, f64), layout: Layout| {
        add(all, family, rows, |book, _| {
            book.from_1904 = layout.days_before > 0.0;
            layout.write(book.add_sheet(), rows);
        });
    };
    let plain = Layout::plain();
    laid_out(("nothing", 10.0), plain.clone());
    laid_out(("dates as text", 5.0), Layout { dates_as_text: true, ..plain.clone() });
    laid_out(("ZIPs as numbers, zeros lost", 8.0), Layout { zip: Zip::Number, ..plain.clone() });
    laid_out(("ZIPs as numbers, shown with zeros", 2.0), Layout { zip: Zip::Formatted, ..plain.clone() });
    laid_out(("telephone numbers as numbers", 4.0), Layout { phone_as_number: true, ..plain.clone() });
    laid_out(("blank rows above and columns at the left", 2.0), Layout { top: 3, left: 2, ..plain.clone() });
    laid_out(("a blank column within", 1.0), Layout { spacer: Some(4), ..plain.clone() });
    laid_out(("blank rows within", 2.0), Layout { gap_every: Some(5), ..plain.clone() });
    laid_out(("days counted from 1904", 1.0), Layout { days_before: 1_462.0, ..plain });
}

fn surroundings(rows: &Rows, all: &mut Vec<WorkbookPollution>) {
    let mut around = |family: (&'static str, f64), top: u32, build: &dyn Fn(&mut Sheet, u32)| {
        add(all, family, rows, |book, _| {
            let sheet = book.add_sheet();
            let below = Layout { top, ..Layout::plain() }.write(sheet, rows);
            build(sheet, below);
        });
    };
    around(("titles and notes above", 8.0), 4, &|sheet, _| {
        sheet.merge(0, (0, 9), "Patient roster, spring cohort");
        sheet.write(1, 0, "Exported 2026-03-01 by Clinic A");
        sheet.write(2, 0, "Confidential");
    });
    around(("a band of merged cells above the header", 4.0), 1, &|sheet, _| {
        sheet.merge(0, (0, 3), "Patient");
        sheet.merge(0, (4, 7), "Home");
        sheet.merge(0, (8, 9), "Other");
    });
    around(("a total below", 4.0), 0, &|sheet, below| {
        sheet.write(below, 0, "Total");
        sheet.write(below, 1, 24.0);
    });
    around(("footnotes below", 3.0), 0, &|sheet, below| {
        sheet.write(below + 1, 0, "* seen within the last twelve months");
        sheet.write(below + 2, 0, "Prepared by the registry");
        sheet.write(below + 2, 1, "Version 3");
    });
    around(("a small table below", 2.0), 0, &|sheet, below| {
        for (row, cells) in (below + 2..).zip([["State", "Patients"], ["MN", "12"], ["PA", "7"], ["UT", "5"]]) {
            sheet.write_row(row, 0, &cells);
        }
    });
    around(("a legend beside", 2.0), 0, &|sheet, _| {
        for (row, cells) in (0..).zip([["State", "Meaning"], ["MN", "Minnesota"], ["PA", "Pennsylvania"]]) {
            sheet.write_row(row, 11, &cells);
        }
    });
    around(("hidden rows and columns", 2.0), 0, &|sheet, _| {
        sheet.hidden_rows.extend([3, 4]);
        sheet.hidden_columns.insert(5);
    });
    add(all, ("a value far away", 1.0), rows, |book, format| {
        let (row, column) = format.far_corner();
        let sheet = book.add_sheet();
        Layout::plain().write(sheet, rows);
        sheet.write(row, column, "x");
    });
    let mut headerless = rows.clone();
    headerless.truncate(24);
    add(all, ("no header", 2.0), &headerless, |book, _| {
        Layout { header: false, ..Layout::plain() }.write(book.add_sheet(), &headerless);
    });
    all.last_mut().expect("the workbook").header.clear();
}

fn cells(rows: &Rows, all: &mut Vec<WorkbookPollution>) {
    let with = |change: &dyn Fn(usize, &mut Vec<String>)| {
        let mut changed = rows.clone();
        changed.iter_mut().enumerate().for_each(|(index, row)| change(index, row));
        changed
    };
    let mut written = |family: (&'static str, f64), truth: &Rows, build: &dyn Fn(&mut Sheet)| {
        add(all, family, truth, |book, _| {
            let sheet = book.add_sheet();
            Layout::plain().write(sheet, rows);
            build(sheet);
        });
    };
    let without =
        |column: usize| with(&|index, row| row[column] = if index == 2 { String::new() } else { row[column].clone() });
    written(("an identifier shortened to an exponent", 3.0), &without(RECORD), &|sheet| {
        sheet.write_number(3, 9, 1_234_570_000_000.0, Shown::Shortened);
    });
    written(("an identifier shortened to an exponent", 1.0), &without(RECORD), &|sheet| {
        sheet.write(3, 9, "1.23457E+12");
    });
    written(("an identifier of more than 15 digits", 2.0), &without(RECORD), &|sheet| {
        sheet.write(3, 9, 1_234_567_890_123_450.0);
    });
    written(("an error in a cell", 3.0), &without(PHONE), &|sheet| {
        sheet.write(3, 8, Value::NotAvailable);
    });
    written(("a formula without its value", 3.0), &without(PHONE), &|sheet| {
        sheet.write(3, 8, Value::Formula(None));
    });
    written(("a formula with its value", 3.0), rows, &|sheet| {
        sheet.write(3, 1, Value::Formula(Some(rows[2][1].clone())));
    });
    written(("rich text", 2.0), rows, &|sheet| {
        let (front, back) = rows[2][4].split_at(2);
        sheet.write(3, 4, Value::Rich(front.to_owned(), back.to_owned()));
    });
    written(("no-break spaces behind values", 3.0), rows, &|sheet| {
        for (row, cells) in (1..).zip(rows) {
            sheet.write(row, 1, format!("{}\u{a0}", cells[1]).as_str());
            sheet.write(row, 5, format!("\u{a0}{} ", cells[5]).as_str());
        }
    });
    written(("numbers as text", 3.0), rows, &|sheet| {
        for (row, cells) in (1..).zip(rows) {
            sheet.write(row, 8, format!("{}.0", cells[8].replace('-', "")).as_str());
        }
    });
    written(("booleans beside the roster's columns", 1.0), rows, &|sheet| {
        sheet.write(0, 10, "Consent");
        (1..=24).for_each(|row| {
            sheet.write(row, 10, Value::Truth(row % 2 == 0));
        });
    });
}

fn several(rows: &Rows, all: &mut Vec<WorkbookPollution>) {
    let (front, back) = (rows[..12].to_vec(), rows[12..].to_vec());
    let other_order = vec![1, 0, 9, 2, 3, 4, 5, 6, 7, 8];
    add(all, ("a hidden sheet with a roster", 1.0), rows, |book, _| {
        Layout::plain().write(book.add_sheet(), &front);
        let hidden = book.add_sheet();
        hidden.is_hidden = true;
        Layout::plain().write(hidden, &back);
    });
    add(all, ("sheets that are no roster", 4.0), rows, |book, _| {
        let notes = book.add_sheet();
        for (row, text) in (0..).zip(["Read me", "Version 3", "Ask the registry"]) {
            notes.write(row, 0, text);
        }
        Layout::plain().write(book.add_sheet(), rows);
        let codes = book.add_sheet();
        for (row, cells) in (0..).zip([["Code", "Meaning"], ["F", "female"], ["M", "male"]]) {
            codes.write_row(row, 0, &cells);
        }
    });
    add(all, ("two tables side by side", 1.0), rows, |book, _| {
        let sheet = book.add_sheet();
        Layout::plain().write(sheet, &front);
        Layout { left: 12, order: other_order.clone(), ..Layout::plain() }.write(sheet, &back);
    });
    for gap in [0, 2] {
        add(all, ("two tables, one below the other", 1.0), rows, |book, _| {
            let sheet = book.add_sheet();
            let below = Layout::plain().write(sheet, &front);
            Layout { top: below + gap, order: other_order.clone(), ..Layout::plain() }.write(sheet, &back);
        });
    }
    add(all, ("the header repeated", 2.0), rows, |book, _| {
        let sheet = book.add_sheet();
        let below = Layout::plain().write(sheet, &front);
        Layout { top: below, ..Layout::plain() }.write(sheet, &back);
    });
}
