//! The archive that an xlsx, xlsb or ods workbook is: its parts, unpacked within limits. Sizes are checked as the
//! archive declares them before anything is unpacked, and counted again while it is, because declared sizes can lie.

use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use zip::ZipArchive;

use super::error::ReadError;
use super::limits::{Excess, Limit, Limits, in_bytes};
use super::source::{Roster, RosterFile};
use super::zip_directory::{ZipEntry, read_directory};

/// Unpacked bytes from which the ratio to the packed ones is looked at.
const RATIO_FROM: u64 = 10 << 20;
/// Bytes that are handed on at a time, and how many such pieces may wait.
const PIECE_BYTES: usize = 1 << 18;
const WAITING_PIECES: usize = 4;

/// The parts of a workbook.
pub(super) struct Package<'a> {
    roster: &'a Roster,
    name: &'a str,
    limits: Limits,
    parts: Vec<ZipEntry>,
    /// The archive with its directory, from the first part that is unpacked on. Parts are unpacked one after another.
    archive: Mutex<Option<ZipArchive<BufReader<RosterFile>>>>,
    /// Bytes unpacked so far, over all parts.
    unpacked: AtomicU64,
}

impl<'a> Package<'a> {
    /// Reads the directory of the archive and checks what it declares.
    ///
    /// # Errors
    /// When the archive has no directory, or declares more than a workbook has.
    pub(super) fn open(roster: &'a Roster, limits: &Limits) -> Result<Self, ReadError> {
        let name = roster.name();
        let failed = |source| ReadError::Io { path: name.to_owned(), source };
        let file = roster.open().map_err(failed)?;
        let bytes = file.size().map_err(failed)?;
        let directory = read_directory(&mut BufReader::new(file)).map_err(failed)?;
        let parts = directory.unwrap_or_default();
        let package =
            Self { roster, name, limits: *limits, parts, archive: Mutex::default(), unpacked: AtomicU64::new(0) };
        if package.parts.is_empty() {
            return Err(package.broken("the archive has no directory; a download may have been cut off"));
        }
        package.check_declared(bytes)?;
        Ok(package)
    }

    fn check_declared(&self, bytes: u64) -> Result<(), ReadError> {
        let check = |number: u64, limit: Limit, what: &str| {
            if number <= self.limits.get(limit) {
                return Ok(());
            }
            let most = self.limits.shown(limit);
            Err(self.too_large(Excess::new(limit, format!("the workbook {what}, and the limit is {most}"))))
        };
        check(bytes, Limit::File, &format!("has {}", in_bytes(bytes)))?;
        let all: u64 = self.parts.iter().map(|part| part.bytes).sum();
        check(all, Limit::Unpacked, &format!("has {} after decompression", in_bytes(all)))?;
        let count = self.parts.len();
        check(count as u64, Limit::Parts, &format!("consists of {count} files"))
    }

    pub(super) fn broken(&self, reason: impl Into<String>) -> ReadError {
        ReadError::BrokenWorkbook { path: self.name.to_owned(), reason: reason.into() }
    }

    pub(super) fn too_large(&self, excess: Excess) -> ReadError {
        ReadError::too_large(self.name, excess)
    }

    /// How large the workbook may be.
    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
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
            let unpacking = scope.spawn(|| {
                let unpacked = self.unpack(part, &mut |piece| sender.send(Ok(piece)).is_ok());
                if let Err(error) = unpacked {
                    // The receiver may be gone: then nobody wants to know.
                    let _ = sender.send(Err(error));
                }
                drop(sender);
            });
            let outcome = consume(Pieces { receiver });
            // The scope waits for what the thread does, and not for its end: one for every part would be left for a
            // while.
            if let Err(panic) = unpacking.join() {
                std::panic::resume_unwind(panic);
            }
            outcome
        })
    }

    /// What reading pieces says, as a refusal: too much, or damaged.
    pub(super) fn refusal(&self, error: &io::Error) -> ReadError {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>()) {
            Some(excess) => self.too_large(excess.clone()),
            None => self.broken("part of it is damaged or cut off"),
        }
    }

    /// `send` returns whether to go on.
    fn unpack(&self, part: &str, send: &mut dyn FnMut(Vec<u8>) -> bool) -> io::Result<()> {
        let index = self.part_names().position(|name| name == part);
        let index = index.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such part"))?;
        // An archive is as good as before when reading a part of it has failed.
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let archive = match &mut *archive {
            Some(archive) => archive,
            unopened => {
                let file = BufReader::with_capacity(1 << 16, self.roster.open()?);
                unopened.insert(ZipArchive::new(file).map_err(io::Error::other)?)
            }
        };
        let index = index_in(archive, part).unwrap_or(index);
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
            check_unpacked(part, [of_part, of_all, packed], &self.limits).map_err(io::Error::other)?;
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

/// `counted` are the bytes of the part and of all parts so far, and those of the part when it is packed.
fn check_unpacked(part: &str, counted: [u64; 3], limits: &Limits) -> Result<(), Excess> {
    let [of_part, of_all, packed] = counted;
    let excess =
        |limit, what: String| Err(Excess::new(limit, format!("{what} unpacks to more than {}", limits.shown(limit))));
    if of_part > limits.get(Limit::Part) {
        return excess(Limit::Part, format!("the part {part}"));
    }
    if of_all > limits.get(Limit::Unpacked) {
        return excess(Limit::Unpacked, "the workbook".to_owned());
    }
    let ratio = limits.get(Limit::Ratio);
    if of_part > RATIO_FROM && of_part / ratio > packed {
        let text = format!("the part {part} unpacks to more than {ratio} times its size");
        return Err(Excess::new(Limit::Ratio, text));
    }
    Ok(())
}

/// An unpacked part, piece by piece.
pub(super) struct Pieces {
    receiver: Receiver<io::Result<Vec<u8>>>,
}

impl Pieces {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the part is damaged, or unpacks to more than a workbook has: [`Package::refusal`] says which.
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
                return Err(io::Error::other(Excess::fixed(format!("one part has more than {most} bytes"))));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }
}
