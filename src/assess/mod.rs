//! Can it be sent, and how well can it be matched: required fields, the vendor's limits, completeness by tier.

mod completeness;
mod limits;
mod required;

pub use completeness::{is_valid, scores_if_supplied};
pub use limits::check_vendor_limits;
pub use required::assess;
