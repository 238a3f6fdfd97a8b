//! onroll takes a patient roster as people really send it, says what is wrong with it, and puts every patient on the
//! xCures roll exactly once, with every input row accounted for.
//!
//! [`onroll_core`] does everything short of the network. This crate adds the [`ledger`] that remembers, the [`upload`]
//! that sends, [`runs`] that join the two so that a run can be killed at any moment, the vendor's API as a [`sandbox`],
//! and the command line.

pub mod ledger;

pub mod upload;

pub mod sandbox;

pub mod runs;

pub mod cli;
