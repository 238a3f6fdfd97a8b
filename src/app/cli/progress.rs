//! Progress on stderr: bars on a terminal, plain lines elsewhere, nothing with `-q`.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use onroll_core::clock::Stopwatch;

/// What a stage counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Bytes read.
    Bytes,
    /// Patients.
    Patients,
}

/// How progress is shown in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Moving bars.
    Bars,
    /// One line when a stage ends.
    Lines,
    /// Nothing.
    Silent,
}

impl Progress {
    /// Bars when stderr is a terminal, else lines; nothing when quiet.
    pub(super) fn for_stderr(quiet: bool) -> Self {
        match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Self::Silent,
            (false, true) => Self::Bars,
            (false, false) => Self::Lines,
        }
    }

    /// Begins a stage of `total` units.
    pub(super) fn stage(self, title: &'static str, total: u64, unit: Unit) -> StageProgress {
        let bar = ProgressBar::with_draw_target(
            Some(total),
            if self == Self::Bars { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() },
        );
        let template = match unit {
            Unit::Bytes => "{msg:<10} [{bar:32}] {bytes} of {total_bytes}, {eta} left",
            Unit::Patients => "{msg:<10} [{bar:32}] {human_pos} of {human_len}, {eta} left",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(title);
        StageProgress { mode: self, title, bar, watch: Stopwatch::start() }
    }
}

/// A stage under way.
#[derive(Debug)]
pub(super) struct StageProgress {
    mode: Progress,
    title: &'static str,
    bar: ProgressBar,
    watch: Stopwatch,
}

impl StageProgress {
    /// Sets the count.
    pub(super) fn set(&self, units: u64) {
        self.bar.set_position(units);
    }

    /// Ends the stage with a line that says what it did.
    pub(super) fn finish(self, done: &str) -> Duration {
        let elapsed = self.watch.elapsed();
        self.bar.finish_and_clear();
        if self.mode != Progress::Silent {
            // A closed stderr is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{:<10} {done} ({:.1} s)", self.title, elapsed.as_secs_f64());
        }
        elapsed
    }
}
