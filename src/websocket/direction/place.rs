//! Where the next frame of a direction starts, once that is not known.
//!
//! In: gaps that took a header, and the bytes after them, which are held. Out: the same bytes again, from the first place
//! on from which frames hold ([`resync::find`]), with a note of how many were passed over. What is held is bounded; bytes
//! in which no frame is found are passed over and counted.

use super::{DirectionReader, State};
use crate::base::number::wide;
use crate::base::{At, Code, Note, Part, limits};
use crate::websocket::across::Watched;
use crate::websocket::events::{Events, Look, Scratch};
use crate::websocket::lost::Lost;
use crate::websocket::resync;

/// Bytes held while the next frame is looked for.
const LOOKED_THROUGH: usize = 64 * 1024;

impl DirectionReader {
    /// The next frame starts somewhere after the next `passed` bytes, which are not in the capture or mean nothing.
    pub(in crate::websocket) fn lose_place(&mut self, passed: u64) {
        self.assembler.lose_frames();
        self.lost_frames = true;
        self.state = State::Lost;
        self.offset += passed;
        self.lost.get_or_insert_default().passed += passed;
    }

    /// The place is lost with a gap of `passed` bytes.
    pub(super) fn lose_place_at(&mut self, passed: u64, at: At) {
        self.lose_place(passed);
        self.lost.get_or_insert_default().since.get_or_insert(at);
    }

    /// The stream is entered here, where a frame starts after `passed` bytes of another.
    pub(in crate::websocket) fn enter(&mut self, passed: u64, at: At) {
        self.assembler.lose_frames();
        self.lost_frames = true;
        self.offset += passed;
        if passed > 0 {
            self.overall.push(self.passed_over(passed).with_at(at));
        }
    }

    pub(super) fn passed_over(&self, passed: u64) -> Note {
        let detail = format!("{passed} bytes from the {} were passed over", self.direction.name());
        Note::new(Code::Resynchronised).with_detail(detail)
    }

    /// Looks for the next frame in what is held; `last` where it must be found now or not at all.
    pub(in crate::websocket) fn find_place<E: Events>(
        &mut self,
        last: bool,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        let Some(lost) = &mut self.lost else { return };
        if events.across.withdrawn {
            return;
        }
        if lost.held.is_empty() || (!last && lost.held.chunk_count() < lost.look_at) {
            return;
        }
        // Looking costs as much as there is: seldom, where there is much.
        lost.look_at = if lost.held.chunk_count() < 4 { 0 } else { lost.held.chunk_count() * 2 };
        let enough = if last { resync::LAST_CHANCE } else { resync::FOUND_AGAIN };
        let start = match &self.hybi {
            Some(early) => early.find(&lost.held),
            None => {
                let everywhere = lost.passed <= limits::SEARCHED_BYTES;
                let find = if everywhere { resync::find } else { resync::find_at_segments };
                find(&lost.held, self.masked).filter(|guess| guess.bits >= enough).map(|guess| guess.start)
            }
        };
        if let Some(start) = start {
            let lost = self.lost.take().unwrap_or_default();
            let passed = lost.passed + start;
            self.offset += start;
            self.state = State::Start;
            if passed > 0 {
                self.notes.push(self.passed_over(passed));
            }
            for part in lost.held.parts_from(start) {
                match part {
                    Part::Bytes(chunk) => self.push(chunk, look, scratch, events),
                    Part::Gap(gap) => self.gap(gap, look, events),
                    Part::End { .. } | Part::Reset { .. } => {}
                }
            }
        } else if last || lost.held.bytes().len() > LOOKED_THROUGH {
            self.offset += lost.held.stream_len();
            let Lost { passed, since, doubted, ref held, .. } = **lost;
            let at = held.first().unwrap_or_default();
            let passed = passed + held.stream_len();
            **lost = Lost { passed, since, doubted, ..Lost::default() };
            if doubted && passed > wide(LOOKED_THROUGH) {
                self.withdraw(at, events);
            }
        }
    }
}
