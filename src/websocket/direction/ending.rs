//! The end of a direction: what is unfinished is told as it stands.
//!
//! In: that the connection, or the capture of it, is over. Out: the frame that never ended, be it cut inside its header, the
//! message under way, and notes on bytes of which nothing came.

use super::{DirectionReader, State};
use crate::base::{At, Code, Direction, Note};
use crate::websocket::across::Watched;
use crate::websocket::check;
use crate::websocket::events::{Events, Look, Scratch};
use crate::websocket::frame::OpenFrame;
use crate::websocket::header::Header;

impl DirectionReader {
    /// The connection is over inside a header: what there is of it is a frame.
    fn end_in_header<E: Events>(&mut self, have: u8, first: At, look: Look, events: &mut Watched<'_, E>) {
        let mut bytes = self.partial;
        bytes.iter_mut().skip(usize::from(have)).for_each(|byte| *byte = 0);
        if let Some(second) = bytes.get_mut(1).filter(|_| have < 2 && self.direction == Direction::Client) {
            // MASK is taken to be as it should, as long as it is not known.
            *second = 0x80;
        }
        let header = Header::parse(&bytes).ok().filter(|_| self.hybi.is_none());
        let Some(mut header) = header else {
            // Of a masked header nothing is known before it is whole.
            let detail = check::header_bytes(self.direction, have);
            self.overall.push(Note::new(Code::FrameUnfinished).with_detail(detail).with_at(first));
            return;
        };
        check::cut_header(self.direction, &mut header, have, &self.rules, &mut self.notes);
        if events.has_closed(self.direction) {
            self.notes.push(Note::new(Code::CloseDataAfter));
        }
        let offset = self.offset.saturating_sub(have.into());
        let open = OpenFrame { header, header_len: have, offset, first, last: first, done: 0, captured: 0 };
        if !header.opcode.is_control() {
            let foreign = self.rules.are_foreign(header.rsv);
            self.assembler.begin_frame(&open, foreign, look, &mut self.notes, events);
        }
        self.cut = true;
        self.end(&open, &[], look, events);
    }

    /// The connection is over.
    pub(in crate::websocket) fn finish<E: Events>(
        &mut self,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        if events.across.withdrawn {
            return;
        }
        // Behind what is found there may be what is doubtful, and behind that what has to be found.
        self.find_place(true, look, scratch, events);
        while self.decide_first(true, look, scratch, events) {
            self.find_place(true, look, scratch, events);
        }
        self.finish_text();
        if let State::Payload(open) = self.state {
            self.end_kept(&open, look, events);
        }
        if let State::Header { have, first } = self.state {
            self.end_in_header(have, first, look, events);
        }
        self.assembler.finish(None, look, events);
        if let (State::Lost, Some(lost)) = (self.state, &self.lost)
            && lost.passed > 0
        {
            let note = Note { at: lost.since, ..self.passed_over(lost.passed) };
            self.overall.push(note);
        }
    }
}
