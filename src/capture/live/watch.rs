//! What a live capture has counted and what happened to it, for whoever watches from another thread; and the way to
//! end it.
//!
//! In: what the recorder tells. Out: [`Counts`] at any time, lines for people, once each, and the wish to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Lines kept for somebody to fetch; an interface that goes up and down for hours must not fill memory.
const LINES: usize = 256;

/// The counters, shared. A clone is another handle to the same.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    packets: AtomicU64,
    bytes: AtomicU64,
    accepted: AtomicU64,
    dropped: AtomicU64,
    removed: AtomicU64,
    unkept: AtomicU64,
    kept_bytes: AtomicU64,
    stop: Arc<AtomicBool>,
    renamed: AtomicBool,
    over: AtomicBool,
    said: Mutex<Vec<String>>,
}

/// What was counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets taken from the kernel.
    pub packets: u64,
    /// Their bytes, as captured.
    pub bytes: u64,
    /// Packets that passed the capture filter, by the kernel's count.
    pub accepted: u64,
    /// Of those, packets the kernel dropped because its ring was full.
    pub dropped: u64,
    /// Packets in files that a ring of files has removed.
    pub removed: u64,
    /// Packets that could not be kept: the file could take no more, or somebody else cut or removed it.
    pub unkept: u64,
    /// Bytes in files, those of removed files included.
    pub kept_bytes: u64,
}

impl Watch {
    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let shared = &self.0;
        Counts {
            packets: of(&shared.packets),
            bytes: of(&shared.bytes),
            accepted: of(&shared.accepted),
            dropped: of(&shared.dropped),
            removed: of(&shared.removed),
            unkept: of(&shared.unkept),
            kept_bytes: of(&shared.kept_bytes),
        }
    }

    /// Asks the capture to end.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// The flag behind [`Watch::stop`], for a signal handler to set.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.stop)
    }

    /// The capture was asked to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    /// The capture has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }

    /// What happened since the last call, a line each.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn say(&self, line: String) {
        let mut said = self.0.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() < LINES {
            said.push(line);
        }
    }

    pub(super) fn count(&self, bytes: usize) {
        self.0.packets.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
    }

    pub(super) fn set_drops(&self, drops: super::Drops) {
        self.0.accepted.store(drops.accepted, Ordering::Relaxed);
        self.0.dropped.store(drops.dropped, Ordering::Relaxed);
    }

    pub(super) fn add_removed(&self, packets: u64) {
        self.0.removed.fetch_add(packets, Ordering::Relaxed);
    }

    pub(super) fn add_unkept(&self, packets: u64) {
        self.0.unkept.fetch_add(packets, Ordering::Relaxed);
    }

    pub(super) fn add_kept(&self, bytes: u64) {
        self.0.kept_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The file that packets are kept in has another name now than it was given. Known once the capture is over.
    #[must_use]
    pub fn is_renamed(&self) -> bool {
        self.0.renamed.load(Ordering::Acquire)
    }

    pub(super) fn set_renamed(&self) {
        self.0.renamed.store(true, Ordering::Release);
    }

    pub(super) fn set_over(&self) {
        self.0.over.store(true, Ordering::Release);
    }
}
