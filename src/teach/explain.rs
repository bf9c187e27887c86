//! One frame, ready to be explained: its bytes on the wire, its fields, the unmasking byte by byte.
//!
//! In: a frame, or bytes that somebody copied from elsewhere. Out: an [`Explained`]. Bytes that are no frame give none;
//! a frame that is cut off is explained as far as it goes.

use super::annotate::frame_nodes;
use super::deflate::Deflated;
use crate::base::number::at_most;
use crate::base::{At, Chunk, Code, ConnectionId, Direction, Hole, Note, PacketNumber, PerDirection};
use crate::dissect::FramePlace;
use crate::fields::{FrameField, Node};
use crate::trace::{FrameRow, Window};
use crate::websocket::{
    Events, Frame, Framing, Header, Inflation, LengthForm, Look, Message, Opcode, Rules, Scratch, Session,
};

/// A frame and what is to be said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The frame.
    pub row: FrameRow,
    /// Its fields, in the order of the wire; bits and bytes count in `wire`.
    pub fields: Vec<Node>,
    /// The frame as it is on the wire, as far as it is known.
    pub wire: Window,
    /// Its payload, unmasked, as far as it is known.
    pub payload: Vec<u8>,
    /// What is wrong with it.
    pub notes: Vec<Note>,
    /// What somebody wrote to its packets in the capture.
    pub comments: Vec<(PacketNumber, String)>,
    /// Bytes its header lacks, at least; 0 where it is whole.
    pub lacks: usize,
    /// The message that ends with it, where that is compressed.
    pub inflated: Option<Inflated>,
}

/// A compressed message, inflated as far as it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inflated {
    /// It is text.
    pub text: bool,
    /// Its bytes after inflating.
    pub length: u64,
    /// Those that are known, up to the first that is not.
    pub bytes: Vec<u8>,
    /// What is wrong with it.
    pub notes: Vec<Note>,
    /// What it is made of, where all of it is at hand.
    pub deflated: Option<Deflated>,
}

impl Inflated {
    /// Of a message, where it is compressed.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Option<Inflated> {
        let known = before_hole(message.payload, message.holes);
        message.compressed.then(|| Inflated {
            text: message.opcode == Opcode::Text,
            length: message.length,
            bytes: known.to_vec(),
            notes: message.notes.to_vec(),
            deflated: None,
        })
    }
}

/// Why bytes cannot be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoFrame {
    /// There are none, or only one.
    #[error("{0} bytes are no frame: the shortest has 2")]
    TooShort(usize),
}

impl Explained {
    /// A frame of a capture.
    #[must_use]
    pub fn frame(place: &FramePlace, frame: &Frame<'_>) -> Explained {
        let row = FrameRow::new(place, frame);
        if row.has_cut_header() {
            let header = wire(&frame.header, &[]);
            let there = header.get(..usize::from(row.header_len)).unwrap_or(&header);
            if let Some(beginning) = Explained::beginning(there) {
                return Explained { row, notes: frame.notes.to_vec(), ..beginning };
            }
        }
        // After a hole, bytes no longer stand where their place in the key says.
        let known = before_hole(frame.payload, frame.holes);
        let payload = Window { start: 0, bytes: known.to_vec(), holes: Vec::new() };
        let mut fields = frame_nodes(&row, &payload);
        if frame.header.opcode == Opcode::Close
            && frame.header.length == 0
            && let Some(field) = fields.iter_mut().find(|field| field.is(FrameField::Payload))
        {
            (field.meaning, field.clause) = ("no close code: an API gives 1005 in its place".into(), "RFC 6455 7.1.5");
        }
        if frame.compressed
            && let Some(field) = fields.iter_mut().find(|field| field.is(FrameField::Payload))
        {
            field.meaning = "compressed: its message is inflated as a whole".into();
        }
        let bytes = match (frame.framing, frame.header.opcode) {
            (Framing::Rfc6455, _) => wire(&frame.header, known),
            (Framing::Sentinel, Opcode::Text) => {
                let end = if frame.ended && frame.holes.is_empty() { &[0xff][..] } else { &[] };
                [&[0x00], known, end].concat()
            }
            (Framing::Counted, Opcode::Close) => vec![0xff, 0x00],
            // The bytes of other headers of the drafts are not known here.
            _ => Vec::new(),
        };
        let wire = Window { start: 0, bytes, holes: Vec::new() };
        let (payload, notes) = (payload.bytes, frame.notes.to_vec());
        Explained { row, fields, wire, payload, notes, comments: Vec::new(), lacks: 0, inflated: None }
    }

    /// The beginning of a header that is cut off: of what is not there its fields say so.
    ///
    /// ```
    /// use sockeye::teach::explain::Explained;
    /// let beginning = Explained::beginning(&[0x81, 0xfe, 0x01]).unwrap();
    /// let lacking = beginning.fields.iter().filter(|field| field.meaning.contains("missing"));
    /// assert_eq!(lacking.map(|field| &field.label[..]).collect::<Vec<_>>(), ["extended length", "masking key"]);
    /// assert_eq!(beginning.lacks, 5);
    /// ```
    ///
    /// `None` where there is no byte, or a whole header.
    #[must_use]
    pub fn beginning(bytes: &[u8]) -> Option<Explained> {
        if bytes.is_empty() || Header::parse(bytes).is_ok() {
            return None;
        }
        let mut padded = bytes.to_vec();
        padded.resize(Header::MAX_LEN, 0);
        let header = Header::parse(&padded).ok()?;
        let direction = if header.masking_key.is_some() { Direction::Client } else { Direction::Server };
        let row = FrameRow {
            number: 1,
            socket: ConnectionId(0).into(),
            direction,
            offset: 0,
            header,
            header_len: u8::try_from(bytes.len()).unwrap_or(0),
            framing: Framing::Rfc6455,
            message_opcode: None,
            compressed: false,
            first: At::default(),
            last: At::default(),
            ended: false,
            ends_message: false,
            captured: 0,
            message: None,
            severity: None,
        };
        let mut fields = frame_nodes(&row, &Window { start: 0, bytes: Vec::new(), holes: Vec::new() });
        fields.retain(|field| field.bits.is_some());
        let wire = Window { start: 0, bytes: bytes.to_vec(), holes: Vec::new() };
        // Before the second byte it is not known how long the header is.
        let lacks = if bytes.len() < 2 { 1 } else { usize::from(header.wire_len()).saturating_sub(bytes.len()) };
        Some(Explained {
            row,
            fields,
            wire,
            payload: Vec::new(),
            notes: Vec::new(),
            comments: Vec::new(),
            lacks,
            inflated: None,
        })
    }

    /// Every frame in these bytes, the first of which is the first byte of a header. Who sent each is told from
    /// its mask bit: only a client masks (RFC 6455 section 5.1). RSV1 is taken for permessage-deflate: what is known is
    /// inflated. A header that is cut off at the end is no frame.
    ///
    /// ```
    /// use sockeye::teach::explain::Explained;
    /// let hello = [0x81, 0x85, 0xcb, 0x6e, 0x9f, 0x8e, 0x83, 0x0b, 0xf3, 0xe2, 0xa4];
    /// let frames = Explained::bytes(&hello).unwrap();
    /// assert_eq!(frames[0].payload, b"Hello");
    /// ```
    ///
    /// # Errors
    /// [`NoFrame`] where there are too few bytes for any header.
    pub fn bytes(bytes: &[u8]) -> Result<Vec<Explained>, NoFrame> {
        if bytes.len() < 2 {
            return Err(NoFrame::TooShort(bytes.len()));
        }
        let look = Look { frames: true, messages: true };
        let mut found = Found::default();
        let mut session = Session::new();
        let inflation = Some(Inflation { window_bits: 15, takeover: true, per_frame: false });
        for direction in Direction::BOTH {
            session.set_rules(direction, Rules { inflation, believed: true, ..Rules::default() });
            // What came before is not known.
            session.enter(direction, 0, At::default());
        }
        let mut scratch = Scratch::default();
        let mut rest = bytes;
        while let Ok(header) = Header::parse(rest) {
            let direction = if header.masking_key.is_some() { Direction::Client } else { Direction::Server };
            let len = header.length.saturating_add(header.wire_len().into());
            let len = at_most(len, rest.len());
            let (frame, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
            session.push(direction, Chunk::made(frame, At::default()), look, &mut scratch, &mut found);
            rest = after;
        }
        session.finish(look, &mut scratch, &mut found);
        Ok(found.frames)
    }

    /// The unmasking: for each byte of the payload on the wire its octet of the key, and what the two give. `None`
    /// where the frame is not masked.
    pub fn unmasking(&self) -> Option<impl Iterator<Item = (u8, u8, u8)> + '_> {
        let key = self.row.header.masking_key.filter(|_| self.row.framing != Framing::NonceFirst)?;
        let first = usize::from(self.row.framing.first_octet(self.row.header_len));
        Some(
            self.payload
                .iter()
                .zip(key.into_iter().cycle().skip(first))
                .map(|(plain, octet)| (plain ^ octet, octet, *plain)),
        )
    }
}

/// The bytes before the first hole.
fn before_hole<'a>(payload: &'a [u8], holes: &[Hole]) -> &'a [u8] {
    let len = holes.first().map_or(payload.len(), |hole| at_most(hole.start, payload.len()));
    payload.get(..len).unwrap_or(payload)
}

/// Takes down what a session finds.
#[derive(Default)]
struct Found {
    frames: Vec<Explained>,
    /// The compressed message under way, as far as it is whole.
    compressed: PerDirection<Option<Vec<u8>>>,
    /// What compressed messages have said.
    window: PerDirection<Vec<u8>>,
}

impl Found {
    /// Keeps what is compressed, as long as it is all there.
    fn gather(&mut self, frame: &Frame<'_>) {
        if !frame.compressed || frame.header.opcode.is_control() {
            return;
        }
        let gathered = self.compressed.get_mut(frame.direction);
        if frame.header.opcode != Opcode::Continuation {
            *gathered = Some(Vec::new());
        }
        match gathered {
            Some(bytes) if frame.captured == frame.header.length => bytes.extend_from_slice(frame.payload),
            gathered => *gathered = None,
        }
    }

    /// The message that ends, taken apart; what it says may be referred to by later ones.
    fn taken_apart(&mut self, message: &Message<'_>) -> Option<Deflated> {
        let window = self.window.get_mut(message.direction);
        let bytes = self.compressed.get_mut(message.direction).take().filter(|_| message.compressed)?;
        let deflated = Deflated::of(&bytes, window);
        window.extend_from_slice(&deflated.known());
        let over = window.len().saturating_sub(usize::from(u16::MAX));
        window.drain(..over);
        Some(deflated)
    }
}

impl Events for Found {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.gather(frame);
        let number = self.frames.len() as u64 + 1;
        let place = FramePlace { number, socket: ConnectionId(0).into(), message: None };
        let mut explained = Explained::frame(&place, frame);
        // Bytes torn out of a connection may begin in the middle of a message.
        explained.notes.retain(|note| note.code != Code::MessageNoStart);
        self.frames.push(explained);
    }

    fn message(&mut self, message: &Message<'_>) {
        let deflated = self.taken_apart(message);
        if let Some(last) = self.frames.last_mut() {
            last.inflated = Inflated::of(message).map(|inflated| Inflated { deflated, ..inflated });
        }
    }
}

/// A header and its payload as they were on the wire.
fn wire(header: &Header, payload: &[u8]) -> Vec<u8> {
    let first = u8::from(header.fin) << 7 | header.rsv << 4 | header.opcode.bits();
    let mask = u8::from(header.masking_key.is_some()) << 7;
    let mut wire = vec![first];
    let [.., high, low] = header.length.to_be_bytes();
    match header.form {
        LengthForm::Bits7 => wire.push(mask | low),
        LengthForm::Bits16 => wire.extend([mask | 126, high, low]),
        LengthForm::Bits64 => {
            wire.push(mask | 127);
            wire.extend(header.length.to_be_bytes());
        }
    }
    let key = header.masking_key.unwrap_or_default();
    wire.extend(header.masking_key.iter().flatten());
    wire.extend(payload.iter().zip(key.into_iter().cycle()).map(|(plain, octet)| plain ^ octet));
    wire
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_rfc_6455_section_5_7() {
        let one = |bytes: &[u8]| {
            let frames = Explained::bytes(bytes).unwrap();
            assert_eq!(frames.len(), 1);
            assert_eq!(frames[0].wire.bytes, bytes);
            frames.into_iter().next().unwrap()
        };
        let unmasked = one(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!((unmasked.row.direction, &unmasked.payload[..]), (Direction::Server, &b"Hello"[..]));
        assert!(unmasked.unmasking().is_none() && unmasked.notes.is_empty());
        let masked = one(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
        assert_eq!((masked.row.direction, &masked.payload[..]), (Direction::Client, &b"Hello"[..]));
        let steps: Vec<_> = masked.unmasking().unwrap().collect();
        assert_eq!(steps[0], (0x7f, 0x37, b'H'));
        assert_eq!(steps[4], (0x58, 0x37, b'o'), "the key starts again with the fifth byte");
        let fragments = Explained::bytes(&[0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f]).unwrap();
        assert_eq!(
            fragments.iter().map(|f| f.row.header.opcode).collect::<Vec<_>>(),
            [Opcode::Text, Opcode::Continuation]
        );
        assert!(
            one(&[0x80, 0x02, 0x6c, 0x6f]).notes.is_empty(),
            "a continuation alone is not blamed for its loneliness"
        );
    }

    #[test]
    fn each_frame_is_on_the_side_that_its_mask_bit_tells() {
        // The masked and the unmasked Hello of RFC 6455 section 5.7, one after the other.
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let both = Explained::bytes(&[&masked[..], &[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]].concat()).unwrap();
        let sides: Vec<_> = both.iter().map(|frame| frame.row.direction).collect();
        assert_eq!(sides, [Direction::Client, Direction::Server]);
        assert!(both.iter().all(|frame| frame.notes.is_empty() && frame.payload == b"Hello"));
    }

    #[test]
    fn what_is_wrong_is_said_and_what_is_cut_is_explained_as_far_as_it_goes() {
        let long = Explained::bytes(&[0x89, 0xfe, 0x00, 0x7e, 1, 2, 3, 4, 9, 9]).unwrap();
        let codes: Vec<_> = long[0].notes.iter().map(|note| note.code).collect();
        assert!(codes.contains(&Code::ControlLong), "{codes:?}");
        assert_eq!((long[0].row.captured, long[0].payload.len()), (2, 2));
        assert_eq!(Explained::bytes(&[0x81]), Err(NoFrame::TooShort(1)));
        assert_eq!(Explained::bytes(&[]), Err(NoFrame::TooShort(0)));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_explained(bytes in proptest::collection::vec(any::<u8>(), 2..64)) {
            let frames = Explained::bytes(&bytes).unwrap();
            let wire: Vec<u8> = frames.iter().flat_map(|frame| frame.wire.bytes.clone()).collect();
            // The last header may be cut off: then it is no frame.
            prop_assert_eq!(&wire[..], &bytes[..wire.len()]);
            prop_assert!(bytes.len() - wire.len() < Header::MAX_LEN);
        }
    }
}
