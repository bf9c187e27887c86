//! One direction of a connection: reassembly.
//!
//! In: segments in any order. Out: [`Event`]s whose parts follow each other without a break. A payload in its
//! turn is handed on where it lies; only what comes early is copied, into [`Waiting`].

mod doubtful;

use super::doubt::Doubt;
use super::event::{Event, Unacknowledged};
use super::history::{History, Newest};
use super::patience::{ACKNOWLEDGED, Now, UNACKNOWLEDGED};
use super::repetition::Repetition;
use super::sequence::SeqNum;
use super::waiting::{Placed, Waiting};
use crate::base::number::wide;
use crate::base::{At, Gap, PacketNumber, Part, limits};
use crate::net::Segment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No segment yet.
    New,
    /// Segments without a SYN: held a little, since an earlier one may still come.
    Joined,
    /// Bytes are handed on.
    Open,
    /// FIN was handed on, or the connection is over.
    Ended,
}

/// No FIN seen.
const NO_FIN: i64 = i64::MAX;

/// Furthest a window reaches (RFC 7323 section 2.3): a payload that starts further ahead is not of this stream.
const FURTHEST: i64 = 1 << 30;

/// One direction.
#[derive(Debug)]
pub struct Half {
    state: State,
    /// A SYN told where the stream starts.
    synchronised: bool,
    /// Sequence number of the byte at `next`.
    next_seq: SeqNum,
    /// Stream offset of the next byte to hand on.
    next: i64,
    /// Stream offset up to which the other side has acknowledged.
    acknowledged: i64,
    fin: i64,
    fin_at: At,
    waiting: Option<Box<Waiting>>,
    /// When the wait for the byte at `next` began.
    hole_since: Now,
    /// The bytes handed on last.
    newest: Newest,
    repetition: Repetition,
    doubt: Doubt,
}

/// What the halves of all connections share.
#[derive(Debug)]
pub struct With<'w> {
    /// How far the capture has been read.
    pub now: Now,
    /// The last bytes handed on.
    pub history: &'w mut History,
    /// Counts bytes that are left out as not of their stream.
    pub stray: &'w mut u64,
}

impl Default for Half {
    fn default() -> Half {
        Half {
            state: State::New,
            synchronised: false,
            next_seq: SeqNum(0),
            next: 0,
            acknowledged: i64::MIN,
            fin: NO_FIN,
            fin_at: At::default(),
            waiting: None,
            hole_since: Now::default(),
            newest: Newest::default(),
            repetition: Repetition::default(),
            doubt: Doubt::default(),
        }
    }
}

/// What a SYN means to a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syn {
    /// It starts the stream, or was seen before.
    Fits,
    /// It starts another stream: the ports are used again.
    Other,
}

impl Half {
    /// FIN was handed on.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// A segment was seen.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.state == State::New
    }

    /// Segments are held because the start of the stream is not known.
    #[must_use]
    pub fn is_joining(&self) -> bool {
        self.state == State::Joined
    }

    /// Something waits for the next byte.
    #[must_use]
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some() || self.doubt.waiting.is_some()
    }

    /// When the wait for the next byte began, where something waits for it.
    #[must_use]
    pub fn waiting_since(&self) -> Option<Now> {
        self.is_waiting().then_some(self.hole_since)
    }

    /// The packet that has waited longest.
    #[must_use]
    pub fn oldest(&self) -> Option<PacketNumber> {
        [&self.waiting, &self.doubt.waiting].into_iter().flatten().filter_map(|waiting| waiting.oldest()).min()
    }

    /// Whether its next segment is to be pushed as doubtful: its checksum is wrong, and others are right.
    #[inline]
    pub fn doubts(&mut self, segment: &Segment<'_>) -> bool {
        self.doubt.asks(!segment.payload.is_empty())
            && self.doubt.doubts(segment.checksum())
            && self.state == State::Open
    }

    /// Its last bytes, where they were sent several times and never acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> Option<Unacknowledged> {
        self.repetition.unacknowledged(self.acknowledged, self.next)
    }

    /// Bytes handed on and in gaps so far.
    #[must_use]
    pub fn offset(&self) -> u64 {
        debug_assert!(self.next >= 0);
        self.next.cast_unsigned()
    }

    /// Captured bytes held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.bytes())
    }

    /// A SYN with this sequence number came.
    pub fn syn(&mut self, sequence: SeqNum) -> Syn {
        let first = sequence.advance(1);
        let from_first = self.next_seq.since(first);
        match self.state {
            State::New => {
                self.open_at(first);
                Syn::Fits
            }
            // Held segments lie a little after their SYN, which the capture has later.
            State::Joined if (0..=FURTHEST).contains(&from_first) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.rebase(-from_first);
                    waiting.drop_before(0);
                }
                self.waiting.take_if(|waiting| waiting.is_empty());
                self.acknowledged = self.acknowledged.saturating_add(from_first);
                if self.fin != NO_FIN {
                    self.fin = if self.fin + from_first < 0 { NO_FIN } else { self.fin + from_first };
                }
                self.open_at(first);
                Syn::Fits
            }
            State::Open | State::Ended if self.next_seq.advance(-self.next) == first => Syn::Fits,
            _ => Syn::Other,
        }
    }

    fn open_at(&mut self, first: SeqNum) {
        self.state = State::Open;
        self.synchronised = true;
        self.next_seq = first;
        self.next = 0;
    }

    /// The other side has acknowledged everything before this sequence number.
    pub fn acknowledge(&mut self, number: SeqNum) {
        if self.state != State::New {
            let offset = self.next + number.since(self.next_seq);
            self.acknowledged = self.acknowledged.max(offset);
        }
    }

    /// Bytes of this stream that the other side has acknowledged, where its start is known.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        u64::try_from(self.acknowledged).ok().filter(|_| self.synchronised)
    }

    /// A reset with this sequence number stands behind the last byte, and no byte is missing before it.
    #[must_use]
    pub fn is_reset_at(&self, sequence: SeqNum) -> bool {
        self.state == State::Open && self.waiting.is_none() && self.next_seq == sequence
    }

    /// A segment came; `new.offset` is ignored and taken from `sequence`.
    pub fn push(
        &mut self,
        sequence: SeqNum,
        mut new: Placed<'_>,
        fin: bool,
        with: &mut With<'_>,
        emit: &mut (impl FnMut(Event<'_>) + ?Sized),
    ) {
        match self.state {
            State::Ended => return,
            State::New if new.chunk.is_empty() && new.cut == 0 && !fin => return,
            State::New => {
                self.state = State::Joined;
                self.next_seq = sequence;
                self.hole_since = with.now;
            }
            State::Joined | State::Open => {}
        }
        new.offset = self.next + sequence.since(self.next_seq);
        if fin {
            self.fin = new.end();
            self.fin_at = new.chunk.at;
        }
        if new.end() > new.offset {
            if self.state == State::Joined {
                self.wait(new, with, emit);
            } else {
                self.place(new, with, emit);
            }
        }
        self.end_if_due(emit);
    }

    /// Hands on a payload in its turn, keeps one that is early, drops what is late.
    fn place(&mut self, new: Placed<'_>, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        if new.offset < self.next {
            self.compare(&new, with, emit);
            let first = || with.history.arrival(new.offset, &with.now, self.newest);
            self.repetition.note(&new, self.acknowledged, first);
        }
        if new.end() <= self.next || new.offset - self.next > FURTHEST {
            return;
        }
        if new.offset > self.next {
            self.wait(new, with, emit);
            return;
        }
        let new = if new.offset < self.next { new.part(self.next, new.end()) } else { new };
        if self.waiting.is_none() {
            self.hand_on(new, with, emit);
            return;
        }
        // Bytes already held came first; only what lies before them is new.
        let until = self.waiting.as_ref().and_then(|waiting| waiting.first_offset()).unwrap_or(new.end());
        if new.end() <= until {
            self.hand_on(new, with, emit);
        } else {
            self.hand_on(new.part(new.offset, until), with, emit);
            let rest = new.part(until, new.end());
            self.wait(rest, with, emit);
        }
        self.drain(with, emit);
    }

    /// A copy of bytes that were handed on came.
    fn compare(&self, copy: &Placed<'_>, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        // The byte of a keep-alive probe (RFC 9293 section 3.8.4) is garbage.
        let probe = copy.end() == self.next && copy.chunk.bytes.len() <= 1;
        if !probe && let Some(offset) = with.history.compare(copy, &with.now, self.newest) {
            emit(Event::Conflict { offset: offset.cast_unsigned(), at: copy.chunk.at });
        }
    }

    fn hand_on(&mut self, new: Placed<'_>, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let Placed { chunk, cut, .. } = new;
        let len = new.end() - new.offset;
        self.next += len;
        self.next_seq = self.next_seq.advance(len);
        if !chunk.is_empty() {
            with.history.keep(&new, &with.now, &mut self.newest);
            emit(Event::Part(Part::Bytes(chunk)));
        }
        if cut > 0 {
            emit(Event::Part(Part::Gap(Gap { len: cut, at: chunk.at, cut: true })));
        }
        if self.doubt.waiting.is_some() {
            self.doubt.settle(self.next, emit);
        }
    }

    fn wait(&mut self, new: Placed<'_>, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        if self.waiting.is_none() {
            self.hole_since = with.now;
        }
        let waiting = self.waiting.get_or_insert_default();
        if let Some(offset) = waiting.insert(new) {
            // Before the start of the stream is known it may lie before what came first.
            emit(Event::Conflict { offset: u64::try_from(offset).unwrap_or(0), at: new.chunk.at });
        }
        let full = waiting.bytes() > limits::OUT_OF_ORDER_BYTES || waiting.len() > limits::OUT_OF_ORDER_SEGMENTS;
        if full {
            emit(Event::Cap { at: new.chunk.at });
            if self.state == State::Joined { self.start(with, emit) } else { self.give_up(with, emit) }
        }
    }

    /// Hands on what waits and whose turn has come.
    fn drain(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let Some(mut waiting) = self.waiting.take() else { return };
        while let Some(first) = waiting.take_up_to(self.next) {
            let first = first.placed();
            if first.end() > self.next {
                self.hand_on(first.part(self.next, first.end()), with, emit);
            }
        }
        if !waiting.is_empty() {
            self.waiting = Some(waiting);
            self.hole_since = with.now;
        }
    }

    /// The held start of a stream joined mid-way is its start.
    pub fn start(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        if self.state != State::Joined {
            return;
        }
        self.state = State::Open;
        let first = self.waiting.as_ref().and_then(|waiting| waiting.first_offset()).unwrap_or(self.fin);
        if first != NO_FIN {
            if let Some(waiting) = &mut self.waiting {
                waiting.rebase(first);
            }
            self.next_seq = self.next_seq.advance(first);
            self.acknowledged = self.acknowledged.saturating_sub(first);
            if self.fin != NO_FIN {
                self.fin -= first;
            }
        }
        self.drain(with, emit);
        self.end_if_due(emit);
    }

    /// The missing run before what waits becomes a gap where patience is over.
    pub fn lose_patience(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        while let Some(until) = self.first_waiting()
            && self.state == State::Open
        {
            let acknowledged = self.acknowledged >= until;
            let patience = if acknowledged { ACKNOWLEDGED } else { UNACKNOWLEDGED };
            if !patience.is_over(&self.hole_since, &with.now) {
                return;
            }
            if self.is_stray(&with.now)
                && let Some(waiting) = self.waiting.take()
            {
                *with.stray += wide(waiting.bytes());
                return self.end_if_due(emit);
            }
            self.give_up(with, emit);
        }
    }

    /// Where what waits begins, or ends where it is doubtful: what is acknowledged up to there the receiver has.
    fn first_waiting(&self) -> Option<i64> {
        let first = self.waiting.as_ref().and_then(|waiting| waiting.first_offset());
        let doubtful = self.doubt.waiting.as_ref().and_then(|doubtful| doubtful.first_offset());
        match (first, doubtful) {
            (Some(first), Some(doubtful)) => Some(first.max(doubtful + 1)),
            (first, doubtful) => first.or(doubtful.map(|doubtful| doubtful + 1)),
        }
    }

    /// What waits is not of this stream: for longer than any retransmission takes the receiver has had all that was
    /// handed on, and no more. To go on behind what waits would lose all that the sender still sends. A busy capture
    /// ends the patience earlier; then a retransmission may still come, and what waits has perhaps been received.
    fn is_stray(&self, now: &Now) -> bool {
        let rested = now.time.since(self.hole_since.time) > UNACKNOWLEDGED.nanoseconds;
        rested && self.acknowledged == self.next
    }

    /// The missing run before what waits becomes a gap.
    fn give_up(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let first = self.waiting.as_ref().and_then(|waiting| waiting.first());
        let doubtful = self.doubt.waiting.as_ref().and_then(|doubtful| doubtful.first_offset());
        match (first, doubtful) {
            (Some((first, _)), Some(doubtful)) if doubtful < first => self.believe(with, emit),
            (None, Some(_)) => self.believe(with, emit),
            (Some((first, at)), _) => self.skip(first, at, emit),
            (None, None) => return,
        }
        self.drain(with, emit);
        self.end_if_due(emit);
    }

    fn skip(&mut self, to: i64, at: At, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        let len = to - self.next;
        if len > 0 {
            self.next = to;
            self.next_seq = self.next_seq.advance(len);
            emit(Event::Part(Part::Gap(Gap { len: len.cast_unsigned(), at, cut: false })));
        }
    }

    #[inline]
    fn end_if_due(&mut self, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        if self.next >= self.fin && self.state == State::Open {
            self.end(emit);
        }
    }

    /// All up to the FIN was handed on.
    #[cold]
    fn end(&mut self, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        self.doubt.waiting = None;
        // What lies behind the end is not of this stream.
        self.waiting.take_if(|waiting| waiting.first_offset().is_some_and(|first| first >= self.fin));
        if self.waiting.is_none() {
            self.state = State::Ended;
            emit(Event::Part(Part::End { at: self.fin_at }));
        }
    }

    /// The connection is over: everything that waits is handed on, holes become gaps.
    pub fn finish(&mut self, with: &mut With<'_>, emit: &mut (impl FnMut(Event<'_>) + ?Sized)) {
        self.start(with, emit);
        while self.is_waiting() {
            self.give_up(with, emit);
        }
        if let Some(unacknowledged) = self.unacknowledged() {
            emit(Event::Unacknowledged(unacknowledged));
        }
        if self.state == State::Open && self.fin != NO_FIN && self.fin > self.next {
            self.skip(self.fin, self.fin_at, emit);
        }
        self.end_if_due(emit);
        self.state = State::Ended;
    }
}

crate::base::pack::pack_enum!(State { 0 New, 1 Joined, 2 Open, 3 Ended });
crate::base::pack::pack_struct!(Half {
    state,
    synchronised,
    next_seq,
    next,
    acknowledged,
    fin,
    fin_at,
    waiting,
    hole_since,
    newest,
    repetition,
    doubt,
});
