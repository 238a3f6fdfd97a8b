//! The doorbell: everything happens in the library.

fn main() {}
