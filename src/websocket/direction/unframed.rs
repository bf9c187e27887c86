//! A direction in which something is written that is no frame.
//!
//! In: the bytes where a frame should begin, where the first of them may be text. Out: the frame, or one Note for the
//! whole run of text, and then the frame after it. A few bytes may be held until it is known which of the two they are.

use super::{DirectionReader, State};
use crate::base::number::wide;
use crate::base::{At, Backlog, Chunk, Code, Direction, Note, Part, limits};
use crate::websocket::across::Watched;
use crate::websocket::events::{Events, Look, Scratch};
use crate::websocket::header::Header;
use crate::websocket::rules::Rules;
use crate::websocket::unframed::{self, HEAD, Verdict};

/// What is known of bytes that may be no frame.
#[derive(Debug, Default)]
pub(super) struct Unframed {
    /// Those of which it is not known; inside a text, the first bytes of a character that is not whole.
    pub(super) held: Backlog,
    /// They follow a text.
    behind: bool,
    /// Where the run of text began, and at which offset.
    at: At,
    offset: u64,
    /// Its length so far.
    len: u64,
    /// Its first bytes.
    head: Vec<u8>,
    /// Runs beyond [`limits::UNFRAMED_RUNS`], and their bytes.
    more: u64,
    more_bytes: u64,
    /// Runs told.
    told: usize,
}

impl Unframed {
    /// What those held are.
    fn verdict(&self, direction: Direction, rules: &Rules, last: bool) -> Verdict {
        let verdict = if self.behind { unframed::verdict_behind } else { unframed::verdict };
        verdict(self.held.bytes(), direction, rules, last)
    }

    /// They are of the text.
    fn push_text(&mut self, text: &[u8]) {
        self.len += wide(text.len());
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend(text.iter().take(room));
    }
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
            Verdict::Frame => self.read_frame(bytes, at, look, scratch, events),
            verdict => self.settle(verdict, bytes, at, false),
        }
    }

    /// What begins here is known, or not yet: gives the bytes, or holds them.
    fn settle<'b>(&mut self, verdict: Verdict, bytes: &'b [u8], at: At, behind: bool) -> &'b [u8] {
        self.state = State::Start;
        match verdict {
            Verdict::Frame => self.believed = true,
            Verdict::Text => self.begin_text(at),
            Verdict::Neither => self.lose_place_at(0, at),
            Verdict::More => {
                let unframed = self.unframed.get_or_insert_default();
                unframed.behind = behind;
                unframed.held.push(Chunk::made(bytes, at));
                self.state = State::Doubt;
                return &[];
            }
        }
        bytes
    }

    fn begin_text(&mut self, at: At) {
        let unframed = self.unframed.get_or_insert_default();
        (unframed.at, unframed.offset, unframed.len) = (at, self.offset, 0);
        unframed.head.clear();
        self.state = State::Unframed;
    }

    /// More of what may be a frame or text; gives what is not asked for.
    pub(super) fn doubtful<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let unframed = self.unframed.get_or_insert_default();
        // Behind a text a header is enough.
        let wanted = match unframed.behind {
            true => Header::MAX_LEN.saturating_sub(unframed.held.bytes().len()).max(1),
            false => bytes.len(),
        };
        let (bytes, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
        unframed.held.push(Chunk::made(bytes, at));
        self.decide(false, look, scratch, events);
        rest
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
    pub(super) fn decide_first<E: Events>(
        &mut self,
        last: bool,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> bool {
        let (State::Doubt, Some(unframed)) = (self.state, &mut self.unframed) else { return false };
        let verdict = unframed.verdict(self.direction, &self.rules, last);
        if verdict == Verdict::More {
            return false;
        }
        let held = std::mem::take(&mut unframed.held);
        self.settle(verdict, &[], held.first().unwrap_or_default(), false);
        for part in held.parts() {
            if let Part::Bytes(chunk) = part {
                self.push(chunk, look, scratch, events);
            }
        }
        true
    }

    /// The next bytes of a text, up to where it ends; gives what follows it.
    pub(super) fn text<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let unframed = self.unframed.get_or_insert_default();
        if !unframed.held.is_empty() {
            return self.character(bytes, at, look, scratch, events);
        }
        let (run, begun) = unframed::text_run(bytes);
        let (text, rest) = bytes.split_at_checked(run).unwrap_or((bytes, &[]));
        unframed.push_text(text);
        self.offset += wide(run);
        if begun > 0 {
            unframed.held.push(Chunk::made(rest, at));
            return &[];
        }
        if rest.is_empty() {
            return rest;
        }
        self.end_text();
        self.settle(unframed::verdict_behind(rest, self.direction, &self.rules, false), rest, at, true)
    }

    /// The next byte of a character of a text that lies in several pieces; or what shows that it is none, and that the text has
    /// ended before it.
    fn character<'b, E: Events>(
        &mut self,
        bytes: &'b [u8],
        at: At,
        look: Look,
        scratch: &mut Scratch,
        events: &mut Watched<'_, E>,
    ) -> &'b [u8] {
        let (byte, rest) = bytes.split_at_checked(1).unwrap_or((bytes, &[]));
        let unframed = self.unframed.get_or_insert_default();
        unframed.held.push(Chunk::made(byte, at));
        match unframed::text_run(unframed.held.bytes()) {
            (0, 0) => {
                let held = std::mem::take(&mut unframed.held);
                self.end_text();
                let unframed = self.unframed.get_or_insert_default();
                (unframed.held, unframed.behind) = (held, true);
                self.state = State::Doubt;
                self.decide(false, look, scratch, events);
            }
            (_, 0) => self.take_character(),
            _ => {}
        }
        rest
    }

    /// What is held inside a text is of it.
    fn take_character(&mut self) {
        let Some(unframed) = &mut self.unframed else { return };
        let held = std::mem::take(&mut unframed.held);
        self.offset += wide(held.bytes().len());
        unframed.push_text(held.bytes());
    }

    /// The text has ended: frames follow it, or what is not known.
    pub(super) fn end_text(&mut self) {
        self.take_character();
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

crate::base::pack::pack_struct!(Unframed { held, behind, at, offset, len, head, more, more_bytes, told });
