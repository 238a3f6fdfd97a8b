//! What a caller may want to know while rosters are prepared.

/// Receives the progress of reading and matching. Every method does nothing unless it is implemented.
pub trait Watcher: Sync {
    /// Bytes read so far, over all rosters.
    fn bytes_read(&self, total: u64) {
        let _ = total;
    }

    /// Reading is done and matching begins.
    fn matching(&self, rows: u32, tables: usize) {
        let _ = (rows, tables);
    }

    /// Matching is done: pairs compared, pairs that are one person, and pairs to review.
    fn linked(&self, compared: u64, same: usize, review: usize) {
        let _ = (compared, same, review);
    }
}

/// A watcher that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}
