//! Rows and changes go into the trace on a thread of their own.
//!
//! In: rows as they gather, and changes, in the order in which they were found. Out: a [`Trace`] into which they went in
//! that order. To pack columns costs about as much as to dissect, so whoever dissects hands rows on. So many lots go round: who
//! dissects faster than rows are packed waits. Where no thread is to be had, rows go in on the caller's.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::indexer::Shared;
use super::{Rows, Trace};

/// Lots of rows and changes on their way.
const ON_THE_WAY: usize = 16;

enum Work {
    Rows(Rows),
    Change(Box<dyn FnOnce(&mut Trace) + Send>),
    /// To be said when all before it is done.
    Mark(SyncSender<()>),
}

impl Work {
    /// The rows' buffers, to be filled again.
    fn go_into(self, shared: &Shared) -> Option<Rows> {
        match self {
            Work::Rows(mut rows) => {
                shared.write().add(&mut rows);
                return Some(rows);
            }
            Work::Change(change) => change(&mut shared.write()),
            // Who is gone does not wait.
            Work::Mark(done) => drop(done.send(())),
        }
        None
    }
}

/// The way into a trace.
#[derive(Debug)]
pub(super) struct Appender {
    shared: Shared,
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    work: SyncSender<Work>,
    used: Receiver<Rows>,
    handle: JoinHandle<()>,
}

impl Appender {
    pub(super) fn new(shared: Shared) -> Appender {
        let thread = Thread::start(shared.clone()).ok();
        Appender { shared, thread }
    }

    /// Rows go in; they are empty afterwards.
    pub(super) fn rows(&mut self, rows: &mut Rows) {
        let fresh = self.thread.as_ref().map(|thread| thread.used.try_recv());
        let fresh = fresh.and_then(Result::ok).unwrap_or_default();
        let used = self.hand_on(Work::Rows(std::mem::replace(rows, fresh)));
        if let Some(used) = used {
            *rows = used;
        }
    }

    /// The trace is changed behind everything that was handed on before.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Trace) + Send + 'static) {
        self.hand_on(Work::Change(Box::new(change)));
    }

    /// Returns when all that was handed on is in the trace.
    pub(super) fn wait(&mut self) {
        let (done, mark) = sync_channel(1);
        self.hand_on(Work::Mark(done));
        // Nothing is sent where the thread is gone, and then nothing is on its way.
        let _ = mark.recv();
    }

    fn hand_on(&mut self, work: Work) -> Option<Rows> {
        let work = match &self.thread {
            Some(thread) => thread.work.send(work).err()?.0,
            None => work,
        };
        self.thread = None;
        work.go_into(&self.shared)
    }
}

impl Drop for Appender {
    fn drop(&mut self) {
        if let Some(Thread { work, used, handle }) = self.thread.take() {
            drop((work, used));
            // It has said all it has to say: a panic of its own was printed.
            let _ = handle.join();
        }
    }
}

impl Thread {
    fn start(shared: Shared) -> std::io::Result<Thread> {
        let (work, to_do) = sync_channel(ON_THE_WAY);
        let (give_back, used) = sync_channel(ON_THE_WAY);
        let run = move || {
            while let Ok(work) = Receiver::<Work>::recv(&to_do) {
                if let Some(rows) = work.go_into(&shared) {
                    // Buffers that nobody has room for are let go.
                    let _ = SyncSender::try_send(&give_back, rows);
                }
            }
        };
        let handle = Builder::new().name("index".into()).spawn(run)?;
        Ok(Thread { work, used, handle })
    }
}
