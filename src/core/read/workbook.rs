//! Workbooks of every kind: chooses the reader of a file by its content.

use super::error::ReadError;
use super::format::{Content, Format};
use super::limits::Limits;
use super::ods::read_ods;
use super::package::Package;
use super::roster::{Emit, Stopped};
use super::source::Roster;
use super::xls::read_xls;
use super::xlsb::{WORKBOOK as BINARY_WORKBOOK, read_xlsb};
use super::xlsx::read_xlsx;
use super::zip_directory::read_directory;

/// Why reading a workbook ends before its end.
pub(super) enum End {
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

/// A sheet of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) is_hidden: bool,
}

/// The name of a sheet as it is shown: what controls a terminal or breaks a line shows as U+FFFD. No spreadsheet
/// program lets it in, but a damaged or hostile workbook may hold it.
pub(super) fn sheet_name(name: String) -> String {
    if name.contains(char::is_control) { name.replace(char::is_control, "\u{fffd}") } else { name }
}

/// Reads every sheet; returns the kind of workbook.
pub(super) fn read(
    roster: &Roster,
    content: Content,
    limits: &Limits,
    emit: &mut Emit<'_>,
) -> Result<Format, ReadError> {
    let name = roster.name();
    let (format, read) = match content {
        Content::Compound => (Format::Xls, read_xls(roster, limits, emit)),
        Content::Text | Content::Packed(_) | Content::Zip => {
            let package = Package::open(roster, limits)?;
            match format_of(&package, name)? {
                Format::Ods => (Format::Ods, read_ods(&package, name, emit)),
                Format::Xlsb => (Format::Xlsb, read_xlsb(&package, emit)),
                format => (format, read_xlsx(&package, emit)),
            }
        }
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
pub(super) fn is_plain_archive(roster: &Roster) -> Result<bool, ReadError> {
    let failed = |source| ReadError::Io { path: roster.name().to_owned(), source };
    let file = roster.open().map_err(failed)?;
    let directory = read_directory(&mut std::io::BufReader::new(file)).map_err(failed)?;
    let is_office = |part: &str| {
        ["xl/", "word/", "ppt/"].iter().any(|folder| part.starts_with(folder))
            || ["mimetype", "content.xml", "[content_types].xml"].contains(&part)
    };
    Ok(directory.is_some_and(|parts| !parts.iter().any(|part| is_office(&part.name))))
}

/// The kind of workbook that an archive is.
fn format_of(package: &Package<'_>, name: &str) -> Result<Format, ReadError> {
    let stranger = |found, advice| ReadError::NotARoster { path: name.to_owned(), found, advice };
    let within = |folder: &str| package.part_names().any(|part| part.starts_with(folder));
    if package.holds(BINARY_WORKBOOK) {
        Ok(Format::Xlsb)
    } else if package.holds("mimetype") && (package.holds("content.xml") || package.holds("encrypted-package")) {
        Ok(Format::Ods)
    } else if package.holds("word/document.xml") {
        Err(stranger("a Word document", "export the roster as .csv or .xlsx"))
    } else if within("ppt/") {
        Err(stranger("a PowerPoint presentation", "export the roster as .csv or .xlsx"))
    } else if package.holds("index/document.iwa") {
        Err(stranger("an Apple Numbers document", "export it as .xlsx or .csv"))
    } else if within("xl/") || package.holds("[content_types].xml") {
        Ok(Format::Xlsx)
    } else {
        Err(stranger("a ZIP archive without a workbook", "unpack it and name the roster inside it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_sheet_breaks_no_line_and_controls_no_terminal() {
        assert_eq!(sheet_name("Q1\n2026\u{1b}[31m".to_owned()), "Q1\u{fffd}2026\u{fffd}[31m");
        assert_eq!(sheet_name("Überweisungen 'A'".to_owned()), "Überweisungen 'A'");
    }
}
