//! How good the matching is: what it found beside what is true. Knows nothing of how pairs were found or weighed;
//! [`MatchingResult`] is all it asks for.

mod curve;
mod measure;
mod page;
mod row_sets;
mod score;
mod truth;

pub use curve::CurvePoint;
pub use measure::{Measure, PairBand, ScoredPair};
pub use page::{evaluation_page, evaluation_text};
pub use score::{Evaluation, MatchingResult, SCHEMA, TruthFacts, evaluate};
pub use truth::{Truth, TruthError};
