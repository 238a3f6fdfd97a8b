-- A ledger as version 1 made it: two persons created, one whose answer is open, and the rows of one run. For the test of the
-- migration. Everybody in it is invented.
PRAGMA application_id = 0x4F4E524C;
PRAGMA user_version = 1;

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

INSERT INTO meta VALUES ('secret', X'0707070707070707070707070707070707070707070707070707070707070707');
INSERT INTO meta VALUES ('host', CAST('partner.example' AS BLOB));
INSERT INTO meta VALUES ('project', CAST('00000000-0000-0000-0000-000000000007' AS BLOB));
INSERT INTO runs VALUES (1, 'run1', '2026-01-02T03:04:05Z', '2026-01-02T03:05:05Z', '["roster.csv"]', 'finished', '{}');
INSERT INTO sources VALUES (1, 0, 'roster.csv', '');
INSERT INTO persons VALUES (X'00000000000000000000000000000001', zeroblob(32), zeroblob(32), 'created', 1, 1, 1, '', '2026-01-02T03:04:06Z');
INSERT INTO persons VALUES (X'00000000000000000000000000000002', zeroblob(32), zeroblob(32), 'created', 1, 1, 1, '', '2026-01-02T03:04:06Z');
INSERT INTO persons VALUES (X'00000000000000000000000000000003', zeroblob(32), zeroblob(32), 'unknown', 2, 1, 1, 'no answer', '2026-01-02T03:04:07Z');
INSERT INTO outcomes VALUES (1, X'00000000000000000000000000000001', 'created', '');
INSERT INTO outcomes VALUES (1, X'00000000000000000000000000000002', 'created', '');
INSERT INTO outcomes VALUES (1, X'00000000000000000000000000000003', 'unknown', 'no answer');
INSERT INTO attempts VALUES (1, 1, X'000000000000000000000000000000010000000000000000000000000000000200000000000000000000000000000003', '2026-01-02T03:04:05Z', NULL, NULL);
INSERT INTO rows VALUES (1, 0, 0, 2, 'MRN 1', 0, X'00000000000000000000000000000001', 0, 'not_attempted', '', 90, '');
INSERT INTO rows VALUES (1, 1, 0, 3, 'MRN 2', 1, X'00000000000000000000000000000002', 0, 'not_attempted', '', 90, 'D101:birth_date');
INSERT INTO rows VALUES (1, 2, 0, 4, 'MRN 3', 2, X'00000000000000000000000000000003', 0, 'not_attempted', '', 90, '');
