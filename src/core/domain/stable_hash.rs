//! One hash for texts, so that rooms do not each bring their own. It is XXH3, whose specification promises the same
//! number for the same bytes on every machine and in every version.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A number of 64 bits for bytes: different bytes, or another seed, nearly never have the same one.
///
/// It is no secret and no proof: whoever chooses the bytes can make two texts meet.
pub(crate) fn stable_hash(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_text_is_the_published_one_and_depends_on_the_seed() {
        // The value of the reference implementation for no bytes and seed 0.
        assert_eq!(stable_hash(b"", 0), 0x2d06_8005_38d3_94c2);
        assert_ne!(stable_hash(b"Ng", 0), stable_hash(b"Ng", 1));
    }
}
