//! One file from its name to its rows: looks at the content and hands over to the reader for it.

use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::again::KeepingReader;
use super::delimited;
use super::error::ReadError;
use super::format::{Content, InputFacts, content_of};
use super::hashing::{HashingReader, InputHash};
use super::limits::{Excess, Limits};
use super::sheet_facts::SheetFacts;
use super::source::Roster;
use super::split::UnsplitRows;
use super::unpacking::{Limited, Packing, broken, only_member};
use super::workbook;

/// Rows in a batch at most.
pub(super) const ROWS_PER_BATCH: usize = 4_096;
/// Bytes of text from which a batch is full.
pub(super) const TEXT_PER_BATCH: usize = 1 << 20;
/// Bytes looked at before reading: enough to tell encoding and delimiter.
const FIRST_BYTES: u64 = 1 << 20;
/// How long a pipe may have nobody who writes into it.
const PIPE_WAIT: Duration = Duration::from_secs(10);
/// Bytes of a workbook that are hashed at a time.
const HASHED_AT_ONCE: u64 = 1 << 18;

/// What reading yields, in order.
#[derive(Debug)]
pub enum ReadEvent {
    /// A table begins.
    Table {
        /// The sheet's name; `None` for a delimited file.
        sheet: Option<String>,
        /// Whether the workbook hides the sheet.
        hidden: bool,
        /// What sets cells apart in a delimited file.
        delimiter: Option<char>,
    },
    /// Rows of the table, header and notes among them, in order. Empty lines and sheet rows without a value are left
    /// out; the row numbers count them. Of a workbook at most 4,096 rows, and full from 1 MiB of text; of a delimited
    /// file about half a MiB, to be split wherever there is time for it.
    Rows(UnsplitRows),
    /// What a sheet says about itself, once its rows have been read; not for delimited files.
    Sheet(Box<SheetFacts>),
    /// The table ends.
    EndOfTable,
}

/// The receiver is gone: reading ends quietly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Where rows go.
pub(super) type Emit<'a> = dyn FnMut(ReadEvent) -> Result<(), Stopped> + 'a;

/// Reads a roster within the usual limits; `-` is delimited text on standard input. `progress` hears the bytes read so
/// far.
pub fn read_roster(
    path: &Path,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut dyn FnMut(ReadEvent) -> Result<(), Stopped>,
) -> Result<InputFacts, ReadError> {
    read_roster_within(path, &Limits::default(), progress, emit)
}

/// As [`read_roster`], within other limits.
pub fn read_roster_within(
    path: &Path,
    limits: &Limits,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut dyn FnMut(ReadEvent) -> Result<(), Stopped>,
) -> Result<InputFacts, ReadError> {
    read_roster_of(&Roster::from_path(path), limits, progress, emit)
}

/// As [`read_roster_within`], from wherever the roster comes.
pub fn read_roster_of(
    roster: &Roster,
    limits: &Limits,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut dyn FnMut(ReadEvent) -> Result<(), Stopped>,
) -> Result<InputFacts, ReadError> {
    let name = roster.name().to_owned();
    match roster.path() {
        Some(_) if name == "-" => read_pipe(&name, io::stdin().lock(), limits, progress, emit),
        Some(path) if !is_file(path, &name)? => read_pipe(&name, open_pipe(path, PIPE_WAIT)?, limits, progress, emit),
        Some(_) | None => read_file(roster, limits, progress, emit),
    }
}

/// Whether a path is a regular file; otherwise it is a pipe.
///
/// # Errors
/// When there is nothing at the path, or a folder.
fn is_file(path: &Path, name: &str) -> Result<bool, ReadError> {
    let metadata = fs_err::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound if name.starts_with("https://") || name.starts_with("http://") => {
            let (found, advice) = ("a web address", "download the roster and name the file");
            ReadError::NotARoster { path: name.to_owned(), found, advice }
        }
        io::ErrorKind::NotFound => ReadError::Missing { path: name.to_owned() },
        _ => ReadError::Io { path: name.to_owned(), source },
    })?;
    if metadata.is_dir() { Err(ReadError::Folder { path: name.to_owned() }) } else { Ok(metadata.is_file()) }
}

/// Reads a roster that can be read from its beginning as often as needed.
fn read_file(
    roster: &Roster,
    limits: &Limits,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    let name = roster.name().to_owned();
    let failed = |source: io::Error| ReadError::Io { path: name.clone(), source };
    let mut file = roster.open().map_err(failed)?;
    let size = file.size().map_err(failed)?;
    let mut first = Vec::new();
    file.by_ref().take(FIRST_BYTES).read_to_end(&mut first).map_err(failed)?;
    let content = content_of(&name, &first)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut hash = InputHash::default();
    let facts = match content {
        Content::Text => {
            let whole = HashingReader::new(file, &mut hash, progress);
            delimited::read(&name, &first, whole, limits, emit).map(|facts| facts.with_hash(hash))
        }
        Content::Packed(packing) => {
            let archive = HashingReader::new(file, &mut hash, progress);
            let text = packing.unpacked(&name, archive)?;
            read_packed(&name, (packing, size), text, limits, emit).map(|facts| facts.with_hash(hash))
        }
        Content::Zip if workbook::is_plain_archive(roster)? => {
            let mut whole = HashingReader::new(file, &mut hash, progress);
            io::copy(&mut whole, &mut io::sink()).map_err(failed)?;
            drop(whole);
            let archive = roster.open().map(io::BufReader::new).map_err(failed)?;
            let mut archive = zip::ZipArchive::new(archive).map_err(|_| broken(&name, "its directory is damaged"))?;
            let member = only_member(&name, &mut archive)?;
            let member =
                archive.by_index(member).map_err(|_| broken(&name, "its compression method is not supported"))?;
            let facts = read_packed(&name, (Packing::Zip, size), member, limits, emit)?;
            Ok(facts.with_hash(hash))
        }
        Content::Zip | Content::Compound => {
            let (format, hash) = read_hashing(file, progress, || {
                workbook::read(roster, content, limits, &mut |event| emit(with_plain_name(event)))
            })?;
            let facts = InputFacts {
                path: name.clone(),
                format,
                encoding: String::new(),
                encoding_evidence: "",
                sign_in_words: None,
                dialect: None,
                packing: None,
                bytes: 0,
                sha256: String::new(),
                limits: *limits,
                kept: None,
                roster: roster.clone(),
            };
            hash.map(|hash| facts.with_hash(hash)).map_err(failed)
        }
    };
    facts.map(|facts| InputFacts { roster: roster.clone(), ..facts })
}

/// A sheet by a name that can stand in every report.
fn with_plain_name(mut event: ReadEvent) -> ReadEvent {
    if let ReadEvent::Table { sheet: Some(name), .. } = &mut event {
        name.retain(|letter| letter != '\0');
    }
    event
}

/// Opens a pipe by name, which takes until another program opens it for writing; after some time nobody is waited for.
fn open_pipe(path: &Path, wait: Duration) -> Result<fs_err::File, ReadError> {
    let (sender, receiver) = sync_channel(1);
    let (name, wanted) = (path.display().to_string(), path.to_owned());
    // Not joined: it may be waiting still when the program ends.
    std::thread::spawn(move || sender.send(fs_err::File::open(wanted)));
    match receiver.recv_timeout(wait) {
        Ok(opened) => opened.map_err(|source| ReadError::Io { path: name, source }),
        Err(_) => Err(ReadError::Silent { path: name }),
    }
}

/// Reads a file while a thread of its own counts and hashes its bytes; what ends the reading ends the hashing too.
fn read_hashing<T>(
    file: impl Read + Send,
    progress: &(dyn Fn(u64) + Sync),
    read: impl FnOnce() -> Result<T, ReadError>,
) -> Result<(T, io::Result<InputHash>), ReadError> {
    let is_refused = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let hashing = scope.spawn(|| {
            let mut hash = InputHash::default();
            let mut whole = HashingReader::new(file, &mut hash, progress);
            let mut piece = Vec::new();
            while !is_refused.load(Ordering::Relaxed) {
                piece.clear();
                if whole.by_ref().take(HASHED_AT_ONCE).read_to_end(&mut piece)? == 0 {
                    break;
                }
            }
            drop(whole);
            Ok(hash)
        });
        let value = read().inspect_err(|_| is_refused.store(true, Ordering::Relaxed));
        let hash = hashing.join().unwrap_or_else(|_| Err(io::Error::other("hashing ended early")));
        Ok((value?, hash))
    })
}

/// Reads delimited text in memory, packed or not. `name` stands for the path in messages.
pub fn read_bytes(
    name: &str,
    bytes: &[u8],
    emit: &mut dyn FnMut(ReadEvent) -> Result<(), Stopped>,
) -> Result<InputFacts, ReadError> {
    read_bytes_within(name, bytes, &Limits::default(), emit)
}

/// As [`read_bytes`], within other limits.
pub(super) fn read_bytes_within(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    read_stream(name, bytes, limits, &|_| {}, emit)
}

/// Reads the roster inside an archive of `packed` bytes.
fn read_packed(
    name: &str,
    (packing, packed): (Packing, u64),
    text: impl Read,
    limits: &Limits,
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    let mut text = Limited::new(text, packed, *limits);
    let mut first = Vec::new();
    text.by_ref().take(FIRST_BYTES).read_to_end(&mut first).map_err(|error| unpacking_error(name, &error))?;
    if content_of(name, &first)? != Content::Text {
        return Err(ReadError::NotARoster {
            path: name.to_owned(),
            found: "an archive of something other than delimited text",
            advice: "unpack it and name the workbook or archive inside it",
        });
    }
    let start: &[u8] = &first;
    match delimited::read(name, &first, start.chain(text), limits, emit) {
        Ok(facts) => Ok(InputFacts { packing: Some(packing), ..facts }),
        Err(ReadError::Io { source, .. }) => Err(unpacking_error(name, &source)),
        Err(error) => Err(error),
    }
}

/// The error of a reader of an archive: more than a roster has, or a damaged archive.
fn unpacking_error(name: &str, error: &io::Error) -> ReadError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Excess>()) {
        Some(excess) => ReadError::too_large(name, excess.clone()),
        None => broken(name, "it ends early or is damaged"),
    }
}

/// Reads delimited text that can be read only once, as standard input, and keeps it where it is small.
fn read_pipe(
    name: &str,
    pipe: impl Read,
    limits: &Limits,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    let mut kept = None;
    let facts = read_stream(name, KeepingReader::new(pipe, &mut kept), limits, progress, emit)?;
    Ok(facts.keeping(kept))
}

/// Reads delimited text from its beginning to its end, without going back.
fn read_stream(
    name: &str,
    mut stream: impl Read,
    limits: &Limits,
    progress: &(dyn Fn(u64) + Sync),
    emit: &mut Emit<'_>,
) -> Result<InputFacts, ReadError> {
    let mut first = Vec::new();
    let taken = stream.by_ref().take(FIRST_BYTES).read_to_end(&mut first);
    taken.map_err(|source| ReadError::Io { path: name.to_owned(), source })?;
    let content = content_of(name, &first)?;
    let mut hash = InputHash::default();
    if let Content::Packed(packing) = content {
        let whole = HashingReader::new(first.as_slice().chain(stream), &mut hash, progress);
        // The size of a stream is not known before its end; what was read says nothing of the ratio.
        let text = packing.unpacked(name, whole)?;
        return read_packed(name, (packing, FIRST_BYTES), text, limits, emit).map(|facts| facts.with_hash(hash));
    }
    if content != Content::Text {
        return Err(ReadError::NotARoster {
            path: name.to_owned(),
            found: "a workbook in a stream",
            advice: "name the file instead; workbooks cannot be read from a stream",
        });
    }
    let whole = HashingReader::new(first.as_slice().chain(stream), &mut hash, progress);
    delimited::read(name, &first, whole, limits, emit).map(|facts| facts.with_hash(hash))
}

impl InputFacts {
    fn with_hash(mut self, hash: InputHash) -> Self {
        (self.bytes, self.sha256) = hash.finish();
        self
    }
}
