//! A second look at an input, for the original cells of single rows: files are read anew, and what came through a pipe
//! is kept in memory as far as it is small. Nothing is put on a disk for it.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::error::ReadError;
use super::format::InputFacts;
use super::roster::{ReadEvent, Stopped, read_bytes_within, read_roster_of};

/// Bytes of a stream that are kept at most.
const KEPT_MAX: usize = 64 << 20;

/// The bytes of an input that cannot be read a second time.
#[derive(Clone)]
pub(super) struct KeptInput(Arc<Vec<u8>>);

impl fmt::Debug for KeptInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("KeptInput").field(&self.0.len()).finish()
    }
}

/// Passes a stream on and keeps what passes, as long as it is not too much.
pub(super) struct KeepingReader<'a, R> {
    inner: R,
    kept: &'a mut Option<Vec<u8>>,
}

impl<'a, R: Read> KeepingReader<'a, R> {
    pub(super) fn new(inner: R, kept: &'a mut Option<Vec<u8>>) -> Self {
        *kept = Some(Vec::new());
        Self { inner, kept }
    }
}

impl<R: Read> Read for KeepingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(kept) = self.kept {
            kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if kept.len() > KEPT_MAX {
                *self.kept = None;
            }
        }
        Ok(count)
    }
}

impl InputFacts {
    /// Keeps the bytes that came through a pipe.
    pub(super) fn keeping(self, kept: Option<Vec<u8>>) -> Self {
        Self { kept: kept.map(|kept| KeptInput(Arc::new(kept))), ..self }
    }
}

/// Why an input cannot be read a second time.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// A stream that was too long to be kept.
    #[error(
        "{path} came through a pipe and is larger than 64 MiB, so it cannot be read a second time; save it to a file"
    )]
    NotKept {
        /// The path as given.
        path: String,
    },
    /// The file is another one by now.
    #[error("{path} changed while it was being read")]
    Changed {
        /// The path as given.
        path: String,
    },
    /// It cannot be read any more.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Reads an input that has been read before. What `emit` hears is the same as the first time, or there is an error.
pub fn read_again(
    facts: &InputFacts,
    emit: &mut dyn FnMut(ReadEvent) -> Result<(), Stopped>,
) -> Result<(), AgainError> {
    let path = || facts.path.clone();
    let again = if let Some(KeptInput(bytes)) = &facts.kept {
        read_bytes_within(&facts.path, bytes, &facts.limits, emit)?
    } else {
        let is_file = |path: &Path| fs_err::metadata(path).is_ok_and(|metadata| metadata.is_file());
        if facts.roster.path().is_some_and(|path| path == Path::new("-") || !is_file(path)) {
            return Err(AgainError::NotKept { path: path() });
        }
        read_roster_of(&facts.roster, &facts.limits, &|_| {}, emit)?
    };
    if again.sha256 == facts.sha256 { Ok(()) } else { Err(AgainError::Changed { path: path() }) }
}
