//! One WebSocket connection: two directions, and what one must answer to the other.
//!
//! In: bytes, gaps and ends of each direction. Out: [`Events`]. Frame and message state belong to a direction
//! ([`super::direction`]); only closing and pings look across (RFC 6455 sections 5.5.1 to 5.5.3).

use super::close::CloseBody;
use super::direction::Rules;
use super::frame::Frame;
use super::framing::Dialect;
use super::header::Opcode;
use super::inflate::Pool;
use super::message::Message;
use super::payload_buffer::SpilledPayloads;
use super::reader::Reader;
use crate::base::{At, Chunk, Code, Direction, Gap, Note, PacketNumber, PerDirection, limits};

/// Who is told.
pub trait Events {
    /// A frame has ended, or never will ([`Frame::ended`]).
    fn frame(&mut self, frame: &Frame<'_>);
    /// A message has ended, or never will; its last frame was told just before.
    fn message(&mut self, message: &Message<'_>);
    /// Somebody wants [`Events::window`].
    fn wants_windows(&self) -> bool {
        false
    }
    /// What the compressed messages of a direction may refer back to, where its next frame starts at stream offset
    /// `offset`: whoever has it need not inflate what came before. Told now and then.
    fn window(&mut self, direction: Direction, offset: u64, bytes: &[u8]) {
        let _ = (direction, offset, bytes);
    }
}

/// What somebody will look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Payloads of frames.
    pub frames: bool,
    /// Payloads of messages.
    pub messages: bool,
}

/// Buffers shared by all connections of a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Unmasked bytes of the chunk at hand.
    pub unmasked: Vec<u8>,
    /// Payloads under way of sessions that were parked.
    payloads: SpilledPayloads,
}

/// The first close frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstClose {
    /// Who sent it.
    pub by: Direction,
    /// Where it ends.
    pub at: At,
    /// Its status code, where it has one.
    pub code: Option<u16>,
    /// Its reason, broken UTF-8 replaced.
    pub reason: String,
}

/// What a direction sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Frames.
    pub frames: u64,
    /// Data messages.
    pub messages: u64,
    /// Payload bytes of frames, as their headers say.
    pub payload_bytes: u64,
    /// Message bytes after inflating.
    pub message_bytes: u64,
}

/// One WebSocket connection.
#[derive(Debug)]
pub struct Session {
    client: Reader,
    server: Reader,
    across: Across,
}

/// What both directions share.
#[derive(Debug, Default)]
struct Across {
    sent: PerDirection<Sent>,
    close: Option<FirstClose>,
    closed: PerDirection<bool>,
    /// The protocol spoken has no close frames.
    closeless: bool,
    /// Pings without a pong yet, in either direction.
    unanswered: PerDirection<Unanswered>,
}

/// Pings of a direction that no pong has answered.
#[derive(Debug, Clone, Copy, Default)]
struct Unanswered {
    pings: u64,
    /// The first of them.
    first: At,
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// A connection at its first WebSocket bytes, without extensions.
    #[must_use]
    pub fn new() -> Session {
        Session {
            client: Reader::new(Direction::Client),
            server: Reader::new(Direction::Server),
            across: Across::default(),
        }
    }

    /// What the handshake settled for a direction; to be told before its first bytes.
    pub fn set_rules(&mut self, direction: Direction, rules: Rules) {
        self.across.closeless |= rules.dialect == Dialect::Hixie { closes: false };
        self.reader(direction).set_rules(direction, rules);
    }

    /// Compressed messages are inflated by the decoders of `pool`. To be told before the first bytes.
    pub(crate) fn use_pool(&mut self, pool: &Pool) {
        self.client.use_pool(pool);
        self.server.use_pool(pool);
    }

    /// Bytes of memory that payloads under way take, and what is held back.
    pub(crate) fn memory(&self) -> usize {
        self.client.memory() + self.server.memory()
    }

    /// The session will be packed, to be parked: long payloads go before.
    pub(crate) fn park(&mut self, scratch: &Scratch) {
        self.client.park(&scratch.payloads);
        self.server.park(&scratch.payloads);
    }

    /// It was parked and is brought back: it has its payloads again, and its decoders as [`Session::use_pool`] says.
    pub(crate) fn unpark(&mut self, scratch: &Scratch, pool: &Pool) {
        self.client.unpark(&scratch.payloads);
        self.server.unpark(&scratch.payloads);
        self.use_pool(pool);
    }

    /// The session was packed, to be parked, and will be dropped.
    pub(crate) fn parked(&mut self) {
        self.client.parked();
        self.server.parked();
    }

    /// Where the next frame of a direction starts is not known: look for it from its next byte on.
    pub fn lose_place(&mut self, direction: Direction) {
        self.reader(direction).lose_place();
    }

    /// The connection is joined mid-stream: in this direction after `passed` bytes that are not of a whole frame, the
    /// first of them at `at`.
    pub fn enter(&mut self, direction: Direction, passed: u64, at: At) {
        self.reader(direction).enter(passed, at);
    }

    /// Bytes have been held back for a while: where no frame was found in them, none will be.
    pub fn tick(&mut self, look: Look, scratch: &mut Scratch, events: &mut impl Events) {
        for direction in Direction::BOTH {
            let (reader, mut watched) = self.split(direction, events);
            reader.find_place(look, scratch, &mut watched);
        }
    }

    fn reader(&mut self, direction: Direction) -> &mut Reader {
        match direction {
            Direction::Client => &mut self.client,
            Direction::Server => &mut self.server,
        }
    }

    /// The next bytes of a direction.
    pub fn push(
        &mut self,
        direction: Direction,
        chunk: Chunk<'_>,
        look: Look,
        scratch: &mut Scratch,
        events: &mut impl Events,
    ) {
        let (reader, mut watched) = self.split(direction, events);
        reader.push(chunk, look, scratch, &mut watched);
    }

    /// The next bytes of a direction are not in the capture.
    pub fn gap(&mut self, direction: Direction, gap: Gap, look: Look, events: &mut impl Events) {
        let (reader, mut watched) = self.split(direction, events);
        reader.gap(gap, look, &mut watched);
    }

    /// The connection is over: what is unfinished is told as it stands.
    pub fn finish(&mut self, look: Look, scratch: &mut Scratch, events: &mut impl Events) {
        for direction in Direction::BOTH {
            let (reader, mut watched) = self.split(direction, events);
            reader.finish(look, scratch, &mut watched);
        }
    }

    fn split<'s, E: Events>(&'s mut self, direction: Direction, events: &'s mut E) -> (&'s mut Reader, Watched<'s, E>) {
        let reader = match direction {
            Direction::Client => &mut self.client,
            Direction::Server => &mut self.server,
        };
        (reader, Watched { across: &mut self.across, events })
    }

    /// The first close frame.
    #[must_use]
    pub fn close(&self) -> Option<&FirstClose> {
        self.across.close.as_ref()
    }

    /// What a direction sent so far.
    #[must_use]
    pub fn sent(&self, direction: Direction) -> &Sent {
        self.across.sent.get(direction)
    }

    /// The oldest packet whose bytes are held back.
    #[must_use]
    pub fn oldest_pending(&self) -> Option<PacketNumber> {
        match (self.client.oldest_pending(), self.server.oldest_pending()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Notes on the connection as a whole, once it is over; `finished`: TCP has ended the direction behind its last
    /// byte (FIN, or RST). What a side did not send is said only where all it sent is in the capture.
    #[must_use]
    pub fn closing_notes(&self, finished: PerDirection<bool>) -> Vec<Note> {
        let mut notes = Vec::new();
        let silent = |direction| {
            let lost = match direction {
                Direction::Client => self.client.has_lost_frames(),
                Direction::Server => self.server.has_lost_frames(),
            };
            *finished.get(direction) && !lost
        };
        let spoke = Direction::BOTH.iter().any(|direction| self.across.sent.get(*direction).frames > 0);
        let closing = !self.across.closeless;
        if closing && spoke && self.across.close.is_none() && Direction::BOTH.into_iter().any(silent) {
            notes.push(Note::new(Code::CloseMissing));
        }
        if let Some(close) = &self.across.close
            && !self.across.closed.get(close.by.other())
            && silent(close.by.other())
        {
            notes.push(Note::new(Code::CloseUnanswered).with_at(close.at));
        }
        for direction in Direction::BOTH {
            let Unanswered { pings, first } = *self.across.unanswered.get(direction);
            if pings > 0 && silent(direction.other()) {
                let detail = format!("{pings} from the {}", direction.name());
                notes.push(Note::new(Code::PingUnanswered).with_detail(detail).with_at(first));
            }
        }
        for reader in [&self.client, &self.server] {
            notes.extend(reader.overall_notes().iter().cloned());
        }
        notes
    }
}

/// Passes events on and keeps what both directions share.
pub(super) struct Watched<'s, E> {
    across: &'s mut Across,
    events: &'s mut E,
}

impl<E: Events> Watched<'_, E> {
    /// The direction has sent a close frame before.
    pub(super) fn has_closed(&self, direction: Direction) -> bool {
        *self.across.closed.get(direction)
    }
}

impl<E: Events> Events for Watched<'_, E> {
    fn frame(&mut self, frame: &Frame<'_>) {
        let sent = self.across.sent.get_mut(frame.direction);
        sent.frames += 1;
        sent.payload_bytes = sent.payload_bytes.saturating_add(frame.header.length);
        match frame.header.opcode {
            Opcode::Close => self.across.closing(frame),
            // A pong answers every ping before it (RFC 6455 section 5.5.3).
            Opcode::Pong => *self.across.unanswered.get_mut(frame.direction.other()) = Unanswered::default(),
            Opcode::Ping => self.across.unanswered.get_mut(frame.direction).add(frame.last),
            _ => {}
        }
        self.events.frame(frame);
    }

    fn message(&mut self, message: &Message<'_>) {
        let sent = self.across.sent.get_mut(message.direction);
        sent.messages += 1;
        sent.message_bytes = sent.message_bytes.saturating_add(message.length);
        self.events.message(message);
    }

    fn wants_windows(&self) -> bool {
        self.events.wants_windows()
    }

    fn window(&mut self, direction: Direction, offset: u64, bytes: &[u8]) {
        self.events.window(direction, offset, bytes);
    }
}

impl Unanswered {
    fn add(&mut self, at: At) {
        if self.pings == 0 {
            self.first = at;
        }
        self.pings += 1;
    }
}

impl Across {
    fn closing(&mut self, frame: &Frame<'_>) {
        *self.closed.get_mut(frame.direction) = true;
        if self.close.is_none() {
            let body = CloseBody::parse(frame.payload);
            let reason = String::from_utf8_lossy(body.reason).into_owned();
            self.close = Some(FirstClose { by: frame.direction, at: frame.last, code: body.code, reason });
        }
    }
}

const _: () =
    assert!(limits::FRAME_KEPT_BYTES == limits::MESSAGE_KEPT_BYTES, "a frame's payload serves as its message");

crate::base::pack::pack_struct!(FirstClose { by, at, code, reason });
crate::base::pack::pack_struct!(Unanswered { pings, first });
crate::base::pack::pack_struct!(Sent { frames, messages, payload_bytes, message_bytes });
crate::base::pack::pack_struct!(Across { sent, close, closed, unanswered, closeless });
crate::base::pack::pack_struct!(Session { client, server, across });
