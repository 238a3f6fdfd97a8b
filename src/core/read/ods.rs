//! OpenDocument spreadsheets (ODF 1.3, part 3): one part with all sheets, in which cells and rows that are alike are
//! written once with a number. Read as they stand: a row that is repeated a million times and holds nothing is a
//! number.

use super::cells::{iso_text, text_of_number};
use super::limits::{Excess, Limit, Limits};
use super::markup::{Fault, Scanner, Token, attribute, attribute_text, push_text};
use super::number_format::NumberShape;
use super::package::Package;
use super::roster::{Emit, ReadEvent};
use super::sheet_rows::{ROWS_MAX, SheetEnd, SheetRows};
use super::workbook::{End, sheet_name};
use super::xlsx::{Stumble, scanner};
use super::{cells::DateSystem, error::ReadError};
use crate::domain::CellKind;

const CONTENT: &str = "content.xml";
const MANIFEST: &str = "meta-inf/manifest.xml";
const MIME: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";
/// Bytes of the manifest that are looked at.
const MANIFEST_MAX: usize = 16 << 20;

/// Reads every sheet. Tells whether one holds something.
pub(super) fn read_ods(package: &Package<'_>, name: &str, emit: &mut Emit<'_>) -> Result<bool, End> {
    let whole = |part: &str| {
        let bytes = package.stream(part, |pieces| pieces.whole(MANIFEST_MAX));
        bytes.map_err(|error| End::Refused(package.refusal(&error)))
    };
    if package.holds("encrypted-package")
        || (package.holds(MANIFEST) && memchr::memmem::find(&whole(MANIFEST)?, b"encryption-data").is_some())
    {
        return Err(ReadError::Password { path: name.to_owned() }.into());
    }
    if !whole("mimetype")?.trim_ascii().starts_with(MIME) {
        return Err(ReadError::NotARoster {
            path: name.to_owned(),
            found: "an OpenDocument file that is not a spreadsheet",
            advice: "export the roster as .csv or .ods",
        }
        .into());
    }
    package.stream(CONTENT, |pieces| {
        let mut document = Document::default();
        document
            .read(&mut scanner(pieces), package.limits(), emit)
            .map_err(|stumble| stumble.into_end(package, CONTENT))
    })
}

/// The document while it is read.
#[derive(Default)]
struct Document {
    /// Styles of sheets that are not shown.
    hiding_styles: Vec<String>,
    style: String,
    cells_seen: u64,
    repeated: u64,
}

/// The cells of the row that is being read.
#[derive(Default)]
struct Row {
    cells: Vec<RowCell>,
    text: String,
    column: u32,
}

struct RowCell {
    column: u32,
    repeats: u32,
    kind: CellKind,
    start: usize,
    end: usize,
}

impl Document {
    fn read(&mut self, scanner: &mut Scanner<'_>, limits: &Limits, emit: &mut Emit<'_>) -> Result<bool, Stumble> {
        let (mut holds_something, mut is_spreadsheet) = (false, false);
        loop {
            match scanner.next()? {
                None if is_spreadsheet => return Ok(holds_something),
                None => return Err(Fault::Malformed("it has no sheets, or is cut off").into()),
                Some(Token::Open(b"style", tag)) => self.style = attribute_text(tag, b"name").unwrap_or_default(),
                Some(Token::Open(b"table-properties", tag) | Token::Empty(b"table-properties", tag)) => {
                    if attribute(tag, b"display") == Some(b"false") {
                        self.hiding_styles.push(self.style.clone());
                    }
                }
                Some(Token::Open(b"spreadsheet", _)) => is_spreadsheet = true,
                Some(Token::Open(b"table", tag)) if is_spreadsheet => {
                    let sheet = sheet_name(attribute_text(tag, b"name").unwrap_or_default());
                    let style = attribute_text(tag, b"style-name").unwrap_or_default();
                    let hidden = self.hiding_styles.contains(&style);
                    emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden, delimiter: None })
                        .map_err(SheetEnd::from)?;
                    holds_something |= self.read_sheet(scanner, &sheet, limits, emit)?;
                }
                Some(_) => {}
            }
        }
    }

    fn read_sheet(
        &mut self,
        scanner: &mut Scanner<'_>,
        sheet: &str,
        limits: &Limits,
        emit: &mut Emit<'_>,
    ) -> Result<bool, Stumble> {
        let mut cells_seen = self.cells_seen;
        let mut rows = SheetRows::new(emit, sheet, &mut cells_seen, limits);
        let (mut next_row, mut next_column) = (0_u32, 1_u32);
        // A table within a cell has rows of its own, which are none of the sheet.
        let mut depth = 0;
        loop {
            match scanner.next()?.ok_or(Fault::Malformed("it ends within a sheet"))? {
                Token::Close(b"table") if depth == 0 => break,
                Token::Close(b"table") => depth -= 1,
                Token::Open(b"table", _) => depth += 1,
                Token::Open(b"table-column", tag) | Token::Empty(b"table-column", tag) => {
                    let count = repeats(tag, b"number-columns-repeated");
                    let last = next_column.saturating_add(count - 1);
                    if is_hidden(tag) {
                        rows.facts.hidden_columns.add(next_column, last);
                    }
                    next_column = last.saturating_add(1);
                }
                Token::Empty(b"table-row", tag) => {
                    next_row = next_row.saturating_add(repeats(tag, b"number-rows-repeated"));
                }
                Token::Open(b"table-row", tag) if depth == 0 => {
                    let (times, hidden) = (repeats(tag, b"number-rows-repeated"), is_hidden(tag));
                    let row = read_row(scanner, next_row, &mut rows)?;
                    self.send_row(&row, (next_row, times, hidden), limits, &mut rows)?;
                    next_row = next_row.saturating_add(times);
                }
                _ => {}
            }
        }
        let holds_something = rows.finish()?;
        self.cells_seen = cells_seen;
        Ok(holds_something)
    }

    fn send_row(
        &mut self,
        row: &Row,
        (first, times, is_hidden): (u32, u32, bool),
        limits: &Limits,
        rows: &mut SheetRows<'_, '_>,
    ) -> Result<(), Stumble> {
        if row.cells.is_empty() {
            return Ok(());
        }
        let values: u64 = row.cells.iter().map(|cell| u64::from(cell.repeats)).sum();
        let once = row.cells.len() as u64;
        self.repeated = self.repeated.saturating_add(values.saturating_mul(times.into()).saturating_sub(once));
        let most = limits.get(Limit::Repeated);
        if self.repeated > most {
            let excess = format!("from row {} on, more than {most} cells repeat others", first.saturating_add(1));
            return Err(SheetEnd::from(Excess::new(Limit::Repeated, excess)).into());
        }
        for number in first..first.saturating_add(times).min(ROWS_MAX + 1) {
            for cell in &row.cells {
                let text = row.text.get(cell.start..cell.end).unwrap_or_default();
                for column in cell.column..cell.column.saturating_add(cell.repeats) {
                    rows.push((number, column), text, cell.kind, is_hidden)?;
                }
            }
        }
        Ok(())
    }
}

fn read_row(scanner: &mut Scanner<'_>, number: u32, rows: &mut SheetRows<'_, '_>) -> Result<Row, Stumble> {
    let mut row = Row::default();
    loop {
        match scanner.next()?.ok_or(Fault::Malformed("it ends within a row"))? {
            Token::Close(b"table-row") => return Ok(row),
            Token::Open(b"table-cell" | b"covered-table-cell", tag) => {
                let cell = CellTag::from_tag(tag);
                cell.note_merge(number, row.column, rows);
                let shown = read_text(scanner)?;
                row.add(&cell, &shown, rows);
            }
            Token::Empty(b"table-cell" | b"covered-table-cell", tag) => {
                let cell = CellTag::from_tag(tag);
                cell.note_merge(number, row.column, rows);
                row.add(&cell, "", rows);
            }
            _ => {}
        }
    }
}

/// What the tag of a cell says.
struct CellTag {
    repeats: u32,
    kind: Vec<u8>,
    value: Option<String>,
    is_error: bool,
    has_formula: bool,
    spans: (u32, u32),
}

impl CellTag {
    fn from_tag(tag: &[u8]) -> Self {
        let kind = attribute(tag, b"office:value-type").unwrap_or_default().to_vec();
        let value = match kind.as_slice() {
            b"date" => attribute_text(tag, b"date-value"),
            b"time" => attribute_text(tag, b"time-value"),
            b"boolean" => attribute_text(tag, b"boolean-value"),
            b"string" => attribute_text(tag, b"string-value"),
            b"float" | b"percentage" | b"currency" => attribute_text(tag, b"office:value"),
            _ => None,
        };
        Self {
            repeats: repeats(tag, b"number-columns-repeated"),
            kind,
            value,
            is_error: attribute(tag, b"calcext:value-type") == Some(b"error"),
            has_formula: attribute(tag, b"formula").is_some(),
            spans: (repeats(tag, b"number-rows-spanned"), repeats(tag, b"number-columns-spanned")),
        }
    }

    fn note_merge(&self, row: u32, column: u32, rows: &mut SheetRows<'_, '_>) {
        if self.spans != (1, 1) {
            let name = |row: u32, column: u32| format!("{}{}", crate::domain::column_name(column), row);
            let (last_row, last_column) = (row.saturating_add(self.spans.0), column.saturating_add(self.spans.1));
            rows.facts.merge(&format!("{}:{}", name(row.saturating_add(1), column + 1), name(last_row, last_column)));
        }
    }
}

impl Row {
    fn add(&mut self, cell: &CellTag, shown: &str, rows: &mut SheetRows<'_, '_>) {
        let start = self.text.len();
        let kind = self.push_value(cell, shown);
        let column = self.column;
        self.column = self.column.saturating_add(cell.repeats);
        if let Some(kind) = kind {
            rows.facts.uncomputed += u64::from(kind == CellKind::Uncomputed);
            let end = self.text.len();
            self.cells.push(RowCell { column, repeats: cell.repeats, kind, start, end });
        }
    }

    /// Appends the text of a cell; `None` for an empty one.
    fn push_value(&mut self, cell: &CellTag, shown: &str) -> Option<CellKind> {
        let mut text = String::new();
        let kind = match (cell.kind.as_slice(), cell.value.as_deref()) {
            _ if cell.is_error => {
                text.push_str(shown);
                CellKind::Error
            }
            (b"", _) if shown.is_empty() => {
                if !cell.has_formula {
                    return None;
                }
                text.push('=');
                CellKind::Uncomputed
            }
            (b"date", Some(value)) => iso_text(value, &mut text),
            (b"boolean", Some(value)) => {
                text.push_str(if value == "true" { "TRUE" } else { "FALSE" });
                CellKind::Boolean
            }
            (b"float" | b"percentage" | b"currency", Some(value)) => number_text(value, shown, &mut text),
            (_, value) => {
                text.push_str(value.filter(|_| cell.kind == b"string").unwrap_or(shown));
                CellKind::Text
            }
        };
        self.text.push_str(&text);
        Some(kind)
    }
}

/// A number: its digits as shown where those are filled up with zeros, and else as held.
fn number_text(value: &str, shown: &str, text: &mut String) -> CellKind {
    let Ok(number) = value.parse::<f64>() else {
        text.push_str(value);
        return CellKind::Text;
    };
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    let is_filled_up = shown.starts_with('0')
        && digits.len() > 1
        && shown.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && digits.parse::<f64>() == Ok(number);
    if is_filled_up {
        text.push_str(&digits);
        return CellKind::Number;
    }
    let is_shortened = shown.contains("E+") && shown.starts_with(|first: char| first.is_ascii_digit());
    let shape = if is_shortened { NumberShape::Scientific } else { NumberShape::Plain };
    text_of_number(number, shape, DateSystem::From1900, text)
}

/// The paragraphs up to the end of a cell, without its notes.
fn read_text(scanner: &mut Scanner<'_>) -> Result<String, Stumble> {
    let mut text = String::new();
    let (mut paragraphs, mut in_paragraph, mut notes, mut nested) = (0, false, 0, 0);
    loop {
        match scanner.next()?.ok_or(Fault::Malformed("it ends within a cell"))? {
            Token::Close(b"table-cell" | b"covered-table-cell") if nested == 0 => return Ok(text),
            Token::Close(b"table-cell" | b"covered-table-cell") => nested -= 1,
            Token::Open(b"table-cell" | b"covered-table-cell", _) => nested += 1,
            Token::Open(b"annotation", _) => notes += 1,
            Token::Close(b"annotation") => notes -= 1,
            _ if notes > 0 || nested > 0 => {}
            Token::Open(b"p" | b"h", _) => {
                in_paragraph = true;
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
            }
            Token::Empty(b"p" | b"h", _) => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
            }
            Token::Close(b"p" | b"h") => in_paragraph = false,
            Token::Text(part) if in_paragraph => push_text(part, &mut text)?,
            Token::Verbatim(part) if in_paragraph => text.push_str(&String::from_utf8_lossy(part)),
            Token::Open(b"s", tag) | Token::Empty(b"s", tag) => {
                // More blanks than a cell may have are refused with it.
                let count = repeats(tag, b"c").min(40_000) as usize;
                text.extend(std::iter::repeat_n(' ', count));
            }
            Token::Empty(b"tab", _) => text.push('\t'),
            Token::Empty(b"line-break", _) => text.push('\n'),
            _ => {}
        }
        if text.len() > 4 << 20 {
            return Err(SheetEnd::from(Excess::fixed("a cell has a text that is too long for a roster")).into());
        }
    }
}

/// How often a tag says it stands there; at least once.
fn repeats(tag: &[u8], wanted: &[u8]) -> u32 {
    let text = attribute(tag, wanted).and_then(|text| std::str::from_utf8(text).ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// Whether a row or column is not shown.
fn is_hidden(tag: &[u8]) -> bool {
    matches!(attribute(tag, b"visibility"), Some(b"collapse" | b"filter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = (Vec<(u32, Vec<String>)>, Vec<super::super::sheet_facts::SheetFacts>);

    fn read(tables: &str) -> Result<Read, String> {
        let markup = format!(
            "<office:document-content><style:style style:name=\"h\"><style:table-properties table:display=\"false\"/>\
             </style:style><office:spreadsheet>{tables}</office:spreadsheet></office:document-content>"
        );
        let mut pieces = markup.as_bytes().chunks(64).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter();
        let (mut rows, mut facts) = (Vec::new(), Vec::new());
        let mut document = Document::default();
        let read =
            document.read(&mut Scanner::new(Box::new(move || Ok(pieces.next()))), &Limits::default(), &mut |event| {
                match event {
                    ReadEvent::Rows(batch) => {
                        rows.extend(batch.split().rows().map(|row| {
                            (row.number(), row.cells().map(|(text, _)| text.to_owned()).collect::<Vec<_>>())
                        }));
                    }
                    ReadEvent::Sheet(of_sheet) => facts.push(*of_sheet),
                    _ => {}
                }
                Ok(())
            });
        match read {
            Ok(_) => Ok((rows, facts)),
            Err(Stumble::Sheet(end)) => Err(format!("{end:?}")),
            Err(Stumble::Markup(fault)) => Err(format!("{fault:?}")),
        }
    }

    fn table(rows: &str) -> Result<Read, String> {
        read(&format!("<table:table table:name=\"A\">{rows}</table:table>"))
    }

    #[test]
    fn values_are_those_that_are_held_and_zeros_those_that_are_shown() {
        let (rows, facts) = table(
            "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>Ng</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"float\" office:value=\"2134\"><text:p>02134</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"float\" office:value=\"2134\"><text:p>2,134</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"float\" office:value=\"1234570000000\"><text:p>1.23E+12</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"date\" office:date-value=\"1980-03-04\"><text:p>3/4/80</text:p></table:table-cell>\
             <table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell>\
             <table:table-cell table:formula=\"of:=[.A1]\"/>\
             <table:table-cell office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation>\
             <text:p>a<text:s text:c=\"2\"/><text:span>b</text:span></text:p><text:p>c</text:p></table:table-cell>\
             </table:table-row>",
        )
        .expect("read");
        let expected = ["Ng", "02134", "2134", "1.23457E+12", "1980-03-04", "#N/A", "=", "a  b\nc"];
        assert_eq!(rows, [(1, expected.map(str::to_owned).to_vec())]);
        assert_eq!(facts[0].uncomputed, 1);
    }

    #[test]
    fn what_is_repeated_is_counted_and_costs_nothing_where_it_is_empty() {
        let name = "<table:table-cell office:value-type=\"string\"><text:p>Ng</text:p></table:table-cell>";
        let (rows, facts) = table(&format!(
            "<table:table-column table:number-columns-repeated=\"2\"/><table:table-column table:visibility=\"collapse\"/>\
             <table:table-row>{name}<table:table-cell table:number-columns-repeated=\"2\" office:value-type=\"string\">\
             <text:p>x</text:p></table:table-cell></table:table-row>\
             <table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell table:number-columns-repeated=\"16384\"/>\
             </table:table-row><table:table-row table:visibility=\"filter\">{name}</table:table-row>"
        ))
        .expect("read");
        assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 1_048_572]);
        assert_eq!(rows[0].1, ["Ng", "x", "x"]);
        assert_eq!((facts[0].hidden_rows.count(), facts[0].hidden_columns.count()), (1, 1));
    }

    #[test]
    fn repeating_values_beyond_any_roster_is_refused() {
        for (rows, columns) in [(1_048_576_u32, 16), (4_000_000_000, 1), (4_000_000, 4_000_000_000_u32)] {
            let refused = table(&format!(
                "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell office:value-type=\"string\" \
                 table:number-columns-repeated=\"{columns}\"><text:p>x</text:p></table:table-cell></table:table-row>"
            ));
            assert!(refused.is_err_and(|end| end.contains("repeat others")), "{rows} {columns}");
        }
        assert!(table("<table:table-row>").is_err());
    }
}
