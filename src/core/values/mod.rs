//! One reader of values: dates, telephone numbers, names, streets and places. `map` recognises a column with the
//! functions with which `normalise` reads its cells, so that a cell that is read as a date is counted as one.

pub(crate) mod contact;
pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod mend;
pub(crate) mod name;
pub(crate) mod one_line_address;
pub(crate) mod phone;
pub(crate) mod postal;
pub(crate) mod sex;
pub(crate) mod state;
pub(crate) mod street;
pub(crate) mod text;
pub(crate) mod words;
