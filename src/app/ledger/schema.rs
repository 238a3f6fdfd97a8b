//! The tables of the ledger, and the number of their version.

/// The version of a ledger with every change made, in the database's `user_version`.
pub(super) const VERSION: i64 = 2;

/// "ONRL", in the database's `application_id`: distinguishes a ledger from other databases.
pub(super) const APPLICATION_ID: i64 = 0x4F4E_524C;

/// The tables of version 1, never to be edited: a new ledger is made as an old one is brought up to date, by the
/// changes that follow, so that both are the same. Of the roster it holds the external id of each row alone, because
/// reports name it.
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

/// From version 1 to 2. `records` holds demographics: the record of each person as it was or will be sent, so that a
/// later roster's rows can be recognised as somebody who is on the roll. `--remember identifiers` keeps it empty.
pub(super) const TO_VERSION_2: &str = "
-- Names of systems that stood in for a missing one, as a JSON list: good for matching within that run alone.
ALTER TABLE runs ADD COLUMN assumed_systems TEXT NOT NULL DEFAULT '[]';

CREATE TABLE records (
    subject_id BLOB PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (number),
    record TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What stewards decided about pairs; a verdict that another took the place of stays. The marks are keyed hashes. left_place
-- and right_place say where the rows stood: file, sheet and row, or a subject id.
CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (number),
    decided TEXT NOT NULL,
    verdict TEXT NOT NULL,
    left_marks BLOB NOT NULL,
    right_marks BLOB NOT NULL,
    left_place TEXT NOT NULL,
    right_place TEXT NOT NULL,
    replaced_by INTEGER
) STRICT;

-- The evidence of each pair of a run. right_subject: the person on the roll, where the pair is not of two rows.
CREATE TABLE pairs (
    run INTEGER NOT NULL REFERENCES runs (number),
    ordinal INTEGER NOT NULL,
    left_source INTEGER NOT NULL,
    left_row INTEGER NOT NULL,
    right_source INTEGER,
    right_row INTEGER,
    right_subject BLOB,
    band TEXT NOT NULL,
    rule TEXT NOT NULL,
    weight TEXT NOT NULL,
    household TEXT NOT NULL,
    probability TEXT NOT NULL,
    finding TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (run, ordinal)
) STRICT, WITHOUT ROWID;

-- Which row each value of a merged person comes from. No values: the parts, their rows and where they went.
CREATE TABLE origins (
    run INTEGER NOT NULL REFERENCES runs (number),
    person INTEGER NOT NULL,
    origins TEXT NOT NULL,
    PRIMARY KEY (run, person)
) STRICT, WITHOUT ROWID;
";

/// The changes in order: the version that each leads to, and its statements.
pub(super) const CHANGES: [(i64, &str); 1] = [(2, TO_VERSION_2)];
