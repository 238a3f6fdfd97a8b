//! Workbooks through calamine: xlsx cell by cell, xls and ods as a whole.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use calamine::{Data, DataRef, Ods, OdsError, Range, Reader, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use super::cells::{borrowed, digits_of_format, text_of};
use super::error::ReadError;
use super::format::{Content, Format};
use super::roster::{Emit, ReadEvent, Stopped};
use super::sheet_rows::{COLUMNS_MAX, SheetRows};
use super::zip_directory::{ZipEntry, read_directory};

/// Cells that a sheet which is loaded whole may span: about 500 MB.
const LOADED_CELLS_MAX: usize = 20_000_000;
/// Bytes that the parts of a workbook may come to when unpacked. A full sheet of a million rows has about one.
const UNPACKED_GIB_MAX: u64 = 6;
/// Files in a workbook's archive.
const PARTS_MAX: usize = 2_000;

type File = BufReader<fs_err::File>;

/// Why reading a workbook ends before its end.
enum End {
    Stopped,
    Refused(ReadError),
}

impl From<Stopped> for End {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> Self {
        Self::Refused(error)
    }
}

/// Reads every sheet; returns the kind of workbook.
pub(super) fn read(path: &Path, name: &str, content: Content, emit: &mut Emit<'_>) -> Result<Format, ReadError> {
    let workbook = Workbook { path, name };
    let (format, read) = match content {
        Content::Compound => (Format::Xls, workbook.read_xls(emit)),
        Content::Text | Content::Packed(_) | Content::Zip => match workbook.kind_of_archive()? {
            ArchiveKind::OpenDocument => (Format::Ods, workbook.read_ods(emit)),
            ArchiveKind::Excel => (Format::Xlsx, workbook.read_xlsx(emit)),
        },
    };
    match read {
        Ok(true) | Err(End::Stopped) => Ok(format),
        Ok(false) => Err(ReadError::Blank { path: name.to_owned() }),
        Err(End::Refused(error)) => Err(error),
    }
}

/// Whether a ZIP archive is neither workbook nor document, so that it may pack a roster.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn is_plain_archive(path: &Path, name: &str) -> Result<bool, ReadError> {
    let workbook = Workbook { path, name };
    let directory = read_directory(&mut workbook.open()?);
    let directory = directory.map_err(|source| ReadError::Io { path: name.to_owned(), source })?;
    let is_office = |part: &ZipEntry| {
        let part = part.name.replace('\\', "/");
        ["xl/", "word/", "ppt/"].iter().any(|folder| part.starts_with(folder))
            || ["mimetype", "content.xml", "[content_types].xml"].contains(&part.as_str())
    };
    Ok(directory.is_some_and(|parts| !parts.iter().any(is_office)))
}

/// A sheet's name, and whether it is hidden.
type Sheet = (String, bool);

enum ArchiveKind {
    Excel,
    OpenDocument,
}

#[derive(Clone, Copy)]
struct Workbook<'a> {
    path: &'a Path,
    name: &'a str,
}

impl Workbook<'_> {
    fn open(self) -> Result<File, ReadError> {
        let file = fs_err::File::open(self.path);
        file.map(BufReader::new).map_err(|source| ReadError::Io { path: self.name.to_owned(), source })
    }

    fn broken(self, reason: impl Into<String>) -> ReadError {
        ReadError::BrokenWorkbook { path: self.name.to_owned(), reason: reason.into() }
    }

    fn password(self) -> ReadError {
        ReadError::Password { path: self.name.to_owned() }
    }

    fn too_large(self, excess: String) -> ReadError {
        ReadError::TooLarge { path: self.name.to_owned(), excess }
    }

    fn kind_of_archive(self) -> Result<ArchiveKind, ReadError> {
        let directory = read_directory(&mut self.open()?);
        let directory = directory.map_err(|source| ReadError::Io { path: self.name.to_owned(), source })?;
        let Some(parts) = directory else {
            return Err(self.broken("the archive has no directory, as when a download was cut off"));
        };
        let stranger = |found, advice| ReadError::NotARoster { path: self.name.to_owned(), found, advice };
        let holds = |name: &str| parts.iter().any(|part| part.name.replace('\\', "/") == name);
        let kind = if holds("xl/workbook.bin") {
            return Err(stranger("a binary workbook (.xlsb)", "save it as .xlsx"));
        } else if parts.iter().any(|part| part.name.starts_with("xl/") || part.name.starts_with("xl\\")) {
            ArchiveKind::Excel
        } else if holds("content.xml") && holds("mimetype") {
            ArchiveKind::OpenDocument
        } else if holds("word/document.xml") {
            return Err(stranger("a Word document", "export the roster as .csv or .xlsx"));
        } else {
            return Err(stranger("a ZIP archive without a workbook", "unpack it and name the roster inside it"));
        };
        self.check_unpacked_size(&parts)?;
        Ok(kind)
    }

    /// Refuses archives made to exhaust memory, by the sizes they declare.
    fn check_unpacked_size(self, parts: &[ZipEntry]) -> Result<(), ReadError> {
        let unpacked: u64 = parts.iter().map(|part| part.bytes).sum();
        if unpacked > UNPACKED_GIB_MAX << 30 {
            let gib = unpacked >> 30;
            return Err(
                self.too_large(format!("unpacked, the workbook has {gib} GiB, and {UNPACKED_GIB_MAX} is the most"))
            );
        }
        if parts.len() > PARTS_MAX {
            let count = parts.len();
            return Err(self.too_large(format!("the workbook consists of {count} files, and {PARTS_MAX} is the most")));
        }
        Ok(())
    }

    fn read_xlsx(self, emit: &mut Emit<'_>) -> Result<bool, End> {
        let broken = |error: XlsxError| match error {
            XlsxError::Password => self.password(),
            error => self.broken(xlsx_reason(&error)),
        };
        let mut workbook: Xlsx<File> = Xlsx::new(self.open()?).map_err(broken)?;
        let mut holds_something = false;
        let mut text = String::new();
        for (sheet, hidden) in sheets(&workbook) {
            emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden, delimiter: None })?;
            let mut rows = SheetRows::new(emit);
            let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(broken)?;
            let digits: Vec<usize> = cells
                .styles()
                .iter()
                .map(|style| style.number_format.as_ref().map_or(0, |format| digits_of_format(&format.format_code)))
                .collect();
            while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(broken)? {
                let digits = digits.get(style).copied().unwrap_or_default();
                self.push(&sheet, &mut rows, (cell.get_position(), cell.get_value(), digits), &mut text)?;
            }
            holds_something |= rows.finish()?;
        }
        Ok(holds_something)
    }

    fn push(
        self,
        sheet: &str,
        rows: &mut SheetRows<'_, '_>,
        ((row, column), value, digits): ((u32, u32), &DataRef<'_>, usize),
        text: &mut String,
    ) -> Result<(), End> {
        let Some(kind) = text_of(value, digits, text) else { return Ok(()) };
        if column >= COLUMNS_MAX {
            let place = format!("sheet \"{sheet}\" has a value in row {}, column {}", row + 1, column + 1);
            return Err(self.too_large(format!("{place}, and {COLUMNS_MAX} columns are the most")).into());
        }
        if !rows.is_in_order(row, column) {
            return Err(self
                .broken(format!("the cells of sheet \"{sheet}\" are out of order in row {}", row + 1))
                .into());
        }
        rows.push(row, column, text, kind)?;
        Ok(())
    }

    fn read_xls(self, emit: &mut Emit<'_>) -> Result<bool, End> {
        // An encrypted workbook of the later kind is a compound file too; only the reader of that kind tells.
        if matches!(Xlsx::new(self.open()?), Err(XlsxError::Password)) {
            return Err(self.password().into());
        }
        let broken = |error: XlsError| match error {
            XlsError::Password => self.password(),
            error => self.broken(error.to_string()),
        };
        let mut workbook: Xls<File> = Xls::new(self.open()?).map_err(broken)?;
        self.read_loaded(&sheets(&workbook), |sheet| workbook.worksheet_range(sheet).map_err(broken), emit)
    }

    fn read_ods(self, emit: &mut Emit<'_>) -> Result<bool, End> {
        let broken = |error: OdsError| match error {
            OdsError::Password => self.password(),
            OdsError::InvalidMime(_) => ReadError::NotARoster {
                path: self.name.to_owned(),
                found: "an OpenDocument file that is no spreadsheet",
                advice: "export the roster as .csv or .ods",
            },
            error => self.broken(error.to_string()),
        };
        let mut workbook: Ods<File> = Ods::new(self.open()?).map_err(broken)?;
        self.read_loaded(&sheets(&workbook), |sheet| workbook.worksheet_range(sheet).map_err(broken), emit)
    }

    fn read_loaded(
        self,
        sheets: &[Sheet],
        mut load: impl FnMut(&str) -> Result<Range<Data>, ReadError>,
        emit: &mut Emit<'_>,
    ) -> Result<bool, End> {
        let mut holds_something = false;
        let mut text = String::new();
        for (sheet, hidden) in sheets {
            emit(ReadEvent::Table { sheet: Some(sheet.clone()), hidden: *hidden, delimiter: None })?;
            let range = load(sheet)?;
            let (height, width) = range.get_size();
            if height.saturating_mul(width) > LOADED_CELLS_MAX {
                let size = format!("sheet \"{sheet}\" spans {height} rows by {width} columns");
                return Err(self.too_large(format!("{size}, and {LOADED_CELLS_MAX} cells are the most")).into());
            }
            let (first_row, first_column) = range.start().unwrap_or_default();
            let mut rows = SheetRows::new(emit);
            for (row, values) in (first_row..).zip(range.rows()) {
                for (column, value) in (first_column..).zip(values) {
                    self.push(sheet, &mut rows, ((row, column), &borrowed(value), 0), &mut text)?;
                }
            }
            holds_something |= rows.finish()?;
        }
        Ok(holds_something)
    }
}

/// What the reader stumbled over, without the values that some of its messages quote: those are cells of patients.
fn xlsx_reason(error: &XlsxError) -> String {
    match error {
        XlsxError::Unrecognized { typ, .. } => format!("a {typ} is not understood"),
        XlsxError::CellError(_) => "an error value is not understood".to_owned(),
        XlsxError::CellTAttribute(_) => "a cell is of an unknown type".to_owned(),
        error => error.to_string(),
    }
}

/// Sheets of cells in order; charts and macros are left out.
fn sheets<RS: Read + Seek, W: Reader<RS>>(workbook: &W) -> Vec<Sheet> {
    let metadata = workbook.sheets_metadata();
    let of_cells = metadata.iter().filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet);
    of_cells.map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible)).collect()
}
