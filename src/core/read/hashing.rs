//! A reader that counts and hashes what passes through it, so that the report can name the very bytes that were read.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Bytes between two reports of progress.
const REPORT_EVERY: u64 = 1 << 20;

/// Passes bytes on, counts and hashes them, and reports the count about every MiB.
pub(super) struct HashingReader<'a, R> {
    inner: R,
    hash: &'a mut InputHash,
    progress: &'a (dyn Fn(u64) + Sync),
    reported: u64,
}

/// Count and hash of the bytes that have passed.
#[derive(Default)]
pub(super) struct InputHash {
    hasher: Sha256,
    bytes: u64,
}

impl InputHash {
    /// The number of bytes and their SHA-256 in hexadecimal.
    pub(super) fn finish(self) -> (u64, String) {
        (self.bytes, const_hex::encode(self.hasher.finalize()))
    }
}

impl<'a, R: Read> HashingReader<'a, R> {
    pub(super) fn new(inner: R, hash: &'a mut InputHash, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self { inner, hash, progress, reported: 0 }
    }
}

impl<R: Read> Read for HashingReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.hasher.update(buffer.get(..count).unwrap_or_default());
        self.hash.bytes += count as u64;
        if self.hash.bytes - self.reported >= REPORT_EVERY || count == 0 {
            self.reported = self.hash.bytes;
            (self.progress)(self.hash.bytes);
        }
        Ok(count)
    }
}
