//! Opening a capture that may not have begun: a pipe into which nothing was written yet. The inspector is there all the
//! same and says what it waits for.
//!
//! In: a source. Out: the capture, at once or later, and a store that is empty until then.

use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use crate::capture::{self, Capture, OpenError, Source};
use crate::trace::ReadAt;

/// How long nothing is shown, so that what cannot be opened never takes the screen, as a rule.
const GRACE: Duration = Duration::from_millis(200);

/// A capture that is being opened, on a thread of its own.
pub(super) struct Opening(Receiver<Result<Capture, OpenError>>);

impl Opening {
    /// Begins.
    pub fn begin(source: Source, options: capture::Options) -> io::Result<Opening> {
        let (opened, result) = channel();
        // Nobody waits any more where the view was closed before.
        let open = move || drop(opened.send(source.capture(&options)));
        thread::Builder::new().name("open".to_owned()).spawn(open)?;
        Ok(Opening(result))
    }

    /// The capture, where it is open soon.
    pub fn soon(&self) -> Option<Result<Capture, OpenError>> {
        self.0.recv_timeout(GRACE).ok()
    }

    /// The capture, however long it takes.
    pub fn wait(self) -> Option<Result<Capture, OpenError>> {
        self.0.recv().ok()
    }
}

/// The bytes of a capture that may not be open yet: none until then.
#[derive(Default)]
pub(super) struct Late(OnceLock<Arc<dyn ReadAt>>);

impl Late {
    /// From now on the bytes are these.
    pub fn set(&self, store: Arc<dyn ReadAt>) {
        // It is opened once.
        let _ = self.0.set(store);
    }
}

impl ReadAt for Late {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.get().map_or(Ok(0), |store| store.read_at(position, into))
    }
}
