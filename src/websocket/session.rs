//! One WebSocket connection: two directions, and what one must answer to the other.
//!
//! In: bytes, gaps and ends of each direction. Out: [`Events`]. Frame and message state belong to a direction
//! ([`super::direction`]); only closing and pings look across (RFC 6455 sections 5.5.1 to 5.5.3).

use super::across::{Across, Watched};
use super::events::{Events, FirstClose, Look, Scratch, Sent};
use super::framing::Dialect;
use super::inflate::Pool;
use super::pings::seconds;
use super::reader::Reader;
use super::rules::Rules;
use crate::base::{At, Chunk, Code, Direction, Gap, Note, PacketNumber, PerDirection, limits};

/// One WebSocket connection.
#[derive(Debug)]
pub struct Session {
    client: Reader,
    server: Reader,
    across: Across,
}

/// How a connection ended, as TCP tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ending {
    /// The direction has ended behind its last byte (FIN, or RST).
    pub finished: PerDirection<bool>,
    /// What the side sends is in the capture: its half of the handshake is.
    pub heard: PerDirection<bool>,
    /// The last packet.
    pub last: At,
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

    /// Both sides have sent a close frame: nothing more is WebSocket (RFC 6455 section 1.4).
    #[must_use]
    pub fn is_over(&self) -> bool {
        Direction::BOTH.iter().all(|direction| self.across.closed.get(*direction).is_some())
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

    /// Notes on the connection as a whole, once it is over. What a side did not send is said only where all it sent is in
    /// the capture.
    #[must_use]
    pub fn closing_notes(&self, ending: &Ending) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.across.withdrawn {
            return self.overall_notes();
        }
        let whole = |direction| match direction {
            Direction::Client => !self.client.has_lost_frames(),
            Direction::Server => !self.server.has_lost_frames(),
        };
        let silent = |direction| *ending.finished.get(direction) && whole(direction);
        // Whoever asked has left, or has waited for so long: no answer of use will come from a side that is heard.
        let heard = |direction| {
            let spoke = self.across.sent.get(direction).frames > 0 || *ending.heard.get(direction);
            spoke && whole(direction)
        };
        let missed = |asker: Direction| silent(asker.other()) || *ending.finished.get(asker) && heard(asker.other());
        let spoke = Direction::BOTH.iter().any(|direction| self.across.sent.get(*direction).frames > 0);
        let closing = !self.across.closeless;
        if closing && spoke && self.across.close.is_none() && Direction::BOTH.into_iter().any(silent) {
            notes.push(Note::new(Code::CloseMissing));
        }
        if let Some(close) = &self.across.close
            && self.across.closed.get(close.by.other()).is_none()
            && missed(close.by)
        {
            let waited = seconds(ending.last.time.since(close.at.time));
            let detail = format!("the {} sent it {waited} before the last packet", close.by.name());
            notes.push(Note::new(Code::CloseUnanswered).with_detail(detail).with_at(close.at));
        }
        for direction in Direction::BOTH {
            let pings = self.across.pings.get(direction);
            let overdue = pings.is_overdue(ending.last) && heard(direction.other());
            if let Some((count, first)) = pings.unanswered().filter(|_| overdue || missed(direction)) {
                let waited = seconds(ending.last.time.since(first.time));
                let detail =
                    format!("{count} from the {}, the first {waited} before the last packet", direction.name());
                notes.push(Note::new(Code::PingUnanswered).with_detail(detail).with_at(first));
            }
        }
        notes.extend(self.overall_notes());
        notes
    }

    /// Notes of both directions as a whole.
    fn overall_notes(&self) -> Vec<Note> {
        [&self.client, &self.server].into_iter().flat_map(|reader| reader.overall_notes().iter().cloned()).collect()
    }
}

const _: () =
    assert!(limits::FRAME_KEPT_BYTES == limits::MESSAGE_KEPT_BYTES, "a frame's payload serves as its message");

crate::base::pack::pack_struct!(Session { client, server, across });
