//! Heads that the capture lacks some of.
//!
//! In: what is there of a head, and where bytes are missing. Out: where the head ends, if that is certain, and the lines
//! that are whole. The end is certain where header lines lead from the last gap to a blank line, and what follows may
//! follow a head. Otherwise the end is among the lost bytes, and the caller goes on without it.

use super::body::Body;
use super::conversation::Conversation;
use super::head::{Fields, RequestHead, ResponseHead, read_fields};
use super::held::Held;
use super::side::{Found, Head, Kind, State, Stream, Then, parse};
use super::sniff::{Sniff, after_preface, sniff};
use super::unpaired::Asked;
use crate::base::number::{distance, wide};
use crate::base::{At, Chunk, Gap, Part, Side};

/// Bytes behind a gap in which the end of a head is looked for; they are looked through again with each chunk.
const TAIL_BYTES: usize = 32 * 1024;

/// What the bytes behind a gap inside a head are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// The rest of the head so far.
    More,
    /// The rest of the head, up to here.
    End(usize),
    /// Something else: the head's end is among the lost bytes.
    No,
}

/// Looks at bytes behind a gap; `over` where no more of the head will come.
pub(super) fn tail(rest: &[u8], over: bool) -> Tail {
    let text = text_len(rest);
    let mut at = 0;
    let mut blank = None;
    let mut lines = rest.get(..text).unwrap_or_default().split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    let mut fits = text == rest.len() || may_be_cut(rest.get(text..).unwrap_or_default());
    let mut sized = false;
    while let Some((number, line)) = lines.next_if(|(_, line)| line.ends_with(b"\n")) {
        at += line.len();
        match line {
            b"\r\n" if number > 0 => {
                return if sized { Tail::End(at) } else { ends_at(rest, at, over) };
            }
            // Perhaps the blank line, perhaps only the end of the line that the gap has cut.
            b"\r\n" | b"\n" if number == 0 => blank = Some(at),
            _ if number > 0 && !is_field(line) => {
                fits = false;
                break;
            }
            _ => sized |= number > 0 && says_size(line),
        }
    }
    fits &= lines.next().is_none_or(|(number, line)| number == 0 || may_become_field(line));
    match blank {
        _ if fits && !over => Tail::More,
        Some(blank) => ends_at(rest, blank, over),
        None => Tail::No,
    }
}

/// Whether a head without a body ends at `end`, by what follows: another message, or the first byte of a frame. As long
/// as that is not there, or too little of it, it cannot be told: where bytes are cut makes no difference.
fn ends_at(rest: &[u8], end: usize, over: bool) -> Tail {
    let after = rest.get(end..).unwrap_or_default();
    let sniffed = match after.first() {
        Some(first) if starts_frame(*first) => return Tail::End(end),
        Some(_) => sniff(after),
        None => Sniff::Undecided,
    };
    match sniffed {
        Sniff::Request | Sniff::Response => Tail::End(end),
        Sniff::Undecided if !over => Tail::More,
        Sniff::Undecided if after.is_empty() => Tail::End(end),
        Sniff::Undecided | Sniff::Foreign => Tail::No,
    }
}

/// What `rest` was is not changed by `new`, which only goes on with a line: looking again costs all of it.
fn goes_on(rest: &[u8], new: &[u8]) -> bool {
    let line = memchr::memrchr(b'\n', rest).map_or(rest, |lf| rest.get(lf + 1..).unwrap_or_default());
    let decided =
        line.len() == rest.len() || matches!(line.first(), Some(b' ' | b'\t')) || memchr::memchr(b':', line).is_some();
    let ends_in_text = line.last().is_some_and(|byte| byte.is_ascii() && *byte != b'\r');
    decided && ends_in_text && text_len(new) == new.len() && !new.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
}

/// Bytes at the start that may stand in a head.
fn text_len(bytes: &[u8]) -> usize {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let control = |byte: &u8| (*byte < b' ' && !b"\t\r\n".contains(byte)) || *byte == 0x7f;
    bytes.iter().take(valid).position(control).unwrap_or(valid)
}

/// A character whose other bytes are still to come.
fn may_be_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// First bytes of frames that no text starts with.
pub(super) fn starts_frame(first: u8) -> bool {
    matches!(first, 0x01 | 0x02 | 0x81 | 0x82 | 0x88..=0x8a | 0xc1 | 0xc2)
}

fn name_of(line: &[u8]) -> Option<&[u8]> {
    line.split(|byte| *byte == b':').next().filter(|name| name.len() < line.len())
}

fn is_name(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// A header line, or the continuation of one.
fn is_field(line: &[u8]) -> bool {
    line.ends_with(b"\r\n")
        && (line.starts_with(b" ")
            || line.starts_with(b"\t")
            || name_of(line).is_some_and(|name| !name.is_empty() && is_name(name)))
}

fn may_become_field(line: &[u8]) -> bool {
    match line.first() {
        Some(b' ' | b'\t') => true,
        _ => matches!(line, b"\r" | b"\n") || is_name(name_of(line).unwrap_or(line)),
    }
}

fn says_size(line: &[u8]) -> bool {
    let sizes: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
    name_of(line).is_some_and(|name| sizes.iter().any(|size| name.eq_ignore_ascii_case(size)))
}

/// The lines of a head that are whole; `tears` are the places where bytes are missing. Of the first line what is there.
fn whole_lines(bytes: &[u8], tears: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let mut ends = tears.iter().copied().chain([bytes.len()]);
    let part = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
    let mut from = ends.next().unwrap_or(0);
    let start = part(0, from);
    let (first, rest) = start.split_at(memchr::memchr(b'\n', start).map_or(start.len(), |lf| lf + 1));
    let mut lines = up_to_last_line(rest).to_vec();
    for to in ends {
        let mut part = part(from, to);
        // The line that the gap has cut, and what continues it.
        loop {
            part = memchr::memchr(b'\n', part).and_then(|lf| part.get(lf + 1..)).unwrap_or_default();
            if !matches!(part.first(), Some(b' ' | b'\t')) {
                break;
            }
        }
        lines.extend_from_slice(up_to_last_line(part));
        from = to;
    }
    (first.to_vec(), lines)
}

fn up_to_last_line(bytes: &[u8]) -> &[u8] {
    memchr::memrchr(b'\n', bytes).and_then(|lf| bytes.get(..=lf)).unwrap_or_default()
}

/// A request line without its end, as if that were there.
fn completed(line: &[u8]) -> Vec<u8> {
    const VERSION: &[u8] = b" HTTP/1.";
    let there = (2..=VERSION.len()).rev().find_map(|len| line.strip_suffix(VERSION.get(..len)?));
    [there.unwrap_or(line), b" HTTP/1.1\r\n"].concat()
}

impl Stream {
    /// Bytes inside a head are lost. Those of which the first line is not there are not kept.
    pub(super) fn tear(&mut self, gap: Gap) {
        self.doubtful = true;
        if self.held.backlog().is_empty() || self.torn == Some(0) {
            self.forget();
            self.offset = self.offset.saturating_add(gap.len);
            return;
        }
        self.hold_part(Part::Gap(gap));
        self.torn = Some(self.held.backlog().bytes().len());
    }

    /// Goes on reading a head that a gap has torn.
    pub(super) fn read_torn(&mut self, chunk: Chunk<'_>, torn: usize) -> Found {
        let before = self.held.backlog().bytes().len();
        let line_goes_on = goes_on(self.held.backlog().bytes().get(torn..).unwrap_or_default(), chunk.bytes);
        self.hold(chunk);
        let rest = self.held.backlog().bytes().get(torn..).unwrap_or_default();
        match if line_goes_on { Tail::More } else { tail(rest, false) } {
            Tail::More if !self.held.is_over(crate::base::limits::HTTP_HEAD_BYTES) && rest.len() <= TAIL_BYTES => {
                Found::More
            }
            Tail::More | Tail::No if torn == 0 => {
                self.torn = None;
                Found::Foreign(chunk.bytes.len())
            }
            Tail::More | Tail::No => Found::Torn,
            Tail::End(end) => {
                let end = torn + end;
                let head = self.head_up_to(end, chunk.at);
                let fields = if head.is_none() { self.fields_up_to(end) } else { Fields::new() };
                if end < before {
                    return self.ended_before(before, end, chunk, head.ok_or(fields));
                }
                self.ends_here(before, end, chunk);
                head.map_or(Found::Tail(end - before, fields), |head| Found::Head(end - before, head))
            }
        }
    }

    /// Goes on reading what may be the rest of a head whose start is lost.
    pub(super) fn read_tail(&mut self, chunk: Chunk<'_>, direct: bool) -> Found {
        let before = if direct { 0 } else { self.held.backlog().bytes().len().saturating_sub(chunk.bytes.len()) };
        let bytes = if direct { chunk.bytes } else { self.held.backlog().bytes() };
        let taken = if direct { 0 } else { chunk.bytes.len() };
        match tail(bytes, false) {
            Tail::More if bytes.len() <= TAIL_BYTES => {
                if direct {
                    self.hold(chunk);
                }
                self.torn = Some(0);
                Found::More
            }
            Tail::More | Tail::No => Found::Foreign(taken),
            Tail::End(end) => {
                if direct {
                    self.hold(chunk);
                }
                self.torn = Some(0);
                self.head_acknowledges = self.held.received_at_start();
                let fields = self.fields_up_to(end);
                if end < before {
                    return self.ended_before(before, end, chunk, Err(fields));
                }
                self.ends_here(before, end, chunk);
                Found::Tail(end - before, fields)
            }
        }
    }

    /// The head has ended before this chunk, which is held, only showed it: what is held behind the end comes next.
    fn ended_before(&mut self, before: usize, end: usize, chunk: Chunk<'_>, head: Result<Head, Fields>) -> Found {
        let rest = self.held.after(end);
        self.ends_here(before, end, chunk);
        Found::Earlier(head, rest)
    }

    /// The head ends at `end` of the bytes held, of which `before` were there before this chunk.
    fn ends_here(&mut self, before: usize, end: usize, chunk: Chunk<'_>) {
        self.head_starts(chunk.at);
        let after = (before + chunk.bytes.len()).saturating_sub(end);
        self.offset = distance(wide(after), self.offset);
        self.forget();
        self.doubtful = false;
        self.head_end = self.offset;
        self.tail = None;
    }

    /// What can be read of the head that is held, up to `end`, if its kind can be told.
    fn head_up_to(&mut self, end: usize, at: At) -> Option<Head> {
        self.head_acknowledges = self.held.received_at_start();
        let (first, lines) = self.lines_up_to(end);
        let kind = self.kind.unwrap_or(if first.starts_with(b"HTTP/1.") { Kind::Response } else { Kind::Request });
        let first = match kind {
            _ if first.ends_with(b"\n") => first,
            Kind::Response => [first.as_slice(), b"\r\n"].concat(),
            Kind::Request => completed(&first),
        };
        let mut head = parse(Some(kind), &[first, lines].concat(), at)?;
        match &mut head {
            Head::Request(request) if request.target.is_empty() => return None,
            Head::Request(request) => request.cut = true,
            Head::Response(response) => response.cut = true,
        }
        Some(head)
    }

    fn fields_up_to(&self, end: usize) -> Fields {
        read_fields(&self.lines_up_to(end).1)
    }

    fn lines_up_to(&self, end: usize) -> (Vec<u8>, Vec<u8>) {
        let bytes = self.held.backlog().bytes().get(..end).unwrap_or_default();
        let lost = (self.torn == Some(0)).then_some(0);
        // What stands before a head does so before its first line.
        let lines = if lost.is_some() { bytes } else { after_preface(bytes) };
        let preface = bytes.len() - lines.len();
        let tears = self
            .held
            .backlog()
            .gaps()
            .map(|(tear, _)| tear)
            .filter(|tear| *tear < end)
            .map(|tear| tear.saturating_sub(preface));
        let mut tears: Vec<usize> = lost.into_iter().chain(tears).collect();
        tears.dedup();
        whole_lines(lines, &tears)
    }
}

impl Conversation {
    /// No more will be looked for of a head that lacks bytes: says what there is of it, and reads on behind its last gap.
    pub(super) fn settle(&mut self, side: Side) {
        let stream = self.streams.get_mut(side);
        let (State::Head, Some(torn)) = (&stream.state, stream.torn) else { return };
        let ended = tail(stream.held.backlog().bytes().get(torn..).unwrap_or_default(), true) != Tail::No;
        if torn == 0 {
            if ended {
                stream.head_acknowledges = stream.held.received_at_start();
                stream.forget();
                stream.doubtful = false;
                stream.head_end = stream.offset;
                self.tail(side, Fields::new());
            }
            return;
        }
        let at = stream.held.backlog().gaps().next_back().map(|(_, at)| at).unwrap_or_default();
        let head = stream.head_up_to(torn, at);
        stream.head_starts(at);
        let rest = if ended { Held::default() } else { std::mem::take(&mut stream.held).after_gaps() };
        stream.forget();
        stream.offset = distance(rest.backlog().stream_len(), stream.offset);
        stream.doubtful = !ended;
        stream.head_end = stream.offset;
        match head {
            Some(head) => self.head(side, head),
            None if ended => self.tail(side, Fields::new()),
            None => {}
        }
        self.replay(side, &rest);
    }

    /// Settles both sides, whatever they wait for.
    pub(super) fn give_up_heads(&mut self) {
        for side in Side::BOTH {
            self.settle(side);
            let stream = self.streams.get_mut(side);
            if matches!(stream.state, State::Head) && stream.torn.take().is_some() {
                let first = stream.held.backlog().bytes().first().copied();
                self.foreign(side, first);
            }
        }
    }

    /// The rest of a head was read whose first line is lost.
    pub(super) fn tail(&mut self, side: Side, fields: Fields) {
        let request = match self.client {
            Some(client) => client == side,
            None => return self.streams.get_mut(side).tail = Some(fields),
        };
        let (body, then) = if request {
            let stream = self.streams.get(side);
            if let Some(had) = stream.head_acknowledges {
                self.answered.retain(|answered| answered.end > had);
            }
            if self.answered.pop_front().is_none() && !self.response_told {
                self.ask(Asked::Lost(self.streams.get(side).head_acknowledges));
                if let Some(ledger) = &mut self.ledger {
                    ledger.lost_request(side);
                }
            }
            (Body::of_request(&fields), Then::Head)
        } else {
            let response = ResponseHead { status: 200, fields, ..ResponseHead::default() };
            let body = Body::of_response(&response, false).filter(|body| *body != Body::UntilClose);
            self.streams.get_mut(side).tail = Some(response.fields);
            if body.is_none() {
                // Frames, or another response: what follows tells.
                return;
            }
            if let Some(ledger) = &mut self.ledger {
                ledger.unanswered(1);
            }
            if let Some(Asked::WebSocket(_)) = self.asked.pop_front() {
                self.release(side.other());
            }
            (body, Then::Head)
        };
        self.streams.get_mut(side).tail = None;
        self.go_on(side, body, then);
    }

    /// A side is not understood before the place that the other side had received when it answered or asked: it goes on
    /// there. Says whether it does.
    pub(super) fn skips_to_known(&mut self, side: Side) -> bool {
        let offset = self.streams.get(side).start().offset;
        let known = match self.client {
            Some(client) if client == side => self.end_of_unread_request(offset),
            Some(_) => self.start_of_answer(offset),
            None => None,
        };
        let Some((place, then)) = known.filter(|(place, _)| *place > offset) else { return false };
        let left = place.saturating_sub(offset);
        let stream = self.streams.get_mut(side);
        stream.tail = None;
        stream.doubtful = true;
        stream.state = State::Body(Body::Length(left), then);
        self.reread(side);
        true
    }

    /// How many of the bytes lost here come after the end of the client's request, which the response has shown.
    pub(super) fn lost_behind_request(&self, side: Side, len: u64) -> u64 {
        let offset = self.streams.get(side).offset;
        let told = self.response_told && self.client == Some(side) && self.answered.is_empty();
        match self.request_end {
            Some(end) if told && end > offset => offset.saturating_add(len).saturating_sub(end),
            _ => 0,
        }
    }

    /// A frame follows, so the upgrade was accepted: that is the status of which the line is lost.
    pub(super) fn implied(&mut self, side: Side, first: Option<u8>) -> Option<ResponseHead> {
        let stream = self.streams.get_mut(side);
        let fields = stream.tail.take().filter(|_| first.is_some_and(starts_frame))?;
        // Until it had the response the client sent nothing: each segment of it acknowledges the same.
        self.request_end = stream.head_acknowledges;
        Some(ResponseHead { minor_version: 1, status: 101, fields, cut: true, ..ResponseHead::default() })
    }
}

impl RequestHead {
    /// It may have asked for a WebSocket in the bytes that are lost.
    pub(super) fn may_ask_for_websocket(&self) -> bool {
        self.cut && "GET".starts_with(self.method.as_str())
    }
}
