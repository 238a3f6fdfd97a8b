//! onroll takes a patient roster as people really send it and puts every patient on the xCures roll exactly once.

pub mod clock;
pub mod domain;
pub mod private_file;
pub mod rules;

pub mod read;

pub mod map;

pub mod normalise;

pub mod assess;

pub mod matching;

pub mod plan;

pub mod ledger;

pub mod upload;

pub mod report;

pub mod generate;

pub mod sandbox;

pub mod pipeline;

pub mod cli;
