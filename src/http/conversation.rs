//! Both sides read together: each byte goes where the state of its side says.
//!
//! In: chunks and gaps of both sides, in capture order. Out: a [`Verdict`] a call. Invariant: a side's bytes are either
//! read as HTTP, held, or handed to the caller, each once and in stream order. What heads mean together is
//! [`super::pairing`]'s.

use std::collections::VecDeque;

use super::body::{Body, Skip};
use super::exchange::{Refusal, Unanswered};
use super::held::Held;
use super::ledger::{Ledger, Which};
use super::refusal::Refusing;
use super::side::{Found, Kind, State, Stream, Then, worth_a_sniff};
use super::sniff::{Sniff, sniff};
use super::unpaired::{Answered, Asked, Asking};
use super::verdict::{Other, Reason, Upgrade, Verdict};
use crate::base::number::{distance, wide};
use crate::base::{At, Chunk, Gap, PacketNumber, Part, Side, Sides, limits};

/// The state of a connection that may be HTTP.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) streams: Sides<Stream>,
    pub(super) client: Option<Side>,
    /// Requests without a response yet.
    pub(super) asked: VecDeque<Asked>,
    /// Responses that came before their requests.
    pub(super) answered: VecDeque<Answered>,
    /// The request that completes a handshake whose response was told; what follows it decides.
    pub(super) asking: Option<Box<Asking>>,
    /// An upgrade's response was told.
    pub(super) response_told: bool,
    /// An upgrade's request was told without its response.
    pub(super) request_told: bool,
    /// Bytes of the client's stream that the server had received when it sent the response that was told.
    pub(super) request_end: Option<u64>,
    /// A CONNECT was accepted.
    pub(super) tunnel: bool,
    /// To be told at the end of this call.
    pub(super) upgrade: Option<Box<Upgrade>>,
    /// To be told at the end of this call, or of the next where an upgrade is told now.
    pub(super) over: Option<Reason>,
    /// Told at the end of this call.
    pub(super) refused: Vec<Refusal>,
    /// What is to be told as refused as soon as the body of its response is over.
    pub(super) refusing: Option<Box<Refusing>>,
    /// Told at the end.
    pub(super) unanswered: Vec<Unanswered>,
    /// Where somebody wants the exchanges.
    pub(super) ledger: Option<Box<Ledger>>,
}

impl Conversation {
    pub(super) fn push(&mut self, side: Side, chunk: Chunk<'_>) -> Verdict {
        if !self.wants(side) {
            return Verdict::Passed;
        }
        let taken = self.advance(side, chunk);
        self.verdict(taken)
    }

    pub(super) fn gap(&mut self, side: Side, gap: Gap) -> Verdict {
        if !self.wants(side) {
            return Verdict::Passed;
        }
        self.settle(side.other());
        self.lose(side, gap);
        self.verdict(0)
    }

    pub(super) fn acknowledged(&mut self, side: Side, bytes: u64) {
        self.streams.get_mut(side).acknowledges = Some(bytes);
    }

    /// Decides what waits for a response.
    pub(super) fn decide(&mut self) -> Verdict {
        self.give_up_heads();
        self.give_up_switch();
        self.stop_waiting();
        self.verdict(0)
    }

    /// Nothing has told whether a response was meant as 101.
    fn give_up_switch(&mut self) {
        Side::BOTH.into_iter().for_each(|side| self.refused_after_all(side));
    }

    /// Decides everything.
    pub(super) fn finish(&mut self) -> Verdict {
        self.give_up_switch();
        for side in [Side::A, Side::B] {
            let stream = self.streams.get_mut(side);
            if matches!(stream.state, State::PerhapsBody(_)) {
                stream.forget();
            }
            self.end_extra(side);
        }
        self.give_up_heads();
        self.stop_waiting();
        self.end_asked();
        let unread = |stream: &Stream| matches!(stream.state, State::Head) && !stream.held.backlog().is_empty();
        if self.upgrade.is_none() && (unread(&self.streams.a) || unread(&self.streams.b)) {
            self.over.get_or_insert(Reason::Unfinished);
        }
        if let Some(ledger) = &mut self.ledger {
            ledger.finish();
        }
        self.verdict(0)
    }

    /// This side's bytes are read here.
    pub(super) fn wants(&self, side: Side) -> bool {
        !matches!(self.streams.get(side).state, State::Passed)
    }

    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        self.oldest_undecided().map(|oldest| oldest.packet)
    }

    fn oldest_undecided(&self) -> Option<At> {
        let undecided = |stream: &Stream| match stream.state {
            State::Undecided => stream.held.backlog().oldest(),
            State::Head if stream.torn.is_some() => stream.held.backlog().oldest(),
            _ => None,
        };
        [undecided(&self.streams.a), undecided(&self.streams.b)]
            .into_iter()
            .flatten()
            .min_by_key(|oldest| oldest.packet)
    }

    pub(super) fn has_waited(&self, now: At) -> bool {
        self.oldest_undecided().is_some_and(|oldest| {
            now.packet.saturating_sub(oldest.packet) > limits::HTTP_PATIENCE_PACKETS
                || now.time.since(oldest.time) > limits::UPGRADE_PENDING_NANOSECONDS
        })
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.streams.a.cost() + self.streams.b.cost() + self.refusing.as_ref().map_or(0, |one| one.cost())
    }

    fn verdict(&mut self, taken: usize) -> Verdict {
        if self.upgrade.is_some() || self.over.is_some() {
            self.refused_in_full();
        }
        if let Some(mut upgrade) = self.upgrade.take() {
            upgrade.rest = taken;
            return Verdict::WebSocket(upgrade);
        }
        let Some(reason) = self.over else { return Verdict::Undecided };
        let Sides { a, b } = &mut self.streams;
        Verdict::Other(Box::new(Other {
            reason,
            starts: Sides { a: a.start().offset, b: b.start().offset },
            held: Sides {
                a: std::mem::take(&mut a.held).into_backlog(),
                b: std::mem::take(&mut b.held).into_backlog(),
            },
            rest: taken,
            tunnel: self.tunnel,
        }))
    }

    /// Reads a chunk until it ends or is not HTTP's; gives the bytes taken.
    fn advance(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let mut taken = 0;
        while taken < chunk.bytes.len() {
            // What the other side lacks is decided before what this side says, also where what this side has said just now
            // is why the other is read on: whether more came in the same chunk makes no difference.
            self.settle(side.other());
            if self.over.is_some() || !self.wants(side) {
                break;
            }
            taken += self.step(side, chunk.after(taken));
        }
        taken
    }

    /// Reads one thing of a chunk; gives the bytes taken.
    fn step(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        match self.streams.get(side).state {
            State::Head => self.step_head(side, chunk),
            State::Body(..) => self.step_body(side, chunk),
            State::PerhapsBody(body) => self.step_perhaps_body(side, body, chunk),
            State::PerhapsSwitched(..) => self.step_perhaps_switched(side, chunk),
            State::Challenge(_) => self.step_challenge(side, chunk),
            State::Answer(..) => self.step_answer(side, chunk),
            State::Undecided => self.step_undecided(side, chunk),
            State::Passed => 0,
        }
    }

    fn step_head(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let allowed = self.client.map(|client| if client == side { Kind::Request } else { Kind::Response });
        let stream = self.streams.get(side);
        if stream.doubtful && stream.held.backlog().is_empty() && self.client != Some(side) && self.skips_to_known(side)
        {
            return 0;
        }
        match self.streams.get_mut(side).read_head(chunk, allowed) {
            Found::More => chunk.bytes.len(),
            Found::Head(used, head) => {
                self.head(side, head);
                used
            }
            Found::Tail(used, fields) => {
                self.tail(side, fields);
                used
            }
            Found::Earlier(head, rest) => {
                match head {
                    Ok(head) => self.head(side, head),
                    Err(fields) => self.tail(side, fields),
                }
                self.replay(side, &rest);
                chunk.bytes.len()
            }
            Found::Torn => {
                self.settle(side);
                chunk.bytes.len()
            }
            Found::Foreign(taken) => {
                let held = self.streams.get(side).held.backlog().bytes().first();
                let first = held.or(chunk.bytes.first()).copied();
                self.foreign(side, first);
                taken
            }
            Found::TooLong(taken) => {
                self.over = Some(Reason::TooLong);
                taken
            }
        }
    }

    fn step_body(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let stream = self.streams.get_mut(side);
        let State::Body(body, then) = &mut stream.state else { return 0 };
        let then = *then;
        let skip = match &mut self.refusing {
            Some(refusing) if refusing.server == side => body.read(chunk.bytes, |content| refusing.add(content)),
            _ => body.skip(chunk.bytes),
        };
        let taken = match skip {
            Skip::More => chunk.bytes.len(),
            Skip::End(len) | Skip::Broken(len) => len,
        };
        stream.take(taken);
        self.note_body(side, wide(taken), chunk.at);
        match skip {
            Skip::More => {}
            Skip::End(_) => self.after_body(side, then),
            Skip::Broken(_) => self.over = Some(Reason::Framing),
        }
        taken
    }

    /// What follows a body, or a head without one.
    pub(super) fn after_body(&mut self, side: Side, then: Then) {
        self.note_end(side);
        if self.refusing.as_ref().is_some_and(|refusing| refusing.server == side) {
            self.refused_in_full();
        }
        match then {
            Then::Head => self.streams.get_mut(side).state = State::Head,
            Then::Undecided => self.streams.get_mut(side).state = State::Undecided,
            Then::WebSocket => self.complete(side),
        }
    }

    /// The body of a response that came before its request: if another response begins here, the request was HEAD or
    /// CONNECT.
    fn step_perhaps_body(&mut self, side: Side, body: Body, chunk: Chunk<'_>) -> usize {
        let stream = self.streams.get_mut(side);
        stream.hold(chunk);
        let bytes = stream.held.backlog().bytes();
        let status_line = sniff(bytes) == Sniff::Response;
        if !status_line && b"HTTP/1.".starts_with(bytes.get(..7).unwrap_or(bytes)) && bytes.len() < 12 {
            return chunk.bytes.len();
        }
        stream.state = if status_line { State::Head } else { State::Body(body, Then::Head) };
        self.reread(side);
        chunk.bytes.len()
    }

    fn step_challenge(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let stream = self.streams.get_mut(side);
        let (challenge, taken) = stream.collect::<8>(chunk);
        if let State::Challenge(request) = &mut stream.state
            && challenge.is_some()
        {
            request.challenge = challenge;
            self.end_extra(side);
        }
        taken
    }

    fn step_answer(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let stream = self.streams.get_mut(side);
        let (answer, taken) = stream.collect::<16>(chunk);
        if let State::Answer(_, response) = &mut stream.state
            && answer.is_some()
        {
            response.answer = answer;
            self.end_extra(side);
        }
        taken
    }

    /// No more of the bytes that draft-hixie-76 puts after a head is to come.
    fn end_extra(&mut self, side: Side) {
        let stream = self.streams.get_mut(side);
        match std::mem::take(&mut stream.state) {
            State::Challenge(request) => {
                stream.forget();
                self.websocket_request(side, *request, None);
            }
            State::Answer(request, response) => {
                stream.forget();
                self.accepted(side, request.map(|request| *request), *response);
            }
            other => stream.state = other,
        }
    }

    /// What a side's next head or body is to somebody who wants the exchanges.
    pub(super) fn noting(&mut self, side: Side) -> Option<(&mut Ledger, Which)> {
        let which = if self.client? == side { Which::Request } else { Which::Response };
        self.ledger.as_deref_mut().map(|ledger| (ledger, which))
    }

    fn note_body(&mut self, side: Side, bytes: u64, at: At) {
        if let Some((ledger, which)) = self.noting(side) {
            ledger.body(which, bytes, at);
        }
    }

    fn note_end(&mut self, side: Side) {
        if let Some((ledger, which)) = self.noting(side) {
            ledger.ended(which, true);
        }
    }

    /// Bytes whose meaning a response decides.
    fn step_undecided(&mut self, side: Side, chunk: Chunk<'_>) -> usize {
        let stream = self.streams.get_mut(side);
        stream.hold(chunk);
        let full = stream.held.is_over(limits::UPGRADE_PENDING_BYTES);
        let worth = worth_a_sniff(stream.held.backlog().bytes(), chunk.bytes);
        self.is_told_by_client(side);
        if full {
            self.give_up_switch();
        }
        if full || (worth && self.is_told_by_what_follows(side)) || self.has_waited(chunk.at) {
            self.stop_waiting();
        }
        chunk.bytes.len()
    }

    /// Reads again what was held, in the state that the side has now.
    pub(super) fn reread(&mut self, side: Side) {
        let stream = self.streams.get_mut(side);
        let held = std::mem::take(&mut stream.held);
        stream.forget();
        stream.offset = distance(held.backlog().stream_len(), stream.offset);
        self.replay(side, &held);
    }

    /// Reads what was held.
    pub(super) fn replay(&mut self, side: Side, held: &Held) {
        let now = self.streams.get(side).acknowledges;
        for (part, then) in held.parts() {
            self.streams.get_mut(side).acknowledges = then;
            match part {
                Part::Bytes(chunk) if self.over.is_none() && self.wants(side) => {
                    let taken = self.advance(side, chunk);
                    self.put_back(side, Part::Bytes(chunk.after(taken)));
                }
                Part::Gap(gap) if self.over.is_none() && self.wants(side) => self.lose(side, gap),
                rest => self.put_back(side, rest),
            }
        }
        self.streams.get_mut(side).acknowledges = now;
    }

    /// Keeps what was not read because something was decided.
    fn put_back(&mut self, side: Side, part: Part<'_>) {
        let passed = !self.wants(side);
        match &mut self.upgrade {
            Some(upgrade) if passed => {
                upgrade.held.get_mut(side).push_part(part);
            }
            _ => self.streams.get_mut(side).hold_part(part),
        }
    }

    /// Bytes of a side are lost.
    fn lose(&mut self, side: Side, gap: Gap) {
        let len = gap.len;
        self.refused_after_all(side);
        let stream = self.streams.get_mut(side);
        if let State::PerhapsBody(body) = stream.state {
            stream.state = State::Body(body, Then::Head);
            self.reread(side);
        }
        let stream = self.streams.get_mut(side);
        if matches!(stream.state, State::Undecided) || self.over.is_some() {
            return stream.hold_part(Part::Gap(gap));
        }
        if matches!(stream.state, State::Passed) {
            return self.put_back(side, Part::Gap(gap));
        }
        if matches!(stream.state, State::Head) {
            let frames = self.lost_behind_request(side, len);
            self.streams.get_mut(side).tear(Gap { len: len - frames, ..gap });
            if frames > 0 {
                self.settle(side);
                if self.wants(side) {
                    self.complete(side);
                }
                self.lose(side, Gap { len: frames, ..gap });
            }
            return;
        }
        if let State::Body(Body::Length(left), then) = stream.state
            && left < len
        {
            // The body's end is known; what is lost behind it is not the body's.
            stream.offset = stream.offset.saturating_add(left);
            self.note_body(side, left, gap.at);
            self.after_body(side, then);
            return self.lose(side, Gap { len: len - left, ..gap });
        }
        stream.offset = stream.offset.saturating_add(len);
        if matches!(stream.state, State::Body(..)) {
            self.note_body(side, len, gap.at);
            if let Some(refusing) = self.refusing.as_mut().filter(|refusing| refusing.server == side) {
                refusing.lose(len);
            }
        }
        let stream = self.streams.get_mut(side);
        match &mut stream.state {
            State::Body(body, then) => {
                let then = *then;
                let skip = body.skip_gap(len);
                stream.doubtful |= matches!(skip, Skip::Broken(_));
                if skip != Skip::More {
                    self.after_body(side, then);
                }
            }
            State::Challenge(_) | State::Answer(..) => {
                stream.doubtful = true;
                self.end_extra(side);
            }
            State::Head | State::PerhapsBody(_) | State::PerhapsSwitched(..) | State::Undecided | State::Passed => {}
        }
    }
}

crate::base::pack::pack_struct!(Conversation {
    streams,
    client,
    asked,
    answered,
    asking,
    response_told,
    request_told,
    request_end,
    tunnel,
    upgrade,
    over,
    refused,
    refusing,
    unanswered,
    ledger,
});
