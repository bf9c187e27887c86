//! Bytes of one direction on which nobody has decided yet.
//!
//! In: the chunks and gaps of a stream, as they come. Out: the same, from any place on, as often as they are looked at;
//! and single bytes wherever they lie. All bytes lie in one buffer, however small the chunks. Who cannot decide hands the
//! whole backlog to who may: it is moved, never copied. Places in it count from its first byte or gap, gaps included.

use super::ids::PacketNumber;
use super::number::{distance, narrow};
use super::stream::{Chunk, Gap, Origin, Part};
use super::time::At;

/// One chunk or gap, up to where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    /// Where it begins.
    place: u64,
    /// Where its bytes begin in the buffer.
    start: usize,
    at: At,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Chunk(Origin),
    Gap { cut: bool },
}

/// Chunks and gaps of one direction, in stream order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backlog {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    /// Where the next byte will be.
    end: u64,
    /// Chunks among the marks.
    chunks: usize,
    /// The chunk or gap with the smallest packet number.
    oldest: Option<At>,
}

impl Backlog {
    /// Adds the next bytes; says whether there were any.
    pub fn push(&mut self, chunk: Chunk<'_>) -> bool {
        if chunk.is_empty() {
            return false;
        }
        self.mark(chunk.at, What::Chunk(chunk.origin));
        self.bytes.extend_from_slice(chunk.bytes);
        self.end += chunk.len();
        self.chunks += 1;
        true
    }

    /// Adds a gap; says whether it was one.
    pub fn push_gap(&mut self, gap: Gap) -> bool {
        if gap.len == 0 {
            return false;
        }
        self.mark(gap.at, What::Gap { cut: gap.cut });
        self.end = self.end.saturating_add(gap.len);
        true
    }

    /// Adds a chunk or a gap; says whether there was anything to hold. Ends are not held.
    pub fn push_part(&mut self, part: Part<'_>) -> bool {
        match part {
            Part::Bytes(chunk) => self.push(chunk),
            Part::Gap(gap) => self.push_gap(gap),
            Part::End { .. } | Part::Reset { .. } => false,
        }
    }

    fn mark(&mut self, at: At, what: What) {
        if self.oldest.is_none_or(|oldest| at.packet < oldest.packet) {
            self.oldest = Some(at);
        }
        self.marks.push(Mark { place: self.end, start: self.bytes.len(), at, what });
    }

    /// Nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The bytes, without the gaps between them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Stream bytes, gaps included: the place behind the last.
    #[must_use]
    pub fn stream_len(&self) -> u64 {
        self.end
    }

    /// Number of chunks.
    #[must_use]
    pub fn chunk_count(&self) -> usize {
        self.chunks
    }

    /// Number of chunks and gaps.
    #[must_use]
    pub fn part_count(&self) -> usize {
        self.marks.len()
    }

    /// Bytes of memory that it takes, about.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.bytes.len() + self.marks.len() * size_of::<Mark>()
    }

    /// Where the first chunk or gap arrived.
    #[must_use]
    pub fn first(&self) -> Option<At> {
        self.marks.first().map(|mark| mark.at)
    }

    /// Where the chunk or gap with the smallest packet number arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        self.oldest
    }

    /// The smallest packet number.
    #[must_use]
    pub fn oldest_packet(&self) -> Option<PacketNumber> {
        self.oldest.map(|oldest| oldest.packet)
    }

    /// It begins with a gap.
    #[must_use]
    pub fn begins_with_gap(&self) -> bool {
        self.marks.first().is_some_and(Mark::is_gap)
    }

    /// The chunks and gaps, in stream order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.parts_from(0)
    }

    /// What lies from `place` on; the part that reaches over it is cut.
    pub fn parts_from(&self, place: u64) -> impl Iterator<Item = Part<'_>> {
        let first = self.marks.partition_point(|mark| mark.place <= place).saturating_sub(1);
        let count = if place < self.end { self.marks.len() } else { 0 };
        (first..count).filter_map(move |index| {
            let part = self.part(index)?;
            let begins = self.marks.get(index)?.place;
            let skip = place.saturating_sub(begins);
            Some(match part {
                _ if skip == 0 => part,
                Part::Bytes(chunk) => Part::Bytes(chunk.after(narrow(skip))),
                Part::Gap(gap) => Part::Gap(Gap { len: distance(skip, gap.len), ..gap }),
                end => end,
            })
        })
    }

    fn part(&self, index: usize) -> Option<Part<'_>> {
        let mark = self.marks.get(index)?;
        Some(match mark.what {
            What::Chunk(origin) => Part::Bytes(Chunk { bytes: self.bytes_of(index), at: mark.at, origin }),
            What::Gap { cut } => Part::Gap(Gap { len: distance(mark.place, self.end_of(index)), at: mark.at, cut }),
        })
    }

    /// Where the next mark begins.
    fn end_of(&self, index: usize) -> u64 {
        self.marks.get(index + 1).map_or(self.end, |next| next.place)
    }

    fn bytes_of(&self, index: usize) -> &[u8] {
        let start = self.marks.get(index).map_or(self.bytes.len(), |mark| mark.start);
        let end = self.marks.get(index + 1).map_or(self.bytes.len(), |next| next.start);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Place and length of each chunk.
    pub fn chunks(&self) -> impl Iterator<Item = (u64, usize)> {
        self.marks
            .iter()
            .enumerate()
            .filter(|(_, mark)| !mark.is_gap())
            .map(|(index, mark)| (mark.place, self.bytes_of(index).len()))
    }

    /// Place and bytes of each run without a gap: chunks that follow one another are one.
    pub fn runs(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut marks = self.marks.iter().enumerate();
        std::iter::from_fn(move || {
            let (_, first) = marks.find(|(_, mark)| !mark.is_gap())?;
            let gap = marks.find(|(_, mark)| mark.is_gap()).map(|(_, gap)| gap.start);
            let bytes = self.bytes.get(first.start..gap.unwrap_or(self.bytes.len()));
            Some((first.place, bytes.unwrap_or_default()))
        })
    }

    /// The bytes from the very start up to the first gap, in however many chunks they came.
    #[must_use]
    pub fn start(&self) -> &[u8] {
        self.runs().next().filter(|(place, _)| *place == 0).map_or(&[], |(_, bytes)| bytes)
    }

    /// Where each gap lies between [`Backlog::bytes`], and where it was told.
    pub fn gaps(&self) -> impl DoubleEndedIterator<Item = (usize, At)> {
        self.marks.iter().filter(|mark| mark.is_gap()).map(|mark| (mark.start, mark.at))
    }

    /// A chunk begins at `place`, or all ends there.
    #[must_use]
    pub fn is_boundary(&self, place: u64) -> bool {
        let begins = || self.marks.binary_search_by_key(&place, |mark| mark.place).ok();
        place == self.end || begins().and_then(|index| self.marks.get(index)).is_some_and(|mark| !mark.is_gap())
    }

    /// The bytes from `place` on, up to the end of their chunk.
    #[must_use]
    pub fn at(&self, place: u64) -> &[u8] {
        let Some(index) = self.marks.partition_point(|mark| mark.place <= place).checked_sub(1) else { return &[] };
        let begins = self.marks.get(index).map_or(place, |mark| mark.place);
        // A place far behind the end is in nobody's memory.
        usize::try_from(place - begins).ok().and_then(|skip| self.bytes_of(index).get(skip..)).unwrap_or_default()
    }

    /// Number of bytes of the last chunk that begins before `place`; 0 where none does.
    #[must_use]
    pub fn chunk_before(&self, place: u64) -> usize {
        let before = self.marks.partition_point(|mark| mark.place < place);
        let chunk = self.marks.iter().take(before).rposition(|mark| !mark.is_gap());
        chunk.map_or(0, |index| self.bytes_of(index).len())
    }
}

impl Mark {
    fn is_gap(&self) -> bool {
        matches!(self.what, What::Gap { .. })
    }
}

super::pack::pack_enum!(What { 0 Chunk(origin), 1 Gap { cut } });
super::pack::pack_struct!(Mark { place, start, at, what });
super::pack::pack_struct!(Backlog { bytes, marks, end, chunks, oldest });

#[cfg(test)]
mod tests {
    use super::super::number::wide;
    use super::super::pack::Pack;
    use super::*;
    use proptest::prelude::*;

    /// The same, a byte at a time: its value, packet and origin; `None` where the capture lacks it.
    #[derive(Debug, Default)]
    struct Naive(Vec<Option<(u8, PacketNumber, Origin)>>);

    fn at(packet: u64) -> At {
        At { packet, ..At::default() }
    }

    /// What parts say, a byte at a time.
    fn spelled<'a>(parts: impl Iterator<Item = Part<'a>>) -> Vec<Option<(u8, PacketNumber, Origin)>> {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Part::Bytes(chunk) => {
                    assert!(!chunk.is_empty());
                    all.extend(
                        (0..).zip(chunk.bytes).map(|(n, byte)| Some((*byte, chunk.at.packet, chunk.origin.after(n)))),
                    );
                }
                Part::Gap(gap) => {
                    assert!(gap.len > 0);
                    all.extend(std::iter::repeat_n(None, narrow(gap.len)));
                }
                other => panic!("{other:?}"),
            }
        }
        all
    }

    proptest! {
        #[test]
        fn it_is_what_was_pushed_from_any_place_on(
            steps in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..9), 0..99u64), 0..20),
        ) {
            let (mut backlog, mut naive) = (Backlog::default(), Naive::default());
            let (mut chunks, mut boundaries) = (0, Vec::new());
            for (gap, bytes, packet) in &steps {
                let len = wide(bytes.len());
                if !gap && len > 0 {
                    boundaries.push(naive.0.len());
                }
                let pushed = if *gap {
                    naive.0.extend(std::iter::repeat_n(None, bytes.len()));
                    backlog.push_gap(Gap { len, at: at(*packet), cut: false })
                } else {
                    let origin = if packet % 2 == 0 { Origin::Made } else { Origin::Capture(packet * 100) };
                    naive.0.extend((0..).zip(bytes).map(|(n, byte)| Some((*byte, *packet, origin.after(n)))));
                    chunks += usize::from(len > 0);
                    backlog.push(Chunk { bytes, at: at(*packet), origin })
                };
                prop_assert_eq!(pushed, len > 0);
                }
            let mut packed = Vec::new();
            backlog.pack(&mut packed);
            prop_assert_eq!(Backlog::unpack(&mut packed.as_slice()), Some(backlog.clone()));
            prop_assert_eq!(backlog.stream_len(), wide(naive.0.len()));
            prop_assert_eq!((backlog.chunk_count(), backlog.chunks().count()), (chunks, chunks));
            prop_assert_eq!(backlog.part_count(), backlog.parts().count());
            let kept: Vec<u8> = naive.0.iter().flatten().map(|(byte, ..)| *byte).collect();
            prop_assert_eq!(backlog.bytes(), kept.as_slice());
            let packets = steps.iter().filter(|step| !step.1.is_empty()).map(|step| step.2);
            prop_assert_eq!(backlog.oldest_packet(), packets.clone().min());
            prop_assert_eq!(backlog.first().map(|first| first.packet), packets.clone().next());
            for place in 0..=naive.0.len() + 2 {
                let rest = naive.0.get(place..).unwrap_or_default();
                prop_assert_eq!(spelled(backlog.parts_from(wide(place))), rest);
                let here = backlog.at(wide(place));
                prop_assert_eq!(here.first().copied(), rest.first().copied().flatten().map(|(byte, ..)| byte));
                prop_assert!(here.iter().zip(rest).all(|(one, other)| other.is_some_and(|(byte, ..)| byte == *one)));
                prop_assert_eq!(backlog.is_boundary(wide(place)), boundaries.contains(&place) || place == naive.0.len());
            }
            for (bytes, _) in backlog.gaps() {
                prop_assert!(bytes <= kept.len());
            }
            let mut whole = vec![None; naive.0.len()];
            for (place, run) in backlog.runs() {
                prop_assert!(!run.is_empty() && place.checked_sub(1).is_none_or(|before| naive.0[narrow(before)].is_none()));
                (narrow(place)..).zip(run).for_each(|(place, byte)| whole[place] = Some(*byte));
            }
            prop_assert_eq!(whole, naive.0.iter().map(|byte| byte.map(|(byte, ..)| byte)).collect::<Vec<_>>());
            for (place, len) in backlog.chunks() {
                prop_assert_eq!((backlog.at(place).len(), backlog.chunk_before(place + wide(len))), (len, len));
            }
        }
    }
}
