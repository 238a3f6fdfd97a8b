//! Can it be sent, and how well can it be matched: required fields, the vendor's limits, completeness by tier,
//! matchability by published standards, and how many people may share a value.

mod changes;
mod completeness;
mod limits;
mod matchability;
mod presence;
mod required;
mod shared_limits;
mod shared_values;
mod supply;
mod tally;

pub use changes::note_changes;
pub use completeness::completeness;
pub use limits::{check_vendor_limits, is_within_vendor_limits};
pub use matchability::Matchability;
pub use required::assess;
pub use shared_limits::{too_many_at_contact, too_many_on_day};
pub use shared_values::discount_shared_values;
pub use supply::Supply;
pub use tally::Tally;
