//! Counts the memory that is in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is unsafe to write; this one hands everything on")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

static ALONE: Mutex<()> = Mutex::new(());

/// Watches the memory that one test uses, while no other that watches runs.
pub struct Watch {
    before: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Watch {
    pub fn begin() -> Watch {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let before = LIVE.load(Relaxed);
        PEAK.store(before, Relaxed);
        Watch { before, _alone: alone }
    }

    /// No more than so many bytes were in use at once since the beginning.
    #[track_caller]
    pub fn at_most(self, bytes: usize) {
        let peak = PEAK.load(Relaxed).saturating_sub(self.before);
        assert!(peak <= bytes, "{peak} bytes at once, more than {bytes}");
    }
}
