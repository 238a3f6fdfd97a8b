//! Randomness that can be asked again: the draws of one person or one row depend on the seed and its number only.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Where all draws of one roster come from. Persons and rows have keys of their own, each number its own stream.
pub(super) struct DrawSource {
    persons: ChaCha8Rng,
    rows: ChaCha8Rng,
    neighbourhoods: ChaCha8Rng,
    names: ChaCha8Rng,
}

impl DrawSource {
    /// The draws of a seed. `ChaCha8` gives the same sequence on every platform and in every version.
    pub(super) fn new(seed: u64) -> Self {
        Self { persons: keyed(seed, 1), rows: keyed(seed, 2), neighbourhoods: keyed(seed, 3), names: keyed(0, 4) }
    }

    /// The draws that make the person with this number.
    pub(super) fn person(&self, index: u64) -> Draws {
        stream(&self.persons, index)
    }

    /// The draws that divide the people of a neighbourhood into households.
    pub(super) fn neighbourhood(&self, index: u64) -> Draws {
        stream(&self.neighbourhoods, index)
    }

    /// The draws that make the rare names of a table: the same for every seed, as a country has one stock of names.
    pub(super) fn rare_names(&self, table: u64) -> Draws {
        stream(&self.names, table)
    }

    /// The draws that decide how the row with this number is written.
    pub(super) fn row(&self, index: u64) -> Draws {
        stream(&self.rows, index)
    }
}

fn keyed(seed: u64, domain: u8) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = domain;
    ChaCha8Rng::from_seed(key)
}

fn stream(untouched: &ChaCha8Rng, index: u64) -> Draws {
    // A copy of a generator that has drawn nothing yet: changing the stream of a used one would compute its block
    // twice.
    let mut generator = untouched.clone();
    generator.set_stream(index);
    Draws(generator)
}

/// A sequence of draws.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// A number below `bound`; 0 where `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(product >> 32).unwrap_or_default()
    }

    /// A number below a `bound` of any size; 0 where `bound` is 0.
    pub(super) fn below_wide(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    /// An index into a list of `length` items.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    /// One of the items; the default for an empty list.
    pub(super) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.index(items.len());
        items.get(index).copied().unwrap_or_default()
    }

    /// True with a probability of `share`, 0 to 1; never for what is not a number.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        f64::from(self.0.next_u32()) < share * 4_294_967_296.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_same_draws_whenever_it_is_asked() {
        let source = DrawSource::new(7);
        let first: Vec<u32> = (0..5)
            .map({
                let mut draws = source.person(3);
                move |_| draws.below(1000)
            })
            .collect();
        source.person(4).below(1000);
        let again: Vec<u32> = (0..5)
            .map({
                let mut draws = source.person(3);
                move |_| draws.below(1000)
            })
            .collect();
        let as_row: Vec<u32> = (0..5)
            .map({
                let mut draws = source.row(3);
                move |_| draws.below(1000)
            })
            .collect();
        assert_eq!(first, again);
        assert_ne!(first, as_row);
    }

    #[test]
    fn draws_stay_below_their_bound() {
        let mut draws = DrawSource::new(1).row(0);
        assert!((0..1000).all(|_| draws.below(7) < 7 && draws.below_wide(1 << 40) < 1 << 40));
        assert_eq!((draws.below(0), draws.below_wide(0), draws.index(0)), (0, 0, 0));
        assert!(!draws.chance(0.0) && draws.chance(1.0) && !draws.chance(f64::NAN));
    }
}
