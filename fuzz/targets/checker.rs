//! Two sinks: one that checks what it is told, one that writes it down.

use std::collections::BTreeMap;

use sockeye::base::{Chunk, Code, ConnectionId, Direction, Origin, SocketId, limits};
use sockeye::dissect::{Evidence, NotePlace, Sink, StreamBytes, Told, Wants};
use sockeye::websocket::{Framing, Header};

use super::frames::holes;

/// Socket, and whether the client sent it.
type Stream = (SocketId, bool);

/// A frame, to be compared with the bytes once all were told.
struct Kept {
    offset: u64,
    framing: Framing,
    header: Header,
    header_len: u8,
    captured: u64,
    ended: bool,
    payload: Vec<u8>,
}

/// Checks everything that holds of any capture.
#[derive(Default)]
pub struct Checker<'s> {
    /// The capture, uncompressed; positions count in it.
    store: &'s [u8],
    frames: BTreeMap<Stream, Vec<Kept>>,
    bytes: BTreeMap<Stream, BTreeMap<u64, Vec<u8>>>,
    /// Connections that were opened, and whether what they hold was held until it was known what it is.
    opened: BTreeMap<SocketId, bool>,
    connections: Vec<SocketId>,
    frame_count: u64,
    message_count: u64,
    /// Not ended, and last packet, of the frame before.
    before: (bool, u64),
    /// Text was written between frames.
    pub unframed: bool,
}

/// A frame's offset, header and payload.
pub type Row = (u64, Header, Vec<u8>);

impl<'s> Checker<'s> {
    /// Positions count in `store`, the uncompressed capture.
    pub fn new(store: &'s [u8]) -> Checker<'s> {
        Checker { store, ..Checker::default() }
    }

    /// After the last packet.
    pub fn finish(&mut self) {
        self.connections.sort_unstable();
        assert!(self.connections.is_sorted_by(|a, b| a < b), "a connection is told once: {:?}", self.connections);
        for (stream, frames) in &mut self.frames {
            assert!(self.connections.contains(&stream.0), "frames of a connection that is not told");
            frames.sort_by_key(|told| told.offset);
            let nothing = BTreeMap::new();
            let bytes = self.bytes.get(stream).unwrap_or(&nothing);
            let mut end = 0;
            for told in frames {
                assert!(told.offset >= end, "frames overlap at {}", told.offset);
                end = told.offset + u64::from(told.header_len);
                told.check(bytes);
                if told.ended {
                    end = end.saturating_add(told.header.length) + u64::from(told.framing.trailer_len());
                }
            }
        }
    }

    /// Frames of a side, by offset.
    pub fn rows(&self, connection: u32, direction: Direction) -> Vec<Row> {
        let frames = self
            .frames
            .get(&(SocketId::from(ConnectionId(connection)), direction == Direction::Client))
            .map_or(&[][..], Vec::as_slice);
        frames.iter().map(|told| (told.offset, told.header, told.payload.clone())).collect()
    }
}

/// Text without frames was told, of whichever kind.
pub fn is_unframed(code: Code) -> bool {
    matches!(code, Code::StreamUnframed | Code::StreamHttp | Code::StreamBody)
}

impl Kept {
    /// Its header and its payload are those bytes of the stream.
    fn check(&self, bytes: &BTreeMap<u64, Vec<u8>>) {
        let known = |offset: u64| {
            let (start, run) = bytes.range(..=offset).next_back()?;
            run.get(usize::try_from(offset - start).ok()?).copied()
        };
        let head: Option<Vec<u8>> = (0..u64::from(self.header_len)).map(|i| known(self.offset + i)).collect();
        let head = head.expect("a header was captured");
        if !self.framing.is_rfc() {
            // The drafts' headers and masks have tests of their own.
            return;
        }
        match Header::parse(&head) {
            Ok(header) => assert_eq!(header, self.header),
            Err(_) => {
                assert!(!self.ended && self.captured == 0, "a frame that goes on has a whole header");
                return;
            }
        }
        let start = self.offset + u64::from(self.header_len);
        let key = self.header.masking_key.unwrap_or_default();
        let end = start.saturating_add(self.header.length);
        let mut captured = 0;
        let mut payload = self.payload.iter();
        let first = bytes.range(..=start).next_back().map_or(start, |(first, _)| *first);
        for (run_start, run) in bytes.range(first..end) {
            for (at, byte) in (*run_start..).zip(run) {
                if (start..end).contains(&at) {
                    captured += 1;
                    let plain = byte ^ key[((at - start) % 4) as usize];
                    assert!(payload.next().is_none_or(|payload| *payload == plain), "payload byte {}", at - start);
                }
            }
        }
        assert_eq!(captured, self.captured, "captured payload bytes of the frame at {}", self.offset);
    }
}

impl Sink for Checker<'_> {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Opened(connection) => {
                let probed = matches!(connection.evidence, Evidence::MidStream { .. });
                self.opened.insert(connection.id, probed);
            }
            Told::Frame(place, frame) => {
                self.frame_count += 1;
                assert_eq!(place.number, self.frame_count, "frames are numbered as they are told");
                let probed = *self.opened.get(&place.socket).expect("a connection is opened before its frames");
                assert!(!self.connections.contains(&place.socket) || !frame.ended, "and over after them");
                // A connection that is recognised late has frames from before.
                let order = (!frame.ended, if frame.ended { frame.last.packet } else { 0 });
                assert!(self.before <= order || probed, "frames are told as they end: {:?}, {order:?}", self.before);
                self.before = order.max(self.before);
                let missing = holes(frame.holes, frame.header.length);
                assert!(frame.captured + missing <= frame.header.length);
                let whole = frame.captured + missing == frame.header.length;
                // A text frame of draft-hixie says no length: it has what there is of it, ended or not. Of a frame that ends
                // in its header the length may not be known.
                let unknown = frame.framing == Framing::Sentinel || frame.header.length == 0;
                assert!(if frame.ended { whole } else { !whole || unknown });
                assert_eq!(frame.payload.len() as u64, frame.captured.min(limits::FRAME_KEPT_BYTES as u64));
                let stream = (place.socket, frame.direction == Direction::Client);
                self.frames.entry(stream).or_default().push(Kept {
                    offset: frame.offset,
                    framing: frame.framing,
                    header: frame.header,
                    header_len: frame.header_len,
                    captured: frame.captured,
                    ended: frame.ended,
                    payload: frame.payload.to_vec(),
                });
            }
            Told::Message(place, message) => {
                self.message_count += 1;
                assert_eq!(place.number, self.message_count, "messages are numbered as they are told");
                assert!(place.frames.len() as u64 <= message.frame_count);
                assert!(place.frames.iter().all(|frame| (1..=self.frame_count).contains(frame)));
                assert!(message.offset <= message.last_offset);
                let missing = holes(message.holes, message.length);
                assert!(!message.complete || message.ended && missing == 0, "complete messages lack nothing");
                if message.complete {
                    assert_eq!(message.payload.len() as u64, message.length.min(limits::MESSAGE_KEPT_BYTES as u64));
                }
            }
            Told::Note { place, note, .. } => {
                self.unframed |= is_unframed(note.code);
                match place {
                    NotePlace::Frame(number) => assert_eq!(number, self.frame_count),
                    NotePlace::Message(number) => assert_eq!(number, self.message_count),
                    NotePlace::Socket => {}
                }
            }
            Told::Closed(connection) => {
                self.connections.push(connection.id);
                self.unframed |= connection.notes.iter().any(|note| is_unframed(note.code));
                assert!(connection.notes.len() <= 4 * limits::CONNECTION_NOTES);
                assert!(connection.first.packet <= connection.last.packet);
            }
            Told::Bytes(bytes) => {
                if let Some(position) = bytes.chunk.origin.position() {
                    let there = self.store.get(position as usize..position as usize + bytes.chunk.bytes.len());
                    assert_eq!(there, Some(bytes.chunk.bytes), "bytes lie in the capture where they are said to");
                }
                let stream = self.bytes.entry((bytes.socket, bytes.direction == Direction::Client)).or_default();
                let end = stream.last_key_value().map_or(0, |(offset, run)| offset + run.len() as u64);
                assert!(bytes.offset >= end && !bytes.chunk.bytes.is_empty(), "bytes come once and in order");
                stream.insert(bytes.offset, bytes.chunk.bytes.to_vec());
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Every call, as text.
#[derive(Default, PartialEq, Eq)]
pub struct Calls {
    pub lines: Vec<String>,
    /// Where bytes lie is left out, to compare captures of the same packets in different files.
    pub placeless: bool,
}

impl Calls {
    /// Panics at the first call that differs.
    #[track_caller]
    pub fn assert_same(&self, other: &Calls, what: &str) {
        for (one, other) in self.lines.iter().zip(&other.lines) {
            assert_eq!(one, other, "{what}");
        }
        assert_eq!(self.lines.len(), other.lines.len(), "{what}");
    }
}

impl Sink for Calls {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Opened(connection) => {
                self.lines.push(format!("opened {connection:?}"));
            }
            Told::Frame(place, frame) => {
                self.lines.push(format!("{place:?} {frame:?}"));
            }
            Told::Message(place, message) => {
                self.lines.push(format!("{place:?} {message:?}"));
            }
            Told::Note { socket: connection, place, note, at } => {
                self.lines.push(format!("{connection} {place:?} {note:?} {at:?}"));
            }
            Told::Closed(connection) => {
                self.lines.push(format!("closed {connection:?}"));
            }
            Told::Bytes(bytes) => {
                let origin = if self.placeless { Origin::Made } else { bytes.chunk.origin };
                let chunk = Chunk { origin, ..bytes.chunk };
                self.lines.push(format!("{:?}", StreamBytes { chunk, ..*bytes }));
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

/// Frames, messages, payload bytes, message bytes, notes, connections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sums(pub [u64; 6]);

impl Sums {
    pub fn add(&mut self, other: &Sums) {
        for (sum, part) in self.0.iter_mut().zip(other.0) {
            *sum = sum.wrapping_add(part);
        }
    }
}

impl Sink for Sums {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                self.0[0] += 1;
                self.0[2] = self.0[2].wrapping_add(frame.header.length);
            }
            Told::Message(_, message) => {
                self.0[1] += 1;
                self.0[3] = self.0[3].wrapping_add(message.length);
            }
            Told::Note { .. } => {
                self.0[4] += 1;
            }
            Told::Closed(_) => {
                self.0[5] += 1;
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
