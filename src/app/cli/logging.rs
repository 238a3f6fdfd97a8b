//! Logging to stderr: only onroll's own events, which carry row references and codes and never patient data.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging: warnings by default, `-v` information, `-vv` details, `-q` errors.
pub(super) fn start(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    // Libraries below us would log addresses and header names; only our own target is let through.
    let ours = Targets::new().with_target("onroll", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).without_time().with_target(false);
    // A second call, as in tests, leaves the first in place.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}
