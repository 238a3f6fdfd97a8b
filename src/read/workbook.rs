//! Workbooks through calamine: xlsx cell by cell, xls and ods as a whole.

use std::io::BufReader;
use std::path::Path;

use calamine::{Data, Ods, Range, Reader, SheetVisible, Xls, Xlsx};

use super::cells::{push_loaded, push_streamed};
use super::error::ReadError;
use super::format::{Content, Format};
use super::roster::{Emit, ReadEvent};
use crate::domain::{CellKind, RowBatch};

const ROWS_PER_BATCH: usize = 4_096;
const TEXT_PER_BATCH: usize = 1 << 20;
/// Columns read of a sheet, far beyond any roster.
const COLUMNS_MAX: u32 = 1_024;
/// Cells that a sheet which is loaded whole may span: about 500 MB.
const LOADED_CELLS_MAX: usize = 20_000_000;

type File = BufReader<fs_err::File>;

/// Reads every sheet; returns the kind of workbook.
pub(super) fn read(path: &Path, name: &str, content: Content, emit: &mut Emit<'_>) -> Result<Format, ReadError> {
    let open = || {
        let file = fs_err::File::open(path).map_err(|source| ReadError::Io { path: name.to_owned(), source })?;
        Ok::<File, ReadError>(BufReader::new(file))
    };
    if content == Content::Compound {
        let mut workbook: Xls<File> = match Xls::new(open()?) {
            Ok(workbook) => workbook,
            // A compound file without a workbook stream is how an encrypted xlsx is kept.
            Err(error) if is_encrypted(path) => {
                tracing::debug!(%error, "compound file with an encrypted package");
                return Err(ReadError::Password { path: name.to_owned() });
            }
            Err(error) => return Err(broken(name, &error)),
        };
        read_loaded(&mut workbook, name, emit)?;
        return Ok(Format::Xls);
    }
    if is_open_document(path) {
        let mut workbook: Ods<File> = Ods::new(open()?).map_err(|error| broken(name, &error))?;
        read_loaded(&mut workbook, name, emit)?;
        return Ok(Format::Ods);
    }
    let mut workbook: Xlsx<File> = Xlsx::new(open()?).map_err(|error| broken(name, &error))?;
    read_xlsx(&mut workbook, name, emit)?;
    Ok(Format::Xlsx)
}

fn broken(name: &str, error: &dyn std::fmt::Display) -> ReadError {
    let reason = error.to_string();
    if reason.contains("password") {
        return ReadError::Password { path: name.to_owned() };
    }
    ReadError::BrokenWorkbook { path: name.to_owned(), reason }
}

/// Whether the name of the stream that holds an encrypted workbook is in the file's directory (UTF-16).
fn is_encrypted(path: &Path) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs_err::read(path).is_ok_and(|bytes| bytes.windows(name.len()).any(|window| window == name))
}

/// An OpenDocument archive begins with its media type, stored as it is.
fn is_open_document(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = Vec::new();
    let read = fs_err::File::open(path).and_then(|file| file.take(200).read_to_end(&mut start));
    let media_type = b"application/vnd.oasis.opendocument";
    read.is_ok() && start.windows(media_type.len()).any(|window| window == media_type)
}

/// Sheets in order, with whether they are hidden.
fn sheets<RS: std::io::Read + std::io::Seek, W: Reader<RS>>(workbook: &W) -> Vec<(String, bool)> {
    let metadata = workbook.sheets_metadata();
    let of_cells = metadata.iter().filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet);
    of_cells.map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible)).collect()
}

/// Rows on their way out: padded to the widest row so far, blank rows in between made up, sent batch by batch.
struct RowSender<'a, 'e> {
    emit: &'a mut Emit<'e>,
    batch: RowBatch,
    /// Cells in the row that is being filled.
    cells: u32,
    width: u32,
    /// 1-based number of the row that is being filled.
    row: u32,
}

impl<'a, 'e> RowSender<'a, 'e> {
    fn new(emit: &'a mut Emit<'e>) -> Self {
        Self { emit, batch: RowBatch::default(), cells: 0, width: 0, row: 1 }
    }

    /// Moves to a cell, given 0-based, ending the rows before it. `false` when the receiver is gone.
    fn move_to(&mut self, row: u32, column: u32) -> bool {
        while self.row < row + 1 {
            // Long gaps are told by the row numbers alone.
            if self.cells == 0 && self.row < row {
                self.row = row;
            }
            if !self.end_row() {
                return false;
            }
        }
        self.pad(column);
        true
    }

    fn pad(&mut self, column: u32) {
        while self.cells < column {
            self.batch.push_cell("", CellKind::Text);
            self.cells += 1;
        }
    }

    fn end_row(&mut self) -> bool {
        if self.cells > 0 {
            self.width = self.width.max(self.cells);
            self.pad(self.width);
            self.batch.end_row(self.row);
        }
        self.cells = 0;
        self.row += 1;
        if self.batch.len() >= ROWS_PER_BATCH || self.batch.text_bytes() >= TEXT_PER_BATCH {
            return (self.emit)(ReadEvent::Rows(std::mem::take(&mut self.batch))).is_ok();
        }
        true
    }

    fn finish(mut self) -> bool {
        if !self.end_row() {
            return false;
        }
        if !self.batch.is_empty() && (self.emit)(ReadEvent::Rows(self.batch)).is_err() {
            return false;
        }
        (self.emit)(ReadEvent::EndOfTable).is_ok()
    }
}

fn read_xlsx(workbook: &mut Xlsx<File>, name: &str, emit: &mut Emit<'_>) -> Result<(), ReadError> {
    for (sheet, hidden) in sheets(workbook) {
        if emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden }).is_err() {
            return Ok(());
        }
        let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| broken(name, &error))?;
        let mut sender = RowSender::new(emit);
        let mut scratch = String::new();
        while let Some(cell) = cells.next_cell().map_err(|error| broken(name, &error))? {
            let (row, column) = cell.get_position();
            if column >= COLUMNS_MAX || matches!(cell.get_value(), calamine::DataRef::Empty) {
                continue;
            }
            if !sender.move_to(row, column) {
                return Ok(());
            }
            push_streamed(&mut sender.batch, &mut scratch, cell.get_value());
            sender.cells += 1;
        }
        if !sender.finish() {
            return Ok(());
        }
    }
    Ok(())
}

fn read_loaded<W>(workbook: &mut W, name: &str, emit: &mut Emit<'_>) -> Result<(), ReadError>
where
    W: Reader<File>,
    W::Error: std::fmt::Display,
{
    for (sheet, hidden) in sheets(workbook) {
        if emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden }).is_err() {
            return Ok(());
        }
        let range = workbook.worksheet_range(&sheet).map_err(|error| broken(name, &error))?;
        let (rows, columns) = range.get_size();
        if rows.saturating_mul(columns) > LOADED_CELLS_MAX {
            return Err(ReadError::TooLarge { path: name.to_owned(), sheet, rows, columns });
        }
        if !send_range(&range, emit) {
            return Ok(());
        }
    }
    Ok(())
}

fn send_range(range: &Range<Data>, emit: &mut Emit<'_>) -> bool {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut sender = RowSender::new(emit);
    let mut scratch = String::new();
    for (row, values) in (first_row..).zip(range.rows()) {
        for (column, value) in (first_column..COLUMNS_MAX).zip(values) {
            if *value == Data::Empty {
                continue;
            }
            if !sender.move_to(row, column) {
                return false;
            }
            push_loaded(&mut sender.batch, &mut scratch, value);
            sender.cells += 1;
        }
    }
    sender.finish()
}
