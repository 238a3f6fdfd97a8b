//! The grammar of names: whole names in one cell, what stands beside a name in its cell, letter case, and what kind of
//! name a word is.

pub(crate) mod case;
pub(crate) mod doubtful;
pub(crate) mod kind;
pub(crate) mod parts;
pub(crate) mod whole;
