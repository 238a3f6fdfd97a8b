//! The stages wired together. [`ingest`] takes rosters to assessed rows, [`link`] rows to persons, and [`plan_persons`]
//! or a [`Planner`] persons to what will happen to each. No stage's own logic is here, and no network and no database.

mod batch;
mod creations;
mod decisions;
mod error;
mod ingest;
mod ingest_file;
mod link;
mod memory;
mod persons;
mod planning;
mod prepared;
mod roll;
mod settings;
mod survey;
mod table;
mod watcher;

pub use creations::send_creations;
pub use error::PipelineError;
pub use ingest::{Ingested, ingest};
pub use link::{link, prepare};
pub use memory::{Memory, MemoryError};
pub use persons::{JudgedPerson, PersonOutcome, PlannedPersons, judge_person, plan_persons};
pub use planning::{NewPersons, Planner, Records, plan_in_view_of};
pub use prepared::Prepared;
pub use roll::Roll;
pub use settings::IngestSettings;
pub use survey::{Survey, survey_rosters};
pub use table::{TableFacts, Unsplit, UnsplitRow};
pub use watcher::{Unwatched, Watcher};
