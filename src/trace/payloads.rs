//! Payloads of many frames, one after the other.
//!
//! In: rows of frames, mostly in the order of the capture. Out: the payload of each, unmasked (RFC 6455 section 5.3): read
//! through one window of the capture, where the next one mostly lies, and borrowed from it where nothing is to be unmasked or
//! joined. What is not all in the capture as it was sent (holes, IP fragments, records of TLS) is not found here:
//! [`Bytes::unmasked`] puts it together.

use std::ops::Range;

use hashbrown::HashMap;

use super::frames::FrameRow;
use super::read::Bytes;
use super::runs::Place;
use crate::base::number::{narrow, wide};
use crate::base::{Direction, SocketId};
use crate::websocket::{Framing, mask};

/// Bytes of the capture read at first.
const FIRST: usize = 4 * 1024;

/// Bytes of the capture read at once, by and by.
const WINDOW: usize = 256 * 1024;

/// Bytes of it before the payload that is asked for: packets of different streams do not lie in the order of frames.
const BEFORE: u64 = 16 * 1024;

/// Longest payload that is put together here.
const LONGEST: u64 = super::read::WINDOW;

/// Reads payloads.
#[derive(Debug, Default)]
pub struct Payloads {
    /// Bytes of the capture, and where they start.
    window: Vec<u8>,
    start: u64,
    /// How many were read last.
    size: usize,
    /// The socket asked for last, and its place among the connections.
    latest: Option<(SocketId, usize)>,
    /// The run that was used last of each side.
    runs: HashMap<(usize, Direction), usize>,
    unmasked: Vec<u8>,
}

impl Payloads {
    /// The whole payload of a frame, where all of it lies in the capture.
    pub fn read(&mut self, bytes: Bytes<'_>, row: &FrameRow) -> Option<&[u8]> {
        let length = row.header.length;
        if length == 0 {
            return Some(&[]);
        }
        // Of draft 04 the key is made of more than the frame.
        if row.captured != length || length > LONGEST || row.framing == Framing::NonceFirst {
            return None;
        }
        let mut at = row.payload_offset();
        let end = at.checked_add(length)?;
        let run = self.run(bytes, row, at)?;
        if run.end >= end {
            let part = self.part(bytes, run.position + (at - run.offset), narrow(length))?;
            let payload = self.window.get(part)?;
            let Some(key) = row.header.masking_key else { return Some(payload) };
            self.unmasked.clear();
            mask::unmask_into(payload, key, row.framing.first_octet(row.header_len).into(), &mut self.unmasked);
            return Some(&self.unmasked);
        }
        self.unmasked.clear();
        while at < end {
            let run = self.run(bytes, row, at)?;
            let until = run.end.min(end);
            let part = self.part(bytes, run.position + (at - run.offset), narrow(until - at))?;
            self.unmasked.extend_from_slice(self.window.get(part)?);
            at = until;
        }
        if let Some(key) = row.header.masking_key {
            mask::unmask(&mut self.unmasked, key, row.framing.first_octet(row.header_len).into());
        }
        Some(&self.unmasked)
    }

    /// The run of the frame's side that holds a stream offset.
    fn run(&mut self, bytes: Bytes<'_>, row: &FrameRow, offset: u64) -> Option<Place> {
        let trace = bytes.trace();
        let index = match self.latest {
            Some((socket, index)) if socket == row.socket => index,
            _ => trace.connections().index(row.socket)?,
        };
        self.latest = Some((row.socket, index));
        let own = trace.connections().at(index)?.runs.get(row.direction);
        let hint = self.runs.entry((index, row.direction)).or_insert(0);
        let (at, run) = trace.runs.holding(own, offset, *hint)?;
        *hint = at;
        Some(run)
    }

    /// Where these bytes of the capture stand in the window, which is moved where they are not.
    fn part(&mut self, bytes: Bytes<'_>, position: u64, len: usize) -> Option<Range<usize>> {
        let within = |start: u64, window: &[u8]| {
            let from = usize::try_from(position.checked_sub(start)?).ok()?;
            let to = from.checked_add(len).filter(|to| *to <= window.len())?;
            Some(from..to)
        };
        if let Some(part) = within(self.start, &self.window) {
            return Some(part);
        }
        // Whoever asks once gets little, whoever goes on much.
        self.size = (self.size * 2).clamp(FIRST, WINDOW);
        let before = if self.size == WINDOW { BEFORE } else { 0 };
        self.start = position.saturating_sub(before);
        self.window.resize(self.size.max(len.saturating_add(narrow(before))), 0);
        let mut filled = 0;
        while let Some(rest) = self.window.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match bytes.store().read_at(self.start + wide(filled), rest) {
                Ok(read) if read > 0 => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        self.window.truncate(filled);
        within(self.start, &self.window)
    }
}
