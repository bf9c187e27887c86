//! Records: one direction of a stream, cut where its records end.
//!
//! In: chunks and gaps. Out: whole records (RFC 8446 section 5.1), borrowed where one lies whole in a chunk, else put together,
//! and how many bytes were lost or are no records. Of what is under way one record is kept, and the chunk that came last.
//! Where a record's place is unknown, behind a gap or behind what is none, it is looked for: a header that can be one, at
//! a chunk's start or followed by another or by nothing. Whether it is one whoever opens it can say: [`Verdict::Refused`].

use std::collections::VecDeque;

use crate::base::number::{at_most, wide};
use crate::base::{At, Chunk, Gap};

/// Bytes of a record's header.
pub const HEADER: usize = 5;

/// The longest content of a record: 2^14 bytes and what sealing may add (RFC 5246 section 6.2.3; later versions allow less).
pub const LONGEST: u16 = 16_384 + 2_048;

/// What a record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentType {
    /// Keys change from here on (before TLS 1.3).
    ChangeCipherSpec,
    /// An alert.
    Alert,
    /// Handshake messages.
    Handshake,
    /// Application data; in TLS 1.3 whatever is sealed.
    ApplicationData,
    /// RFC 6520.
    Heartbeat,
}

impl ContentType {
    /// By its number.
    #[must_use]
    pub fn of(number: u8) -> Option<ContentType> {
        Some(match number {
            20 => ContentType::ChangeCipherSpec,
            21 => ContentType::Alert,
            22 => ContentType::Handshake,
            23 => ContentType::ApplicationData,
            24 => ContentType::Heartbeat,
            _ => return None,
        })
    }
}

/// A record's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its type, as a number.
    pub content_type: u8,
    /// Its version; from TLS 1.3 on it says nothing.
    pub version: [u8; 2],
    /// Bytes behind the header.
    pub len: u16,
}

impl Header {
    /// Reads a header that can be one: a type that there is, a version of SSL 3 or TLS, a length within bounds.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let [content_type, major, minor, high, low] = *bytes.first_chunk::<HEADER>()?;
        let len = u16::from_be_bytes([high, low]);
        let kind = ContentType::of(content_type)?;
        // Only application data may be empty (RFC 8446 section 5.1).
        let can_be = major == 3 && minor <= 4 && len <= LONGEST && (len > 0 || kind == ContentType::ApplicationData);
        can_be.then_some(Header { content_type, version: [major, minor], len })
    }

    /// Bytes of the record, with its header.
    #[must_use]
    pub fn record_len(self) -> usize {
        HEADER + usize::from(self.len)
    }
}

/// A whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its header.
    pub header: Header,
    /// What stands behind it.
    pub content: &'a [u8],
    /// Where its header begins, in the bytes of its direction.
    pub offset: u64,
    /// Where its first byte arrived.
    pub first: At,
    /// Where its last byte arrived.
    pub last: At,
    /// Its place was looked for: it may be none.
    pub is_guess: bool,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A record.
    Record(Record<'a>),
    /// Bytes that are missing, of records that are not whole, or of none.
    Lost {
        /// How many.
        bytes: u64,
        /// Where what follows them arrived.
        at: At,
    },
}

/// What whoever is told says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on behind it.
    Taken,
    /// A guessed record is none: look on.
    Refused,
}

/// One direction.
#[derive(Debug, Default)]
pub struct Records {
    /// What is under way: a record's beginning, or bytes in which one is looked for.
    held: Vec<u8>,
    /// The stream offset of the next byte that is not told, held or to come.
    offset: u64,
    /// Where held bytes arrived: from this offset on, there.
    arrivals: VecDeque<(u64, At)>,
    place: Place,
    /// Bytes lost and not told.
    lost: u64,
    /// The next record's place was looked for.
    is_guess: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// The byte at `offset` begins a record.
    #[default]
    Known,
    /// So many more bytes belong to a record that is not whole.
    Within(u64),
    /// A record begins somewhere.
    Sought,
}

impl Records {
    /// The next bytes; `tell` is told what is whole by them.
    pub fn push(&mut self, chunk: Chunk<'_>, mut tell: impl FnMut(Item<'_>) -> Verdict) {
        let chunk = self.skip(chunk);
        let chunk = if self.held.is_empty() { self.borrowed(chunk, &mut tell) } else { chunk };
        if chunk.is_empty() {
            return;
        }
        let mut held = std::mem::take(&mut self.held);
        let start = held.len();
        self.arrivals.push_back((self.offset + wide(start), chunk.at));
        held.extend_from_slice(chunk.bytes);
        let mut from = 0;
        loop {
            let bytes = held.get(from..).unwrap_or_default();
            let step = match self.place {
                Place::Sought => self.look(bytes, start.checked_sub(from)),
                Place::Known | Place::Within(_) => self.whole(bytes, chunk.at, &mut tell),
            };
            match step {
                Some(step) => from += step,
                None => break,
            }
        }
        held.drain(..from);
        self.held = held;
        while self.arrivals.get(1).is_some_and(|(offset, _)| *offset <= self.offset) {
            self.arrivals.pop_front();
        }
        if self.held.is_empty() {
            self.arrivals.clear();
        }
    }

    /// The next record, where it lies whole at the start of the chunk and nothing is held or was lost: the usual case. The
    /// chunk is then what stands behind it; else it is as it was.
    pub fn next_whole<'a>(&mut self, chunk: &mut Chunk<'a>) -> Option<Record<'a>> {
        if self.place != Place::Known || self.is_guess || self.lost > 0 || !self.held.is_empty() {
            return None;
        }
        let header = Header::parse(chunk.bytes)?;
        let record = chunk.bytes.get(..header.record_len())?;
        let (offset, at) = (self.offset, chunk.at);
        self.offset += wide(record.len());
        *chunk = chunk.after(record.len());
        let content = record.get(HEADER..).unwrap_or_default();
        Some(Record { header, content, offset, first: at, last: at, is_guess: false })
    }

    /// Bytes that the capture lacks.
    pub fn gap(&mut self, gap: Gap) {
        let held = wide(self.held.len());
        let left = match self.place {
            Place::Within(left) => Some(left),
            Place::Known => Header::parse(&self.held).map(|header| wide(header.record_len()) - held),
            Place::Sought => None,
        };
        self.place = match left.and_then(|left| left.checked_sub(gap.len)) {
            Some(0) => Place::Known,
            Some(left) => Place::Within(left),
            None => Place::Sought,
        };
        self.held.clear();
        self.arrivals.clear();
        self.lose(held + gap.len);
    }

    /// Where the oldest byte that is held arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        self.arrivals.front().map(|(_, at)| *at)
    }

    /// Bytes that are held: of a record that is not whole.
    #[must_use]
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.held.capacity() + self.arrivals.capacity() * size_of::<(u64, At)>()
    }

    fn lose(&mut self, bytes: u64) {
        self.offset += bytes;
        self.lost += bytes;
    }

    /// The rest of a record that is not whole goes by.
    fn skip<'a>(&mut self, chunk: Chunk<'a>) -> Chunk<'a> {
        let Place::Within(left) = self.place else { return chunk };
        let here = left.min(chunk.len());
        self.place = if here == left { Place::Known } else { Place::Within(left - here) };
        self.lose(here);
        chunk.after(at_most(here, chunk.bytes.len()))
    }

    /// Records that lie whole in a chunk, while their places are known. What is behind them.
    fn borrowed<'a>(&mut self, mut chunk: Chunk<'a>, tell: &mut impl FnMut(Item<'_>) -> Verdict) -> Chunk<'a> {
        while self.place == Place::Known
            && let Some(header) = Header::parse(chunk.bytes)
            && let Some((record, _)) = chunk.bytes.split_at_checked(header.record_len())
        {
            let step = self.tell(header, record, [chunk.at; 2], tell);
            chunk = chunk.after(step);
        }
        chunk
    }

    /// The record that held bytes begin with, where it is whole: how far that leads.
    fn whole(&mut self, bytes: &[u8], last: At, tell: &mut impl FnMut(Item<'_>) -> Verdict) -> Option<usize> {
        let Some(header) = Header::parse(bytes) else {
            if bytes.len() < HEADER {
                return None;
            }
            self.place = Place::Sought;
            self.lose(1);
            return Some(1);
        };
        let record = bytes.get(..header.record_len())?;
        let arrived = self.arrivals.iter().take_while(|(offset, _)| *offset <= self.offset).last();
        let first = arrived.map_or(last, |(_, at)| *at);
        Some(self.tell(header, record, [first, last], tell))
    }

    /// Tells a record: how far that leads.
    fn tell(
        &mut self,
        header: Header,
        record: &[u8],
        [first, last]: [At; 2],
        tell: &mut impl FnMut(Item<'_>) -> Verdict,
    ) -> usize {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            tell(Item::Lost { bytes: lost, at: first });
        }
        let is_guess = std::mem::take(&mut self.is_guess);
        let content = record.get(HEADER..).unwrap_or_default();
        let record_of = Record { header, content, offset: self.offset, first, last, is_guess };
        if tell(Item::Record(record_of)) == Verdict::Refused && is_guess {
            self.place = Place::Sought;
            self.lose(1);
            return 1;
        }
        self.offset += wide(record.len());
        record.len()
    }

    /// Looks for a record: how far the bytes are none. `start` is where the chunk that came last begins, where a record
    /// mostly does.
    fn look(&mut self, bytes: &[u8], start: Option<usize>) -> Option<usize> {
        for at in 0..bytes.len() {
            let here = bytes.get(at..).unwrap_or_default();
            let judged = match Header::parse(here) {
                None if here.len() < HEADER && could_begin(here) => None,
                None => Some(false),
                Some(_) if start == Some(at) => Some(true),
                Some(header) => followed(here.get(header.record_len()..)),
            };
            match judged {
                Some(false) => {}
                Some(true) => {
                    self.place = Place::Known;
                    self.is_guess = true;
                    self.lose(wide(at));
                    return Some(at);
                }
                None if at == 0 => return None,
                None => {
                    self.lose(wide(at));
                    return Some(at);
                }
            }
        }
        self.lose(wide(bytes.len()));
        (!bytes.is_empty()).then_some(bytes.len())
    }
}

/// Whether what stands behind a record is another, or nothing: segments mostly end with a record. Undecided where that is
/// to come.
fn followed(behind: Option<&[u8]>) -> Option<bool> {
    let behind = behind?;
    if behind.is_empty() {
        return Some(true);
    }
    if behind.len() < HEADER { (!could_begin(behind)).then_some(false) } else { Some(Header::parse(behind).is_some()) }
}

/// Few bytes that can be the beginning of a header.
fn could_begin(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|kind| ContentType::of(*kind).is_some())
        && bytes.get(1).is_none_or(|major| *major == 3)
        && bytes.get(2).is_none_or(|minor| *minor <= 4)
}

crate::base::pack::pack_struct!(Header { content_type, version, len });
crate::base::pack::pack_struct!(Records { held, offset, arrivals, place, lost, is_guess });
crate::base::pack::pack_enum!(Place { 0 Known, 1 Within(left), 2 Sought });

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        let len = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3, len[0], len[1]], content].concat()
    }

    fn at(packet: u64) -> At {
        At { packet, ..At::default() }
    }

    /// Contents with their offsets, and the sum of what was lost.
    #[derive(Default)]
    struct Heard {
        records: Vec<(u64, Vec<u8>, u64, u64)>,
        lost: u64,
        refuse: usize,
    }

    impl Heard {
        fn hear(&mut self, item: Item<'_>) -> Verdict {
            match item {
                Item::Lost { bytes, .. } => self.lost += bytes,
                Item::Record(record) if record.is_guess && self.refuse > 0 => {
                    self.refuse -= 1;
                    return Verdict::Refused;
                }
                Item::Record(record) => {
                    self.records.push((record.offset, record.content.to_vec(), record.first.packet, record.last.packet))
                }
            }
            Verdict::Taken
        }
    }

    fn push(records: &mut Records, heard: &mut Heard, packet: u64, bytes: &[u8]) {
        records.push(Chunk::made(bytes, at(packet)), |item| heard.hear(item));
    }

    proptest! {
        #[test]
        fn however_the_stream_is_cut_the_records_are_the_same(
            contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..400), 1..12),
            cuts in proptest::collection::vec(1usize..300, 1..60),
        ) {
            let stream: Vec<u8> = contents.iter().flat_map(|content| record(23, content)).collect();
            let (mut records, mut heard) = (Records::default(), Heard::default());
            let (mut rest, mut packet) = (stream.as_slice(), 0);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                packet += 1;
                let (chunk, behind) = rest.split_at((*cut).min(rest.len()));
                push(&mut records, &mut heard, packet, chunk);
                rest = behind;
            }
            let whole: Vec<&Vec<u8>> = heard.records.iter().map(|(_, content, ..)| content).collect();
            prop_assert_eq!(whole, contents.iter().collect::<Vec<_>>());
            prop_assert_eq!((heard.lost, records.held().len(), records.oldest()), (0, 0, None));
        }

        #[test]
        fn any_bytes_are_taken_and_every_byte_is_accounted_for(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just(23u8), Just(3u8), Just(0u8), any::<u8>()], 1..80), 1..20),
            gaps in proptest::collection::vec(0u64..40, 20),
        ) {
            let (mut records, mut heard, mut total) = (Records::default(), Heard { refuse: 3, ..Heard::default() }, 0);
            for (packet, (chunk, gap)) in chunks.iter().zip(gaps).enumerate() {
                push(&mut records, &mut heard, wide(packet), chunk);
                total += wide(chunk.len());
                if gap > 20 {
                    records.gap(Gap { len: gap, at: at(0), cut: false });
                    total += gap;
                }
            }
            let told: u64 = heard.records.iter().map(|(_, content, ..)| wide(content.len() + HEADER)).sum();
            prop_assert_eq!(told + heard.lost + records.lost + wide(records.held().len()), total);
        }
    }

    #[test]
    fn a_record_knows_its_packets() {
        let (mut records, mut heard) = (Records::default(), Heard::default());
        let stream = [record(22, b"first"), record(23, b"second one")].concat();
        push(&mut records, &mut heard, 1, &stream[..7]);
        push(&mut records, &mut heard, 2, &stream[7..12]);
        push(&mut records, &mut heard, 3, &stream[12..]);
        assert_eq!(heard.records, [(0, b"first".to_vec(), 1, 2), (10, b"second one".to_vec(), 2, 3)]);
    }

    #[test]
    fn a_gap_within_a_record_costs_that_record_alone() {
        let stream = [record(23, &[1; 50]), record(23, &[2; 50]), record(23, &[3; 50])].concat();
        for (from, to, left) in [(60, 70, vec![1, 3]), (60, 110, vec![1, 3]), (56, 120, vec![1]), (58, 105, vec![1, 3])]
        {
            let (mut records, mut heard) = (Records::default(), Heard::default());
            push(&mut records, &mut heard, 1, &stream[..from]);
            records.gap(Gap { len: wide(to - from), at: at(2), cut: false });
            push(&mut records, &mut heard, 3, &stream[to..]);
            let found: Vec<u8> = heard.records.iter().map(|(_, content, ..)| content[0]).collect();
            assert_eq!(found, left, "{from}..{to}");
        }
    }

    #[test]
    fn behind_a_gap_a_record_is_found_at_a_segments_start_or_before_another() {
        let (mut records, mut heard) = (Records::default(), Heard::default());
        records.gap(Gap { len: 9, at: at(1), cut: false });
        push(&mut records, &mut heard, 2, &[&[0xaa; 30][..], &record(23, b"one"), &record(23, b"two")].concat());
        assert_eq!(heard.records.iter().map(|(offset, ..)| *offset).collect::<Vec<_>>(), [39, 47]);
        assert_eq!(heard.lost, 39);

        let (mut records, mut heard) = (Records::default(), Heard::default());
        records.gap(Gap { len: 9, at: at(1), cut: false });
        push(&mut records, &mut heard, 2, &[0xaa; 30]);
        push(&mut records, &mut heard, 3, &record(23, b"one"));
        assert_eq!(heard.records.len(), 1);
    }

    #[test]
    fn a_guess_that_was_wrong_is_taken_back() {
        // Bytes like a header, with a real record behind them.
        let stream = [record(23, &[record(23, b"inside"), record(23, b"again")].concat()), record(23, b"end")].concat();
        let (mut records, mut heard) = (Records::default(), Heard { refuse: 1, ..Heard::default() });
        records.gap(Gap { len: 9, at: at(1), cut: false });
        push(&mut records, &mut heard, 2, &stream);
        let found: Vec<&[u8]> = heard.records.iter().map(|(_, content, ..)| content.as_slice()).collect();
        assert_eq!(found, [&b"inside"[..], b"again", b"end"]);
    }
}
