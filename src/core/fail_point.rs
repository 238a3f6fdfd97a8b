//! Places at which a test can end the process at once, or have a write fail, to prove that a run can go on from there.
//! They are there in builds with debug assertions only; a release does nothing here.
//!
//! `ONROLL_FAIL_POINT=intent.durable=3:kill` ends the process at the third passage of `intent.durable` as `kill -9`
//! does; `enospc` and `eio` in place of `kill` have the operation fail as on a full or a broken disk, and `panic` has
//! it give up as a defect of a library does. `ONROLL_FAIL_POINT_TRACE=FILE` writes a line per passage.

use std::io;

/// Passes a place whose operation can fail.
#[cfg(debug_assertions)]
pub fn pass(point: &'static str) -> io::Result<()> {
    armed::pass(point)
}

/// Passes a place whose operation can fail: nothing happens in a release.
#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "as in a debug build")]
pub const fn pass(_point: &'static str) -> io::Result<()> {
    Ok(())
}

/// Passes a place at which a process can only die.
pub fn pass_or_die(point: &'static str) {
    // Where nothing is written, a disk cannot fail.
    let _ = pass(point);
}

#[cfg(debug_assertions)]
mod armed {
    use std::collections::BTreeMap;
    use std::io::{self, Write as _};
    use std::sync::{Mutex, OnceLock, PoisonError};

    struct Plan {
        point: String,
        passage: u32,
        action: String,
    }

    static PASSAGES: Mutex<BTreeMap<&'static str, u32>> = Mutex::new(BTreeMap::new());

    fn plan() -> Option<&'static Plan> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let read = || {
            let text = std::env::var("ONROLL_FAIL_POINT").ok()?;
            let (point, rest) = text.split_once('=')?;
            let (passage, action) = rest.split_once(':')?;
            Some(Plan { point: point.to_owned(), passage: passage.parse().ok()?, action: action.to_owned() })
        };
        PLAN.get_or_init(read).as_ref()
    }

    pub(super) fn pass(point: &'static str) -> io::Result<()> {
        let trace = std::env::var_os("ONROLL_FAIL_POINT_TRACE");
        if trace.is_none() && plan().is_none() {
            return Ok(());
        }
        let mut passages = PASSAGES.lock().unwrap_or_else(PoisonError::into_inner);
        let passage = passages.entry(point).or_default();
        *passage += 1;
        if let Some(trace) = trace {
            let mut file = fs_err::OpenOptions::new().append(true).create(true).open(trace)?;
            file.write_all(format!("{point}\n").as_bytes())?;
        }
        let Some(plan) = plan().filter(|plan| plan.point == point && plan.passage == *passage) else { return Ok(()) };
        match plan.action.as_str() {
            "enospc" => Err(io::Error::from(io::ErrorKind::StorageFull)),
            "eio" => Err(io::Error::other("input/output error")),
            #[expect(clippy::panic, reason = "what is tested is how a panic ends")]
            "panic" => panic!("a defect, made for a test"),
            _ => die(),
        }
    }

    /// Ends the process as the system's `kill -9` does: no destructor runs, nothing is flushed.
    fn die() -> ! {
        let pid = std::process::id().to_string();
        if std::process::Command::new("kill").args(["-KILL", &pid]).status().is_ok() {
            std::thread::sleep(std::time::Duration::from_secs(10));
        }
        std::process::abort()
    }
}
