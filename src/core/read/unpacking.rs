//! Rosters inside an archive: one file in gzip, Zstandard or ZIP, unpacked while it is read and within limits.

use std::io::{self, Read, Seek};

use zip::ZipArchive;

use super::error::ReadError;
use super::limits::{Excess, Limit, Limits};

/// Unpacked bytes from which the ratio to the packed ones is looked at.
const RATIO_FROM: u64 = 64 << 20;

/// A packing that is read through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952), also of several members.
    Gzip,
    /// Zstandard (RFC 8878).
    Zstandard,
    /// A ZIP archive of one file.
    Zip,
}

impl Packing {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstandard => "zstd",
            Self::Zip => "zip",
        }
    }

    /// The packing of a stream that begins with these bytes; ZIP archives are recognised by their directory instead.
    pub(super) fn from_first_bytes(first_bytes: &[u8]) -> Option<Self> {
        match first_bytes {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstandard),
            _ => None,
        }
    }

    /// A reader of what a gzip or Zstandard stream packs.
    ///
    /// # Errors
    /// When the stream's beginning is damaged.
    pub(super) fn unpacked<'a>(self, path: &str, archive: impl Read + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
        Ok(match self {
            Self::Gzip | Self::Zip => Box::new(flate2::read::MultiGzDecoder::new(archive)),
            Self::Zstandard => {
                let decoder = ruzstd::decoding::StreamingDecoder::new(archive);
                Box::new(decoder.map_err(|_| broken(path, "its beginning is damaged"))?)
            }
        })
    }
}

/// An archive that cannot be unpacked.
pub(super) fn broken(path: &str, reason: &str) -> ReadError {
    ReadError::BrokenArchive { path: path.to_owned(), reason: reason.to_owned() }
}

/// The number of the one roster in a ZIP archive, with its size once unpacked. Folders and what operating systems add
/// do not count.
///
/// # Errors
/// When the archive is damaged, needs a password, or holds no file or several.
pub(super) fn only_member<R: Read + Seek>(path: &str, archive: &mut ZipArchive<R>) -> Result<usize, ReadError> {
    let mut members = Vec::new();
    for index in 0..archive.len().min(MEMBERS_MAX) {
        let member = archive.by_index_raw(index).map_err(|_| broken(path, "its directory is damaged"))?;
        let name = member.name().unwrap_or_default();
        let added = name.starts_with("__MACOSX/") || name.ends_with(".DS_Store");
        if !member.is_dir() && !added {
            members.push((index, member.encrypted()));
        }
    }
    match members.as_slice() {
        [(_, true)] => Err(ReadError::Password { path: path.to_owned() }),
        [(index, false)] => Ok(*index),
        [] => Err(broken(path, "it contains no file")),
        _ => Err(ReadError::SeveralInArchive { path: path.to_owned(), files: members.len() }),
    }
}

/// Files of an archive that are looked at.
const MEMBERS_MAX: usize = 2_000;

/// A reader that ends with an error where an archive unpacks to more than any roster has.
pub(super) struct Limited<R> {
    inner: R,
    packed: u64,
    unpacked: u64,
    limits: Limits,
}

impl<R: Read> Limited<R> {
    /// Limits what `packed` bytes unpack to.
    pub(super) const fn new(inner: R, packed: u64, limits: Limits) -> Self {
        Self { inner, packed, unpacked: 0, limits }
    }

    fn check(&self) -> Result<(), Excess> {
        if self.unpacked > self.limits.get(Limit::Archive) {
            let most = self.limits.shown(Limit::Archive);
            return Err(Excess::new(Limit::Archive, format!("the archive unpacks to more than {most}")));
        }
        let ratio = self.limits.get(Limit::ArchiveRatio);
        if self.unpacked > RATIO_FROM && self.unpacked / ratio > self.packed {
            let text = format!("the archive unpacks to more than {ratio} times its size");
            return Err(Excess::new(Limit::ArchiveRatio, text));
        }
        Ok(())
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.unpacked += count as u64;
        self.check().map_err(io::Error::other)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unpacks_to_far_more_than_it_has_is_cut_off() {
        let endless = io::repeat(b'a').take(RATIO_FROM * 2);
        let refusal =
            io::copy(&mut Limited::new(endless, 1_000, Limits::default()), &mut io::sink()).expect_err("too much");
        assert!(refusal.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Excess>));
        let fair = io::repeat(b'a').take(RATIO_FROM * 2);
        assert!(io::copy(&mut Limited::new(fair, RATIO_FROM, Limits::default()), &mut io::sink()).is_ok());
    }
}
