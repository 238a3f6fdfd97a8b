//! Patients in the compact form that carries ten million rows: one byte run per batch, no allocation per row.
//!
//! Per row the store holds the encoded text (a length byte and the letters of each field), 4 bytes each of row number,
//! end offset, birth date, death date, findings offset and presence, 2 bytes of flags and score, and 2 bytes per
//! finding.

mod sexes;

use super::before::{Before, Befores};
use super::packed_text::{
    PatientView, decode_patient, encode_patient, view_contacts, view_first_external_id, view_patient,
};
use super::{
    AssessedPatient, CivilDate, DateOrder, Finding, FindingCode, Patient, Presence, RowRef, Severity, Sex, SexLetter,
    Shared, SourceId, Text,
};

const BIRTH_AMBIGUOUS: u8 = 1;
const DEATH_AMBIGUOUS: u8 = 2;
const REJECTED: u8 = 4;
const HELD: u8 = 8;
// The four bits above are those of `Shared`.

/// The patients of some consecutive rows of one table.
#[derive(Debug, Default)]
pub struct PackedBatch {
    text: String,
    text_ends: Vec<u32>,
    rows: Vec<u32>,
    births: Vec<u32>,
    deaths: Vec<u32>,
    flags: Vec<u8>,
    presences: Vec<Presence>,
    completeness: Vec<u8>,
    findings: Vec<Finding>,
    finding_ends: Vec<u32>,
    late_findings: Vec<(u32, Finding)>,
    befores: Befores,
}

/// The order of day and month in the date columns of a table; `None` if nothing shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateOrders {
    /// Of the dates of birth.
    pub birth: Option<DateOrder>,
    /// Of the dates of death.
    pub death: Option<DateOrder>,
}

impl PackedBatch {
    /// Appends a row.
    pub fn push(&mut self, assessed: &AssessedPatient) {
        let patient = &assessed.patient;
        let sex = assessed.sex_letter.map(SexLetter::letter);
        encode_patient(&mut self.text, patient, sex.or(patient.sex.map(Sex::letter)));
        self.text_ends.push(offset(self.text.len()));
        self.rows.push(assessed.row);
        self.births.push(patient.birth_date.map_or(0, CivilDate::packed));
        self.deaths.push(patient.death_date.map_or(0, CivilDate::packed));
        let mut flags = 0;
        if assessed.birth_date_ambiguous {
            flags |= BIRTH_AMBIGUOUS;
        }
        if assessed.death_date_ambiguous {
            flags |= DEATH_AMBIGUOUS;
        }
        flags |= severity_flag(assessed.gravest());
        self.flags.push(flags);
        self.presences.push(assessed.presence);
        self.completeness.push(assessed.completeness);
        self.findings.extend_from_slice(&assessed.findings);
        self.finding_ends.push(offset(self.findings.len()));
    }

    /// Keeps what a cell of the row pushed last held before it became `after`.
    pub fn note_before(&mut self, field: super::Field, before: &str, after: &str) {
        self.befores.push(offset(self.rows.len().saturating_sub(1)), field, before, after);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Gives back what growing left over; a batch is not pushed to afterwards.
    #[must_use]
    pub fn shrunk(mut self) -> Self {
        self.text.shrink_to_fit();
        self.findings.shrink_to_fit();
        self.befores.shrink();
        self
    }

    /// Settles the ambiguous dates of this batch once the order of its columns is known; `None` holds the rows. A date
    /// that lies after `today` in that order goes, and the row is scored again.
    pub fn settle_dates(&mut self, orders: &DateOrders, today: CivilDate, score: impl Fn(Presence) -> u8) {
        for index in 0..self.rows.len() {
            let flags = self.flags.get(index).copied().unwrap_or_default();
            let (mut is_late, mut is_settled) = (false, true);
            for (flag, order) in [(BIRTH_AMBIGUOUS, orders.birth), (DEATH_AMBIGUOUS, orders.death)] {
                is_late |= flags & flag != 0;
                is_settled &= flags & flag == 0 || order.is_some();
                self.settle_date(index, flag, order, today, &score);
            }
            if is_late && is_settled && self.is_dead_before_birth(index) {
                self.add_finding(index, Finding::in_field(FindingCode::DeathBeforeBirth, super::Field::DeathDate));
            }
        }
    }

    /// Holds the rows whose date in a column may have day and month exchanged; the field is that of birth or of death.
    pub fn hold_exchanged_dates(&mut self, field: super::Field) {
        for index in 0..self.rows.len() {
            let dates = if field == super::Field::BirthDate { &self.births } else { &self.deaths };
            let date = dates.get(index).copied().and_then(CivilDate::from_packed);
            if date.is_some_and(|date| date.swapped().is_some_and(|other| other != date)) {
                self.add_finding(index, Finding::in_field(FindingCode::DateExchanged, field));
            }
        }
    }

    fn is_dead_before_birth(&self, index: usize) -> bool {
        let date = |dates: &[u32]| dates.get(index).copied().filter(|packed| *packed != 0);
        date(&self.deaths).zip(date(&self.births)).is_some_and(|(died, born)| died < born)
    }

    fn settle_date(
        &mut self,
        index: usize,
        flag: u8,
        order: Option<DateOrder>,
        today: CivilDate,
        score: &impl Fn(Presence) -> u8,
    ) {
        let Some(flags) = self.flags.get_mut(index) else { return };
        if *flags & flag == 0 {
            return;
        }
        *flags &= !flag;
        let (dates, field, ahead) = if flag == BIRTH_AMBIGUOUS {
            (&mut self.births, super::Field::BirthDate, FindingCode::BirthDateInFuture)
        } else {
            (&mut self.deaths, super::Field::DeathDate, FindingCode::DeathDateUnreadable)
        };
        let Some(order) = order else {
            return self.add_finding(index, Finding::in_field(FindingCode::DateAmbiguous, field));
        };
        let Some(packed) = dates.get_mut(index) else { return };
        let read = CivilDate::from_packed(*packed);
        let settled = if order == DateOrder::DayFirst { read.and_then(CivilDate::swapped).or(read) } else { read };
        let kept = settled.filter(|date| *date <= today);
        *packed = kept.map_or(0, CivilDate::packed);
        if settled.is_none() || kept.is_some() {
            return;
        }
        if let (Some(presence), Some(completeness)) = (self.presences.get_mut(index), self.completeness.get_mut(index))
        {
            *presence = presence.without_all(Presence::default().with(field));
            *completeness = score(*presence);
        }
        self.add_finding(index, Finding::in_field(ahead, field));
    }

    /// Marks rows whose values are shared by too many people: a finding each, and a score without the value.
    fn discount(&mut self, marks: impl Iterator<Item = (usize, Shared)>, score: &impl Fn(Presence) -> u8) {
        for (index, shared) in marks {
            let Some(flags) = self.flags.get_mut(index) else { continue };
            *flags |= shared.flag() | severity_flag(Some(shared.code().severity()));
            self.late_findings.push((offset(index), Finding::in_field(shared.code(), shared.field())));
            if let (Some(presence), Some(completeness)) =
                (self.presences.get_mut(index), self.completeness.get_mut(index))
            {
                *presence = presence.without_all(shared.discounted());
                *completeness = score(*presence);
            }
        }
        self.late_findings.sort_unstable();
    }

    /// Adds a finding that only became known after the row was packed.
    pub fn add_finding(&mut self, index: usize, finding: Finding) {
        if let Some(flags) = self.flags.get_mut(index) {
            *flags |= severity_flag(Some(finding.severity()));
            self.late_findings.push((offset(index), finding));
            self.late_findings.sort_unstable();
        }
    }
}

/// Offsets within a batch are far below 4 GiB, because a batch holds at most some thousand rows.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn severity_flag(severity: Option<Severity>) -> u8 {
    match severity {
        Some(Severity::Reject) => REJECTED,
        Some(Severity::Hold) => HELD,
        Some(Severity::Info | Severity::Changed | Severity::Warn) | None => 0,
    }
}

/// One packed row; decoding is done part by part, on demand.
#[derive(Clone, Copy, Debug)]
pub struct PackedRow<'a> {
    batch: &'a PackedBatch,
    index: usize,
    source: SourceId,
}

impl<'a> PackedRow<'a> {
    /// Where the row came from.
    pub fn row_ref(&self) -> RowRef {
        RowRef { source: self.source, row: self.batch.rows.get(self.index).copied().unwrap_or_default() }
    }

    /// 0 to 100.
    pub fn completeness(&self) -> u8 {
        self.batch.completeness.get(self.index).copied().unwrap_or_default()
    }

    /// Which fields hold a value that counts.
    pub fn presence(&self) -> Presence {
        self.batch.presences.get(self.index).copied().unwrap_or_default()
    }

    /// Whether a finding rejects the row.
    pub fn is_rejected(&self) -> bool {
        self.flag(REJECTED)
    }

    /// Whether a finding holds the row, and none rejects it.
    pub fn is_held(&self) -> bool {
        self.flag(HELD) && !self.flag(REJECTED)
    }

    fn flag(&self, flag: u8) -> bool {
        self.batch.flags.get(self.index).is_some_and(|flags| flags & flag != 0)
    }

    /// The findings of the row, those of assessing first.
    pub fn findings(&self) -> impl Iterator<Item = Finding> + 'a {
        let batch = self.batch;
        let index = offset(self.index);
        let start = if self.index == 0 { 0 } else { batch.finding_ends.get(self.index - 1).copied().unwrap_or(0) };
        let end = batch.finding_ends.get(self.index).copied().unwrap_or(start);
        let early = batch.findings.get(start as usize..end as usize).unwrap_or_default();
        let from = batch.late_findings.partition_point(|(row, _)| *row < index);
        let late = batch.late_findings.get(from..).unwrap_or_default();
        let late = late.iter().take_while(move |(row, _)| *row == index).map(|(_, finding)| *finding);
        early.iter().copied().chain(late)
    }

    /// Date of birth, without decoding the rest.
    pub fn birth_date(&self) -> Option<CivilDate> {
        self.batch.births.get(self.index).copied().and_then(CivilDate::from_packed)
    }

    fn death_date(&self) -> Option<CivilDate> {
        self.batch.deaths.get(self.index).copied().and_then(CivilDate::from_packed)
    }

    /// The first external id; empty when there is none.
    pub fn first_external_id(&self) -> &'a str {
        view_first_external_id(self.text())
    }

    /// The patient, read where it lies.
    pub fn view(&self) -> PatientView<'a> {
        let mut view = view_patient(self.text());
        view.birth_date = self.birth_date();
        view.death_date = self.death_date();
        view
    }

    /// The texts that distinguish and reach people, without decoding or copying any.
    pub fn contact_texts(&self) -> ContactTexts<'a> {
        view_contacts(self.text())
    }

    /// Whether a value of the row is shared by too many people to be evidence.
    pub fn is_shared(&self, shared: Shared) -> bool {
        self.flag(shared.flag())
    }

    /// The patient as far as it is evidence: without the contacts that too many people share. The birth date stays,
    /// because two that differ still distinguish people; [`PackedRow::is_shared`] says whether agreement in it means
    /// anything.
    pub fn evidence(&self) -> Patient {
        let mut patient = self.patient();
        if self.is_shared(Shared::Phone) {
            patient.phone = None;
        }
        if self.is_shared(Shared::Email) {
            patient.email = None;
        }
        if self.is_shared(Shared::Address) {
            patient.address.line1 = Text::default();
            patient.address.line2 = Text::default();
        }
        patient
    }

    /// [`PackedRow::evidence`], read where it lies.
    pub fn evidence_view(&self) -> PatientView<'a> {
        let mut view = self.view();
        if self.is_shared(Shared::Phone) {
            view.phone = "";
        }
        if self.is_shared(Shared::Email) {
            view.email = "";
        }
        if self.is_shared(Shared::Address) {
            let [.., city, state, postal_code] = view.address;
            view.address = ["", "", city, state, postal_code];
        }
        view
    }

    /// The encoded patient.
    fn text(&self) -> &'a str {
        let start = if self.index == 0 { 0 } else { self.batch.text_ends.get(self.index - 1).copied().unwrap_or(0) };
        let end = self.batch.text_ends.get(self.index).copied().unwrap_or(start);
        self.batch.text.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The patient.
    pub fn patient(&self) -> Patient {
        let mut patient = decode_patient(self.text());
        patient.birth_date = self.birth_date();
        patient.death_date = self.death_date();
        patient
    }
}

/// Some texts of a packed row; empty where it has none. `Debug` is left out on purpose: it is personal data.
#[derive(Clone, Copy)]
pub struct ContactTexts<'a> {
    /// Given name.
    pub first: &'a str,
    /// Family name.
    pub last: &'a str,
    /// Street line of the home address.
    pub line1: &'a str,
    /// Unit of the home address.
    pub line2: &'a str,
    /// City of the home address.
    pub city: &'a str,
    /// ZIP or ZIP+4, as it is sent.
    pub postal_code: &'a str,
    /// The ten digits of the telephone number.
    pub phone: &'a str,
    /// The e-mail address, in lower case.
    pub email: &'a str,
}

/// Every row of a run in input order.
#[derive(Debug, Default)]
pub struct PatientStore {
    batches: Vec<(SourceId, PackedBatch)>,
    starts: Vec<u32>,
    rows: u32,
}

impl PatientStore {
    /// Appends the next rows in input order.
    pub fn push(&mut self, source: SourceId, batch: PackedBatch) {
        self.starts.push(self.rows);
        self.rows += offset(batch.len());
        self.batches.push((source, batch));
    }

    /// Keeps the first so many batches: those behind them were there to be compared with.
    pub fn keep_batches(&mut self, count: usize) {
        self.batches.truncate(count);
        self.starts.truncate(count);
        self.rows = self.batches.iter().map(|(_, batch)| offset(batch.len())).sum();
    }

    /// Number of rows; also the first index that is not one.
    pub fn len(&self) -> u32 {
        self.rows
    }

    /// Whether no row was read.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The batches of one table, to settle what only the whole table shows.
    pub fn batches_of(&mut self, source: SourceId) -> impl Iterator<Item = &mut PackedBatch> {
        self.batches.iter_mut().filter(move |(id, _)| *id == source).map(|(_, batch)| batch)
    }

    /// Marks rows, sorted by index, whose values are shared by too many people, and scores them again by what still
    /// counts.
    pub fn discount(&mut self, marks: &[(u32, Shared)], score: impl Fn(Presence) -> u8) {
        let mut rest = marks;
        for (start, (_, batch)) in self.starts.iter().zip(&mut self.batches) {
            let end = start + offset(batch.len());
            let (here, later) = rest.split_at(rest.partition_point(|(index, _)| *index < end));
            if !here.is_empty() {
                batch.discount(here.iter().map(|(index, shared)| ((index - start) as usize, *shared)), &score);
            }
            rest = later;
        }
    }

    /// The row at an index below [`PatientStore::len`].
    pub fn row(&self, index: u32) -> Option<PackedRow<'_>> {
        let batch = self.starts.partition_point(|start| *start <= index).checked_sub(1)?;
        let within = index - self.starts.get(batch)?;
        let (source, packed) = self.batches.get(batch)?;
        ((within as usize) < packed.len()).then_some(PackedRow {
            batch: packed,
            index: within as usize,
            source: *source,
        })
    }

    /// Number of batches, for work that is shared out by batch.
    pub fn batch_count(&self) -> usize {
        self.batches.len()
    }

    /// The rows of one batch with their indices.
    pub fn batch_rows(&self, batch: usize) -> impl Iterator<Item = (u32, PackedRow<'_>)> {
        let start = self.starts.get(batch).copied().unwrap_or_default();
        self.batches.get(batch).into_iter().flat_map(move |(source, packed)| {
            (0..packed.len())
                .map(move |index| (start + offset(index), PackedRow { batch: packed, index, source: *source }))
        })
    }

    /// The rows of one batch of which a value was changed or dropped, with what its cells held.
    pub fn changed_rows(&self, batch: usize) -> impl Iterator<Item = (PackedRow<'_>, Vec<Before<'_>>)> {
        let of_batch = self.batches.get(batch);
        let mut befores = of_batch.map(|(_, packed)| packed.befores.iter().peekable());
        std::iter::from_fn(move || {
            let (source, packed) = of_batch?;
            let befores = befores.as_mut()?;
            let row = befores.peek()?.row;
            let of_row = std::iter::from_fn(|| befores.next_if(|before| before.row == row)).collect();
            Some((PackedRow { batch: packed, index: row as usize, source: *source }, of_row))
        })
    }

    /// All rows in input order with their indices.
    pub fn rows(&self) -> impl Iterator<Item = (u32, PackedRow<'_>)> {
        (0..self.batches.len()).flat_map(|batch| self.batch_rows(batch))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        AdditionalName, Address, Email, ExternalId, Field, PersonName, Phone, PostalCode, Sex, State, Text, Unsendable,
    };

    fn text(value: &str) -> Text {
        Text::from_text(value)
    }

    fn sample() -> AssessedPatient {
        AssessedPatient {
            row: 17,
            patient: Patient {
                subject_id: Some(Uuid::from_u128(7)),
                name: PersonName { first: text("Ann"), middle: text(""), last: text("Ng"), suffix: text("III") },
                additional_names: vec![AdditionalName {
                    first: text(""),
                    middle: text(""),
                    last: text("Ó".repeat(200).as_str()),
                }],
                birth_date: CivilDate::new(1980, 3, 4),
                death_date: None,
                sex: Some(Sex::Female),
                address: Address {
                    line1: text("1 Main St"),
                    line2: text(""),
                    city: text("Minneapolis"),
                    state: State::from_code("MN"),
                    postal_code: PostalCode::from_digits("554011234"),
                },
                additional_addresses: vec![Address { city: text("St. Paul"), ..Address::default() }],
                phone: Phone::from_digits("6125550123"),
                email: Email::parse("ann@clinic.example.org"),
                external_ids: vec![ExternalId { system: text("A"), value: text("0012") }],
                labels: vec![text("cohort 1")],
                unsendable: Unsendable {
                    birth_digits: 19_010_412,
                    postal_code: text("K1A 0B1"),
                    phone: 442_079_460_958,
                },
            },
            findings: vec![Finding::in_field(FindingCode::SexMissing, Field::Sex)],
            presence: Presence::from_fields([Field::FirstName, Field::Sex]).deceased(),
            completeness: 88,
            birth_date_ambiguous: true,
            death_date_ambiguous: false,
            sex_letter: None,
        }
    }

    fn packed(times: usize) -> PatientStore {
        let mut store = PatientStore::default();
        for source in 0..2 {
            let mut batch = PackedBatch::default();
            for _ in 0..times {
                batch.push(&sample());
            }
            store.push(SourceId(source), batch.shrunk());
        }
        store
    }

    #[test]
    fn what_is_packed_comes_back_the_same() {
        let store = packed(3);
        assert_eq!(store.len(), 6);
        for (index, row) in store.rows() {
            assert_eq!(row.patient(), sample().patient);
            let first = row.patient().external_ids.first().map(|id| id.value.as_text().to_owned());
            assert_eq!(row.first_external_id(), first.unwrap_or_default());
            assert_eq!(row.findings().collect::<Vec<_>>(), sample().findings);
            assert_eq!((row.completeness(), row.presence()), (88, sample().presence));
            assert_eq!(store.row(index).map(|row| row.row_ref()), Some(row.row_ref()));
        }
        assert!(store.row(6).is_none());
    }

    #[test]
    fn a_shared_value_is_kept_and_counts_no_more() {
        let mut store = packed(2);
        let before = store.row(0).expect("a row").patient();
        store.discount(&[(1, Shared::Phone), (2, Shared::Email), (2, Shared::BirthDate)], |presence| {
            u8::from(presence.has(Field::Sex))
        });
        let flags = |index: u32| {
            let row = store.row(index).expect("a row");
            let evidence = row.evidence();
            let found = row.findings().filter(|finding| finding.severity() == Severity::Warn).count();
            (evidence.phone.is_some(), evidence.email.is_some(), row.is_shared(Shared::BirthDate), found)
        };
        assert_eq!([0, 1, 2].map(flags), [(true, true, false, 1), (false, true, false, 2), (true, false, true, 3)]);
        assert_eq!([0, 1, 2].map(|index| store.row(index).map(|row| row.completeness())), [Some(88), Some(1), Some(1)]);
        assert!((0..3).all(|index| store.row(index).expect("a row").patient() == before), "it is sent as it was");
        let row = store.row(3).expect("a row");
        let texts = row.contact_texts();
        assert_eq!((texts.first, texts.last, texts.line1, texts.city), ("Ann", "Ng", "1 Main St", "Minneapolis"));
        assert_eq!(
            (texts.postal_code, texts.phone, texts.email),
            ("55401-1234", "6125550123", "ann@clinic.example.org")
        );
    }

    fn day(year: u16, month: u8, day: u8) -> CivilDate {
        CivilDate::new(year, month, day).expect("a date")
    }

    #[test]
    fn a_date_that_lies_ahead_in_the_order_of_its_column_goes() {
        let mut store = packed(1);
        for (source, order) in [(0, DateOrder::MonthFirst), (1, DateOrder::DayFirst)] {
            for batch in store.batches_of(SourceId(source)) {
                let orders = DateOrders { birth: Some(order), death: None };
                batch.settle_dates(&orders, day(1980, 3, 4), |presence| u8::from(presence.has(Field::BirthDate)));
            }
        }
        let row = |index| store.row(index).expect("a row");
        assert_eq!(row(0).birth_date(), Some(day(1980, 3, 4)));
        assert_eq!((row(1).birth_date(), row(1).completeness()), (None, 0));
        assert!(row(1).findings().any(|finding| finding.code == FindingCode::BirthDateInFuture));
    }

    #[test]
    fn a_death_before_the_birth_is_told_once_the_order_of_the_columns_is_known() {
        let found = |birth, death| {
            let mut batch = PackedBatch::default();
            let patient =
                Patient { birth_date: Some(day(1980, 3, 4)), death_date: Some(day(1980, 5, 3)), ..Patient::default() };
            batch.push(&AssessedPatient {
                row: 2,
                patient,
                birth_date_ambiguous: true,
                death_date_ambiguous: true,
                ..AssessedPatient::default()
            });
            batch.settle_dates(&DateOrders { birth, death }, day(2026, 11, 26), |_| 0);
            let mut store = PatientStore::default();
            store.push(SourceId(0), batch);
            store.row(0).expect("a row").findings().any(|finding| finding.code == FindingCode::DeathBeforeBirth)
        };
        let (day_first, month_first) = (Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst));
        assert!(found(day_first, day_first), "born on 3 April, died on 5 March");
        assert!(!found(month_first, month_first));
        assert!(!found(day_first, None), "a date that nobody can read is no death before the birth");
    }

    #[test]
    fn a_day_first_column_swaps_and_an_undecided_one_holds() {
        let mut store = packed(1);
        for batch in store.batches_of(SourceId(0)) {
            let orders = DateOrders { birth: Some(DateOrder::DayFirst), death: None };
            batch.settle_dates(&orders, day(2026, 11, 26), |_| 0);
        }
        for batch in store.batches_of(SourceId(1)) {
            batch.settle_dates(&DateOrders::default(), day(2026, 11, 26), |_| 0);
        }
        let swapped = store.row(0).expect("a row");
        assert_eq!(swapped.birth_date().map(CivilDate::to_iso).as_deref(), Some("1980-04-03"));
        assert!(!swapped.is_held());
        let held = store.row(1).expect("a row");
        assert!(held.is_held());
        assert!(held.findings().any(|finding| finding.code == FindingCode::DateAmbiguous));
    }
}
