//! Numbers that stand for texts: equal texts have equal ones, and different texts nearly never do. Not for keeping:
//! they may change from version to version.

/// A number for a text, 0 for the empty one alone.
pub(super) fn hash(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let state = words.iter().fold(text.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    for (target, source) in last.iter_mut().zip(rest) {
        *target = *source;
    }
    mixed(&[state, u64::from_le_bytes(last)]).max(1)
}

/// The same in 32 bits.
pub(super) fn short_hash(text: &str) -> u32 {
    if text.is_empty() { 0 } else { shortened(hash(text)) }
}

/// The upper half of a number, 0 for 0 alone.
#[allow(clippy::cast_possible_truncation, reason = "the upper half of 64 bits is 32")]
pub(super) fn shortened(number: u64) -> u32 {
    if number == 0 { 0 } else { ((number >> 32) as u32).max(1) }
}

/// One number from several, each bit of it depending on all of theirs.
pub(super) fn mixed(values: &[u64]) -> u64 {
    values.iter().fold(0x9e37_79b9_7f4a_7c15, |state: u64, value| {
        let state = mix(state, *value).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    })
}

/// Multiply and shift, after the finaliser of `SplitMix64` (public domain).
fn mix(state: u64, value: u64) -> u64 {
    let state = (state ^ value).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^ (state >> 27)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_empty_text_is_zero_and_different_texts_have_different_numbers() {
        assert_eq!((hash(""), short_hash(""), shortened(0)), (0, 0, 0));
        let texts: BTreeSet<String> =
            (0..20_000).map(|number| format!("{number}{}", "x".repeat(number % 19))).collect();
        let hashes: BTreeSet<u64> = texts.iter().map(|text| hash(text)).collect();
        assert_eq!(hashes.len(), texts.len());
        // 32 bits: about 20,000 squared over 2 to the power of 33 are expected to meet.
        let short: BTreeSet<u32> = texts.iter().map(|text| short_hash(text)).collect();
        assert!(short.len() + 2 >= texts.len(), "{}", short.len());
    }
}
