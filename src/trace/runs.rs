//! Where the bytes of each stream lie in the capture.
//!
//! In: runs of stream bytes with their place in the capture, in stream order for each direction. Out: the run that
//! holds a stream offset. All runs stand in one table, in the order of the capture, so that positions and packet
//! numbers pack well; each direction keeps the list of its own.

use super::packed::Packed;
use crate::base::number::{narrow, wide};

/// Set in a position that counts in the spool for bytes of no place in the capture ([`super::aside::Aside`]).
pub(super) const ASIDE: u64 = 1 << 63;

/// Set in a position that counts in what records of the direction hold: those bytes are opened when somebody looks.
pub(super) const DECRYPTED: u64 = 1 << 62;

/// A run of bytes of one direction that lie together in one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
    /// Where the first byte lies: in the capture, or aside.
    pub(super) position: u64,
    /// The packet they arrived in.
    pub packet: u64,
    /// From the start of the packet to the first byte; 0 where that is not known.
    pub into_packet: u64,
    /// Captured bytes of the packet; 0 where that is not known.
    pub packet_len: u64,
    /// Link type of the packet.
    pub link: u16,
}

/// Where the bytes of a run are, and nothing else of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: u64,
    /// Stream offset after the last byte.
    pub(super) end: u64,
    pub(super) position: u64,
}

impl Run {
    /// Stream offset after the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.len)
    }

    /// Where the packet's bytes start in the capture, where that is known.
    #[must_use]
    pub fn packet_position(&self) -> Option<u64> {
        (self.packet_len > 0 && self.position & (ASIDE | DECRYPTED) == 0)
            .then(|| self.position.saturating_sub(self.into_packet))
    }

    /// Where its first byte stands among all that records of its direction hold, where it was decrypted.
    #[must_use]
    pub fn decrypted(&self) -> Option<u64> {
        (self.position & DECRYPTED != 0).then_some(self.position & !DECRYPTED)
    }

    fn continues(&self, before: &Run) -> bool {
        before.end() == self.offset
            && before.position.wrapping_add(before.len) == self.position
            && before.packet == self.packet
    }
}

/// All runs of all streams.
#[derive(Debug, Default)]
pub struct Runs {
    offset: Packed,
    len: Packed,
    position: Packed,
    packet: Packed,
    into_packet: Packed,
    packet_len: Packed,
    link: Packed,
    /// The greatest packet number of any run.
    newest: u64,
}

impl Runs {
    /// Appends a run to the table and its row to `own`, the list of its direction; a run that goes on where the
    /// direction's last one ended only makes that one longer.
    pub(super) fn push(&mut self, own: &mut Packed, run: &Run) {
        // Only a run of the same packet goes on, and mostly the packet is a new one: nothing is read back.
        if run.packet <= self.newest
            && let Some(row) = own.len().checked_sub(1).and_then(|last| own.get(last)).map(narrow)
            && let Some(before) = self.get(row)
            && run.continues(&before)
        {
            self.len.set(row, before.len + run.len);
            return;
        }
        self.newest = self.newest.max(run.packet);
        own.push(wide(self.offset.len()));
        self.offset.push(run.offset);
        self.len.push(run.len);
        self.position.push(run.position);
        self.packet.push(run.packet);
        self.into_packet.push(run.into_packet);
        self.packet_len.push(run.packet_len);
        self.link.push(u64::from(run.link));
    }

    fn get(&self, row: usize) -> Option<Run> {
        let link = u16::try_from(self.link.get(row)?);
        debug_assert!(link.is_ok(), "what went into the column was a link type");
        Some(Run {
            offset: self.offset.get(row)?,
            len: self.len.get(row)?,
            position: self.position.get(row)?,
            packet: self.packet.get(row)?,
            into_packet: self.into_packet.get(row)?,
            packet_len: self.packet_len.get(row)?,
            link: link.unwrap_or_default(),
        })
    }

    fn of(&self, own: &Packed, index: usize) -> Option<Run> {
        self.get(narrow(own.get(index)?))
    }

    /// Where a run ends: two columns of seven, for looking one up is mostly this.
    fn end_of(&self, own: &Packed, index: usize) -> Option<u64> {
        let row = narrow(own.get(index)?);
        Some(self.offset.get(row)?.saturating_add(self.len.get(row)?))
    }

    /// The run of a direction that holds `offset` and lies in the capture, and its place among the direction's. It is looked for
    /// first at the place `hint` and behind it.
    pub(super) fn holding(&self, own: &Packed, offset: u64, hint: usize) -> Option<(usize, Place)> {
        let place = |index: usize| {
            let row = narrow(own.get(index)?);
            let start = self.offset.get(row).filter(|start| *start <= offset)?;
            let end = start.saturating_add(self.len.get(row)?);
            (offset < end).then(|| Some(Place { offset: start, end, position: self.position.get(row)? }))?
        };
        let near = [hint, hint + 1].into_iter().find_map(|index| Some((index, place(index)?)));
        let found = near.or_else(|| {
            let index = self.first_behind(own, offset);
            Some((index, place(index)?))
        });
        found.filter(|(_, place)| place.position & (ASIDE | DECRYPTED) == 0)
    }

    /// The runs of one direction from the one that holds `offset`, or that comes after it.
    pub(super) fn from<'a>(&'a self, own: &'a Packed, offset: u64) -> impl Iterator<Item = Run> + 'a {
        (self.first_behind(own, offset)..own.len()).map_while(|index| self.of(own, index))
    }

    /// The place, among a direction's, of the first run that ends behind `offset`.
    fn first_behind(&self, own: &Packed, offset: u64) -> usize {
        let (mut low, mut high) = (0, own.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.end_of(own, middle).is_some_and(|end| end <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(super) fn memory(&self) -> usize {
        [&self.offset, &self.len, &self.position, &self.packet, &self.into_packet, &self.packet_len, &self.link]
            .iter()
            .map(|column| column.memory())
            .sum()
    }
}
