//! Panics that may quote a cell. calamine gives up on some damaged `.xls` files with a panic, and the message of such a
//! panic can hold the value of a cell. The reader turns the panic into an error; nothing of the message may reach a
//! terminal or a log.

use std::cell::Cell;
use std::sync::Once;

thread_local! {
    static READS_CELLS: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one whose panics may quote a cell.
pub(super) fn mark_this_thread() {
    READS_CELLS.set(true);
}

/// Keeps the panics of readers from being printed, for the whole process and for good: wraps the panic hook that is set
/// now, and passes every other panic on to it. A program that reads rosters calls this once at its start. The kernel
/// never does so by itself, because the hook belongs to the program.
pub fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !READS_CELLS.get() {
                before(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_that_may_quote_a_cell_reaches_no_hook_and_every_other_one_does() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let name = std::thread::current().name().unwrap_or_default().to_owned();
            match name.strip_prefix("quiet test ") {
                Some(name) => noted.lock().expect("no panic while noting").push(name.to_owned()),
                None => usual(panic),
            }
        }));
        quiet_panics();
        let panicking = |name: &str, reads_cells: bool| {
            let work = move || {
                if reads_cells {
                    mark_this_thread();
                }
                panic!("Zebulon Quux");
            };
            let thread = std::thread::Builder::new().name(format!("quiet test {name}")).spawn(work);
            thread.expect("a thread").join().expect_err("it panics");
        };
        panicking("reader", true);
        panicking("other", false);
        assert_eq!(*seen.lock().expect("no panic while noting"), ["other"]);
    }
}
