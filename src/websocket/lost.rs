//! A direction of which it is not known where the next frame starts.
//!
//! In: nothing. Out: [`Lost`], what there is of it until that is known.

use crate::base::{At, Backlog};

/// Bytes since the place was lost.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Bytes passed over before those held.
    pub(super) passed: u64,
    /// The gap since which, where there was one.
    pub(super) since: Option<At>,
    pub(super) held: Backlog,
    /// It was lost at a header that cannot be, where nothing is missing.
    pub(super) doubted: bool,
    /// Chunks held at which the next frame is looked for again.
    pub(super) look_at: usize,
}

crate::base::pack::pack_struct!(Lost { passed, since, held, doubted, look_at });
