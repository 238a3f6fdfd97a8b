//! The vocabulary: what a patient, a finding, a person, a subject and an outcome are. No I/O, no async, and nothing
//! from the stages above it.

mod address;
mod date;
mod email;
mod external_id;
mod field;
mod finding;
mod fold;
mod mapped_row;
mod name;
mod outcome;
mod packed;
mod patient;
mod person;
mod phi;
mod phone;
mod postal;
mod presence;
mod row_ref;
mod sex;
mod shared;
mod source_row;
mod subject;

pub use address::Address;
pub use date::{CivilDate, DateOrder};
pub use email::Email;
pub use external_id::ExternalId;
pub use field::{ColumnContent, ColumnMeaning, CombinedField, Field, FieldSlot};
pub use finding::{Finding, FindingCode, Severity};
pub use fold::{fold, fold_into};
pub use mapped_row::{MappedCell, MappedRow};
pub use name::{AdditionalName, PersonName};
pub use outcome::{Outcome, RowOutcome};
pub use packed::{ContactTexts, PackedBatch, PackedRow, PatientStore};
pub use patient::{AssessedPatient, Patient, Unsendable};
pub use person::Person;
pub use phi::{Phi, Text};
pub use phone::Phone;
pub use postal::{PostalCode, State};
pub use presence::Presence;
pub use row_ref::{RowRef, SourceId};
pub use sex::Sex;
pub use shared::Shared;
pub use source_row::{CellKind, RowBatch, RowFault, SourceRow};
pub use subject::{AdditionalAddressRecord, AdditionalNameRecord, ExternalIdentifierRecord, SubjectRecord};
