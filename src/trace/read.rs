//! Bytes read back from the capture.
//!
//! In: a trace and the store its capture lies in. Out: any run of bytes of a packet, a frame, an unmasked payload or a
//! message, as a [`Window`]: bytes, and where some are missing. What cannot be read is missing; nothing fails.

use std::io;
use std::ops::Range;

use super::Trace;
use super::frames::FrameRow;
use super::messages::MessageRow;
use super::records::RecordRow;
use super::runs::{ASIDE, Run};
use crate::base::number::{at_most, narrow, wide};
use crate::base::{Direction, Hole, SocketId};
use crate::websocket::hybi::Mask;
use crate::websocket::{Dialect, Framing, mask};

/// Longest window read at once, bytes: as much as outputs keep of a message.
pub const WINDOW: u64 = crate::base::limits::MESSAGE_KEPT_BYTES as u64;

/// A store of bytes that can be read anywhere: the capture, uncompressed.
pub trait ReadAt: Send + Sync {
    /// Reads bytes from `position` into the buffer; gives how many there were.
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for crate::capture::Store {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        crate::capture::Store::read_at(self, position, into)
    }
}

#[cfg(feature = "live")]
impl ReadAt for crate::capture::live::GrowingFile {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        crate::capture::live::GrowingFile::read_at(self, position, into)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(position).ok().and_then(|start| self.get(start..)).unwrap_or(&[]);
        let len = from.len().min(into.len());
        for (to, byte) in into.iter_mut().zip(from) {
            *to = *byte;
        }
        Ok(len)
    }
}

/// A run of bytes of some source. Missing ones are zero in `bytes` and named in `holes`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// The place of the first byte in its source.
    pub start: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where bytes are missing, counted in the source, in order.
    pub holes: Vec<Hole>,
}

impl Window {
    /// The place after the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start.saturating_add(wide(self.bytes.len()))
    }

    /// The byte at a place of the source; `None` where it is outside or missing.
    #[must_use]
    pub fn get(&self, at: u64) -> Option<u8> {
        let index = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let byte = self.bytes.get(index)?;
        let missing = self.holes.iter().any(|hole| at >= hole.start && at - hole.start < hole.len);
        (!missing).then_some(*byte)
    }

    /// No byte of it is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.holes.is_empty()
    }

    /// The bytes of a range of the source that are in it.
    #[must_use]
    pub fn part(&self, range: Range<u64>) -> Window {
        let range = range.start.clamp(self.start, self.end())..range.end.clamp(self.start, self.end());
        let index = |at: u64| narrow(at.saturating_sub(self.start));
        let bytes = self.bytes.get(index(range.start)..index(range.end)).unwrap_or_default().to_vec();
        let holes = self.holes.iter().filter_map(|hole| {
            let start = hole.start.max(range.start);
            let end = hole.start.saturating_add(hole.len).min(range.end);
            (start < end).then(|| Hole { start, len: end - start })
        });
        Window { start: range.start, bytes, holes: holes.collect() }
    }

    pub(super) fn miss(&mut self, len: u64) {
        let start = self.end();
        if len == 0 {
            return;
        }
        self.bytes.resize(self.bytes.len() + narrow(len), 0);
        match self.holes.last_mut() {
            Some(hole) if hole.start.saturating_add(hole.len) == start => hole.len += len,
            _ => self.holes.push(Hole { start, len }),
        }
    }

    fn append(&mut self, other: &Window, start: u64) {
        self.holes.extend(other.holes.iter().map(|hole| Hole { start: hole.start - other.start + start, ..*hole }));
        self.bytes.extend_from_slice(&other.bytes);
    }
}

/// Reads the bytes of a trace.
#[derive(Clone, Copy)]
pub struct Bytes<'a> {
    trace: &'a Trace,
    store: &'a dyn ReadAt,
}

impl<'a> Bytes<'a> {
    /// A reader of this trace's bytes.
    #[must_use]
    pub fn new(trace: &'a Trace, store: &'a dyn ReadAt) -> Bytes<'a> {
        Bytes { trace, store }
    }

    /// The trace it reads for.
    #[must_use]
    pub fn trace(&self) -> &'a Trace {
        self.trace
    }

    /// Where its capture lies.
    pub(super) fn store(&self) -> &'a dyn ReadAt {
        self.store
    }

    /// Bytes of one direction, counted from the first byte after the HTTP head. At most [`WINDOW`].
    #[must_use]
    pub fn stream(&self, connection: SocketId, direction: Direction, range: Range<u64>) -> Window {
        let end = range.end.min(range.start.saturating_add(WINDOW)).max(range.start);
        let mut window = Window { start: range.start, ..Window::default() };
        for run in self.trace.runs(connection, direction, range.start) {
            if run.offset >= end {
                break;
            }
            let from = run.offset.max(window.end());
            window.miss(from - window.end());
            let part = from..run.end().min(end);
            match run.decrypted() {
                Some(plain) => {
                    let plain = plain.saturating_add(part.start - run.offset);
                    self.decrypted(connection, direction, plain..plain + (part.end - part.start), &mut window);
                }
                None => self.append(&run, part, &mut window),
            }
        }
        window.miss(end - window.end());
        window
    }

    /// Appends what records of a direction hold: they are opened for it.
    fn decrypted(&self, socket: SocketId, direction: Direction, range: Range<u64>, window: &mut Window) {
        let mut at = range.start;
        for row in self.trace.records(socket, direction, range.start) {
            if row.plain >= range.end {
                break;
            }
            window.miss(row.plain.saturating_sub(at));
            at = at.max(row.plain);
            let end = row.plain_end().min(range.end);
            match self.record(socket, direction, &row) {
                Some(content) => {
                    let index = |place: u64| narrow(place - row.plain);
                    window.bytes.extend_from_slice(content.get(index(at)..index(end)).unwrap_or_default());
                }
                None => window.miss(end - at),
            }
            at = end;
        }
        window.miss(range.end.saturating_sub(at));
    }

    /// Bytes of what records of a direction hold, counted from `base` among all that they hold. At most [`WINDOW`].
    #[must_use]
    pub fn in_records(&self, socket: SocketId, direction: Direction, base: u64, range: Range<u64>) -> Window {
        let end = range.end.min(range.start.saturating_add(WINDOW)).max(range.start);
        let mut window = Window { start: range.start, ..Window::default() };
        self.decrypted(socket, direction, base + range.start..base + end, &mut window);
        window
    }

    /// What a record holds; nothing where the capture lacks any of it by now.
    #[must_use]
    pub fn record(&self, socket: SocketId, direction: Direction, row: &RecordRow) -> Option<Vec<u8>> {
        let mut sealed = self.sealed(socket, direction, row.sealed()).filter(Window::is_whole)?.bytes;
        let content = row.open(&mut sealed)?;
        sealed.truncate(content.end);
        sealed.drain(..content.start);
        Some(sealed)
    }

    /// Sealed bytes of one direction, as they are on the wire.
    fn sealed(&self, socket: SocketId, direction: Direction, range: Range<u64>) -> Option<Window> {
        let mut window = Window { start: range.start, ..Window::default() };
        for run in self.trace.sealed_runs(socket, direction, range.start) {
            if run.offset >= range.end {
                break;
            }
            let from = run.offset.max(window.end());
            window.miss(from - window.end());
            self.append(&run, from..run.end().min(range.end), &mut window);
        }
        (window.end() == range.end).then_some(window)
    }

    fn append(&self, run: &Run, range: Range<u64>, window: &mut Window) {
        let Some(len) = range.end.checked_sub(range.start).map(narrow) else { return };
        let before = window.bytes.len();
        window.bytes.resize(before + len, 0);
        let position = run.position.wrapping_add(range.start - run.offset);
        let read = window.bytes.get_mut(before..).map_or(0, |into| self.read_fully(position, into));
        window.bytes.truncate(before + read);
        window.miss(wide(len - read));
    }

    fn read_fully(&self, position: u64, into: &mut [u8]) -> usize {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = position.wrapping_add(wide(done));
            let read = match (at & ASIDE != 0, &self.trace.aside) {
                (false, _) => self.store.read_at(at, rest),
                (true, Some(file)) => file.read_at(rest, at & !ASIDE).map(|()| rest.len()),
                (true, None) => Ok(0),
            };
            match read {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        done
    }

    /// A frame as it is on the wire, from its first header byte.
    #[must_use]
    pub fn frame(&self, row: &FrameRow, range: Range<u64>) -> Window {
        let range = range.start.min(row.wire_len())..range.end.min(row.wire_len());
        let stream = row.offset.saturating_add(range.start)..row.offset.saturating_add(range.end);
        shifted(self.stream(row.socket, row.direction, stream), row.offset)
    }

    /// The payload of a frame, unmasked.
    #[must_use]
    pub fn unmasked(&self, row: &FrameRow, range: Range<u64>) -> Window {
        let base = row.payload_offset();
        let range = range.start.min(row.header.length)..range.end.min(row.header.length);
        let stream = base.saturating_add(range.start)..base.saturating_add(range.end);
        let mut window = shifted(self.stream(row.socket, row.direction, stream), base);
        if let Some(key) = row.header.masking_key {
            if row.framing == Framing::NonceFirst {
                self.nonce_mask(row, key).apply(&mut window.bytes, window.start);
            } else {
                let first = u64::from(row.framing.first_octet(row.header_len));
                mask::unmask(&mut window.bytes, key, window.start.wrapping_add(first));
            }
            let holes = window.holes.clone();
            for hole in holes {
                let (start, len) = (narrow(hole.start - window.start), narrow(hole.len));
                window.bytes.iter_mut().skip(start).take(len).for_each(|byte| *byte = 0);
            }
        }
        window
    }

    /// What masks a frame of draft-hybi-04: made from its nonce and the handshake of its connection.
    fn nonce_mask(&self, row: &FrameRow, nonce: [u8; 4]) -> Mask {
        let connection = self.trace.connections().get(row.socket).and_then(|entry| entry.told.as_ref());
        match connection.and_then(|told| told.handshake.as_ref()).map(|handshake| handshake.dialect()) {
            Some(Dialect::NonceFirst(Some(secret))) => Mask::of_nonce(nonce, &secret).after_header(row.header_len),
            _ => Mask::NONE,
        }
    }

    /// The payloads of a message's frames, joined and unmasked, before inflating.
    #[must_use]
    pub fn message(&self, row: &MessageRow, range: Range<u64>) -> Window {
        let end = range.end.min(range.start.saturating_add(WINDOW)).min(row.wire_length).max(range.start);
        let mut window = Window { start: range.start, ..Window::default() };
        let mut start = 0u64;
        for frame in self.trace.message_frames(row) {
            let frame_end = start.saturating_add(frame.header.length);
            if start >= end {
                break;
            }
            if frame_end > window.end() {
                let part = window.end() - start..end.min(frame_end) - start;
                let at = window.end();
                window.append(&self.unmasked(&frame, part), at);
            }
            start = frame_end;
        }
        window.miss(end.saturating_sub(window.end()));
        window
    }

    /// The captured bytes of the packet that holds a stream byte, and the number of the packet's first byte of them in
    /// the stream; `None` where the packet is not known.
    #[must_use]
    pub fn packet(&self, run: &Run) -> Option<Vec<u8>> {
        let position = run.packet_position()?;
        let len = at_most(run.packet_len, crate::base::limits::PACKET_BYTES);
        let mut bytes = vec![0; len];
        let read = self.read_fully(position, &mut bytes);
        bytes.truncate(read);
        Some(bytes)
    }
}

fn shifted(mut window: Window, base: u64) -> Window {
    window.start -= base;
    window.holes.iter_mut().for_each(|hole| hole.start -= base);
    window
}
