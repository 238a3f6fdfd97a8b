//! Any bytes are read as delimited text or refused in one sentence: no panic, rows in order, cells where they stand.
#![no_main]

#[path = "../laws/delimited.rs"]
mod delimited;

libfuzzer_sys::fuzz_target!(|data: &[u8]| delimited::check(data));
