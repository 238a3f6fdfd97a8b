//! A workbook as an OpenDocument spreadsheet (ODF 1.3, part 3), written as `LibreOffice` does.

use std::fmt::Write as _;

use super::book::{Book, Cell, Sheet, Shown, Value, archive};

const NAMES: &str = "urn:oasis:names:tc:opendocument:xmlns";

pub(super) fn save(book: &Book) -> Vec<u8> {
    let tables: String = book.sheets.iter().zip(1..).map(|(sheet, number)| table(book, sheet, number)).collect();
    let null_date = if book.from_1904 { "1904-01-01" } else { "1899-12-30" };
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content xmlns:office=\"{NAMES}:office:1.0\" \
         xmlns:table=\"{NAMES}:table:1.0\" xmlns:text=\"{NAMES}:text:1.0\" xmlns:style=\"{NAMES}:style:1.0\" \
         xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\">\
         <office:automatic-styles><style:style style:name=\"hidden\" style:family=\"table\"><style:table-properties \
         table:display=\"false\"/></style:style></office:automatic-styles><office:body><office:spreadsheet>\
         <table:calculation-settings><table:null-date table:date-value=\"{null_date}\"/></table:calculation-settings>\
         {tables}</office:spreadsheet></office:body></office:document-content>"
    );
    let manifest = format!("<manifest:manifest xmlns:manifest=\"{NAMES}:manifest:1.0\"/>");
    archive(&[
        ("mimetype".to_owned(), b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("META-INF/manifest.xml".to_owned(), manifest.into_bytes()),
        ("content.xml".to_owned(), content.into_bytes()),
    ])
}

fn table(book: &Book, sheet: &Sheet, number: usize) -> String {
    let style = if sheet.is_hidden { " table:style-name=\"hidden\"" } else { "" };
    let mut markup = format!("<table:table table:name=\"Sheet{number}\"{style}>");
    for column in 0..=sheet.hidden_columns.last().copied().unwrap_or_default() {
        let hidden = if sheet.hidden_columns.contains(&column) { " table:visibility=\"collapse\"" } else { "" };
        let _ = write!(markup, "<table:table-column{hidden}/>");
    }
    let mut next_row = 0;
    for (row, cells) in sheet.rows() {
        if row > next_row {
            let _ = write!(
                markup,
                "<table:table-row table:number-rows-repeated=\"{}\"><table:table-cell \
                 table:number-columns-repeated=\"16384\"/></table:table-row>",
                row - next_row
            );
        }
        let hidden = if sheet.hidden_rows.contains(&row) { " table:visibility=\"collapse\"" } else { "" };
        let _ = write!(markup, "<table:table-row{hidden}>");
        let mut next = 0;
        for (column, cell) in cells {
            if column > next {
                let _ = write!(markup, "<table:table-cell table:number-columns-repeated=\"{}\"/>", column - next);
            }
            let merged = sheet.merged.iter().find(|[top, _, left, _]| (*top, *left) == (row, column));
            let width = merged.map_or(1, |[_, _, first, last]| last - first + 1);
            markup.push_str(&cell_markup(cell, width, book.from_1904));
            next = column + width;
        }
        markup.push_str("</table:table-row>");
        next_row = row + 1;
    }
    markup + "</table:table>"
}

fn cell_markup(cell: &Cell, width: u32, from_1904: bool) -> String {
    let (attributes, shown) = match &cell.value {
        Value::Text(text) => ("office:value-type=\"string\"".to_owned(), escaped(text)),
        Value::Rich(front, back) => (
            "office:value-type=\"string\"".to_owned(),
            format!("{}<text:span text:style-name=\"bold\">{}</text:span>", escaped(front), escaped(back)),
        ),
        Value::Number(day) if cell.shown == Shown::Date => {
            let date = date_of(day + if from_1904 { 1_462.0 } else { 0.0 });
            let (year, rest) = date.split_once('-').expect("a date");
            let shown = format!("{}/{year}", rest.replace('-', "/"));
            (format!("office:value-type=\"date\" office:date-value=\"{date}\""), shown)
        }
        Value::Number(number) => {
            let shown = match cell.shown {
                Shown::Zeros => format!("{number:05}"),
                Shown::Shortened => format!("{:.2}E+{:02}", number / 10_f64.powf(number.log10().floor()), number.log10().floor()),
                _ => number.to_string(),
            };
            (format!("office:value-type=\"float\" office:value=\"{number}\""), shown)
        }
        Value::Truth(truth) => (
            format!("office:value-type=\"boolean\" office:boolean-value=\"{truth}\""),
            truth.to_string().to_uppercase(),
        ),
        Value::NotAvailable => (
            "table:formula=\"of:=NA()\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\""
                .to_owned(),
            "#N/A".to_owned(),
        ),
        Value::Formula(Some(value)) => {
            ("table:formula=\"of:=UPPER(&quot;x&quot;)\" office:value-type=\"string\"".to_owned(), escaped(value))
        }
        Value::Formula(None) => ("table:formula=\"of:=VLOOKUP([.A4];[.L1:.M9];2)\"".to_owned(), String::new()),
    };
    let spanned = if width > 1 { format!(" table:number-columns-spanned=\"{width}\"") } else { String::new() };
    let shown = if shown.is_empty() { shown } else { format!("<text:p>{shown}</text:p>") };
    let covered = "<table:covered-table-cell/>".repeat(width as usize - 1);
    format!("<table:table-cell{spanned} {attributes}>{shown}</table:table-cell>{covered}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The date of a day that the usual calendar of workbooks counts, from March 1900 on.
fn date_of(day: f64) -> String {
    let is_leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // Day 61 is the first of March 1900: a 29 February is counted that there never was.
    let mut left = format!("{day}").parse::<u32>().expect("a whole day") - 2;
    let mut year = 1900;
    while left >= if is_leap(year) { 366 } else { 365 } {
        left -= if is_leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 0;
    for length in [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if left < length {
            break;
        }
        left -= length;
    }
    format!("{year}-{month:02}-{:02}", left + 1)
}
