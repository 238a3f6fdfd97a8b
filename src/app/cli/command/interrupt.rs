//! Stopping on request: the first signal lets what is under way come to its end, the second one does not.

use std::io::Write as _;

use tokio::sync::watch;

use crate::cli::exit::Exit;
use crate::runs::quoted;

/// Turns true on the first SIGINT, SIGTERM or SIGHUP (Ctrl-C on Windows); the second one ends the process at once. The
/// ledger knows everything that was sent, so that either way the same command goes on.
pub(super) fn interrupted(runtime: &tokio::runtime::Runtime) -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    runtime.spawn(async move {
        if !signalled().await {
            return;
        }
        say("Stopping: waiting up to 30 s for open requests. Press Ctrl-C again to stop now.");
        // Nobody listens any more when the run is over.
        let _ = sender.send(true);
        if signalled().await {
            say(&format!("Stopped. To continue, run:\n  {}", same_command()));
            leave();
        }
    });
    receiver
}

#[expect(clippy::exit, reason = "the user asked twice; the ledger is whole at every moment")]
fn leave() -> ! {
    std::process::exit(i32::from(Exit::Paused as u8))
}

fn say(text: &str) {
    // A terminal that is gone is no reason not to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// `false`: signals cannot be listened to.
#[cfg(unix)]
async fn signalled() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()), signal(SignalKind::hangup()));
    let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = kinds else { return false };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    true
}

/// `false`: signals cannot be listened to.
#[cfg(not(unix))]
async fn signalled() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

/// The command line of this process, as a shell takes it.
pub(super) fn same_command() -> String {
    std::env::args().map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}
