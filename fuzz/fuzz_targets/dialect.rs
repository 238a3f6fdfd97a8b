//! Any bytes have a dialect that can be read, and an even table of words has the one it was written with.
#![no_main]

#[path = "../laws/dialect.rs"]
mod dialect;

libfuzzer_sys::fuzz_target!(|data: &[u8]| dialect::check(data));
