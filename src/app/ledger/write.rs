//! What is written during planning and upload, in transactions that the caller draws.

use rusqlite::{Connection, OptionalExtension as _, Transaction};
use uuid::Uuid;

use super::fail::pass_in_ledger;
use super::row::{NewRow, RowRole};
use onroll_core::clock;
use onroll_core::domain::{NewPerson, PersonState, Phi, RunId};

/// Writes within one transaction; see [`super::Ledger::write`].
pub struct LedgerTransaction<'a> {
    transaction: &'a Transaction<'a>,
}

/// What became of a person that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The person.
    pub subject_id: Uuid,
    /// The new state of the person. `Planned` takes an intent back: it is certain that nothing arrived.
    pub state: PersonState,
    /// Why; holds no personal data.
    pub reason: String,
    /// The record as the vendor holds it, where that is not what was sent. Kept in place of that, if records are kept
    /// at all.
    pub held: Option<Phi<String>>,
}

/// A create request in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptId(i64);

impl<'a> LedgerTransaction<'a> {
    pub(super) const fn new(transaction: &'a Transaction<'a>) -> Self {
        Self { transaction }
    }

    pub(super) fn connection(&self) -> &Connection {
        self.transaction
    }

    pub(super) fn run_number(&self, run: &RunId) -> rusqlite::Result<i64> {
        let mut statement = self.transaction.prepare_cached("SELECT number FROM runs WHERE id = ?1")?;
        statement.query_row([run.as_text()], |row| row.get(0))
    }

    /// Writes down persons that are to be created. A person whose request may have arrived stays so; one that was
    /// refused or held before is planned anew.
    pub fn plan_persons(&self, run: &RunId, persons: &[NewPerson]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO persons (subject_id, content_hash, identity_hash, state, attempts, first_run, last_run, reason, \
             updated) VALUES (?1, ?2, ?3, 'planned', 0, ?4, ?4, '', ?5) \
             ON CONFLICT (subject_id) DO UPDATE SET content_hash = excluded.content_hash, \
             identity_hash = excluded.identity_hash, last_run = excluded.last_run, updated = excluded.updated, \
             state = CASE WHEN state IN ('intent', 'unknown', 'created', 'already_on_roll') THEN state ELSE 'planned' END",
        )?;
        for person in persons {
            let hashes = (person.content.0.as_slice(), person.identity.0.as_slice());
            statement.execute((person.subject_id.as_bytes(), hashes.0, hashes.1, number, &now))?;
        }
        pass_in_ledger("plan.written")?;
        Ok(())
    }

    /// Writes down rows of a run.
    pub fn add_rows<'r>(&self, run: &RunId, rows: impl IntoIterator<Item = NewRow<'r>>) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO rows (run, ordinal, source, row, external_id, person, subject_id, merged, planned, reason, \
             completeness, findings) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for row in rows {
            statement.execute((
                number,
                row.ordinal,
                row.source,
                row.row,
                row.external_id.as_text(),
                row.person,
                row.subject_id.as_ref().map(Uuid::as_bytes),
                row.role == RowRole::Merged,
                row.planned.word(),
                row.reason,
                row.completeness,
                row.findings,
            ))?;
        }
        pass_in_ledger("rows.written")?;
        Ok(())
    }

    /// Writes down that a request with these persons is about to leave. Gives back how each stood before, in order; the
    /// request may leave once the transaction is committed. Fails when a person was not planned.
    pub fn intend(&self, run: &RunId, subject_ids: &[Uuid]) -> rusqlite::Result<(AttemptId, Vec<PersonState>)> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        let mut before = Vec::with_capacity(subject_ids.len());
        let mut all_bytes = Vec::with_capacity(subject_ids.len() * 16);
        for id in subject_ids {
            before.push(self.state_of(*id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?);
            all_bytes.extend_from_slice(id.as_bytes());
            let mut statement = self.transaction.prepare_cached(
                "UPDATE persons SET state = 'intent', attempts = attempts + 1, last_run = ?2, reason = '', updated = ?3 \
                 WHERE subject_id = ?1",
            )?;
            statement.execute((id.as_bytes(), number, &now))?;
            self.put_outcome(number, *id, PersonState::Intent, INTERRUPTED)?;
        }
        let mut statement =
            self.transaction.prepare_cached("INSERT INTO attempts (run, subject_ids, sent) VALUES (?1, ?2, ?3)")?;
        statement.execute((number, all_bytes, &now))?;
        pass_in_ledger("intent.written")?;
        Ok((AttemptId(self.transaction.last_insert_rowid()), before))
    }

    /// Writes down what a request was answered with, in a word such as `201` or `timeout`.
    pub fn answer(&self, attempt: AttemptId, answer: &str) -> rusqlite::Result<()> {
        let mut statement =
            self.transaction.prepare_cached("UPDATE attempts SET answered = ?2, answer = ?3 WHERE id = ?1")?;
        statement.execute((attempt.0, clock::timestamp(), answer))?;
        pass_in_ledger("answer.written")?;
        Ok(())
    }

    /// Writes down what became of persons in a run.
    pub fn settle(&self, run: &RunId, settlements: &[Settlement]) -> rusqlite::Result<()> {
        let number = self.run_number(run)?;
        let now = clock::timestamp();
        for settlement in settlements {
            let id = settlement.subject_id;
            let mut statement = self.transaction.prepare_cached(
                "UPDATE persons SET state = ?2, reason = ?3, last_run = ?4, updated = ?5 WHERE subject_id = ?1",
            )?;
            statement.execute((id.as_bytes(), settlement.state.word(), &settlement.reason, number, &now))?;
            self.put_outcome(number, id, settlement.state, &settlement.reason)?;
            if let Some(held) = &settlement.held {
                self.put_held(id, held)?;
            }
        }
        pass_in_ledger("outcome.written")?;
        Ok(())
    }

    /// Notes that the vendor holds something else than was sent: no roster has that content, so each later one is
    /// compared with the record value by value.
    fn put_held(&self, id: Uuid, held: &Phi<String>) -> rusqlite::Result<()> {
        let mut statement = self
            .transaction
            .prepare_cached("UPDATE persons SET content_hash = zeroblob(length(content_hash)) WHERE subject_id = ?1")?;
        statement.execute([id.as_bytes()])?;
        let mut statement = self.transaction.prepare_cached("UPDATE records SET record = ?2 WHERE subject_id = ?1")?;
        statement.execute((id.as_bytes(), held.expose())).map(|_| ())
    }

    fn put_outcome(&self, run: i64, id: Uuid, state: PersonState, reason: &str) -> rusqlite::Result<()> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO outcomes (run, subject_id, state, reason) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (run, subject_id) DO UPDATE SET state = excluded.state, reason = excluded.reason",
        )?;
        statement.execute((run, id.as_bytes(), state.word(), reason)).map(|_| ())
    }

    /// The state of a person.
    pub fn state_of(&self, subject_id: Uuid) -> rusqlite::Result<Option<PersonState>> {
        let mut statement = self.transaction.prepare_cached("SELECT state FROM persons WHERE subject_id = ?1")?;
        let word: Option<String> = statement.query_row([subject_id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(word.map(|word| PersonState::from_word(&word).unwrap_or(PersonState::Unknown)))
    }
}

/// The reason of an intent whose answer was never written down.
const INTERRUPTED: &str = "the run was interrupted before the answer came; run the same command again to find out";
