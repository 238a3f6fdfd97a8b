//! onroll takes a patient roster as people really send it, says what is wrong with it, and puts every patient on the
//! xCures roll exactly once, with every input row accounted for.
//!
//! A tour in the order of the pipeline: [`read`] turns bytes into rows, [`map`] columns into fields, [`normalise`] cells
//! into domain types with findings, [`assess`] looks for what is missing, [`matching`] finds the rows of one person,
//! [`plan`] gives each person its id, [`upload`] sends, and [`report`] balances the books. [`pipeline`] wires the stages;
//! docs/ARCHITECTURE.md has the invariants.
//!
//! ```
//! use onroll::pipeline::{IntakeSettings, Watcher, plan_persons, prepare};
//! use onroll::rules::Rules;
//!
//! struct Unwatched;
//! impl Watcher for Unwatched {
//!     fn bytes_read(&self, _total: u64) {}
//!     fn matching(&self, _rows: u32, _tables: usize) {}
//! }
//!
//! let rules = Rules::load(None)?;
//! let settings = IntakeSettings::on(onroll::clock::today());
//! let prepared = prepare(&["samples/clinic-a.csv".to_owned()], &rules, &settings, &Unwatched)?;
//! let persons = plan_persons(&prepared, &rules);
//! assert_eq!(prepared.store.len(), 215);
//! assert!(persons.outcomes.len() < 215, "some rows describe one person");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod clock;
pub mod domain;
mod fail_point;
pub mod private_file;
pub mod rules;

pub mod read;

mod values;

pub mod map;

pub mod normalise;

pub mod assess;

pub mod matching;

pub mod evaluate;

pub mod plan;

pub mod ledger;

pub mod upload;

pub mod report;

pub mod generate;

pub mod sandbox;

pub mod pipeline;

pub mod cli;
