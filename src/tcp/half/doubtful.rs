//! Segments of a direction whose checksum is wrong, on their way.
//!
//! In: a doubtful segment. Out: nothing, as long as another copy may come; then the bytes as they are, with an event that says so.

use super::{Half, With};
use crate::tcp::event::Event;
use crate::tcp::sequence::SeqNum;
use crate::tcp::waiting::Placed;

impl Half {
    /// A segment came whose checksum is wrong: kept until another copy comes. `new.offset` is ignored.
    #[cold]
    pub fn push_doubtful(
        &mut self,
        sequence: SeqNum,
        mut new: Placed<'_>,
        with: &mut With<'_>,
        emit: &mut (impl FnMut(Event<'_>) + ?Sized),
    ) {
        new.offset = self.next + sequence.since(self.next_seq);
        if new.end() <= self.next || new.offset - self.next > super::FURTHEST {
            // The receiver drops it, and has another copy.
            return emit(Event::Checksum { at: new.chunk.at, replaced: true });
        }
        if !self.is_waiting() {
            self.hole_since = with.now;
        }
        let new = if new.offset < self.next { new.part(self.next, new.end()) } else { new };
        let _ = self.doubt.waiting.get_or_insert_default().insert(new);
    }

    /// No other copy of the first doubtful bytes came: they are handed on as they are.
    #[cold]
    pub(super) fn believe(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let Some(first) = self.doubt.waiting.as_mut().and_then(|doubtful| doubtful.take_first()) else { return };
        self.doubt.waiting.take_if(|doubtful| doubtful.is_empty());
        let first = first.placed();
        if self.acknowledged >= first.end() {
            // The receiver took it, or a copy that the capture lacks.
            self.doubt.gives_up();
        }
        self.skip(first.offset, first.chunk.at, emit);
        if first.end() > self.next {
            emit(Event::Checksum { at: first.chunk.at, replaced: false });
            self.hand_on(first.part(self.next, first.end()), with, emit);
        }
    }
}
