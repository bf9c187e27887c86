//! What is found on connections, as it comes, for sinks that only add up: nothing waits, and nothing has a number.

use super::order::{in_frame, tell_notes};
use super::sink::Sink;
use super::told::{NotePlace, Told};
use super::wants::Wants;

/// A sink in front of a sink that only adds up.
pub(super) struct Unordered<'s, S> {
    sink: &'s mut S,
    frames: u64,
    messages: u64,
}

impl<'s, S: Sink> Unordered<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Unordered<'s, S> {
        Unordered { sink, frames: 0, messages: 0 }
    }

    /// Frames and messages told so far.
    pub(super) fn told(&self) -> (u64, u64) {
        (self.frames, self.messages)
    }
}

impl<S: Sink> Sink for Unordered<'_, S> {
    fn wants(&self) -> Wants {
        self.sink.wants()
    }

    /// Notes are told after what they stand in.
    // Inlined all the way down, a frame that nobody looks at whole is never put together.
    #[inline(always)]
    fn tell(&mut self, told: &Told<'_>) {
        self.sink.tell(told);
        match *told {
            Told::Frame(place, frame) => {
                self.frames += 1;
                let (socket, place) = (place.socket, NotePlace::Frame(place.number));
                for note in frame.notes {
                    self.sink.tell(&Told::Note { socket, place, note, at: in_frame(frame, note) });
                }
            }
            Told::Message(place, message) => {
                self.messages += 1;
                let (socket, place) = (place.socket, NotePlace::Message(place.number));
                tell_notes(socket, place, message.notes, message.last, self.sink);
            }
            Told::Closed(socket) => {
                tell_notes(socket.id, NotePlace::Socket, &socket.notes, socket.last, self.sink);
            }
            _ => {}
        }
    }

    /// All of the capture is added up.
    fn is_done(&self) -> bool {
        false
    }
}
