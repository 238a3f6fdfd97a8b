//! The archive that an xlsx, xlsb or ods workbook is: its parts, unpacked within limits. Sizes are checked as the archive
//! declares them before anything is unpacked, and counted again while it is, because declared sizes can lie.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

use zip::ZipArchive;

use super::error::ReadError;
use super::zip_directory::{ZipEntry, read_directory};

/// Bytes of a workbook's file: a full sheet of a million rows has about 100 million.
const FILE_MIB_MAX: u64 = 512;
/// Bytes that one part may have when unpacked. A full sheet of a million rows has about one GiB.
const PART_GIB_MAX: u64 = 4;
/// Bytes that all parts together may have.
const PARTS_GIB_MAX: u64 = 6;
/// Parts of a workbook.
const PARTS_MAX: usize = 2_000;
/// Bytes that a packed byte may unpack to, once that makes [`RATIO_FROM`] bytes. Sheets seldom come to 40.
const RATIO_MAX: u64 = 200;
const RATIO_FROM: u64 = 10 << 20;
/// Bytes that are handed on at a time, and how many such pieces may wait.
const PIECE_BYTES: usize = 1 << 18;
const WAITING_PIECES: usize = 4;

/// The parts of a workbook.
pub(super) struct Package<'a> {
    path: &'a Path,
    name: &'a str,
    parts: Vec<ZipEntry>,
    /// Bytes unpacked so far, over all parts.
    unpacked: AtomicU64,
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive and checks what it declares.
    ///
    /// # Errors
    /// When the archive has no directory, or declares more than a workbook has.
    pub(super) fn open(path: &'a Path, name: &'a str) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Io { path: name.to_owned(), source };
        let file = fs_err::File::open(path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let directory = read_directory(&mut BufReader::new(file)).map_err(failed)?;
        let package = Self { path, name, parts: directory.unwrap_or_default(), unpacked: AtomicU64::new(0) };
        if package.parts.is_empty() {
            return Err(package.broken("the archive has no directory, as when a download was cut off"));
        }
        if bytes > FILE_MIB_MAX << 20 {
            let mib = bytes >> 20;
            return Err(package.too_large(format!("the workbook has {mib} MiB, and {FILE_MIB_MAX} is the most")));
        }
        package.check_declared()?;
        Ok(package)
    }

    fn check_declared(&self) -> Result<(), ReadError> {
        let all: u64 = self.parts.iter().map(|part| part.bytes).sum();
        if all > PARTS_GIB_MAX << 30 {
            let gib = all >> 30;
            return Err(
                self.too_large(format!("unpacked, the workbook has {gib} GiB, and {PARTS_GIB_MAX} is the most"))
            );
        }
        if self.parts.len() > PARTS_MAX {
            let count = self.parts.len();
            return Err(self.too_large(format!("the workbook consists of {count} files, and {PARTS_MAX} is the most")));
        }
        Ok(())
    }

    pub(super) fn broken(&self, reason: impl Into<String>) -> ReadError {
        ReadError::BrokenWorkbook { path: self.name.to_owned(), reason: reason.into() }
    }

    pub(super) fn too_large(&self, excess: String) -> ReadError {
        ReadError::TooLarge { path: self.name.to_owned(), excess }
    }

    /// The names of the parts as [`Package::stream`] takes them: in lower case, with forward slashes.
    pub(super) fn part_names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.name.as_str())
    }

    /// Whether there is such a part.
    pub(super) fn holds(&self, part: &str) -> bool {
        self.part_names().any(|name| name == part)
    }

    /// Unpacks a part on a thread of its own while `consume` takes in the pieces.
    ///
    /// # Errors
    /// What `consume` says. A damaged part is an error of the pieces.
    pub(super) fn stream<T, E>(&self, part: &str, consume: impl FnOnce(Pieces) -> Result<T, E>) -> Result<T, E> {
        let (sender, receiver) = sync_channel(WAITING_PIECES);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let unpacked = self.unpack(part, &mut |piece| sender.send(Ok(piece)).is_ok());
                if let Err(error) = unpacked {
                    // The receiver may be gone: then nobody wants to know.
                    let _ = sender.send(Err(error));
                }
                drop(sender);
            });
            consume(Pieces { receiver })
        })
    }

    /// What reading pieces says, as a refusal: too much, or damaged.
    pub(super) fn refusal(&self, error: &io::Error) -> ReadError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>()) {
            Some(Excess(excess)) => self.too_large(excess.clone()),
            None => self.broken("a part of it is damaged, or was cut off"),
        }
    }

    /// `send` tells whether to go on.
    fn unpack(&self, part: &str, send: &mut dyn FnMut(Vec<u8>) -> bool) -> io::Result<()> {
        let index = self.part_names().position(|name| name == part);
        let index = index.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such part"))?;
        let file = BufReader::with_capacity(1 << 16, fs_err::File::open(self.path)?);
        let mut archive = ZipArchive::new(file).map_err(io::Error::other)?;
        let index = index_in(&archive, part).unwrap_or(index);
        let mut member = archive.by_index(index).map_err(io::Error::other)?;
        let packed = member.compressed_size();
        let mut of_part = 0_u64;
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            member.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(());
            }
            let bytes = piece.len() as u64;
            of_part += bytes;
            let of_all = self.unpacked.fetch_add(bytes, Ordering::Relaxed) + bytes;
            check_unpacked(part, of_part, of_all, packed).map_err(io::Error::other)?;
            if !send(piece) {
                return Ok(());
            }
        }
    }
}

/// The archive's own number of a part: it lists them by name, which a second part of the name may upset.
fn index_in<R: io::Read + io::Seek>(archive: &ZipArchive<R>, part: &str) -> Option<usize> {
    (0..archive.len()).find(|index| {
        let name = archive.name_for_index(*index).and_then(Result::ok);
        name.is_some_and(|name| super::zip_directory::normalised(&name) == part)
    })
}

fn check_unpacked(part: &str, of_part: u64, of_all: u64, packed: u64) -> Result<(), Excess> {
    if of_part > PART_GIB_MAX << 30 {
        return Err(Excess(format!("the part {part} unpacks to more than {PART_GIB_MAX} GiB")));
    }
    if of_all > PARTS_GIB_MAX << 30 {
        return Err(Excess(format!("the workbook unpacks to more than {PARTS_GIB_MAX} GiB")));
    }
    if of_part > RATIO_FROM && of_part / RATIO_MAX > packed {
        return Err(Excess(format!("the part {part} unpacks to more than {RATIO_MAX} times its size")));
    }
    Ok(())
}

/// More than a workbook has.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Excess(String);

/// An unpacked part, piece by piece.
pub(super) struct Pieces {
    receiver: Receiver<io::Result<Vec<u8>>>,
}

impl Pieces {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the part is damaged, or unpacks to more than a workbook has: [`Package::refusal`] tells which.
    pub(super) fn next_piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.receiver.recv().ok().transpose()
    }

    /// Everything that is left, at most so many bytes.
    ///
    /// # Errors
    /// As [`Pieces::next_piece`], and when there is more.
    pub(super) fn whole(mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece()? {
            if whole.len() + piece.len() > most {
                return Err(io::Error::other(Excess(format!("a part has more than {most} bytes"))));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}
