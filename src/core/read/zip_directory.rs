//! The directory at the end of a ZIP archive, read before anything is unpacked: it distinguishes a workbook from other
//! archives, and how large its parts will become. The zip crate keeps every entry of a directory of any length, and one
//! of two entries of a name; here the directory has a bound, and every entry counts.

use std::io::{self, Read, Seek, SeekFrom};

/// Length of the end record without its comment, and the longest comment (APPNOTE.TXT 6.3.10, section 4.3.16).
const END_RECORD: usize = 22;
const COMMENT_MAX: u64 = 65_535;
const END_SIGNATURE: &[u8; 4] = b"PK\x05\x06";
/// Length of an entry without its name, extra field and comment (section 4.3.12).
const ENTRY: usize = 46;
const ENTRY_SIGNATURE: &[u8; 4] = b"PK\x01\x02";
/// Bytes of a directory that are read: far beyond any workbook's.
const DIRECTORY_MAX: u32 = 4 << 20;

/// A file of the archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ZipEntry {
    /// Its path in lower case, with forward slashes, and none at the beginning.
    pub(super) name: String,
    /// Its size once unpacked, as declared. Sizes of 4 GiB and more are given as 4 GiB.
    pub(super) bytes: u64,
}

/// The files of an archive; `None` when it has no directory, as torn archives have none.
pub(super) fn read_directory(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<ZipEntry>>> {
    let size = file.seek(SeekFrom::End(0))?;
    let tail_start = size.saturating_sub(END_RECORD as u64 + COMMENT_MAX);
    file.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    file.take(size - tail_start).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(END_RECORD).rposition(|window| window.starts_with(END_SIGNATURE)) else {
        return Ok(None);
    };
    let (Some(length), Some(offset)) = (number(&tail, end + 12, 4), number(&tail, end + 16, 4)) else {
        return Ok(None);
    };
    if offset + length > size || length > DIRECTORY_MAX.into() {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut directory = Vec::new();
    file.take(length).read_to_end(&mut directory)?;
    Ok(entries(&directory))
}

fn entries(mut directory: &[u8]) -> Option<Vec<ZipEntry>> {
    let mut entries = Vec::new();
    while directory.starts_with(ENTRY_SIGNATURE) {
        let length = |at| number(directory, at, 2).and_then(|length| usize::try_from(length).ok());
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let text = normalised(&String::from_utf8_lossy(directory.get(ENTRY..ENTRY + name)?));
        entries.push(ZipEntry { name: text, bytes: number(directory, 24, 4)? });
        directory = directory.get(ENTRY + name + extra + comment..)?;
    }
    Some(entries)
}

/// The path of a part as parts are compared: programs write it in either case and with either slash.
pub(super) fn normalised(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// A number of `length` bytes, the lowest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_workbook_are_listed_with_their_sizes() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.add_worksheet().write(0, 0, "Last Name").expect("written");
        let bytes = workbook.save_to_buffer().expect("saved");
        let entries = read_directory(&mut io::Cursor::new(bytes)).expect("read").expect("a directory");
        let sheet = entries.iter().find(|entry| entry.name == "xl/worksheets/sheet1.xml").expect("the sheet");
        assert!(sheet.bytes > 100 && sheet.bytes < 10_000, "{sheet:?}");
    }

    #[test]
    fn bytes_without_a_directory_have_none() {
        for bytes in [&b"PK\x03\x04 torn"[..], b"", &[b"PK\x05\x06".as_slice(), &[0xff; 18]].concat()] {
            assert_eq!(read_directory(&mut io::Cursor::new(bytes)).expect("read"), None);
        }
    }
}
