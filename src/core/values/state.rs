//! States and territories in a cell of their own.

use crate::domain::State;
use crate::rules::StateRules;

/// The state that a cleaned cell names: once, twice or with its country.
pub(crate) fn read_state(text: &str, states: &StateRules) -> Option<State> {
    states.find(text).or_else(|| states.find_repeated(text))
}
