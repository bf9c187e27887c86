//! Bytes of a direction that the capture lacks.
//!
//! In: a gap of known length. Out: a frame that lacks those bytes and nothing else, where it lies in a payload; a place that
//! is lost, where a header may have been in it.

use super::{DirectionReader, State};
use crate::base::{Gap, Hole};
use crate::websocket::across::Watched;
use crate::websocket::events::{Events, Look, Scratch};

impl DirectionReader {
    /// The next bytes are not in the capture.
    pub(in crate::websocket) fn gap<E: Events>(&mut self, gap: Gap, look: Look, events: &mut Watched<'_, E>) {
        let Gap { len, at, .. } = gap;
        if events.across.withdrawn {
            self.offset += len;
            return;
        }
        match self.state {
            State::Payload(mut open) => {
                self.offset += len.min(open.header.length - open.done);
                let lost = len.min(open.header.length - open.done);
                if self.holes.is_empty() {
                    self.gap_at = at;
                }
                Hole { start: open.done, len: lost }.append_to(&mut self.holes);
                if !open.header.opcode.is_control() {
                    self.assembler.lose(open.done, lost);
                }
                open.done += lost;
                self.state = State::Payload(open);
                if open.done == open.header.length {
                    open.last = at;
                    self.end_kept(&open, look, events);
                }
                if len > lost {
                    self.lose_place_at(len - lost, at);
                }
            }
            State::Start => self.lose_place_at(len, at),
            State::Header { have, .. } => {
                self.offset -= u64::from(have);
                self.lose_place_at(len + u64::from(have), at);
            }
            State::Lost => {
                let lost = self.lost.get_or_insert_default();
                if lost.held.is_empty() {
                    lost.passed += len;
                    self.offset += len;
                } else {
                    lost.held.push_gap(gap);
                }
            }
            State::Doubt => {
                // A few bytes: what is made for them is small.
                self.decide(true, look, &mut Scratch::default(), events);
                self.gap(gap, look, events);
            }
            State::Unframed => {
                self.end_text();
                self.lose_place_at(len, at);
            }
        }
    }
}
