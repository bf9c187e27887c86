//! Messages inflated when somebody looks at them.
//!
//! In: the number of a compressed message. Out: its bytes after inflating (RFC 7692), as a [`Window`]. Where messages
//! refer to earlier ones, those since the last [`Checkpoint`] are inflated first, a slice at a time, so that a viewer is
//! never held up; what was inflated last is kept, up to [`KEPT`] bytes. What cannot be inflated is missing in the
//! window; nothing fails.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::frames::FrameRow;
use super::messages::MessageRow;
use super::read::{Bytes, WINDOW, Window};
use crate::base::number::{distance, narrow, wide};
use crate::base::{Code, Direction, SocketId};
use crate::websocket::handshake::{Deflate, Unit};
use crate::websocket::inflate::{Inflater, Piece};

/// Inflated bytes kept: a few screens of large messages.
const KEPT: usize = 32 * 1024 * 1024;

/// Frames looked ahead to put those of a stream into its order; numbers follow the packets instead.
const AHEAD: usize = 512;

/// What the messages of a direction may refer back to at one place; the bytes lie aside ([`super::aside`]).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint {
    /// Stream offset of the next frame.
    pub(super) offset: u64,
    /// That frame has this number, or a later one.
    pub(super) frame: u64,
    /// Where the bytes lie, and how many they are.
    pub(super) position: u64,
    pub(super) len: u32,
}

/// Inflated messages, and how far each direction was inflated.
#[derive(Debug, Default)]
pub struct Inflations {
    tracks: HashMap<(SocketId, Direction), Track>,
    kept: HashMap<u64, Arc<Window>>,
    order: VecDeque<u64>,
    bytes: usize,
}

impl Inflations {
    /// The inflated bytes of a message, once they are known. At most [`WINDOW`] of them.
    #[must_use]
    pub fn get(&self, message: u64) -> Option<Arc<Window>> {
        self.kept.get(&message).cloned()
    }

    /// Inflates the messages of these numbers, in this order, until about `budget` bytes have gone in and come out.
    /// `true` where there is more to do.
    pub fn work(&mut self, bytes: Bytes<'_>, wanted: impl IntoIterator<Item = u64>, budget: u64) -> bool {
        let mut left = budget;
        for number in wanted {
            if self.kept.contains_key(&number) {
                continue;
            }
            let Some(message) = bytes.trace().messages().get(number).filter(|message| message.compressed) else {
                continue;
            };
            if left == 0 || !self.message(bytes, &message, &mut left) {
                return true;
            }
        }
        false
    }

    /// `true` once the message is inflated.
    fn message(&mut self, bytes: Bytes<'_>, message: &MessageRow, left: &mut u64) -> bool {
        let deflate = agreed(bytes, message.socket);
        if !deflate.takeover(message.direction) {
            let mut track = Track::new(deflate, message.direction);
            for frame in bytes.trace().message_frames(message) {
                track.frame(bytes, &frame, left);
            }
            // Its last frame has closed it, unless it never ended.
            if track.ended.is_none() {
                track.close();
            }
            self.keep(message.number, track.ended.take().unwrap_or_default().1);
            return true;
        }
        let key = (message.socket, message.direction);
        let start = bytes.trace().message_frames(message).first().map_or(0, |frame| frame.offset);
        let checkpoint = checkpoint(bytes, message, start);
        let from = checkpoint.map_or(0, |checkpoint| checkpoint.offset);
        let mut track = match self.tracks.remove(&key) {
            Some(track) if (from..=start).contains(&track.next_offset()) => track,
            _ => checkpoint
                .and_then(|checkpoint| Track::at(bytes, message, deflate, checkpoint))
                .unwrap_or_else(|| Track::new(deflate, message.direction)),
        };
        let done = loop {
            if let Some((number, window)) = track.ended.take() {
                self.keep(number, window);
                if number == message.number {
                    break true;
                }
            }
            if *left == 0 {
                break false;
            }
            if !track.step(bytes, message.socket, left) {
                // Its frames are not where they should be: what there is of it will not get better.
                self.keep(message.number, Window::default());
                break true;
            }
        };
        self.tracks.insert(key, track);
        done
    }

    fn keep(&mut self, message: u64, window: Window) {
        self.bytes += window.bytes.len();
        self.order.push_back(message);
        self.kept.insert(message, Arc::new(window));
        while self.bytes > KEPT && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else { return };
            self.bytes -= self.kept.remove(&oldest).map_or(0, |window| window.bytes.len());
        }
    }
}

/// What the two sides agreed on; where that is not known, whatever reads the most.
fn agreed(bytes: Bytes<'_>, connection: SocketId) -> Deflate {
    let told = bytes.trace().connections().get(connection).and_then(|row| row.told.as_ref());
    let handshake = told.and_then(|told| told.handshake.as_ref());
    // Who agreed not to refer back, and does, is read with what was before; so can be read who does not.
    let reaches_back = bytes.trace().notes().count_of(Code::InflateTakeover) > 0;
    let agreed = handshake.and_then(|handshake| handshake.deflate_assumed());
    let agreed = agreed.map(|agreed| if reaches_back { Deflate::widest(agreed.unit) } else { agreed });
    agreed.unwrap_or(Deflate::widest(Unit::Message))
}

/// The last checkpoint before a message that starts at stream offset `start`.
fn checkpoint(bytes: Bytes<'_>, message: &MessageRow, start: u64) -> Option<Checkpoint> {
    let windows = bytes.trace().connections().get(message.socket)?.windows.get(message.direction);
    let after = windows.partition_point(|checkpoint| checkpoint.offset <= start);
    windows.get(after.checked_sub(1)?).copied()
}

/// One direction, inflated up to some place.
#[derive(Debug)]
struct Track {
    direction: Direction,
    unit: Unit,
    inflater: Inflater,
    /// Index, in the connection's list, of the next frame to look at.
    next: usize,
    /// Frames looked at but not inflated, by stream offset.
    ahead: BTreeMap<u64, u64>,
    /// Stream offset after the last frame.
    expected: u64,
    /// The message under way.
    open: Window,
    /// A message that has just ended.
    ended: Option<(u64, Window)>,
    /// The number of the message under way.
    message: u64,
}

impl Track {
    fn new(deflate: Deflate, direction: Direction) -> Track {
        Track {
            direction,
            unit: deflate.unit,
            inflater: Inflater::new(deflate.window_bits(direction), deflate.takeover(direction)),
            next: 0,
            ahead: BTreeMap::new(),
            expected: 0,
            open: Window::default(),
            ended: None,
            message: 0,
        }
    }

    /// A track that starts at a checkpoint.
    fn at(bytes: Bytes<'_>, message: &MessageRow, deflate: Deflate, checkpoint: Checkpoint) -> Option<Track> {
        let mut window = vec![0; narrow(checkpoint.len.into())];
        bytes.trace().aside.as_deref()?.read_at(&mut window, checkpoint.position).ok()?;
        let list = bytes.trace().connections().get(message.socket)?;
        Some(Track {
            inflater: Inflater::after(deflate.window_bits(message.direction), &window),
            // A later frame of the stream may have an earlier number, where packets came again.
            next: list.index_of(checkpoint.frame).saturating_sub(AHEAD),
            expected: checkpoint.offset,
            ..Track::new(deflate, message.direction)
        })
    }

    fn next_offset(&self) -> u64 {
        self.expected
    }

    /// Goes over the next frame of the direction; `false` where there is none.
    fn step(&mut self, bytes: Bytes<'_>, connection: SocketId, left: &mut u64) -> bool {
        let Some(list) = bytes.trace().connections().get(connection) else { return false };
        while self.ahead.len() < AHEAD
            && let Some(number) = list.frame(self.next)
        {
            self.next += 1;
            if let Some(row) = bytes
                .trace()
                .frames()
                .get(number)
                .filter(|row| row.direction == self.direction && row.offset >= self.expected)
            {
                self.ahead.insert(row.offset, number);
            }
        }
        let Some((offset, number)) = self.ahead.pop_first() else { return false };
        let Some(row) = bytes.trace().frames().get(number) else { return false };
        // A walk over many frames costs time even where nothing is inflated.
        *left = left.saturating_sub(64);
        if offset > self.expected {
            self.inflater.lose_history();
        }
        self.expected = offset.saturating_add(row.wire_len());
        self.frame(bytes, &row, left);
        true
    }

    fn frame(&mut self, bytes: Bytes<'_>, row: &FrameRow, left: &mut u64) {
        if !row.is_data() {
            return;
        }
        self.message = row.message.unwrap_or(0);
        let compressed = match self.unit {
            Unit::Message => row.compressed,
            Unit::Frame => row.header.rsv & 4 != 0,
        };
        let before = self.open.bytes.len();
        let mut at = 0;
        while at < row.header.length {
            let part = bytes.unmasked(row, at..at.saturating_add(WINDOW));
            if part.bytes.is_empty() {
                break;
            }
            at = part.end();
            if compressed {
                self.inflate(&part);
            } else if self.unit == Unit::Frame {
                self.open.append_bytes(&part.bytes);
            }
        }
        let inflated = distance(wide(before), wide(self.open.bytes.len()));
        *left = left.saturating_sub(row.header.length).saturating_sub(inflated);
        if compressed && (self.unit == Unit::Frame || row.ends_message || row.header.fin) {
            self.finish();
        }
        if row.ends_message || row.header.fin {
            self.close();
        }
    }

    fn inflate(&mut self, part: &Window) {
        let open = &mut self.open;
        let mut out = |piece: Piece<'_>| open.add(piece);
        if part.is_whole() {
            // What is wrong with it is a note of the message already.
            let _ = self.inflater.push_pieces(&part.bytes, &mut out);
            return;
        }
        let first = part.holes.first().map_or(0, |hole| hole.start - part.start);
        let known = part.bytes.get(..narrow(first)).unwrap_or(&[]);
        let _ = self.inflater.push_pieces(known, &mut out);
        self.inflater.hole();
    }

    fn finish(&mut self) {
        let open = &mut self.open;
        let _ = self.inflater.finish_pieces(&mut |piece| open.add(piece));
    }

    /// The message under way is over.
    fn close(&mut self) {
        self.ended = Some((self.message, std::mem::take(&mut self.open)));
    }
}

impl Window {
    fn add(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Known(bytes) => self.append_bytes(bytes),
            Piece::Unknown(len) => self.miss(len.min(WINDOW.saturating_sub(self.end()))),
        }
    }

    fn append_bytes(&mut self, bytes: &[u8]) {
        let room = narrow(WINDOW.saturating_sub(self.end()));
        self.bytes.extend_from_slice(bytes.get(..bytes.len().min(room)).unwrap_or(&[]));
    }
}
