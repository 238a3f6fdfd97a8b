//! What will happen to each person, decided before the first request: under which id, with which content, and whether
//! a request is needed at all.

mod changes_on_roll;
mod decide;
mod record;
mod stored;
mod subject_ids;

pub use changes_on_roll::{changes_on_roll, is_namesake};
pub use decide::{Action, IdsOfRun, PlannedSubject, draft_person, plan_person};
pub use record::to_subject_record;
pub use stored::{patient_of_record, subject_record_of};
pub use subject_ids::SubjectIds;
