//! The tables of the ledger, and the number of their version.

/// The version of [`TABLES`], in the database's `user_version`.
pub(super) const VERSION: i64 = 1;

/// "ONRL", in the database's `application_id`: tells a ledger from other databases.
pub(super) const APPLICATION_ID: i64 = 0x4F4E_524C;

/// No table holds demographics. The external id of a row is the one thing from the roster, because reports name it.
pub(super) const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    started TEXT NOT NULL,
    finished TEXT,
    inputs TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT
) STRICT;

CREATE TABLE sources (
    run INTEGER NOT NULL REFERENCES runs (number),
    source INTEGER NOT NULL,
    file TEXT NOT NULL,
    sheet TEXT NOT NULL,
    PRIMARY KEY (run, source)
) STRICT, WITHOUT ROWID;

-- How each person stands now.
CREATE TABLE persons (
    subject_id BLOB PRIMARY KEY,
    content_hash BLOB NOT NULL,
    identity_hash BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_run INTEGER NOT NULL REFERENCES runs (number),
    last_run INTEGER NOT NULL REFERENCES runs (number),
    reason TEXT NOT NULL,
    updated TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What each run made of the persons it sent: reports of old runs do not change when later runs go on.
CREATE TABLE outcomes (
    run INTEGER NOT NULL REFERENCES runs (number),
    subject_id BLOB NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (run, subject_id)
) STRICT, WITHOUT ROWID;

-- Every create request. subject_ids: 16 bytes for each subject, in the order sent.
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (number),
    subject_ids BLOB NOT NULL,
    sent TEXT NOT NULL,
    answered TEXT,
    answer TEXT
) STRICT;

CREATE TABLE rows (
    run INTEGER NOT NULL REFERENCES runs (number),
    ordinal INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row INTEGER NOT NULL,
    external_id TEXT NOT NULL,
    person INTEGER,
    subject_id BLOB,
    merged INTEGER NOT NULL,
    planned TEXT NOT NULL,
    reason TEXT NOT NULL,
    completeness INTEGER NOT NULL,
    findings TEXT NOT NULL,
    PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;
";
