//! IEEE 802.11 frames and the radio headers before them.
//!
//! In: a [`Layer`] at a radiotap or 802.11 header. Out: the LLC header of a data frame that is not encrypted.
//! Management and control frames, and what is encrypted, are each a [`Kind`]. Several frames in one (A-MSDU) are an
//! [`Aggregate`]; fragments are not put together. The frame check sequence is padding, which the IP length takes off.

use super::aggregate::{self, Aggregate};
use super::content::Content;
use super::kind::{Kind, Part};
use super::layer::Layer;
use super::next::Next;
use super::observe::{Mac, Observer, Teller, Value};
use crate::fields::PacketField;

/// How a frame of IEEE 802.11 is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As the standard says.
    Plain,
    /// The radio put bytes behind the header to reach a multiple of four.
    Padded,
    /// The two bytes of frame control may have changed places: controllers of access points do that.
    Swapped,
}

/// An LLC header with SNAP and an Ethernet type (RFC 1042).
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// Radiotap (radiotap.org): version 0, length, then bit maps of the fields that follow, all little-endian.
pub(super) fn radiotap(layer: &mut Layer<'_>) -> Result<Next, Kind> {
    let header = layer.bytes;
    let [0, _, l0, l1] = *layer.take::<4>(Part::Link)? else { return Err(Kind::Malformed(Part::Link)) };
    let len = usize::from(u16::from_le_bytes([l0, l1]));
    layer.skip(len.checked_sub(4).ok_or(Kind::Malformed(Part::Link))?, Part::Link)?;
    let fields = header.get(4..len).unwrap_or_default();
    let padded = flags_at(fields).and_then(|at| fields.get(at)).is_some_and(|flags| flags & 0x20 != 0);
    Ok(Next::Wireless(if padded { Form::Padded } else { Form::Plain }))
}

/// Where the Flags field of a radiotap header is, whose bit maps start `fields`.
fn flags_at(fields: &[u8]) -> Option<usize> {
    let (maps, first) = (fields.as_chunks::<4>().0, fields.first()?);
    if first & 0x02 == 0 {
        return None;
    }
    // A map whose highest bit is set is followed by another. Only the time, eight bytes on a multiple of eight, may
    // stand before the flags.
    let count = maps.iter().position(|[.., high]| high & 0x80 == 0)? + 1;
    let after_maps = count * 4;
    Some(if first & 0x01 == 0 { after_maps } else { (4 + after_maps).next_multiple_of(8) - 4 + 8 })
}

/// IEEE 802.11 MAC header (clause 9.2).
pub(super) fn frame<'a>(layer: &mut Layer<'a>, form: Form) -> Result<Next, Content<'a>> {
    let [control, flags] = control(layer.bytes, form).ok_or_else(|| layer.lacking(Part::Link))?;
    // Version 0, type data, not one of the subtypes without data.
    if control & 0x0f != 0x08 || control & 0x40 != 0 {
        return Err(Kind::Wireless.into());
    }
    let quality = control & 0x80 != 0;
    let relayed = flags & 0x03 == 0x03;
    let addresses = if relayed { 30 } else { 24 };
    let len = addresses + if quality { 2 } else { 0 } + if quality && flags & 0x80 != 0 { 4 } else { 0 };
    let len = if form == Form::Padded { usize::next_multiple_of(len, 4) } else { len };
    let header = layer.bytes;
    let clear = |at: usize| header.get(at..).is_some_and(|rest| rest.starts_with(&SNAP));
    if flags & 0x40 != 0 {
        // Some radios decrypt a frame and leave the bit set, and the eight bytes before the data where they were.
        let at = [len, len + 8].into_iter().find(|at| clear(*at)).ok_or(Kind::Encrypted)?;
        layer.skip(at, Part::Link)?;
        return Ok(Next::Llc);
    }
    layer.skip(len, Part::Link)?;
    if flags & 0x04 != 0 || header.get(22).is_some_and(|sequence| sequence & 0x0f != 0) {
        return Err(Kind::Wireless.into());
    }
    // Some systems take an aggregate apart and leave the bit set.
    if quality && header.get(addresses).is_some_and(|control| control & 0x80 != 0) && !clear(len) {
        if layer.bytes.len() < aggregate::HEADER {
            return Err(layer.lacking(Part::Link).into());
        }
        return Err(Content::Aggregate(Aggregate::new(*layer)));
    }
    Ok(Next::Llc)
}

/// Frame control: version, type and subtype; then flags.
fn control(bytes: &[u8], form: Form) -> Option<[u8; 2]> {
    let [first, second] = *bytes.first_chunk()?;
    let data = |control: u8| control & 0x0f == 0x08;
    let swapped = form == Form::Swapped && !data(first) && data(second);
    Some(if swapped { [second, first] } else { [first, second] })
}

/// Tells a radiotap header.
pub(super) fn tell_radiotap<O: Observer>(header: &mut Teller<'_, '_, O>) {
    header.layer(PacketField::Radiotap, 0..header.len(), format_args!(""));
    header.number::<1>(PacketField::RadiotapVersion, 0);
    header.little::<2>(PacketField::RadiotapLength, 2);
    if let Some(present) = header.array(4).map(u32::from_le_bytes) {
        header.field(PacketField::RadiotapPresent, 4..8, Value::Hex(present.into(), 8));
    }
    let after_fixed = header.bytes(4..header.len());
    if let Some(at) = flags_at(after_fixed).map(|at| at + 4) {
        header.hex::<1>(PacketField::RadiotapFlags, at);
    }
}

/// Tells an IEEE 802.11 header; of frames that carry no data only what all of them have.
pub(super) fn tell<O: Observer>(header: &mut Teller<'_, '_, O>, form: Form) {
    let [control, flags] = control(header.bytes(0..2), form).unwrap_or_default();
    let data = control & 0x0c == 0x08;
    let quality = data && control & 0x80 != 0;
    let relayed = flags & 0x03 == 0x03;
    let addresses = if relayed { 30 } else { 24 };
    let end = match (data, quality) {
        (false, _) => 10,
        (true, false) => addresses,
        (true, true) => addresses + 2,
    };
    if data {
        header.ends(PacketField::Wlan, 0..end, [10, 4].map(|at| header.array(at).map(Mac)));
    } else {
        header.layer(PacketField::Wlan, 0..end, format_args!("no data"));
    }
    header.hex::<2>(PacketField::WlanFc, 0);
    header.little::<2>(PacketField::WlanDuration, 2);
    header.mac(PacketField::WlanRa, 4);
    if !data {
        return;
    }
    header.mac(PacketField::WlanTa, 10);
    header.mac(PacketField::WlanAddress3, 16);
    if let Some(control) = header.array(22).map(u16::from_le_bytes) {
        header.field(PacketField::WlanFrag, 22..24, Value::Number(u64::from(control & 15)));
        header.field(PacketField::WlanSeq, 22..24, Value::Number(u64::from(control >> 4)));
    }
    if relayed {
        header.mac(PacketField::WlanAddress4, 24);
    }
    if quality && let Some(control) = header.array(addresses).map(u16::from_le_bytes) {
        header.field(PacketField::WlanQos, addresses..addresses + 2, Value::Hex(control.into(), 4));
    }
}
