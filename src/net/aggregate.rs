//! Several frames in one: the subframes of an aggregate of IEEE 802.11 (A-MSDU, clause 9.3.2.2).
//!
//! In: a [`Layer`] behind the header of such a frame. Out: what each subframe holds. A subframe that leads out of the
//! packet is the last; fewer bytes than the header of another are padding, or the frame check sequence.

use super::content::Decoded;
use super::decode::decode_subframe;
use super::layer::Layer;
use super::observe::{Mac, Observer, Teller};
use crate::base::limits;
use crate::base::number::short;
use crate::fields::PacketField;

/// Bytes of a subframe before what it carries: destination, source, length.
pub(super) const HEADER: usize = 14;

/// Frames in one packet, each of which may hold a segment or a datagram.
///
/// ```
/// use sockeye::base::LinkType;
/// use sockeye::net::{Content, Kind, decode};
/// // Quality of service, with an aggregate of one subframe: ARP.
/// let header = [&[0x88, 2, 0, 0][..], &[2; 18], &[0, 0, 0x80, 0]].concat();
/// let subframe = [&[2; 12][..], &[0, 36], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 6], &[0; 28]].concat();
/// let frame = [header, subframe].concat();
/// let Content::Aggregate(aggregate) = decode(LinkType(105), &frame, 76).content else { panic!() };
/// let kinds: Vec<_> = aggregate.frames().map(|decoded| decoded.content).collect();
/// assert_eq!(kinds, [Content::Other(Kind::Arp)]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregate<'a> {
    /// All subframes.
    whole: Layer<'a>,
    /// Captured bytes of the packet.
    captured: u32,
}

impl<'a> Aggregate<'a> {
    /// Of the subframes that start `whole`.
    pub(super) fn new(mut whole: Layer<'a>) -> Aggregate<'a> {
        let captured = whole.offset.saturating_add(short(whole.bytes.len()));
        if whole.bytes.len() > usize::from(limits::AGGREGATE_BYTES) {
            let _ = whole.limit(limits::AGGREGATE_BYTES);
        }
        Aggregate { whole, captured }
    }

    /// What each frame holds, in their order; at least one. An aggregate inside another is not taken apart.
    pub fn frames(self) -> impl Iterator<Item = Decoded<'a>> {
        self.subframes().map(move |subframe| decode_subframe(subframe, self.captured, &mut ()))
    }

    /// Tells the headers of each frame to `observer`.
    pub(super) fn observe<O: Observer>(self, observer: &mut O) {
        for subframe in self.subframes() {
            let _ = decode_subframe(subframe, self.captured, observer);
        }
    }

    /// The subframes with their headers, without what pads them to a multiple of four.
    fn subframes(self) -> impl Iterator<Item = Layer<'a>> {
        let mut rest = Some(self.whole);
        std::iter::from_fn(move || {
            let mut after = rest.take()?;
            let [.., high, low] = after.bytes.first_chunk::<HEADER>()?;
            let len = short(HEADER) + u32::from(u16::from_be_bytes([*high, *low]));
            let mut subframe = after;
            // What does not fit into 16 bits is no length of a subframe, and leads out of the packet.
            let inside = u16::try_from(len).is_ok_and(|len| subframe.limit(len));
            if inside && after.skip_wire(len.next_multiple_of(4)) {
                rest = Some(after);
            }
            Some(subframe)
        })
    }
}

/// Tells the header of a subframe.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.ends(PacketField::Amsdu, 0..HEADER, [6, 0].map(|at| header.array(at).map(Mac)));
    header.mac(PacketField::AmsduDst, 0);
    header.mac(PacketField::AmsduSrc, 6);
    header.number::<2>(PacketField::AmsduLength, 12);
}
