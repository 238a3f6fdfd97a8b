//! Where a roster comes from: a file, standard input, or memory.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// A roster to be read.
#[derive(Clone, Debug)]
pub struct Roster {
    name: String,
    /// `None`: the name is a path.
    bytes: Option<Bytes>,
}

/// A roster in memory. `Debug` shows its length alone.
#[derive(Clone)]
struct Bytes(Arc<[u8]>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Bytes").field(&self.0.len()).finish()
    }
}

impl Roster {
    /// A file, read when it is needed, and read again for the rows of the fix files. `-` is delimited text on standard
    /// input.
    pub fn from_path(path: impl AsRef<Path>) -> Self {
        Self { name: path.as_ref().display().to_string(), bytes: None }
    }

    /// A roster in memory, of any format. `name` stands for the path in reports and messages.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { name: name.into(), bytes: Some(Bytes(bytes.into())) }
    }

    /// A roster from a reader, read into memory. `name` stands for the path in reports and messages.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn from_reader(name: impl Into<String>, mut reader: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok(Self::from_bytes(name, bytes))
    }

    /// The path, or the name of a roster in memory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of a file; `None` for a roster in memory.
    pub(super) fn path(&self) -> Option<&Path> {
        self.bytes.is_none().then(|| Path::new(&self.name))
    }

    /// Opens it from its beginning.
    pub(super) fn open(&self) -> io::Result<RosterFile> {
        match &self.bytes {
            Some(Bytes(bytes)) => Ok(RosterFile::Memory(Cursor::new(Arc::clone(bytes)))),
            None => fs_err::File::open(&self.name).map(RosterFile::File),
        }
    }
}

impl From<&str> for Roster {
    fn from(path: &str) -> Self {
        Self::from_path(path)
    }
}

impl From<String> for Roster {
    fn from(path: String) -> Self {
        Self { name: path, bytes: None }
    }
}

/// A roster that is open.
pub(super) enum RosterFile {
    File(fs_err::File),
    Memory(Cursor<Arc<[u8]>>),
}

impl RosterFile {
    /// Its size in bytes.
    pub(super) fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.metadata().map(|metadata| metadata.len()),
            Self::Memory(bytes) => Ok(bytes.get_ref().len() as u64),
        }
    }
}

impl Read for RosterFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Memory(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for RosterFile {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(position),
            Self::Memory(bytes) => bytes.seek(position),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ReadEvent, read_roster_of};
    use super::*;
    use crate::read::Limits;

    fn rows(roster: &Roster) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        read_roster_of(roster, &Limits::default(), &|_| {}, &mut |event| {
            if let ReadEvent::Rows(batch) = event {
                let batch = batch.split();
                rows.extend(batch.rows().map(|row| row.cells().map(|(text, _)| text.to_owned()).collect()));
            }
            Ok(())
        })
        .expect("a roster");
        rows
    }

    #[test]
    fn a_roster_in_memory_is_read_as_the_file_is_in_every_format() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        for name in ["clinic-a.csv", "clinic-b.xlsx", "legacy.xls"] {
            let path = samples.join(name);
            let file = fs_err::File::open(&path).expect("a sample");
            let of_file = rows(&Roster::from_path(&path));
            assert!(of_file.len() > 5, "{name}");
            assert_eq!(rows(&Roster::from_reader(name, file).expect("read")), of_file, "{name}");
        }
    }

    #[test]
    fn a_roster_in_memory_shows_no_cell_when_it_is_printed_for_debugging() {
        let roster = Roster::from_bytes("upload", *b"first name,last name\nZebulon,Quux\n");
        assert_eq!(format!("{roster:?}"), "Roster { name: \"upload\", bytes: Some(Bytes(34)) }");
    }
}
