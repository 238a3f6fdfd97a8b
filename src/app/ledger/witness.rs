//! The witness: a small file beside the ledger that knows the ledger's id, its key, and the highest epoch seen. By it a
//! ledger that was restored from an old copy is distinguished from the newest one, and the key outlives a ledger that
//! was deleted, so that the same people get the same ids.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox};
use serde::Deserialize;
use uuid::Uuid;

use super::error::LedgerError;
use super::paths::{beside, sync_folder};
use onroll_core::private_file::write_atomically;

/// What the file says.
pub(super) struct Witness {
    /// The id of the ledger that it belongs to.
    pub(super) ledger: Uuid,
    /// The highest epoch of it that was seen.
    pub(super) epoch: u64,
    /// The secret behind subject ids.
    pub(super) secret: SecretBox<[u8; 32]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WitnessFile {
    ledger: Uuid,
    epoch: u64,
    key: String,
}

/// The witness of a ledger: the same name with `.witness` behind it.
pub(super) fn witness_path(ledger: &Path) -> PathBuf {
    beside(ledger, ".witness")
}

impl Witness {
    /// Reads the witness of a ledger; `None` where there is none.
    pub(super) fn read(ledger: &Path) -> Result<Option<Self>, LedgerError> {
        let path = witness_path(ledger);
        let io_error = |source| LedgerError::Io { path: path.clone(), source };
        match fs_err::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(error)),
            Ok(metadata) if !metadata.is_file() => return Err(LedgerError::NotAFile { path }),
            Ok(_) => {}
        }
        let mut bytes = fs_err::read(&path).map_err(io_error)?;
        let parsed = std::str::from_utf8(&bytes).ok().and_then(Self::parse);
        bytes.zeroize();
        parsed.map(Some).ok_or_else(|| LedgerError::WitnessDamaged { path: path.clone(), ledger: ledger.to_owned() })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut file: WitnessFile = toml::from_str(text).ok()?;
        let mut whole = [0; 32];
        let decoded = const_hex::decode_to_slice(&file.key, &mut whole);
        file.key.zeroize();
        if decoded.is_err() {
            whole.zeroize();
            return None;
        }
        let secret = SecretBox::init_with_mut(|secret| *secret = whole);
        whole.zeroize();
        Some(Self { ledger: file.ledger, epoch: file.epoch, secret })
    }

    /// Writes the witness of a ledger, through to the disk.
    pub(super) fn write(&self, ledger: &Path) -> Result<(), LedgerError> {
        let path = witness_path(ledger);
        let mut text = format!(
            "# The witness of an onroll ledger: its id, its last state and its key. Keep this file, and keep it secret.\n\
             ledger = \"{}\"\nepoch = {}\nkey = \"",
            self.ledger, self.epoch
        );
        let mut key = const_hex::encode(self.secret.expose_secret());
        text.push_str(&key);
        key.zeroize();
        text.push_str("\"\n");
        let written = write_atomically(&path, |out| out.write_all(text.as_bytes()));
        text.zeroize();
        written.map_err(|source| LedgerError::Io { path, source })?;
        sync_folder(ledger).map_err(|source| LedgerError::Io { path: ledger.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_comes_back_as_it_was_written_and_anything_else_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = folder.path().join("one.sqlite");
        assert!(Witness::read(&ledger).expect("none yet").is_none());
        let secret = SecretBox::new(Box::new([0xA7; 32]));
        Witness { ledger: Uuid::from_u128(5), epoch: 12, secret }.write(&ledger).expect("written");
        let read = Witness::read(&ledger).expect("readable").expect("there");
        assert_eq!((read.ledger, read.epoch, read.secret.expose_secret()), (Uuid::from_u128(5), 12, &[0xA7; 32]));
        let whole = fs_err::read_to_string(witness_path(&ledger)).expect("text");
        for damaged in ["", &whole[..whole.len() / 2], &whole.replace("a7a7", "a7"), &whole.replace("a7a7", "a7é")] {
            fs_err::write(witness_path(&ledger), damaged).expect("damage");
            assert!(matches!(Witness::read(&ledger), Err(LedgerError::WitnessDamaged { .. })), "{damaged}");
        }
    }
}
