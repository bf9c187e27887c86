//! A batch of packets: one run of the capture's bytes, and where the packets lie in it.
//!
//! In: bytes, read straight from the source into the batch's own buffer, and what a format's walk found in them. Out:
//! [`Packet`]s that borrow from it. Nothing is copied packet by packet and nothing is allocated for one; a batch that
//! is handed back is filled again in the same memory, so a reader and its workers can pass a few batches round.
//! Invariant: every entry's range lies inside the buffer.

use crate::base::limits::BATCH_BYTES;
use crate::base::{LinkType, Packet, PacketNumber, Timestamp};

/// Packets of a capture with the bytes they lie in; filled by [`Capture::next_batch`](super::Capture::next_batch).
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) buffer: Buffer,
    pub(super) packets: Packets,
}

impl Batch {
    /// An empty batch, without memory of its own until it is filled.
    #[must_use]
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Number of packets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.entries.len()
    }

    /// It holds no packet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.entries.is_empty()
    }

    /// Bytes of memory that its packets lie in.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.buffer.bytes.len()
    }

    /// The packet at `index`, 0-based in this batch.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Packet<'_>> {
        self.packets.entries.get(index).map(|entry| self.packet(entry))
    }

    /// All packets, in the order of the capture.
    pub fn packets(&self) -> impl ExactSizeIterator<Item = Packet<'_>> + '_ {
        self.packets.entries.iter().map(|entry| self.packet(entry))
    }

    #[inline]
    fn packet(&self, entry: &Entry) -> Packet<'_> {
        let start = entry.start as usize;
        Packet {
            number: self.packets.first + u64::from(entry.number),
            time: entry.time,
            link: LinkType(entry.link),
            data: self.buffer.bytes.get(start..start + entry.len as usize).unwrap_or_default(),
            wire_len: entry.wire_len,
            interface: u32::from(entry.interface),
            position: self.buffer.base + u64::from(entry.start),
            comment: self.packets.comments.get(entry.comment),
        }
    }
}

/// The bytes of a batch: `bytes[..filled]` is a run of the uncompressed capture that starts at `base`.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
    pub(super) base: u64,
}

impl Buffer {
    /// Starts again with the bytes that the batch before left over.
    pub(super) fn begin(&mut self, left_over: &[u8], base: u64, size: usize) {
        let wanted = size.max(left_over.len());
        if self.bytes.len() > wanted.max(2 * size) {
            // One large packet must not keep its memory for the rest of the capture.
            self.bytes = Vec::new();
        }
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        if let Some(front) = self.bytes.get_mut(..left_over.len()) {
            front.copy_from_slice(left_over);
        }
        self.filled = left_over.len();
        self.base = base;
    }

    /// What has been read.
    pub(super) fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }

    /// Gives up the first `used` bytes. Only while no packet points into the buffer.
    pub(super) fn discard(&mut self, used: usize) {
        let used = used.min(self.filled);
        if used > 0 {
            self.bytes.copy_within(used..self.filled, 0);
            self.filled -= used;
            self.base += used as u64;
        }
    }

    /// Where the next bytes go; never empty. A full buffer doubles: memory follows the bytes that came, not the
    /// bytes that a header promised.
    pub(super) fn free(&mut self) -> &mut [u8] {
        if self.filled == self.bytes.len() {
            self.bytes.resize((self.filled * 2).max(BATCH_BYTES.min(4096)), 0);
        }
        self.bytes.get_mut(self.filled..).unwrap_or_default()
    }

    /// Bytes that can still be read without growing.
    pub(super) fn room(&self) -> usize {
        self.bytes.len() - self.filled
    }

    /// `count` bytes were put into [`Self::free`].
    pub(super) fn add(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.bytes.len());
    }
}

/// Where one packet lies in its batch: 32 bytes, two in a cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) time: Timestamp,
    pub(super) start: u32,
    pub(super) len: u32,
    pub(super) wire_len: u32,
    /// Counted from the first number of the batch.
    number: u32,
    /// Index into [`Comments`], or [`NO_COMMENT`].
    comment: u32,
    pub(super) interface: u16,
    pub(super) link: u16,
}

const NO_COMMENT: u32 = u32::MAX;

/// The packets of a batch, without their bytes.
#[derive(Debug, Default)]
pub(super) struct Packets {
    first: PacketNumber,
    next: u32,
    entries: Vec<Entry>,
    comments: Comments,
}

/// What a walk found of one packet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) time: Timestamp,
    /// Offset of its bytes in the buffer.
    pub(super) start: usize,
    pub(super) len: u32,
    pub(super) wire_len: u32,
    pub(super) interface: u16,
    pub(super) link: LinkType,
}

impl Packets {
    /// Starts again; the next packet gets the number `first`.
    pub(super) fn begin(&mut self, first: PacketNumber) {
        self.first = first;
        self.next = 0;
        self.entries.clear();
        self.comments.clear();
    }

    /// The number that the next packet gets.
    pub(super) fn next_number(&self) -> PacketNumber {
        self.first + u64::from(self.next)
    }

    /// The number of the last packet, 0 where there is none yet.
    pub(super) fn last_number(&self) -> PacketNumber {
        self.next_number().saturating_sub(1)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn push(&mut self, found: Found) {
        self.entries.push(Entry {
            time: found.time,
            start: u32::try_from(found.start).unwrap_or(u32::MAX),
            len: found.len,
            wire_len: found.wire_len,
            number: self.next,
            comment: NO_COMMENT,
            interface: found.interface,
            link: found.link.0,
        });
        self.next += 1;
    }

    /// Leaves a number out.
    pub(super) fn skip_number(&mut self) {
        self.next += 1;
    }

    /// Adds a comment to the packet pushed last.
    pub(super) fn comment(&mut self, text: &str) {
        if let Some(last) = self.entries.last_mut() {
            if last.comment == NO_COMMENT {
                last.comment = self.comments.start();
            }
            self.comments.append(text);
        }
    }

    /// Packets that have a comment, by number.
    pub(super) fn commented(&self) -> impl Iterator<Item = (PacketNumber, &str)> {
        // Most batches have none: then their packets are not gone through.
        let entries = if self.comments.ends.is_empty() { &[][..] } else { &self.entries };
        let text = |entry: &Entry| self.comments.get(entry.comment);
        entries.iter().filter_map(move |entry| Some((self.first + u64::from(entry.number), text(entry)?)))
    }

    /// The packet pushed last.
    pub(super) fn last_mut(&mut self) -> Option<&mut Entry> {
        self.entries.last_mut()
    }

    /// Takes the packet pushed last back, if it is such.
    pub(super) fn pop_if(&mut self, such: impl FnOnce(&mut Entry) -> bool) -> Option<Entry> {
        let last = self.entries.pop_if(such)?;
        self.next -= 1;
        Some(last)
    }

    /// Forgets the first `count` packets, which have been given out.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.entries.drain(..count.min(self.entries.len()));
    }
}

/// The comments of a batch, one after another in one text.
#[derive(Debug, Default)]
struct Comments {
    text: String,
    /// Where each comment ends.
    ends: Vec<usize>,
}

impl Comments {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// A new comment, empty; gives its index.
    fn start(&mut self) -> u32 {
        self.ends.push(self.text.len());
        u32::try_from(self.ends.len() - 1).unwrap_or(NO_COMMENT)
    }

    /// Adds to the newest comment; several comments of one packet are joined by newlines.
    fn append(&mut self, text: &str) {
        let begin = self.ends.len().checked_sub(2).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        if self.text.len() > begin {
            self.text.push('\n');
        }
        self.text.push_str(text);
        if let Some(end) = self.ends.last_mut() {
            *end = self.text.len();
        }
    }

    fn get(&self, index: u32) -> Option<&str> {
        if index == NO_COMMENT {
            return None;
        }
        let index = index as usize;
        let end = *self.ends.get(index)?;
        let begin = index.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.text.get(begin..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: usize, len: u32) -> Found {
        Found { time: Timestamp(7), start, len, wire_len: len + 1, interface: 3, link: LinkType::ETHERNET }
    }

    #[test]
    fn packets_borrow_from_the_buffer_and_know_their_place() {
        let mut batch = Batch::new();
        batch.buffer.begin(b"abcdef", 100, 16);
        batch.packets.begin(41);
        batch.packets.push(found(0, 2));
        batch.packets.push(found(2, 3));
        batch.packets.comment("one");
        batch.packets.comment("two");
        batch.packets.push(found(5, 1));
        batch.packets.comment("three");
        let all: Vec<_> = batch.packets().collect();
        assert_eq!(all[0].data, b"ab");
        assert_eq!((all[1].number, all[1].position, all[1].data), (42, 102, &b"cde"[..]));
        assert_eq!(all.iter().map(|p| p.comment).collect::<Vec<_>>(), [None, Some("one\ntwo"), Some("three")]);
        assert_eq!((all[2].wire_len, all[2].interface, all[2].link), (2, 3, LinkType::ETHERNET));
        batch.packets.drop_front(1);
        assert_eq!(batch.get(0).unwrap().number, 42);
    }

    #[test]
    fn the_buffer_grows_only_when_it_is_full_and_shrinks_again() {
        let mut buffer = Buffer::default();
        buffer.begin(b"", 0, 16);
        assert_eq!(buffer.free().len(), 16);
        buffer.add(16);
        assert_eq!(buffer.room(), 0);
        assert!(buffer.free().len() >= 16);
        buffer.discard(10);
        assert_eq!((buffer.base, buffer.filled().len()), (10, 6));
        let left = buffer.filled().to_vec();
        buffer.begin(&left, 10, 16);
        assert_eq!((buffer.filled().len(), buffer.room()), (6, 10));
    }
}
