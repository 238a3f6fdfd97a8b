//! The ledger's one writer during an upload: a thread that joins what is waiting into one commit, because a commit
//! waits for the disk and requests should not wait for each other's.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::oneshot;

use crate::ledger::{Ledger, LedgerError, LedgerTransaction};

/// Most pieces of work in one commit.
const MOST_AT_ONCE: usize = 32;

type Delivery = Box<dyn FnOnce(Result<(), String>) + Send>;
type Work = Box<dyn FnOnce(&LedgerTransaction<'_>) -> Result<Delivery, (rusqlite::Error, Delivery)> + Send>;

/// A handle on what writes the ledger. Clones share it.
#[derive(Clone)]
pub struct LedgerWriter {
    route: Route,
    path: PathBuf,
}

#[derive(Clone)]
enum Route {
    Thread(mpsc::Sender<Work>),
    InPlace(Arc<Mutex<Ledger>>),
}

/// The thread itself.
#[derive(Debug)]
pub struct LedgerThread(thread::JoinHandle<Ledger>);

impl LedgerWriter {
    /// Hands the ledger to a thread of its own.
    pub fn start(ledger: Ledger) -> (Self, LedgerThread) {
        let (queue, waiting) = mpsc::channel::<Work>();
        let path = ledger.path().to_owned();
        let thread = thread::spawn(move || write_until_closed(ledger, &waiting));
        (Self { route: Route::Thread(queue), path }, LedgerThread(thread))
    }

    /// Writes in the caller's own time, one commit for each piece of work: slower, and the same order for the same
    /// input, as simulations need it.
    pub fn in_place(ledger: Arc<Mutex<Ledger>>) -> Self {
        let path = ledger.lock().unwrap_or_else(PoisonError::into_inner).path().to_owned();
        Self { route: Route::InPlace(ledger), path }
    }

    /// Runs `work` in a transaction. When this returns, what it wrote is on the disk, or none of it was written.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LedgerTransaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let queue = match &self.route {
            Route::Thread(queue) => queue,
            Route::InPlace(ledger) => return ledger.lock().unwrap_or_else(PoisonError::into_inner).write(work),
        };
        let (sender, receiver) = oneshot::channel();
        let boxed: Work = Box::new(move |transaction| match work(transaction) {
            Ok(value) => Ok(Box::new(move |result: Result<(), String>| {
                // A receiver that is gone wanted no answer.
                let _ = sender.send(result.map(|()| value));
            })),
            Err(error) => Err((
                error,
                Box::new(move |result: Result<(), String>| {
                    let _ = sender.send(Err(result.err().unwrap_or_default()));
                }),
            )),
        });
        let storage = |detail: String| LedgerError::Storage { path: self.path.clone(), detail };
        queue.send(boxed).map_err(|_| storage("its writer has ended".to_owned()))?;
        receiver.await.map_err(|_| storage("its writer has ended".to_owned()))?.map_err(storage)
    }
}

impl LedgerThread {
    /// Waits until every [`LedgerWriter`] is dropped and all is written, and gives the ledger back. `None`: the thread
    /// died.
    pub fn finish(self) -> Option<Ledger> {
        self.0.join().ok()
    }
}

fn write_until_closed(mut ledger: Ledger, waiting: &mpsc::Receiver<Work>) -> Ledger {
    while let Ok(first) = waiting.recv() {
        let mut deliveries = Vec::new();
        let written = ledger.write(|transaction| {
            let others = waiting.try_iter().take(MOST_AT_ONCE - 1);
            for work in std::iter::once(first).chain(others) {
                match work(transaction) {
                    Ok(delivery) => deliveries.push(delivery),
                    Err((error, delivery)) => {
                        deliveries.push(delivery);
                        return Err(error);
                    }
                }
            }
            Ok(())
        });
        for delivery in deliveries {
            delivery(written.as_ref().copied().map_err(detail_of));
        }
    }
    ledger
}

fn detail_of(error: &LedgerError) -> String {
    match error {
        LedgerError::Storage { detail, .. } => detail.clone(),
        other => other.to_string(),
    }
}
