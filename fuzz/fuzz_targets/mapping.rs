//! Any table is mapped or refused: no panic, no text that is in no cell, and a printed mapping can be given back.
#![no_main]

#[path = "../laws/mapping.rs"]
mod mapping;

libfuzzer_sys::fuzz_target!(|data: &[u8]| mapping::check(data));
