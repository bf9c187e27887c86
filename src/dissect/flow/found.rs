//! What is known of one connection that is WebSocket, or asked to be: its session and its notes, until its record is
//! told.

use crate::base::{At, Code, Direction, Note, PerDirection, Side, Sides, limits};
use crate::dissect::socket::{Evidence, Socket};
use crate::http::{self, Refusal, Start};
use crate::tcp::Info;
use crate::websocket::handshake::{Request, Response, Unit};
use crate::websocket::inflate::Pool;
use crate::websocket::{Handshake, Inflation, Rules, Session};

/// A connection that is WebSocket, or asked to be.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) client: Side,
    pub(super) evidence: Evidence,
    pub(super) handshake: Option<Box<Handshake>>,
    pub(super) session: Session,
    /// WebSocket bytes of each side so far, gaps included; `None` where they have not begun.
    pub(super) offsets: Sides<Option<u64>>,
    /// Sides that have finished, or reset the connection, behind their last byte.
    pub(super) ended: Sides<bool>,
    pub(super) notes: Vec<Note>,
    /// Notes beyond [`limits::CONNECTION_NOTES`].
    pub(super) more_notes: u64,
}

impl Found {
    pub(super) fn new(client: Side, evidence: Evidence, pool: &Pool) -> Found {
        let mut session = Session::new();
        session.use_pool(pool);
        Found {
            client,
            evidence,
            handshake: None,
            session,
            offsets: Sides::default(),
            ended: Sides::default(),
            notes: Vec::new(),
            more_notes: 0,
        }
    }

    pub(super) fn refused(&mut self, refusal: Refusal) {
        let detail = format!("{} {}", refusal.response.status, refusal.response.reason);
        let note = Note::new(Code::HandshakeRefused).with_at(refusal.response.at);
        self.note(note.with_detail(detail.trim_end().to_owned()));
        let (request, response) = (Some(request_of(refusal.request)), Some(response_of(refusal.response)));
        self.handshake = Some(Box::new(Handshake { request, response }));
    }

    /// A side is joined mid-stream, at its first frame, or where that is still to be found; `at` is where its first
    /// bytes are.
    pub(super) fn enter(&mut self, side: Side, start: Option<u64>, at: At) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(start.unwrap_or(0));
        // Nothing tells whether compression was agreed on; RSV1 does, where it is set.
        let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
        self.session.set_rules(direction, Rules { inflation, ..Rules::default() });
        match start {
            Some(start) => self.session.enter(direction, start, at),
            None => self.session.lose_place(direction),
        }
    }

    /// A side's WebSocket bytes begin.
    pub(super) fn start(&mut self, side: Side, start: Start) {
        let direction = side.direction(self.client);
        *self.offsets.get_mut(side) = Some(0);
        if let Some(handshake) = &self.handshake {
            self.session.set_rules(direction, rules(handshake, direction));
        }
        if !start.certain {
            self.session.lose_place(direction);
        }
    }

    pub(super) fn note(&mut self, note: Note) {
        if self.notes.len() < limits::CONNECTION_NOTES {
            self.notes.push(note);
        } else {
            self.more_notes += 1;
        }
    }

    /// All that its sides sent has been seen: says what is not among it.
    pub(super) fn conclude(&mut self) {
        if self.evidence == Evidence::Refused {
            return;
        }
        let ended = |direction: Direction| {
            let side = if direction == Direction::Client { self.client } else { self.client.other() };
            *self.ended.get(side)
        };
        let finished = PerDirection { client: ended(Direction::Client), server: ended(Direction::Server) };
        let notes = self.session.closing_notes(finished);
        self.notes.extend(notes);
    }

    pub(super) fn record(&self, info: &Info) -> Socket {
        let mut notes = self.notes.clone();
        if let Some(last) = notes.last().filter(|_| self.more_notes > 0) {
            let detail = format!("{} more notes of this connection are counted only", self.more_notes);
            notes.push(Note::new(last.code).with_detail(detail));
        }
        if let Some(handshake) = &self.handshake {
            // Refusals stand among the notes already, each one.
            notes.extend(handshake.check().into_iter().filter(|note| note.code != Code::HandshakeRefused));
        }
        Socket {
            id: info.id.into(),
            client: info.address(self.client),
            server: info.address(self.client.other()),
            evidence: self.evidence,
            handshake: self.handshake.clone(),
            totals: PerDirection {
                client: *self.session.sent(Direction::Client),
                server: *self.session.sent(Direction::Server),
            },
            close: self.session.close().cloned(),
            first: info.first,
            last: info.last,
            notes,
        }
    }
}

/// What the handshake settled for a direction.
fn rules(handshake: &Handshake, direction: Direction) -> Rules {
    let inflation = handshake.deflate_assumed().map(|deflate| Inflation {
        window_bits: deflate.window_bits(direction),
        takeover: deflate.takeover(direction),
        per_frame: deflate.unit == Unit::Frame,
    });
    let unknown_extension = handshake.has_unknown_extension();
    Rules { inflation, unknown_extension, dialect: handshake.dialect() }
}

pub(super) fn request_of(head: http::RequestHead) -> Request {
    let http::RequestHead { method, target, minor_version, fields, challenge, cut, at } = head;
    Request { method, target, minor_version, fields, challenge, cut, at }
}

pub(super) fn response_of(head: http::ResponseHead) -> Response {
    let http::ResponseHead { minor_version: _, status, reason, fields, answer, cut, at } = head;
    Response { status, reason, fields, answer, cut, at }
}

crate::base::pack::pack_struct!(Found { client, evidence, handshake, session, offsets, ended, notes, more_notes });
