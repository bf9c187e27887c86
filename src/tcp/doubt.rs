//! Segments whose checksum is wrong, in a direction where it is right else.
//!
//! In: what the checksums of a direction say. Out: which of its segments are doubtful. Those are not handed on as long as
//! another copy may come: a receiver drops them (RFC 9293 section 3.1), and their sender sends again. A host that is captured
//! on itself leaves checksums to its network card, and captures do not always show what was on the wire; so a direction is
//! trusted only after some right ones, and no longer where a segment with a wrong one was acknowledged.

use super::event::Event;
use super::waiting::Waiting;
use crate::base::limits;
use crate::net::segment::Checksum;

/// Right checksums that make a direction trusted.
const TRUSTED: u8 = 2;

/// What is known of the checksums of a direction.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    /// Right ones so far, while all were; [`u8::MAX`] where they tell nothing.
    right: u8,
    /// Doubtful segments, which wait for other copies of their bytes.
    pub(super) waiting: Option<Box<Waiting>>,
}

impl Doubt {
    /// The checksum of the next segment may tell something: it has to be looked at.
    #[inline]
    pub(super) fn asks(&self, has_payload: bool) -> bool {
        self.right < TRUSTED || (has_payload && self.right != u8::MAX)
    }

    /// The direction's next checksum; says whether its segment is doubtful.
    pub(super) fn doubts(&mut self, checksum: Checksum) -> bool {
        match checksum {
            Checksum::Right => self.right = self.right.saturating_add(1).min(TRUSTED),
            Checksum::Unknown => {}
            Checksum::Wrong if self.right >= TRUSTED && !self.is_full() => return true,
            Checksum::Wrong | Checksum::Unwritten => self.gives_up(),
        }
        false
    }

    /// Checksums of this direction tell nothing.
    pub(super) fn gives_up(&mut self) {
        self.right = u8::MAX;
    }

    /// Doubtful copies of what was handed on, which is all before `next`, are let go.
    #[cold]
    pub(super) fn settle(&mut self, next: i64, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let Some(waiting) = &mut self.waiting else { return };
        while let Some(first) = waiting.take_up_to(next - 1) {
            let first = first.placed();
            emit(Event::Checksum { at: first.chunk.at, replaced: true });
            if first.end() > next {
                let _ = waiting.insert(first.part(next, first.end()));
            }
        }
        self.waiting.take_if(|waiting| waiting.is_empty());
    }

    /// So many in a row are no accident.
    fn is_full(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| waiting.len() >= limits::DOUBTFUL_SEGMENTS)
    }
}

crate::base::pack::pack_struct!(Doubt { right, waiting });
