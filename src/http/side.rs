//! One side's stream: where it stands, and what is held of it.
//!
//! In: chunks and gaps of one side. Out: heads, found whole. What a head means is [`super::conversation`]'s.

use super::body::Body;
use super::head::{Fields, RequestHead, ResponseHead, end_of_head};
use super::held::Held;
use super::long::LongHead;
use super::sniff::{Sniff, after_preface, may_be_proxy_header, sniff};
use super::verdict::Start;
use crate::base::number::{distance, wide};
use crate::base::{At, Chunk, Part, limits};

/// What the next byte of a side is.
#[derive(Debug, Default)]
pub(super) enum State {
    /// The first of a message, or one inside a head; what there is of the head is held.
    #[default]
    Head,
    /// One of a body, and what comes after the body.
    Body(Body, Then),
    /// One of a body, if the message has one: its response came before its request. Held up to twelve bytes, since
    /// after the response to a HEAD request another response begins here.
    PerhapsBody(Body),
    /// One of the 8 bytes that draft-hixie-76 puts after a request.
    Challenge(Box<RequestHead>),
    /// One of the 16 bytes that draft-hixie-76 puts after a response.
    Answer(Option<Box<RequestHead>>, Box<ResponseHead>),
    /// One after a response that names WebSocket and is no 101: of a body, if the message has one, or of a frame.
    PerhapsSwitched(Box<RequestHead>, Box<ResponseHead>, Option<Body>),
    /// One after a request whose response decides what it is; it is held.
    Undecided,
    /// The caller's.
    Passed,
}

/// What comes after a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Another head.
    Head,
    /// What the response to this request decides.
    Undecided,
    /// WebSocket.
    WebSocket,
}

/// One side.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Stream offset of the next byte to come: those held have been counted.
    pub(super) offset: u64,
    pub(super) state: State,
    /// Bytes of an unfinished head, or undecided bytes.
    pub(super) held: Held,
    /// Bytes of `held` that were searched for the end of the head.
    searched: usize,
    /// A head that is longer than what is held of one.
    long: Option<Box<LongHead>>,
    /// What the head under way is.
    pub(super) kind: Option<Kind>,
    /// Bytes of `held` that come before its last gap: the head under way lacks some.
    pub(super) torn: Option<usize>,
    /// Stream offset of the last head, and where its first byte arrived.
    pub(super) head_start: (u64, At),
    /// Stream offset of the end of the last head.
    pub(super) head_end: u64,
    /// Fields of a response whose status line is lost, until what follows tells what it was.
    pub(super) tail: Option<Fields>,
    /// Bytes were lost where a head was expected: what follows may be anything.
    pub(super) doubtful: bool,
    /// Bytes of the other side's stream that this side has received, as far as is known.
    pub(super) acknowledges: Option<u64>,
    /// The same, when the first byte of the last head was sent.
    pub(super) head_acknowledges: Option<u64>,
}

/// Request or response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

/// A head, whole or cut by a gap.
#[derive(Debug)]
pub(super) enum Head {
    Request(Box<RequestHead>),
    Response(Box<ResponseHead>),
}

/// What was found of a head.
#[derive(Debug)]
pub(super) enum Found {
    /// More is needed; the chunk was taken.
    More,
    /// A head ends after this many bytes of the chunk.
    Head(usize, Head),
    /// The rest of a head ends after this many bytes of the chunk; its first line is lost.
    Tail(usize, Fields),
    /// A head, or the rest of one, has ended before the chunk; what followed it, the chunk included.
    Earlier(Result<Head, Fields>, Held),
    /// The head's end is among lost bytes; the chunk is held.
    Torn,
    /// This is no head; this many bytes of the chunk are held.
    Foreign(usize),
    /// No end within the cap; this many bytes of the chunk are held.
    TooLong(usize),
}

impl Stream {
    /// Where the bytes that are held, or the next to come, begin.
    pub(super) fn start(&self) -> Start {
        Start { offset: distance(self.held.backlog().stream_len(), self.offset), certain: !self.doubtful }
    }

    /// Counts bytes as read.
    pub(super) fn take(&mut self, len: usize) {
        self.offset = self.offset.saturating_add(wide(len));
    }

    /// Takes the whole chunk and holds it.
    pub(super) fn hold(&mut self, chunk: Chunk<'_>) {
        self.hold_part(Part::Bytes(chunk));
    }

    /// Takes and holds a chunk or a gap.
    pub(super) fn hold_part(&mut self, part: Part<'_>) {
        self.offset = self.offset.saturating_add(part.len());
        self.held.push_part(part, self.acknowledges);
    }

    /// Goes on reading a head with the next chunk. `allowed`: what a head of this side may be, as far as it is known.
    pub(super) fn read_head(&mut self, chunk: Chunk<'_>, allowed: Option<Kind>) -> Found {
        if let Some(torn) = self.torn {
            return self.read_torn(chunk, torn);
        }
        if self.long.is_some() {
            return self.read_long(chunk, 0);
        }
        let before = self.held.backlog().bytes().len();
        let direct = before == 0;
        if !direct {
            self.hold(chunk);
        }
        let bytes = if direct { chunk.bytes } else { self.held.backlog().bytes() };
        let taken = if direct { 0 } else { chunk.bytes.len() };
        if self.kind.is_none() && worth_a_sniff(bytes, chunk.bytes) {
            match sniff(bytes) {
                Sniff::Undecided => {}
                Sniff::Request if allowed != Some(Kind::Response) => self.kind = Some(Kind::Request),
                Sniff::Response if allowed != Some(Kind::Request) => self.kind = Some(Kind::Response),
                Sniff::Foreign if self.doubtful => return self.read_tail(chunk, direct),
                _ => return Found::Foreign(taken),
            }
        }
        let blank = bytes.len() - after_preface(bytes).len();
        let lines = bytes.get(blank..).unwrap_or_default();
        let end = self.kind.and_then(|_| end_of_head(lines, self.searched.saturating_sub(blank)));
        let end = end.map(|end| blank + end);
        if end.unwrap_or(bytes.len()) > limits::HTTP_HEAD_BYTES || self.held.is_over(limits::HTTP_HEAD_BYTES) {
            return match self.kind {
                Some(kind) => self.begin_long(kind, chunk, direct),
                None => Found::TooLong(taken),
            };
        }
        let Some(end) = end else {
            self.searched = bytes.len();
            if direct {
                self.hold(chunk);
            }
            return Found::More;
        };
        let head = bytes.get(blank..end).and_then(|head| parse(self.kind, head, chunk.at));
        let Some(head) = head else { return Found::Foreign(taken) };
        let used = end.saturating_sub(before);
        self.head_starts(chunk.at);
        self.head_acknowledges = if direct { self.acknowledges } else { self.held.received_at_start() };
        if direct {
            self.take(used);
        } else {
            self.offset = distance(wide(chunk.bytes.len() - used), self.offset);
        }
        self.forget();
        self.doubtful = false;
        self.head_end = self.offset;
        self.tail = None;
        Found::Head(used, head)
    }

    /// The head under way is too long to be held: from here on its long lines are shortened.
    #[cold]
    fn begin_long(&mut self, kind: Kind, chunk: Chunk<'_>, direct: bool) -> Found {
        self.head_starts(chunk.at);
        self.head_acknowledges = if direct { self.acknowledges } else { self.held.received_at_start() };
        let held = std::mem::take(&mut self.held);
        let before = held.backlog().bytes();
        let before = before.get(..before.len().saturating_sub(chunk.bytes.len())).unwrap_or_default();
        if !direct {
            self.offset = distance(chunk.len(), self.offset);
        }
        let mut long = Box::new(LongHead::new(kind));
        // What was searched has no end; only what stands before the head may end in an empty line.
        long.feed(after_preface(before));
        let blank = if direct { chunk.bytes.len() - after_preface(chunk.bytes).len() } else { 0 };
        self.long = Some(long);
        self.read_long(chunk, blank)
    }

    /// Goes on reading a head that is too long to be held, with what lies behind `blank` of the chunk.
    fn read_long(&mut self, chunk: Chunk<'_>, blank: usize) -> Found {
        let Some(long) = &mut self.long else { return Found::More };
        let end = long.feed(chunk.bytes.get(blank..).unwrap_or_default()).map(|end| blank + end);
        let Some(end) = end else {
            let endless = long.total > limits::HTTP_LONG_HEAD_BYTES;
            self.take(chunk.bytes.len());
            return if endless { Found::TooLong(chunk.bytes.len()) } else { Found::More };
        };
        let head = parse(Some(long.kind), &long.kept, chunk.at).map(|head| head.shortened(long, chunk.at));
        self.take(end);
        self.forget();
        self.doubtful = false;
        self.head_end = self.offset;
        self.tail = None;
        head.map_or(Found::Foreign(end), |head| Found::Head(end, head))
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn cost(&self) -> usize {
        self.held.cost() + self.long.as_ref().map_or(0, |long| long.kept.len())
    }

    /// The head that was read starts with what is held, or else with a chunk of this packet.
    pub(super) fn head_starts(&mut self, at: At) {
        let start = self.start().offset;
        self.head_start = (start, self.held.backlog().first().unwrap_or(at));
    }

    /// Gives up the head under way.
    pub(super) fn forget(&mut self) {
        self.held = Held::default();
        self.searched = 0;
        self.long = None;
        self.torn = None;
        self.kind = None;
    }

    /// Collects `N` bytes after a head: gives them, and how many bytes of the chunk were taken.
    pub(super) fn collect<const N: usize>(&mut self, chunk: Chunk<'_>) -> (Option<[u8; N]>, usize) {
        let missing = N.saturating_sub(self.held.backlog().bytes().len());
        let chunk = chunk.up_to(missing);
        self.hold(chunk);
        let bytes = self.held.backlog().bytes().try_into().ok();
        if bytes.is_some() {
            self.held = Held::default();
        }
        (bytes, chunk.bytes.len())
    }
}

/// Looking again costs the whole line: only where a new byte can decide something. Any byte can among the first of a
/// line, where the method stands, and behind what may have been a line of a load balancer and is none; whether the chunks
/// before ended there must not matter.
pub(super) fn worth_a_sniff(bytes: &[u8], new: &[u8]) -> bool {
    let decides = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
    let before = bytes.get(..bytes.len().saturating_sub(new.len())).unwrap_or_default();
    let line = after_preface(bytes).len();
    line.saturating_sub(new.len()) < 64
        || before.last().is_none_or(|byte| *byte == b'\r')
        || may_be_proxy_header(before)
        || new.iter().any(decides)
}

impl Head {
    /// The same head, read from one whose long lines were shortened.
    fn shortened(mut self, long: &LongHead, at: At) -> Head {
        let (notes, cut) = match &mut self {
            Head::Request(head) => (&mut head.notes, &mut head.cut),
            Head::Response(head) => (&mut head.notes, &mut head.cut),
        };
        notes.push(long.note(at));
        *cut |= long.left_out > 0;
        self
    }
}

pub(super) fn parse(kind: Option<Kind>, head: &[u8], at: At) -> Option<Head> {
    match kind? {
        Kind::Request => RequestHead::parse(head, at).map(|head| Head::Request(Box::new(head))),
        Kind::Response => ResponseHead::parse(head, at).map(|head| Head::Response(Box::new(head))),
    }
}

crate::base::pack::pack_enum!(State {
    0 Head, 1 Body(body, then), 2 PerhapsBody(body), 3 Challenge(request), 4 Answer(request, response), 5 Undecided,
    6 Passed, 7 PerhapsSwitched(request, response, body),
});
crate::base::pack::pack_enum!(Then { 0 Head, 1 Undecided, 2 WebSocket });
crate::base::pack::pack_enum!(Kind { 0 Request, 1 Response });
crate::base::pack::pack_struct!(Stream {
    offset,
    state,
    held,
    searched,
    long,
    kind,
    torn,
    head_start,
    head_end,
    tail,
    doubtful,
    acknowledges,
    head_acknowledges,
});
