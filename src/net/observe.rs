//! What a decode tells whoever wants to see the headers: each one taken off, its fields, and where they lie.
//!
//! In: the bytes of a header that the walk took off. Out: calls of an [`Observer`]. Invariant: every span lies inside
//! the captured bytes, a field inside its layer, and they come in the order of the packet. A header that is cut ends
//! with the last field that is there whole. The walk decides what is a header; here it is only named.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use crate::base::number::short;
use crate::fields::PacketField;

/// Is told the headers of a packet, outermost first: a layer, then its fields, then the next layer.
pub trait Observer {
    /// Anything is to be told. Where this is `false`, the walk does nothing but walk.
    const LISTENS: bool;

    /// A header begins, with one line that says the most of it. `span` is in the packet's bytes.
    fn layer(&mut self, field: PacketField, line: fmt::Arguments<'_>, span: Range<u32>);

    /// A field of the layer told last.
    fn field(&mut self, field: PacketField, value: Value<'_>, span: Range<u32>);

    /// Something to be said of the field told last, because of its value.
    fn remark(&mut self, remark: &'static str);
}

/// Nobody: the walk alone.
impl Observer for () {
    const LISTENS: bool = false;

    fn layer(&mut self, _: PacketField, _: fmt::Arguments<'_>, _: Range<u32>) {}

    fn field(&mut self, _: PacketField, _: Value<'_>, _: Range<u32>) {}

    fn remark(&mut self, _: &'static str) {}
}

/// What a field holds. Displayed, it is as people read it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Nothing but its presence: a group, an option without value.
    Present,
    /// A count, a length, a number somebody gave.
    Number(u64),
    /// A number that is read in hex, with this many digits.
    Hex(u64, usize),
    /// A number, and how it is written.
    Written(u64, fmt::Arguments<'a>),
    /// An IEEE 802 MAC address.
    Mac([u8; 6]),
    /// An IP address.
    Address(IpAddr),
    /// Text off the wire, up to its first zero byte.
    Text(&'a [u8]),
    /// Bytes off the wire.
    Bytes(&'a [u8]),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::Present => Ok(()),
            Value::Number(number) => write!(f, "{number}"),
            Value::Hex(number, digits) => write!(f, "0x{number:0digits$x}"),
            Value::Written(_, written) => f.write_fmt(written),
            Value::Mac(address) => Mac(address).fmt(f),
            Value::Address(address) => write!(f, "{address}"),
            Value::Text(text) => {
                let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
                f.write_str(&String::from_utf8_lossy(text.get(..end).unwrap_or_default()))
            }
            Value::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

/// A MAC address, displayed as people write it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mac(pub(super) [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// A header that the walk met, and who is told of it. Places are counted from the header's first byte.
pub(super) struct Teller<'a, 'o, O> {
    /// The packet's bytes from the header on.
    pub(super) all: &'a [u8],
    /// How many of them are the header; all of them where the walk ended here.
    len: usize,
    /// Where the header starts in the packet.
    offset: u32,
    observer: &'o mut O,
}

impl<'a, 'o, O: Observer> Teller<'a, 'o, O> {
    /// A header of `len` bytes at the front of `all`, which starts at `offset` of the packet.
    pub(super) fn new(all: &'a [u8], len: usize, offset: u32, observer: &'o mut O) -> Teller<'a, 'o, O> {
        Teller { all, len: len.min(all.len()), offset, observer }
    }

    /// The same packet, from `from` bytes into this header.
    pub(super) fn behind(&mut self, from: usize) -> Teller<'a, '_, O> {
        let from = from.min(self.len);
        let offset = self.offset.saturating_add(short(from));
        Teller::new(self.all.get(from..).unwrap_or_default(), self.len - from, offset, self.observer)
    }

    /// Bytes of the header that are there.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The bytes of a place, as far as they are there.
    pub(super) fn bytes(&self, place: Range<usize>) -> &'a [u8] {
        let end = place.end.min(self.len);
        self.all.get(place.start.min(end)..end).unwrap_or_default()
    }

    /// `N` bytes, where they are there.
    pub(super) fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.all.get(..self.len)?.get(at..)?.first_chunk::<N>().copied()
    }

    /// A big-endian number of `N` bytes, at most eight.
    pub(super) fn read<const N: usize>(&self, at: usize) -> Option<u64> {
        let bytes = self.array::<N>(at)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Tells the layer; its span is `place`, as far as it is there.
    pub(super) fn layer(&mut self, field: PacketField, place: Range<usize>, line: fmt::Arguments<'_>) {
        let span = self.span(place);
        self.observer.layer(field, line, span);
    }

    /// Tells a layer that goes from somebody to somebody.
    pub(super) fn ends<D: fmt::Display>(&mut self, field: PacketField, place: Range<usize>, ends: [Option<D>; 2]) {
        match ends {
            [Some(source), Some(destination)] => {
                self.layer(field, place, format_args!("{source} → {destination}"));
            }
            _ => self.layer(field, place, format_args!("cut short")),
        }
    }

    /// Tells a field, where all its bytes are there.
    pub(super) fn field(&mut self, field: PacketField, place: Range<usize>, value: Value<'_>) {
        if place.start < place.end && place.end <= self.len {
            let span = self.span(place);
            self.observer.field(field, value, span);
        }
    }

    /// Tells a number of `N` bytes.
    pub(super) fn number<const N: usize>(&mut self, field: PacketField, at: usize) {
        self.bits::<N>(field, at, 0, u64::MAX);
    }

    /// Tells some bits of `N` bytes.
    pub(super) fn bits<const N: usize>(&mut self, field: PacketField, at: usize, shift: u32, mask: u64) {
        if let Some(number) = self.read::<N>(at) {
            self.field(field, at..at + N, Value::Number(number >> shift & mask));
        }
    }

    /// Tells a number of `N` bytes in hex.
    pub(super) fn hex<const N: usize>(&mut self, field: PacketField, at: usize) {
        if let Some(number) = self.read::<N>(at) {
            self.field(field, at..at + N, Value::Hex(number, 2 * N));
        }
    }

    /// Tells a little-endian number of `N` bytes.
    pub(super) fn little<const N: usize>(&mut self, field: PacketField, at: usize) {
        if let Some(bytes) = self.array::<N>(at) {
            let number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            self.field(field, at..at + N, Value::Number(number));
        }
    }

    /// Tells a MAC address.
    pub(super) fn mac(&mut self, field: PacketField, at: usize) {
        if let Some(address) = self.array(at) {
            self.field(field, at..at + 6, Value::Mac(address));
        }
    }

    /// Tells an IPv4 address.
    pub(super) fn ipv4(&mut self, field: PacketField, at: usize) {
        if let Some(address) = self.array::<4>(at) {
            self.field(field, at..at + 4, Value::Address(IpAddr::V4(Ipv4Addr::from(address))));
        }
    }

    /// Tells an IPv6 address.
    pub(super) fn ipv6(&mut self, field: PacketField, at: usize) {
        if let Some(address) = self.array::<16>(at) {
            self.field(field, at..at + 16, Value::Address(IpAddr::V6(Ipv6Addr::from(address))));
        }
    }

    /// Tells bytes as they are; none where there are none.
    pub(super) fn raw(&mut self, field: PacketField, place: Range<usize>) {
        self.field(field, place.clone(), Value::Bytes(self.bytes(place)));
    }

    /// Says something of the field told last.
    pub(super) fn remark(&mut self, remark: &'static str) {
        self.observer.remark(remark);
    }

    fn span(&self, place: Range<usize>) -> Range<u32> {
        let [start, end] = [place.start, place.end].map(|at| self.offset.saturating_add(short(at.min(self.len))));
        start..end
    }
}
