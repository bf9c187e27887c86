//! Heartbeats counted where they stand instead of handed on.
//!
//! In: frames and messages that a filter has selected, and whether they are heartbeats. Out: which of them are handed on, and
//! before one that is, the run of heartbeats that stood there. A frame with a warning or an error is always handed on.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::packets::Packets;
use super::trips::Trips;
use super::{Counts, Last, Selection, Target};
use crate::base::{Severity, SocketId};
use crate::dissect::{FramePlace, MessagePlace};
use crate::filter::heartbeat::{Heartbeats, Run, Sign, is_faultless};
use crate::websocket::{Frame, Message};

/// Which items stand in a list, and so are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Frames.
    Frames,
    /// Messages.
    Messages,
    /// Messages and control frames of one socket.
    Talk(SocketId),
}

/// Heartbeats under way.
#[derive(Debug)]
pub(super) struct Folding {
    fold: Fold,
    run: Run,
    /// The frame told last was one: its message is not handed on either.
    frame: bool,
    /// A warning or an error was told of the frame that waits.
    pub(super) noted: bool,
}

/// What becomes of an item.
pub(super) enum Fate {
    /// It is counted.
    Counted,
    /// It is handed on, behind this run.
    Shown(Option<Run>),
}

impl Folding {
    pub(super) fn new(fold: Fold) -> Folding {
        Folding { fold, run: Run::default(), frame: false, noted: false }
    }

    /// One that has heard of none.
    pub(super) fn another(&self) -> Folding {
        Folding::new(self.fold)
    }

    pub(super) fn frame(
        &mut self,
        place: &FramePlace,
        frame: &Frame<'_>,
        message: Option<&Message<'_>>,
        sign: Option<Sign>,
    ) -> Fate {
        self.frame = false;
        let noted = std::mem::take(&mut self.noted) || !is_faultless(frame) || message.is_some_and(has_faults);
        let listed = match self.fold {
            Fold::Frames => true,
            Fold::Messages => false,
            Fold::Talk(socket) => place.socket == socket && frame.header.opcode.is_control(),
        };
        if !listed {
            return Fate::Shown(None);
        }
        if sign.is_none() || noted {
            return Fate::Shown(self.end());
        }
        let payload = message.map_or(frame.payload, |message| message.payload);
        let opcode = message.map_or(frame.header.opcode, |message| message.opcode);
        self.run.push(place.number, place.socket, frame.direction, opcode, payload, frame.last.time);
        self.frame = true;
        Fate::Counted
    }

    pub(super) fn message(&mut self, place: &MessagePlace<'_>, message: &Message<'_>, sign: Option<Sign>) -> Fate {
        let listed = match self.fold {
            Fold::Frames => return if self.frame { Fate::Counted } else { Fate::Shown(None) },
            Fold::Messages => true,
            Fold::Talk(socket) => place.socket == socket,
        };
        match sign {
            _ if !listed => Fate::Shown(None),
            Some(_) if !has_faults(message) => {
                let time = message.last.time;
                self.run.push(place.number, place.socket, message.direction, message.opcode, message.payload, time);
                Fate::Counted
            }
            _ => Fate::Shown(self.end()),
        }
    }

    /// Those that stood there.
    pub(super) fn end(&mut self) -> Option<Run> {
        (!self.run.is_empty()).then(|| std::mem::take(&mut self.run))
    }
}

fn has_faults(message: &Message<'_>) -> bool {
    message.notes.iter().any(|note| note.severity() >= Severity::Warning)
}

impl Selection {
    /// No more comes: hands on what stood at the end.
    pub fn finish<S: Target + ?Sized>(&mut self, sink: &mut S) {
        self.release(None, sink);
        if let Some(run) = self.fold.as_mut().and_then(Folding::end) {
            sink.folded(&run);
        }
    }

    /// Shapes of messages that were forgotten before they came back.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.heartbeats.as_ref().map_or(0, Heartbeats::forgotten)
    }

    /// The same at its beginning.
    #[must_use]
    pub fn another(&self) -> Selection {
        Selection {
            filter: self.filter.clone(),
            peers: HashMap::new(),
            late: VecDeque::new(),
            packets: self.packets.as_ref().map(Packets::another),
            trips: self.trips.as_ref().map(|_| Trips::default()),
            waiting: None,
            spare: None,
            last: Last::default(),
            counts: Counts::default(),
            heartbeats: self.heartbeats.as_ref().map(|_| Heartbeats::default()),
            fold: self.fold.as_ref().map(Folding::another),
            ..*self
        }
    }
}
