//! Frames of HTTP/2: one direction of a stream of bytes, cut where they end.
//!
//! In: chunks and gaps, from behind the client's preface. Out: DATA as it comes, without padding, borrowed; other frames whole (RFC
//! 9113 section 4 and 6). Of what is under way one frame that is not DATA is kept, [`limits::HTTP2_FRAME_BYTES`] at most; a longer
//! one goes by. Behind a gap that swallows a frame's end the next frame is looked for: a header that can be one, followed by
//! another or by the chunk's end.

use crate::base::limits;
use crate::base::number::{at_most, wide};
use crate::base::{At, Chunk, Gap, Part};

/// Bytes of a frame's header (RFC 9113 section 4.1).
pub const HEADER: usize = 9;

/// What a client says first (RFC 9113 section 3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames (RFC 9113 section 6).
pub mod kind {
    /// DATA.
    pub const DATA: u8 = 0;
    /// HEADERS.
    pub const HEADERS: u8 = 1;
    /// RST_STREAM.
    pub const RST_STREAM: u8 = 3;
    /// SETTINGS.
    pub const SETTINGS: u8 = 4;
    /// PUSH_PROMISE.
    pub const PUSH_PROMISE: u8 = 5;
    /// GOAWAY.
    pub const GOAWAY: u8 = 7;
    /// CONTINUATION.
    pub const CONTINUATION: u8 = 9;
}

/// Flags of frames.
pub mod flag {
    /// The sender says no more on this stream (DATA, HEADERS).
    pub const END_STREAM: u8 = 0x1;
    /// It answers (SETTINGS, PING).
    pub const ACK: u8 = 0x1;
    /// The header block is whole (HEADERS, PUSH_PROMISE, CONTINUATION).
    pub const END_HEADERS: u8 = 0x4;
    /// It is padded (DATA, HEADERS, PUSH_PROMISE).
    pub const PADDED: u8 = 0x8;
    /// A priority stands before the header block (HEADERS).
    pub const PRIORITY: u8 = 0x20;
}

/// A frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes behind it.
    pub len: u32,
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream; 0 is the connection.
    pub stream: u32,
}

impl Header {
    /// Reads a header; any nine bytes are one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let [a, b, c, kind, flags, stream @ ..] = *bytes.first_chunk::<HEADER>()?;
        let len = u32::from_be_bytes([0, a, b, c]);
        // The first bit is reserved and means nothing (RFC 9113 section 4.1).
        Some(Header { len, kind, flags, stream: u32::from_be_bytes(stream) & 0x7fff_ffff })
    }

    /// A flag is set.
    #[must_use]
    pub fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What a header that was looked for must be: a type that there is, with a length and a stream that it may have.
    fn is_likely(self, bytes: &[u8]) -> bool {
        let reserved = bytes.get(5).is_some_and(|byte| byte & 0x80 != 0);
        let on_stream = self.stream != 0;
        let fits = match self.kind {
            0 | 1 | 9 => on_stream && self.len <= 16_384,
            2 => on_stream && self.len == 5,
            3 => on_stream && self.len == 4,
            4 => !on_stream && self.len.is_multiple_of(6) && self.len <= 600,
            5 => on_stream && (4..=16_384).contains(&self.len),
            6 => !on_stream && self.len == 8,
            7 => !on_stream && (8..=1024).contains(&self.len),
            8 => self.len == 4,
            _ => false,
        };
        fits && !reserved && self.stream < 1 << 24
    }
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// Bytes of a DATA frame, or a gap in them; without padding.
    Data {
        /// Its stream.
        stream: u32,
        /// The bytes, or the gap.
        part: Part<'a>,
    },
    /// A DATA frame is over, and with it what its side says on the stream.
    EndStream {
        /// The stream.
        stream: u32,
        /// Where.
        at: At,
    },
    /// Another frame.
    Frame {
        /// Its header.
        header: Header,
        /// What stands behind it.
        payload: &'a [u8],
        /// Where its last byte arrived.
        at: At,
    },
    /// Frames are missing, or a frame too long to be kept went by: so many bytes.
    Lost {
        /// How many.
        bytes: u64,
        /// Where.
        at: At,
    },
}

/// One direction.
#[derive(Debug, Default)]
pub struct Frames {
    held: Vec<u8>,
    first: At,
    place: Place,
    is_guess: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// A header begins, or has begun.
    #[default]
    Head,
    /// The length of a DATA frame's padding follows.
    PadLength { header: Header },
    /// Data of a DATA frame, and then padding.
    Data { header: Header, left: u32, pad: u32 },
    /// Another frame, which is kept until it is whole.
    Whole { header: Header },
    /// So many bytes of a frame go by.
    Passing(u64),
    /// A frame begins somewhere.
    Sought,
}

impl Frames {
    /// In the middle of a connection: frames are looked for.
    #[must_use]
    pub fn joined() -> Frames {
        Frames { place: Place::Sought, ..Frames::default() }
    }

    /// The next bytes.
    pub fn push(&mut self, chunk: Chunk<'_>, mut tell: impl FnMut(Item<'_>)) {
        let mut rest = chunk;
        loop {
            let before = rest.len();
            let place = self.place;
            rest = match place {
                Place::Head => self.head(rest, &mut tell),
                Place::PadLength { header } => self.pad_length(header, rest, &mut tell),
                Place::Data { header, left, pad } => self.data(header, left, pad, rest, &mut tell),
                Place::Whole { header } => self.whole(header, rest, &mut tell),
                Place::Passing(left) => {
                    let here = left.min(rest.len());
                    self.place = if here == left { Place::Head } else { Place::Passing(left - here) };
                    rest.after(at_most(here, rest.bytes.len()))
                }
                Place::Sought => self.seek(rest, &mut tell),
            };
            if rest.is_empty() || (rest.len() == before && self.place == place) {
                return;
            }
        }
    }

    /// Bytes that the capture lacks.
    pub fn gap(&mut self, gap: Gap, mut tell: impl FnMut(Item<'_>)) {
        let lost = |bytes: u64| Item::Lost { bytes, at: gap.at };
        match self.place {
            Place::Data { header, left, pad } if gap.len < u64::from(left) + u64::from(pad) => {
                let of_data = gap.len.min(left.into());
                if of_data > 0 {
                    tell(Item::Data { stream: header.stream, part: Part::Gap(Gap { len: of_data, ..gap }) });
                }
                let short = |len: u64| u32::try_from(len).unwrap_or(u32::MAX);
                let (left, pad) = (left - short(of_data), pad - short(gap.len - of_data));
                self.place = Place::Data { header, left, pad };
            }
            Place::Passing(left) if gap.len <= left => {
                self.place = if gap.len == left { Place::Head } else { Place::Passing(left - gap.len) };
            }
            Place::Whole { header } if wide(self.held.len()) + gap.len <= u64::from(header.len) => {
                let left = u64::from(header.len) - wide(self.held.len()) - gap.len;
                tell(lost(u64::from(header.len) + wide(HEADER)));
                self.held.clear();
                self.place = if left == 0 { Place::Head } else { Place::Passing(left) };
            }
            place => {
                if let Place::Data { header, left, .. } = place
                    && left > 0
                {
                    tell(Item::Data { stream: header.stream, part: Part::Gap(Gap { len: left.into(), ..gap }) });
                }
                tell(lost(wide(self.held.len()) + gap.len));
                self.held.clear();
                self.place = Place::Sought;
            }
        }
    }

    /// Where the oldest byte that is held arrived.
    #[must_use]
    pub fn oldest(&self) -> Option<At> {
        (!self.held.is_empty()).then_some(self.first)
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.held.capacity()
    }

    fn fill<'a>(&mut self, len: usize, chunk: Chunk<'a>) -> Chunk<'a> {
        if self.held.is_empty() {
            self.first = chunk.at;
        }
        let wanted = len.saturating_sub(self.held.len()).min(chunk.bytes.len());
        self.held.extend_from_slice(chunk.bytes.get(..wanted).unwrap_or_default());
        chunk.after(wanted)
    }

    fn head<'a>(&mut self, chunk: Chunk<'a>, tell: &mut impl FnMut(Item<'_>)) -> Chunk<'a> {
        let rest = self.fill(HEADER, chunk);
        let Some(header) = Header::parse(&self.held) else { return rest };
        if std::mem::take(&mut self.is_guess) && !header.is_likely(&self.held) {
            self.place = Place::Sought;
            return rest;
        }
        self.held.clear();
        self.place = match header.kind {
            kind::DATA if header.has(flag::PADDED) && header.len > 0 => Place::PadLength { header },
            kind::DATA => Place::Data { header, left: header.len, pad: 0 },
            _ if in_memory(header.len) > limits::HTTP2_FRAME_BYTES => {
                tell(Item::Lost { bytes: u64::from(header.len) + wide(HEADER), at: chunk.at });
                Place::Passing(header.len.into())
            }
            _ => Place::Whole { header },
        };
        // A frame without payload is over with its header.
        match self.place {
            Place::Data { left: 0, .. } => self.end_data(header, chunk.at, tell),
            Place::Whole { .. } if header.len == 0 => {
                self.place = Place::Head;
                tell(Item::Frame { header, payload: &[], at: chunk.at });
            }
            _ => {}
        }
        rest
    }

    fn pad_length<'a>(&mut self, header: Header, chunk: Chunk<'a>, tell: &mut impl FnMut(Item<'_>)) -> Chunk<'a> {
        let Some(pad) = chunk.bytes.first() else { return chunk };
        let behind = header.len - 1;
        // Longer padding than there is frame is an error (RFC 9113 section 6.1): then all of it is padding.
        let pad = u32::from(*pad).min(behind);
        self.place = Place::Data { header, left: behind - pad, pad };
        if behind == 0 {
            self.end_data(header, chunk.at, tell);
        }
        chunk.after(1)
    }

    fn data<'a>(
        &mut self,
        header: Header,
        left: u32,
        pad: u32,
        chunk: Chunk<'a>,
        tell: &mut impl FnMut(Item<'_>),
    ) -> Chunk<'a> {
        let here = at_most(left.into(), chunk.bytes.len());
        if here > 0 {
            tell(Item::Data { stream: header.stream, part: Part::Bytes(chunk.up_to(here)) });
        }
        let rest = chunk.after(here);
        let padding = if wide(here) == u64::from(left) { at_most(pad.into(), rest.bytes.len()) } else { 0 };
        let short = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let (left, pad) = (left - short(here), pad - short(padding));
        self.place = Place::Data { header, left, pad };
        if left == 0 && pad == 0 {
            self.end_data(header, chunk.at, tell);
        }
        rest.after(padding)
    }

    fn end_data(&mut self, header: Header, at: At, tell: &mut impl FnMut(Item<'_>)) {
        self.place = Place::Head;
        if header.has(flag::END_STREAM) {
            tell(Item::EndStream { stream: header.stream, at });
        }
    }

    fn whole<'a>(&mut self, header: Header, chunk: Chunk<'a>, tell: &mut impl FnMut(Item<'_>)) -> Chunk<'a> {
        let len = in_memory(header.len);
        if self.held.is_empty()
            && let Some(payload) = chunk.bytes.get(..len)
        {
            self.place = Place::Head;
            tell(Item::Frame { header, payload, at: chunk.at });
            return chunk.after(len);
        }
        let rest = self.fill(len, chunk);
        if self.held.len() >= len {
            let payload = std::mem::take(&mut self.held);
            self.place = Place::Head;
            tell(Item::Frame { header, payload: &payload, at: chunk.at });
        }
        rest
    }

    /// Looks for a frame in a chunk. One that begins in one chunk and ends in another is passed over: the next is soon there.
    fn seek<'a>(&mut self, chunk: Chunk<'a>, tell: &mut impl FnMut(Item<'_>)) -> Chunk<'a> {
        self.held.clear();
        let found = (0..chunk.bytes.len()).find(|at| is_frame(chunk.bytes.get(*at..).unwrap_or_default()));
        let skipped = found.unwrap_or(chunk.bytes.len());
        if skipped > 0 {
            tell(Item::Lost { bytes: wide(skipped), at: chunk.at });
        }
        if found.is_some() {
            self.place = Place::Head;
        }
        chunk.after(skipped)
    }
}

/// A likely header, followed by another, or by nothing.
fn is_frame(bytes: &[u8]) -> bool {
    let Some(header) = Header::parse(bytes).filter(|header| header.is_likely(bytes)) else { return false };
    let behind = bytes.get(HEADER..).and_then(|behind| behind.get(in_memory(header.len)..));
    match behind {
        Some([]) => true,
        Some(behind) => Header::parse(behind).is_some_and(|next| next.is_likely(behind)),
        None => false,
    }
}

fn in_memory(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

crate::base::pack::pack_struct!(Header { len, kind, flags, stream });
crate::base::pack::pack_struct!(Frames { held, first, place, is_guess });
crate::base::pack::pack_enum!(Place {
    0 Head,
    1 PadLength { header },
    2 Data { header, left, pad },
    3 Whole { header },
    4 Passing(left),
    5 Sought,
});

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let len = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&len[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Heard {
        data: Vec<(u32, Vec<u8>)>,
        frames: Vec<(u8, u32, Vec<u8>)>,
        ended: Vec<u32>,
        gaps: u64,
        lost: u64,
    }

    impl Heard {
        fn hear(&mut self, item: Item<'_>) {
            match item {
                Item::Data { stream, part: Part::Bytes(chunk) } => match self.data.last_mut() {
                    Some((last, bytes)) if *last == stream => bytes.extend_from_slice(chunk.bytes),
                    _ => self.data.push((stream, chunk.bytes.to_vec())),
                },
                Item::Data { part, .. } => self.gaps += part.len(),
                Item::EndStream { stream, .. } => self.ended.push(stream),
                Item::Frame { header, payload, .. } => self.frames.push((header.kind, header.stream, payload.to_vec())),
                Item::Lost { bytes, .. } => self.lost += bytes,
            }
        }
    }

    fn read(frames: &mut Frames, heard: &mut Heard, bytes: &[u8]) {
        frames.push(Chunk::made(bytes, At::default()), |item| heard.hear(item));
    }

    fn stream() -> Vec<u8> {
        [
            frame(kind::SETTINGS, 0, 0, &[0; 12]),
            frame(kind::HEADERS, flag::END_HEADERS, 1, &[0x82; 30]),
            frame(kind::DATA, 0, 1, b"hello "),
            frame(kind::DATA, flag::PADDED, 1, b"\x03worldxxx"),
            frame(kind::SETTINGS, flag::ACK, 0, &[]),
            frame(kind::DATA, flag::END_STREAM | flag::PADDED, 1, &[0]),
            frame(kind::DATA, flag::END_STREAM, 3, &[]),
        ]
        .concat()
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_cut_the_frames_are_the_same(cuts in proptest::collection::vec(1usize..40, 1..40)) {
            let (mut whole, mut heard) = (Heard::default(), Heard::default());
            read(&mut Frames::default(), &mut whole, &stream());
            let mut frames = Frames::default();
            let bytes = stream();
            let mut rest = bytes.as_slice();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, behind) = rest.split_at((*cut).min(rest.len()));
                read(&mut frames, &mut heard, chunk);
                rest = behind;
            }
            prop_assert_eq!(&heard, &whole);
            prop_assert_eq!(whole.data, [(1, b"hello world".to_vec())]);
            prop_assert_eq!(whole.ended, [1, 3]);
            prop_assert_eq!(whole.frames.len(), 3);
            prop_assert_eq!((whole.lost, frames.oldest()), (0, None));
        }

        #[test]
        fn any_bytes_and_gaps_are_taken(
            chunks in proptest::collection::vec(proptest::collection::vec(prop_oneof![0u8..10, any::<u8>()], 1..60), 1..20),
            gaps in proptest::collection::vec(0u64..60, 20),
            joined: bool,
        ) {
            let mut frames = if joined { Frames::joined() } else { Frames::default() };
            let mut heard = Heard::default();
            for (chunk, gap) in chunks.iter().zip(gaps) {
                read(&mut frames, &mut heard, chunk);
                if gap > 30 {
                    frames.gap(Gap { len: gap, at: At::default(), cut: false }, |item| heard.hear(item));
                }
            }
            prop_assert!(frames.held.len() <= limits::HTTP2_FRAME_BYTES);
        }
    }

    #[test]
    fn a_gap_in_data_is_a_gap_of_its_stream() {
        let bytes = [frame(kind::DATA, 0, 5, &[7; 100]), frame(kind::SETTINGS, flag::ACK, 0, &[])].concat();
        let (mut frames, mut heard) = (Frames::default(), Heard::default());
        read(&mut frames, &mut heard, &bytes[..40]);
        frames.gap(Gap { len: 20, at: At::default(), cut: false }, |item| heard.hear(item));
        read(&mut frames, &mut heard, &bytes[60..]);
        assert_eq!((heard.gaps, heard.lost, heard.frames.len()), (20, 0, 1));
        assert_eq!(heard.data[0].1.len(), 80);
    }

    #[test]
    fn behind_a_gap_over_a_frames_end_frames_are_found() {
        let bytes =
            [frame(kind::DATA, 0, 5, &[0xee; 100]), frame(kind::DATA, 0, 5, &[0xee; 50]), frame(6, 0, 0, &[1; 8])]
                .concat();
        let (mut frames, mut heard) = (Frames::default(), Heard::default());
        read(&mut frames, &mut heard, &bytes[..40]);
        frames.gap(Gap { len: 80, at: At::default(), cut: false }, |item| heard.hear(item));
        read(&mut frames, &mut heard, &bytes[120..]);
        assert_eq!(heard.frames, [(6, 0, vec![1; 8])]);
        assert_eq!(heard.gaps, 69, "the rest of the first frame's data");
    }

    #[test]
    fn a_frame_too_long_goes_by() {
        let bytes =
            [frame(kind::HEADERS, 0, 5, &vec![0; limits::HTTP2_FRAME_BYTES + 1]), frame(6, 0, 0, &[1; 8])].concat();
        let mut heard = Heard::default();
        read(&mut Frames::default(), &mut heard, &bytes);
        assert_eq!(heard.frames.len(), 1);
        assert_eq!(heard.lost, wide(limits::HTTP2_FRAME_BYTES + 1 + HEADER));
    }
}
