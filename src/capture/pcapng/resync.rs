//! Finding back into a pcapng after a block that is not believed.
//!
//! The mark of a block is its length, which stands before and after it: where a type in use is followed by a length,
//! and the same length stands where that says, a block is believed. Should the block that was not believed end right
//! there by its trailing length, only its leading one was wrong, and it is taken after all.

use super::block::kind;
use super::order::Order;
use super::{Desk, Pcapng, Place, Verdict, is_pcapng};
use crate::base::limits::RESYNC_BLOCK_BYTES;
use crate::capture::warning::{Damage, Fault};
use crate::capture::window::{Lost, Window};

/// What stands somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// A block, or the end of the capture.
    Block,
    Nothing,
    /// It cannot be told before more bytes are there.
    Short,
}

/// The least length of a block of this type; `None` for types that are not in use.
fn least(kind: u32) -> Option<usize> {
    match kind {
        kind::SECTION => Some(28),
        kind::INTERFACE | kind::SECRETS => Some(20),
        kind::ENHANCED_PACKET | kind::OBSOLETE_PACKET => Some(32),
        kind::SIMPLE_PACKET | kind::NAMES => Some(16),
        kind::STATISTICS => Some(24),
        _ if kind::OTHERS.contains(&kind) => Some(16),
        _ => None,
    }
}

impl Pcapng {
    /// The block at `at` is not believed: begins to pass over bytes. `cut`: its length, where it may simply be cut off
    /// by the end of the capture.
    pub(super) fn doubt(&mut self, window: &Window<'_>, at: usize, fault: Fault, cut: Option<u64>) -> Verdict {
        self.lost = Some(Lost { from: window.position(at), why: fault, cut });
        Verdict::Lost
    }

    /// What stands at `at`, judged by its type and its two lengths.
    pub(super) fn sight(&self, window: &Window<'_>, at: usize) -> Sight {
        if window.ended && at == window.bytes.len() {
            return Sight::Block;
        }
        let short = if window.ended { Sight::Nothing } else { Sight::Short };
        let bytes = window.from(at);
        let Some(mark) = bytes.get(8..).and_then(|rest| rest.first_chunk::<4>()) else { return short };
        let order = match is_pcapng(bytes) {
            true => Order::of_mark(*mark),
            false => Some(self.order),
        };
        let Some(order) = order else { return Sight::Nothing };
        let (Some(kind), Some(front)) = (order.u32_at(bytes, 0), order.u32_at(bytes, 4)) else { return short };
        let len = front as usize;
        if least(kind).is_none_or(|least| len < least) || len > RESYNC_BLOCK_BYTES || !len.is_multiple_of(4) {
            return Sight::Nothing;
        }
        match order.u32_at(bytes, len - 4) {
            Some(back) if back == front => Sight::Block,
            Some(_) => Sight::Nothing,
            None => short,
        }
    }

    /// Whether the block at `at`, whose trailing length `back` differs from its leading one, ends where another block
    /// inside it does: then that trailing length is the other's, and the leading one is wrong.
    pub(super) fn swallows(&self, window: &Window<'_>, at: usize, len: usize, back: u32) -> bool {
        let inner = (at + len).checked_sub(back as usize);
        inner.is_some_and(|inner| inner > at && inner < at + len && self.sight(window, inner) == Sight::Block)
    }

    /// Passes over bytes until a block is seen. `Ok`: where; `Err`: bytes of the window that are done with.
    pub(super) fn search(&mut self, desk: &mut Desk<'_, '_>, at: usize) -> Result<usize, usize> {
        let window = desk.window;
        let Some(Lost { from, why, cut }) = self.lost.clone() else { return Ok(at) };
        let at_start = window.position(at) == from;
        let mut here = if at_start { at + 4 } else { at };
        while window.left(here) > 0 {
            match self.sight(window, here) {
                Sight::Block => {
                    self.lost = None;
                    if !(at_start && self.put_right(desk, at, here)) {
                        let resumed = window.position(here);
                        let damage = Damage::Skipped { fault: why, resumed: Some(resumed) };
                        desk.log.add(from, desk.out.last_number(), resumed - from, damage);
                        desk.leave_out(at, here - at);
                    }
                    return Ok(here);
                }
                // The start is kept as long as the block may still be put right.
                Sight::Short if at_start && here - at < RESYNC_BLOCK_BYTES => return Err(at),
                Sight::Short => {
                    desk.leave_out(at, here - at);
                    return Err(here);
                }
                Sight::Nothing => here += 1,
            }
        }
        let end = window.bytes.len();
        if !window.ended {
            let done = if at_start { at } else { end };
            desk.leave_out(at, done - at);
            return Err(done);
        }
        self.lost = None;
        if at_start && self.put_right(desk, at, end) {
            return Ok(end);
        }
        if !window.cut_known {
            let damage = match cut {
                Some(wanted) => Damage::CutTail { wanted },
                None => Damage::Skipped { fault: why, resumed: None },
            };
            desk.log.add(from, desk.out.last_number(), window.position(end) - from, damage);
        }
        desk.leave_out(at, end - at);
        Err(end)
    }

    /// Takes the block at `at` if its trailing length says that it ends at `end`.
    fn put_right(&mut self, desk: &mut Desk<'_, '_>, at: usize, end: usize) -> bool {
        let window = desk.window;
        let len = end - at;
        let bytes = window.from(at);
        let (Some(kind), Some(claimed), Some(back)) =
            (self.order.u32_at(bytes, 0), self.order.u32_at(bytes, 4), self.order.u32_at(bytes, len.saturating_sub(4)))
        else {
            return false;
        };
        if back as usize != len || kind == kind::SECTION || least(kind).is_none_or(|least| len < least) {
            return false;
        }
        let damage = Damage::Repaired { claimed: claimed.into(), taken: back.into() };
        desk.log.add(window.position(at), desk.out.last_number(), 0, damage);
        self.block(desk, Place { at, kind, len });
        true
    }
}
