//! Opening a ledger: making it, locking it, and refusing what is not one.

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretBox};
use uuid::Uuid;

use super::error::{LedgerError, refused};
use super::migrate::{apply_changes, migrate};
use super::mounts::network_kind;
use super::paths::{beside, folder_of, lock_path, sync_folder};
use super::schema;
use super::witness::{Witness, witness_path};
use super::write::LedgerTransaction;
use onroll_core::domain::{ContentHash, Host, IdentityMarks, KnownPerson, PersonState};
use onroll_core::private_file;

/// How long a reader waits for a writer, and the other way round.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Most memory for pages of the ledger, in KiB.
const CACHE_KIBIBYTES: i64 = 65_536;

/// The ledger of one project on one host.
pub struct Ledger {
    connection: Connection,
    path: PathBuf,
    secret: SecretBox<[u8; 32]>,
    version: i64,
    notices: Vec<LedgerNotice>,
    /// Held until the ledger is dropped; the system lets go of it when the process dies. `None`: opened to look only.
    _lock: Option<fs_err::File>,
}

/// A notice for the user about a ledger that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerNotice {
    /// It had been deleted, and was made again with the key that was kept beside it.
    MadeAgain,
    /// It was brought to this version's format.
    Migrated {
        /// The copy of the old one.
        backup: PathBuf,
    },
}

impl Ledger {
    /// Opens the ledger for a run, alone: a second run is refused until this one is dropped. Makes the ledger, private
    /// to its owner, where there is none; one of an earlier version is brought up to date. One that is older than the
    /// newest state seen is refused.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let io_error = |source| LedgerError::Io { path: path.to_owned(), source };
        let folder = folder_of(path);
        private_file::create_private_folder(folder).map_err(io_error)?;
        if let Some(kind) = network_kind(folder) {
            return Err(LedgerError::OnNetwork { path: path.to_owned(), kind });
        }
        let lock = lock(path)?;
        let witness = Witness::read(path)?;
        let mut notices = Vec::new();
        if fs_err::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            set_logs_aside(path).map_err(io_error)?;
            create(path, witness.as_ref())?;
            if witness.is_some() {
                notices.push(LedgerNotice::MadeAgain);
            }
        }
        let mut ledger = Self::connect(path, Some(lock)).map_err(|error| match error {
            // A ledger was here, so the files that remain belong to the ledger.
            LedgerError::NotALedger { path } if witness.is_some() => {
                LedgerError::Damaged { path, detail: "it is no longer a database".to_owned() }
            }
            error => error,
        })?;
        ledger.check_integrity()?;
        private_file::restrict(path).map_err(io_error)?;
        if ledger.version < schema::VERSION {
            ledger.refuse_after_migration(witness.as_ref())?;
            let backup = migrate(path, &mut ledger.connection, ledger.version)?;
            ledger.version = schema::VERSION;
            notices.push(LedgerNotice::Migrated { backup });
        }
        ledger.notices = notices;
        ledger.compare_with(witness)?;
        Ok(ledger)
    }

    /// Refuses a ledger of an earlier version that has been brought up to date before: it is an old copy.
    fn refuse_after_migration(&self, witness: Option<&Witness>) -> Result<(), LedgerError> {
        let (path, of_witness) = (self.path.clone(), witness_path(&self.path));
        match witness {
            Some(seen) if self.secret.expose_secret() == seen.secret.expose_secret() => {
                Err(LedgerError::OlderThanSeen { path, witness: of_witness, found: 0, seen: seen.epoch })
            }
            Some(_) => Err(LedgerError::Replaced { path, witness: of_witness }),
            None => Ok(()),
        }
    }

    /// Refuses a ledger that is older than its witness, or another one; makes the witness where there is none.
    fn compare_with(&self, witness: Option<Witness>) -> Result<(), LedgerError> {
        let (path, of_witness) = (self.path.clone(), witness_path(&self.path));
        let Some(seen) = witness else { return self.write_witness() };
        if self.id()? != seen.ledger || self.secret.expose_secret() != seen.secret.expose_secret() {
            return Err(LedgerError::Replaced { path, witness: of_witness });
        }
        let found = self.epoch()?;
        if found < seen.epoch {
            return Err(LedgerError::OlderThanSeen { path, witness: of_witness, found, seen: seen.epoch });
        }
        Ok(())
    }

    /// Refuses to say who is on the roll by an old copy: for those who only look.
    pub fn refuse_old_copy(&self) -> Result<(), LedgerError> {
        // The witness first: a run that is on writes it after the ledger.
        match Witness::read(&self.path)? {
            Some(seen) if self.version < schema::VERSION => self.refuse_after_migration(Some(&seen)),
            Some(seen) => self.compare_with(Some(seen)),
            None => Ok(()),
        }
    }

    /// Notes beside the ledger how new it is.
    pub(super) fn write_witness(&self) -> Result<(), LedgerError> {
        let secret = SecretBox::init_with_mut(|secret| *secret = *self.secret.expose_secret());
        Witness { ledger: self.id()?, epoch: self.epoch()?, secret }.write(&self.path)
    }

    fn id(&self) -> Result<Uuid, LedgerError> {
        self.meta("id").map(|id: Option<[u8; 16]>| Uuid::from_bytes(id.unwrap_or_default()))
    }

    /// How often a run has begun or ended in this ledger.
    fn epoch(&self) -> Result<u64, LedgerError> {
        self.meta("epoch").map(|epoch: Option<[u8; 8]>| u64::from_le_bytes(epoch.unwrap_or_default()))
    }

    /// Notices for the user about how the ledger was opened.
    pub fn notices(&self) -> &[LedgerNotice] {
        &self.notices
    }

    /// Whether a ledger at this path was deleted and left its witness.
    pub fn was_deleted(path: &Path) -> bool {
        fs_err::symlink_metadata(path).is_err() && witness_path(path).is_file()
    }

    /// Opens an existing ledger to look, also while a run is using it. Writing through it fails.
    pub fn inspect(path: &Path) -> Result<Self, LedgerError> {
        let ledger = Self::connect(path, None)?;
        ledger.connection.pragma_update(None, "query_only", true).map_err(|error| ledger.storage_error(&error))?;
        Ok(ledger)
    }

    /// Whether a run is using the ledger now.
    pub fn is_in_use(path: &Path) -> bool {
        let opened = fs_err::OpenOptions::new().read(true).write(true).open(lock_path(path));
        opened.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    fn connect(path: &Path, lock: Option<fs_err::File>) -> Result<Self, LedgerError> {
        let metadata = fs_err::symlink_metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => LedgerError::Missing { path: path.to_owned() },
            _ => LedgerError::Io { path: path.to_owned(), source },
        })?;
        if !metadata.is_file() {
            return Err(LedgerError::NotAFile { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| refused(path, &error))?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| refused(path, &error))?;
        let version = check_kind(path, &connection)?;
        let secret = prepare(&connection).map_err(|error| refused(path, &error))?;
        Ok(Self { connection, path: path.to_owned(), secret, version, notices: Vec::new(), _lock: lock })
    }

    fn check_integrity(&self) -> Result<(), LedgerError> {
        let answer: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| refused(&self.path, &error))?;
        if answer == "ok" { Ok(()) } else { Err(LedgerError::Damaged { path: self.path.clone(), detail: answer }) }
    }

    /// Ties the ledger to a host and project at first use, and refuses any other one afterwards: an id that says "sent"
    /// says it of one project only.
    pub fn bind(&mut self, host: &Host, project: Uuid) -> Result<(), LedgerError> {
        match (self.meta_text("host")?, self.meta_text("project")?) {
            (Some(bound_host), Some(bound_project)) => {
                let bound_host = Host::new(bound_host);
                if bound_host == *host && bound_project == project.to_string() {
                    return Ok(());
                }
                let path = self.path.clone();
                Err(LedgerError::OtherBinding { path, bound_host, bound_project, host: host.clone(), project })
            }
            _ => self.write(|writes| {
                for (key, value) in [("host", host.as_text()), ("project", &project.to_string())] {
                    let statement = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
                    writes.connection().execute(statement, (key, value.as_bytes()))?;
                }
                Ok(())
            }),
        }
    }

    /// The host and project that the ledger is tied to; `None` before its first use.
    pub fn binding(&self) -> Result<Option<(Host, String)>, LedgerError> {
        Ok(self.meta_text("host")?.map(Host::new).zip(self.meta_text("project")?))
    }

    fn meta_text(&self, key: &str) -> Result<Option<String>, LedgerError> {
        let bytes: Option<Vec<u8>> = self.meta(key)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn meta<T: rusqlite::types::FromSql>(&self, key: &str) -> Result<Option<T>, LedgerError> {
        self.connection
            .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
            .optional()
            .map_err(|error| self.storage_error(&error))
    }

    /// The version of the tables: one that was opened to look only may be of an earlier one.
    pub(super) const fn version(&self) -> i64 {
        self.version
    }

    /// The secret behind subject ids, made once with the ledger.
    pub fn secret(&self) -> &SecretBox<[u8; 32]> {
        &self.secret
    }

    /// Where the ledger is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the ledger knows of a person.
    pub fn person(&self, subject_id: Uuid) -> Result<Option<KnownPerson>, LedgerError> {
        let statement = "SELECT subject_id, content_hash, identity_hash, state, attempts, reason FROM persons \
                         WHERE subject_id = ?1";
        self.connection
            .prepare_cached(statement)
            .and_then(|mut statement| statement.query_row([subject_id.as_bytes()], person_from).optional())
            .map_err(|error| self.storage_error(&error))
    }

    /// Calls `visit` with every person whose state is open: planned, on the way, or unknown. In the order of the ids.
    pub fn for_each_unsettled<E: From<LedgerError>>(
        &self,
        mut visit: impl FnMut(KnownPerson) -> Result<(), E>,
    ) -> Result<(), E> {
        let storage = |error: rusqlite::Error| E::from(self.storage_error(&error));
        let statement = "SELECT subject_id, content_hash, identity_hash, state, attempts, reason FROM persons \
                         WHERE state IN ('planned', 'intent', 'unknown') ORDER BY subject_id";
        let mut statement = self.connection.prepare(statement).map_err(storage)?;
        let mut rows = statement.query([]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            visit(person_from(row).map_err(storage)?)?;
        }
        Ok(())
    }

    /// How many persons are in each state.
    pub fn person_counts(&self) -> Result<Vec<(PersonState, u64)>, LedgerError> {
        let count = |state: PersonState| {
            let statement = "SELECT count(*) FROM persons WHERE state = ?1";
            let count: Result<i64, _> = self.connection.query_row(statement, [state.word()], |row| row.get(0));
            count.map(|count| (state, count.unsigned_abs())).map_err(|error| self.storage_error(&error))
        };
        PersonState::ALL.into_iter().map(count).collect()
    }

    /// Writes something that changes nothing, through to the disk.
    pub fn check_writable(&mut self) -> Result<(), LedgerError> {
        self.write(|writes| {
            let statement = "UPDATE meta SET value = value WHERE key = 'secret'";
            writes.connection().execute(statement, []).map(|_| ())
        })
    }

    /// Runs `work` in one transaction: all of it is durable when this returns, or none of it happened.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&LedgerTransaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let run = || {
            let transaction = self.connection.transaction()?;
            let value = work(&LedgerTransaction::new(&transaction))?;
            transaction.commit()?;
            Ok(value)
        };
        let written = run();
        written.map_err(|error: rusqlite::Error| self.storage_error(&error))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn storage_error(&self, error: &rusqlite::Error) -> LedgerError {
        LedgerError::Storage { path: self.path.clone(), detail: error.to_string() }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledger").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Puts the logs of a ledger that was deleted out of the way: a new one must not read them as its own.
fn set_logs_aside(path: &Path) -> io::Result<()> {
    for ending in ["-wal", "-shm"] {
        let log = beside(path, ending);
        if fs_err::symlink_metadata(&log).is_ok() {
            fs_err::rename(&log, beside(path, &format!("{ending}.of-deleted")))?;
        }
    }
    Ok(())
}

fn lock(path: &Path) -> Result<fs_err::File, LedgerError> {
    let file = private_file::create_private_file(&lock_path(path))
        .map_err(|source| LedgerError::Io { path: path.to_owned(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LedgerError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(LedgerError::CannotLock { path: path.to_owned(), source }),
    }
}

/// Makes the ledger under another name first: an empty or half-made file of the right name is then always a damaged
/// one. In the place of one that was deleted comes one of the same id and key.
fn create(path: &Path, deleted: Option<&Witness>) -> Result<(), LedgerError> {
    let io_error = |source| LedgerError::Io { path: path.to_owned(), source };
    let unfinished = beside(path, ".new");
    let file = private_file::create_private_file(&unfinished).map_err(io_error)?;
    fill(&unfinished, deleted).map_err(|error| refused(path, &error))?;
    file.sync_all().map_err(io_error)?;
    fs_err::rename(&unfinished, path).map_err(io_error)?;
    sync_folder(path).map_err(io_error)
}

fn fill(path: &Path, deleted: Option<&Witness>) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(schema::TABLES)?;
    let secret = SecretBox::<[u8; 32]>::init_with_mut(|secret| match deleted {
        Some(witness) => *secret = *witness.secret.expose_secret(),
        None => *secret = rand::random(),
    });
    let put =
        |key: &str, value: &[u8]| transaction.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (key, value));
    put("secret", secret.expose_secret())?;
    if let Some(witness) = deleted {
        put("id", witness.ledger.as_bytes())?;
        put("epoch", &witness.epoch.to_le_bytes())?;
    }
    transaction.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    apply_changes(&transaction, 1)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

/// The version of a database that is a ledger.
fn check_kind(path: &Path, connection: &Connection) -> Result<i64, LedgerError> {
    let pragma = |name: &str| -> Result<i64, LedgerError> {
        connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|error| refused(path, &error))
    };
    if pragma("application_id")? != schema::APPLICATION_ID {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    match pragma("user_version")? {
        known @ 1..=schema::VERSION => Ok(known),
        found if found > schema::VERSION => {
            Err(LedgerError::Newer { path: path.to_owned(), found, known: schema::VERSION })
        }
        found => Err(LedgerError::Damaged { path: path.to_owned(), detail: format!("it has format {found}") }),
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<SecretBox<[u8; 32]>> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // An intent that is lost with the power is a person sent twice: every commit reaches the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Ids are random, so that every insert lands on another page: the usual 2 MiB would be written over and over.
    connection.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let mut bytes: [u8; 32] =
        connection.query_row("SELECT value FROM meta WHERE key = 'secret'", [], |row| row.get(0))?;
    let secret = SecretBox::init_with_mut(|secret| *secret = bytes);
    bytes.zeroize();
    Ok(secret)
}

fn person_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<KnownPerson> {
    Ok(KnownPerson {
        subject_id: Uuid::from_bytes(row.get(0)?),
        content: ContentHash(row.get(1)?),
        identity: IdentityMarks(row.get(2)?),
        // A word from nowhere is treated as the state that is resolved by asking the vendor.
        state: PersonState::from_word(row.get_ref(3)?.as_str()?).unwrap_or(PersonState::Unknown),
        attempts: row.get(4)?,
        reason: row.get(5)?,
    })
}
