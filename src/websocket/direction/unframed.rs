//! A direction in which something is written that is no frame.
//!
//! In: the bytes where a frame should begin, where the first of them may be text. Out: the frame, or one Note for the
//! whole run of text, and then the frame after it. A few bytes may be held until it is known which of the two they are.

use super::{DirectionReader, State};
use crate::base::number::wide;
use crate::base::{At, Backlog, Chunk, Code, Note, Part, limits};
use crate::websocket::across::Watched;
use crate::websocket::events::{Events, Look, Scratch};
use crate::websocket::unframed::{self, HEAD, Verdict};

/// What is known of bytes that may be no frame.
#[derive(Debug, Default)]
pub(super) struct Unframed {
    /// Those of which it is not known.
    pub(super) held: Backlog,
    /// Where the run of text began, and at which offset.
    at: At,
    offset: u64,
    /// Its length so far.
    len: u64,
    /// Its first bytes.
    head: Vec<u8>,
    /// Bytes that its last character still wants.
    carried: u8,
    /// Runs beyond [`limits::UNFRAMED_RUNS`], and their bytes.
    more: u64,
    more_bytes: u64,
    /// Runs told.
    told: usize,
}

impl DirectionReader {
    /// Bytes at a frame's first byte, which may be text.
    #[cold]
    pub(super) fn may_be_unframed<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        match unframed::verdict(bytes, self.direction, &self.rules, false) {
            Verdict::Frame => return self.read_frame(bytes, at, look, scratch, events),
            Verdict::Text => self.begin_text(at),
            Verdict::More => {
                self.unframed.get_or_insert_default().held.push(Chunk::made(bytes, at));
                self.state = State::Doubt;
                return &[];
            }
        }
        bytes
    }

    fn begin_text(&mut self, at: At) {
        let unframed = self.unframed.get_or_insert_default();
        (unframed.at, unframed.offset, unframed.len, unframed.carried) = (at, self.offset, 0, 0);
        unframed.head.clear();
        self.state = State::Unframed;
    }

    /// More of what may be a frame or text.
    pub(super) fn doubtful<E: Events>(
        &mut self,
        bytes: &[u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        self.unframed.get_or_insert_default().held.push(Chunk::made(bytes, at));
        self.decide(false, look, scratch, events);
    }

    /// Says what is held is; `last`: now or never.
    pub(in crate::websocket) fn decide<E: Events>(
        &mut self,
        last: bool,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) {
        // Behind what is decided there may be more of the kind; of that, too, no more comes. It is a few bytes: where more
        // follow them it was decided at once.
        while self.decide_first(last, look, scratch, events) && last {}
    }

    /// Says what the first of it is, and reads on; whether there was something to say.
    fn decide_first<E: Events>(
        &mut self,
        last: bool,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> bool {
        let (State::Doubt, Some(unframed)) = (self.state, &mut self.unframed) else { return false };
        let verdict = unframed::verdict(unframed.held.bytes(), self.direction, &self.rules, last);
        if verdict == Verdict::More {
            return false;
        }
        let held = std::mem::take(&mut unframed.held);
        self.state = State::Start;
        self.believed = verdict == Verdict::Frame;
        if verdict == Verdict::Text {
            self.begin_text(held.first().unwrap_or_default());
        }
        for part in held.parts() {
            if let Part::Bytes(chunk) = part {
                self.push(chunk, look, scratch, events);
            }
        }
        true
    }

    /// The next bytes of a text, up to where it ends; gives what follows it.
    pub(super) fn text<'b>(&mut self, bytes: &'b [u8], at: At) -> &'b [u8] {
        let unframed = self.unframed.get_or_insert_default();
        let (run, carried) = unframed::text_run(bytes, unframed.carried);
        let (text, rest) = bytes.split_at_checked(run).unwrap_or((bytes, &[]));
        unframed.carried = carried;
        unframed.len += wide(run);
        let room = HEAD.saturating_sub(unframed.head.len());
        unframed.head.extend(text.iter().take(room));
        self.offset += wide(run);
        if !rest.is_empty() {
            self.end_text();
            if unframed::is_lawful(rest, self.direction, &self.rules) == Some(false) {
                self.lose_place_at(0, at);
            }
        }
        rest
    }

    /// The text has ended: frames follow it, or what is not known.
    pub(super) fn end_text(&mut self) {
        self.state = State::Start;
        let Some(unframed) = &mut self.unframed else { return };
        if unframed.told >= limits::UNFRAMED_RUNS {
            unframed.more += 1;
            unframed.more_bytes = unframed.more_bytes.saturating_add(unframed.len);
            return;
        }
        unframed.told += 1;
        let body = self.rules.has_body && unframed.offset == 0;
        let note = unframed::note(&unframed.head, unframed.len, self.direction, body);
        self.overall.push(note.with_at(unframed.at));
    }

    /// The connection is over.
    pub(super) fn finish_text(&mut self) {
        if let State::Unframed = self.state {
            self.end_text();
        }
        if let Some(unframed) = self.unframed.as_ref().filter(|unframed| unframed.more > 0) {
            let (runs, bytes, direction) = (unframed.more, unframed.more_bytes, self.direction.name());
            let detail = format!("{bytes} bytes from the {direction} in {runs} more runs are counted only");
            self.overall.push(Note::new(Code::StreamUnframed).with_detail(detail));
        }
    }
}

crate::base::pack::pack_struct!(Unframed { held, at, offset, len, head, carried, more, more_bytes, told });
