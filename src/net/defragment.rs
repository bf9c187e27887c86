//! IP datagrams put together from fragments (RFC 791 section 3.2, RFC 8200 section 4.5), within bounds.
//!
//! In: a [`Fragment`] and its time. Out: a [`Reassembled`], once every byte of it was on the wire in some fragment. Bytes
//! that the snap length cut are holes in it. Overlapping fragments: the first copy wins. Invariant: at most
//! [`limits::FRAGMENTED_DATAGRAMS`] datagrams and [`limits::FRAGMENT_BYTES`] bytes (and one datagram) are held; the
//! oldest is given up first, and so is what is older than [`limits::FRAGMENT_SECONDS`] by the capture's clock. Memory
//! grows with captured bytes, never with an offset that a header claims.

use std::collections::VecDeque;
use std::ops::Range;

use hashbrown::HashMap;

use super::counts::Counts;
use super::fragment::{Addresses, Fragment};
use super::reassembled::Reassembled;
use super::runs::Runs;
use crate::base::number::{narrow, wide};
use crate::base::{Timestamp, limits};

/// Longest payload of a datagram (RFC 791 section 3.1): 16 bits of total length.
pub(super) const LONGEST: u32 = 65_535;

/// What tells datagrams apart. VLAN tags are not part of it: fragments may take different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    addresses: Addresses,
    identification: u32,
    /// 0 for IPv6, where only the first fragment's next header counts.
    protocol: u8,
}

impl Key {
    fn of(fragment: &Fragment<'_>) -> Key {
        let protocol = if fragment.addresses.source.is_ipv4() { fragment.protocol } else { 0 };
        Key { addresses: fragment.addresses, identification: fragment.identification, protocol }
    }
}

/// Bytes of one fragment: `place` in the datagram, found at `stored` in [`Pending::bytes`].
#[derive(Debug, Clone)]
struct Piece {
    place: Range<u32>,
    stored: Range<usize>,
}

/// A datagram under reassembly.
#[derive(Debug, Default)]
struct Pending {
    /// Time of its first fragment.
    since: Timestamp,
    /// Tells it from an earlier datagram with the same key.
    serial: u64,
    /// Payload of the fragments, in the order in which they came.
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    captured: Runs,
    /// What was on the wire, captured or not.
    seen: Runs,
    /// Length of the datagram's payload, once its last fragment was seen.
    end: Option<u32>,
    /// The protocol, once the first fragment was seen.
    protocol: Option<u8>,
}

impl Pending {
    fn memory(&self) -> usize {
        let pieces = self.pieces.capacity() * size_of::<Piece>();
        size_of::<Pending>() + self.bytes.capacity() + pieces + self.captured.memory() + self.seen.memory()
    }

    /// Keeps what is new of a fragment. `false` where nothing is.
    fn add(&mut self, fragment: &Fragment<'_>, captured: Range<u32>, seen: Range<u32>) -> bool {
        let mut new = !self.seen.covers(&seen);
        if !fragment.more && self.end.is_none() {
            self.end = Some(seen.end);
            new = true;
        }
        if fragment.offset == 0 && self.protocol.is_none() {
            self.protocol = Some(fragment.protocol);
        }
        if !self.captured.covers(&captured) {
            let from = self.bytes.len();
            self.bytes.extend_from_slice(fragment.payload.get(..len(&captured)).unwrap_or_default());
            self.pieces.push(Piece { place: captured.clone(), stored: from..self.bytes.len() });
            self.captured.insert(captured);
            new = true;
        }
        self.seen.insert(seen);
        new
    }

    /// Every byte up to the end was on the wire.
    fn is_whole(&self) -> bool {
        self.protocol.is_some() && self.end.is_some_and(|end| self.seen.covers(&(0..end)))
    }

    /// Holds exactly the captured bytes of this fragment.
    fn has_copy(&self, fragment: &Fragment<'_>, captured: &Range<u32>) -> bool {
        self.captured.covers(captured)
            && self.pieces.iter().any(|piece| {
                piece.place == *captured
                    && self.bytes.get(piece.stored.clone()) == fragment.payload.get(..len(captured))
            })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
        self.captured.clear();
        self.seen.clear();
        self.end = None;
        self.protocol = None;
    }

    /// Puts the datagram into `into`: bytes in place, zeros where they were not captured.
    fn assemble(&self, addresses: Addresses, into: &mut Reassembled) {
        let end = self.end.unwrap_or_default();
        let filled = self.captured.as_slice().last().map_or(0, |run| run.end.min(end));
        into.addresses = Some(addresses);
        into.protocol = self.protocol.unwrap_or_default();
        into.end = end;
        into.bytes.clear();
        into.bytes.resize(index(filled), 0);
        // Backwards, so that what came first is written last.
        for piece in self.pieces.iter().rev() {
            let place = index(piece.place.start)..index(piece.place.end.min(filled));
            let Some(target) = into.bytes.get_mut(place) else { continue };
            let stored = self.bytes.get(piece.stored.clone()).and_then(|bytes| bytes.get(..target.len()));
            target.copy_from_slice(stored.unwrap_or_default());
        }
        into.runs.clear();
        into.runs.extend(self.captured.as_slice().iter().map(|run| run.start.min(end)..run.end.min(end)));
        into.runs.retain(|run| !run.is_empty());
    }
}

/// Datagrams under reassembly.
#[derive(Debug, Default)]
pub(super) struct Defragmenter {
    pending: HashMap<Key, Pending>,
    /// Keys of `pending` by age. A key whose serial is not that of its datagram is stale.
    ages: VecDeque<(Key, u64)>,
    serial: u64,
    /// Bytes held by `pending`.
    held: usize,
    /// The last datagrams that were put together, for their buffers and to know a copy that comes late.
    finished: VecDeque<(Key, Pending)>,
}

impl Defragmenter {
    /// Takes a fragment. `true`: it completed a datagram, which is now in `whole`.
    pub(super) fn push(
        &mut self,
        fragment: &Fragment<'_>,
        now: Timestamp,
        counts: &mut Counts,
        whole: &mut Reassembled,
    ) -> Result<bool, Malformed> {
        let (captured, seen) = places(fragment)?;
        self.expire(now, counts);
        let key = Key::of(fragment);
        if !self.pending.contains_key(&key) {
            if self.finished.iter().any(|(other, done)| *other == key && done.has_copy(fragment, &captured)) {
                counts.duplicate_fragments += 1;
                return Ok(false);
            }
            self.start(key, now);
        }
        let Some(datagram) = self.pending.get_mut(&key) else { return Ok(false) };
        let before = datagram.memory();
        if !datagram.add(fragment, captured, seen) {
            counts.duplicate_fragments += 1;
        }
        self.held = (self.held + datagram.memory()).saturating_sub(before);
        if datagram.is_whole() {
            if let Some(datagram) = self.remove(&key) {
                datagram.assemble(key.addresses, whole);
                counts.reassembled += 1;
                self.finished.push_back((key, datagram));
            }
            return Ok(true);
        }
        while self.pending.len() > limits::FRAGMENTED_DATAGRAMS || self.held > limits::FRAGMENT_BYTES {
            if !self.give_up_oldest() {
                break;
            }
            counts.given_up_cap += 1;
        }
        Ok(false)
    }

    /// Datagrams under reassembly.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Bytes held for them.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Gives up everything.
    pub(super) fn finish(&mut self, counts: &mut Counts) {
        counts.given_up_incomplete += wide(self.pending.len());
        *self = Defragmenter::default();
    }

    fn start(&mut self, key: Key, now: Timestamp) {
        let mut datagram = match self.finished.len() < limits::FINISHED_DATAGRAMS {
            true => Pending::default(),
            false => self.finished.pop_front().map(|(_, datagram)| datagram).unwrap_or_default(),
        };
        datagram.clear();
        self.serial += 1;
        datagram.since = now;
        datagram.serial = self.serial;
        self.held += datagram.memory();
        self.pending.insert(key, datagram);
        self.ages.push_back((key, self.serial));
        // Datagrams that complete leave their key behind; an old one at the front would let them pile up.
        if self.ages.len() > 2 * self.pending.len() + limits::FINISHED_DATAGRAMS {
            self.ages.retain(|(key, serial)| self.pending.get(key).is_some_and(|other| other.serial == *serial));
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Pending> {
        let datagram = self.pending.remove(key)?;
        self.held = self.held.saturating_sub(datagram.memory());
        Some(datagram)
    }

    fn expire(&mut self, now: Timestamp, counts: &mut Counts) {
        while let Some((key, serial)) = self.ages.front() {
            let datagram = self.pending.get(key).filter(|datagram| datagram.serial == *serial);
            let age = datagram.map(|datagram| now.since(datagram.since));
            match age {
                Some(age) if age <= limits::FRAGMENT_SECONDS * 1_000_000_000 => return,
                Some(_) => {
                    self.give_up_oldest();
                    counts.given_up_incomplete += 1;
                }
                None => {
                    self.ages.pop_front();
                }
            }
        }
    }

    /// `false` where there is none.
    fn give_up_oldest(&mut self) -> bool {
        while let Some((key, serial)) = self.ages.pop_front() {
            if self.pending.get(&key).is_some_and(|datagram| datagram.serial == serial) {
                self.remove(&key);
                return true;
            }
        }
        false
    }
}

/// A fragment that ends beyond the longest datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// What a fragment holds of its datagram: captured, and on the wire. All but the last end at a multiple of 8; what
/// is beyond that is dropped, as receivers do.
fn places(fragment: &Fragment<'_>) -> Result<(Range<u32>, Range<u32>), Malformed> {
    let start = fragment.offset;
    let captured = u32::try_from(fragment.payload.len()).map_err(|_| Malformed)?;
    let mut on_wire = captured.checked_add(fragment.cut).ok_or(Malformed)?;
    if fragment.more {
        on_wire &= !7;
    }
    if start.checked_add(on_wire).is_none_or(|end| end > LONGEST) {
        return Err(Malformed);
    }
    Ok((start..start + captured.min(on_wire), start..start + on_wire))
}

fn len(place: &Range<u32>) -> usize {
    index(place.end.saturating_sub(place.start))
}

fn index(position: u32) -> usize {
    narrow(position.into())
}
