//! The vocabulary: what a patient, a finding, a person, a subject and an outcome are. No I/O, no async, and nothing
//! from the stages above it.

mod address;
mod before;
mod date;
mod decision;
mod email;
mod external_id;
mod field;
mod finding;
mod fold;
mod guard;
mod host;
mod invisible;
mod mapped_row;
mod name;
mod outcome;
mod packed;
mod packed_text;
mod patient;
mod person;
mod phi;
mod phone;
mod postal;
mod presence;
mod row_ref;
mod run_id;
mod sent_text;
mod sex;
mod shared;
mod social_security;
mod source_row;
mod stable_hash;
mod standing;
mod subject;
mod system_name;
mod table_id;

pub use address::Address;
pub use before::Before;
pub use date::{CivilDate, DateOrder};
pub use decision::{Decision, Mark, NewDecision, ON_ROLL, RecordedDecision, RowMarks};
pub use email::Email;
pub use external_id::ExternalId;
pub use field::{ColumnContent, ColumnMeaning, CombinedField, FIELD_FAMILIES, Field, FieldSlot};
pub use finding::{Finding, FindingCode, Severity};
pub use fold::{fold, fold_into};
pub use guard::{
    date_order_of_fix, fix_column, guarded, is_fix_header, is_own_header, is_own_table, starts_formula, unguarded,
    without_export_guard,
};
pub use host::Host;
pub use invisible::is_invisible;
pub use mapped_row::{MappedCell, MappedRow};
pub use name::{AdditionalName, PersonName, SuffixDestination};
pub use outcome::{Outcome, RowOutcome};
pub use packed::{ContactTexts, DateOrders, PackedBatch, PackedRow, PatientStore};
pub use packed_text::{PatientView, Texts};
pub use patient::{AssessedPatient, Patient, Unsendable};
pub use person::{MergedPlace, Origin, Person, PersonPart};
pub use phi::{Phi, Text};
pub use phone::Phone;
pub use postal::{PostalCode, State};
pub use presence::Presence;
pub use row_ref::{RowRef, SourceId};
pub use run_id::RunId;
pub use sent_text::{BETWEEN_VALUES, sent_text};
pub use sex::{Sex, SexEvidence, SexLetter, SexLetters};
pub use shared::Shared;
pub use social_security::{
    holds_social_security_number, is_bare_social_security_number, is_same_number, names_social_security_numbers,
    nine_digits,
};
pub use source_row::{CellKind, RowBatch, RowFault, RowPlace, SourceRow};
pub(crate) use stable_hash::stable_hash;
pub use standing::{ContentHash, IdentityMarks, KnownPerson, NewPerson, PersonState, RememberedRecord, RollPerson};
pub use subject::{AdditionalAddressRecord, AdditionalNameRecord, ExternalIdentifierRecord, SubjectRecord};
pub use system_name::SystemName;
pub use table_id::{TableId, TablePart, column_name};
