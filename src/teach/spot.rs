//! Which field, bytes and bits of a tree a spot of an address stands for, and the address of a field of a tree.
//!
//! In: the nodes of an item ([`nodes`], or those of whoever has them), and a [`Spot`]. Out: a [`Found`]; or, of a node, the
//! [`Address`] that names it. What an item does not have is [`Missing`], with what there is instead.

use std::fmt;

use super::{annotate, handshake};
use crate::base::number::{narrow, wide};
use crate::base::{Direction, SocketId, Source, Span};
use crate::fields::{ConnectionField, FieldId, FrameField, MessageField, Node};
use crate::trace::{Address, Bytes, Detail, Extent, FrameRow, Item, MessageRow, Named, Spot, Window};
use crate::websocket::Framing;

/// What a spot stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The index of its node.
    pub node: usize,
    /// The bytes, where they are numbered in a source: those of a payload unmasked.
    pub span: Option<Span>,
    /// The bytes of the node's text, where only that is there: those of a field of a head.
    pub text: Option<Extent>,
    /// Bits, counted from the first bit of the first byte of either; where fewer are meant than all.
    pub bits: Option<Extent>,
}

/// An item does not have what was asked of it: a sentence without its full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

/// The nodes in which spots of an item are looked for; `None` where the trace does not have it.
#[must_use]
pub fn nodes(bytes: Bytes<'_>, item: Item) -> Option<Vec<Node>> {
    let trace = bytes.trace();
    match item {
        Item::Frame(number) => Some(annotate::tree(bytes, &Detail::read(bytes, number)?)),
        Item::Message(number) => Some(annotate::message_nodes(bytes, &trace.messages().get(number)?)),
        Item::Socket(socket) => Some(annotate::socket_nodes(trace.connections().get(socket)?.told.as_deref()?)),
    }
}

/// What a spot of an item stands for among its nodes.
///
/// # Errors
/// [`Missing`] where it is not there.
pub fn find(nodes: &[Node], item: Item, spot: &Spot) -> Result<Found, Missing> {
    let index = index_of(nodes, item, spot)?;
    let node = nodes.get(index).ok_or_else(|| Missing("there is nothing".to_owned()))?;
    let has_text = matches!(spot.field, Some(Named::Request(_) | Named::Response(_)));
    let whole = if has_text { None } else { node.span.map(|span| unmasked(node, span)) };
    let len = if has_text { wide(node.text.len()) } else { whole.map_or(0, |span| span.len) };
    if let Some(Extent { last, .. }) = spot.bytes
        && last >= len
    {
        return Err(short(&node.label, len, "byte"));
    }
    let cut = |span: Span| match spot.bytes {
        Some(bytes) => Span { start: span.start.saturating_add(bytes.first), len: bytes.len(), ..span },
        None => span,
    };
    let span = whole.map(cut);
    let text = spot.bytes.filter(|_| has_text);
    let bits = spot.bits.map(|bits| bits_of(node, spot, span.map_or(len, |span| span.len), bits)).transpose()?;
    Ok(Found { node: index, span, text, bits })
}

/// A payload is shown, and counted, unmasked.
fn unmasked(node: &Node, span: Span) -> Span {
    if node.is(FrameField::Payload) { Span { source: Source::Unmasked, start: 0, ..span } } else { span }
}

/// Bits of a field: of its own bits, where it has some, else of its bytes.
fn bits_of(node: &Node, spot: &Spot, bytes: u64, bits: Extent) -> Result<Extent, Missing> {
    let own = node.bits.filter(|_| spot.bytes.is_none());
    let (before, len) = match own {
        Some(own) => (u64::from(own.first % 8), u64::from(own.len)),
        None => (0, bytes.min(spot.bytes.map_or(bytes, Extent::len)).saturating_mul(8)),
    };
    match bits.last < len {
        true => Ok(Extent { first: before + bits.first, last: before + bits.last }),
        false => Err(short(&node.label, len, "bit")),
    }
}

fn short(label: &str, len: u64, kind: &str) -> Missing {
    Missing(match len {
        0 => format!("{label} has no {kind}s"),
        1 => format!("{label} has 1 {kind}, number 0"),
        len => format!("{label} has {len} {kind}s, 0 to {}", len - 1),
    })
}

fn index_of(nodes: &[Node], item: Item, spot: &Spot) -> Result<usize, Missing> {
    let whole = match item {
        Item::Frame(_) => FieldId::from(FrameField::Whole),
        // Its bytes are those that it says.
        Item::Message(_) if spot.bytes.is_some() && nodes.iter().any(|node| node.is(MessageField::Inflated)) => {
            MessageField::Inflated.into()
        }
        Item::Message(_) => MessageField::Whole.into(),
        Item::Socket(_) => ConnectionField::Whole.into(),
    };
    let is_meant = |node: &Node| match &spot.field {
        None => node.field == whole,
        Some(Named::Field(field)) => node.field == *field,
        Some(Named::Request(name)) => node.is(ConnectionField::RequestField) && node.label.eq_ignore_ascii_case(name),
        Some(Named::Response(name)) => node.is(ConnectionField::ResponseField) && node.label.eq_ignore_ascii_case(name),
    };
    let mut meant = nodes.iter().enumerate().filter(|(_, node)| is_meant(node)).map(|(index, _)| index);
    let nth = narrow(u64::from(spot.nth));
    meant.nth(nth).ok_or_else(|| {
        let count = nodes.iter().filter(|node| is_meant(node)).count();
        let (what, name) = (what_of(item), name_of(spot));
        Missing(match count {
            0 => format!("{what} has no {name}"),
            1 => format!("{what} has only one {name}"),
            count => format!("{what} has only {count} of {name}"),
        })
    })
}

fn what_of(item: Item) -> String {
    match item {
        Item::Frame(number) => format!("frame {number}"),
        Item::Message(number) => format!("message {number}"),
        Item::Socket(socket) => format!("connection {}", socket.label()),
    }
}

/// A field before people.
fn name_of(spot: &Spot) -> String {
    match &spot.field {
        None => "bytes".to_owned(),
        Some(Named::Field(field)) => field.field().label.to_owned(),
        Some(Named::Request(name)) => format!("field {name} in its request"),
        Some(Named::Response(name)) => format!("field {name} in its response"),
    }
}

/// The address of a field in the tree of a frame: of the frame, or of its message or its connection where it is theirs.
#[must_use]
pub fn address_of(nodes: &[Node], index: usize, frame: u64, message: Option<&MessageRow>, socket: SocketId) -> Address {
    let Some(node) = nodes.get(index) else { return Item::Frame(frame).into() };
    let before = nodes.get(..index).unwrap_or_default();
    let same = |other: &&Node| {
        let named = [ConnectionField::RequestField, ConnectionField::ResponseField].map(FieldId::from);
        other.field == node.field && (!named.contains(&node.field) || other.label.eq_ignore_ascii_case(&node.label))
    };
    let nth = u32::try_from(before.iter().filter(same).count()).unwrap_or(u32::MAX);
    let (item, field) = match node.field {
        FieldId::Frame(FrameField::Whole) => (Item::Frame(frame), None),
        FieldId::Frame(_) | FieldId::Packet(_) | FieldId::Note(_) => {
            (Item::Frame(frame), Some(Named::Field(node.field)))
        }
        FieldId::Message(field) => match message {
            Some(message) => {
                let field = Some(Named::Field(node.field)).filter(|_| field != MessageField::Whole);
                (Item::Message(message.number), field)
            }
            None => (Item::Frame(frame), None),
        },
        FieldId::Connection(field) => {
            let name = node.label.to_string();
            let field = match field {
                ConnectionField::Whole => None,
                ConnectionField::RequestField => Some(Named::Request(name)),
                ConnectionField::ResponseField => Some(Named::Response(name)),
                _ => Some(Named::Field(node.field)),
            };
            (Item::Socket(socket), field)
        }
    };
    Address { item, spot: Spot { nth: if field.is_some() { nth } else { 0 }, field, ..Spot::default() } }
}

/// A spot of an item, read: what is to be said of it, and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Spotted {
    /// Its field; where bytes of the whole are meant, the whole.
    pub node: Node,
    /// What of the field is meant.
    pub found: Found,
    /// Those bytes: numbered in `found.span`, or in the text of the field.
    pub bytes: Window,
    /// Of payload bytes that are masked on the wire: the octet of the key for each.
    pub key: Option<Vec<u8>>,
}

impl Spotted {
    /// Finds what an address names among the nodes of its item, and reads its bytes. `inflated` is what a compressed message
    /// says, where the item is one.
    ///
    /// # Errors
    /// [`Missing`] where the item does not have it.
    pub fn read(
        bytes: Bytes<'_>,
        nodes: &[Node],
        address: &Address,
        inflated: Option<&Window>,
    ) -> Result<Spotted, Missing> {
        let found = find(nodes, address.item, &address.spot)?;
        let node = nodes.get(found.node).cloned().ok_or_else(|| Missing("there is nothing".to_owned()))?;
        let node = with_meaning(node);
        let mut key = None;
        let window = match (address.item, found.span, found.text) {
            (_, None, text) => of_text(&node.text, text),
            (Item::Frame(number), Some(span), _) => {
                let detail = Detail::read(bytes, number);
                key = detail.as_ref().and_then(|detail| octets(&detail.row, span));
                detail.map(|detail| detail.window(bytes, span.source, span.range())).unwrap_or_default()
            }
            (Item::Message(number), Some(span), _) => match (span.source, bytes.trace().messages().get(number)) {
                (Source::Inflated, _) => inflated.map(|window| window.part(span.range())).unwrap_or_default(),
                (Source::Message, Some(message)) => bytes.message(&message, span.range()),
                _ => Window::default(),
            },
            (Item::Socket(_), Some(_), _) => Window::default(),
        };
        Ok(Spotted { node, found, bytes: window, key })
    }
}

/// The field of a head, with what it is for.
fn with_meaning(node: Node) -> Node {
    let by = match node.field {
        FieldId::Connection(ConnectionField::RequestField) => Direction::Client,
        FieldId::Connection(ConnectionField::ResponseField) => Direction::Server,
        _ => return node,
    };
    match handshake::field(by, &node.label, &node.text) {
        Some((sentence, clause)) => node.means(sentence, clause),
        None => node,
    }
}

/// The octets of the key that payload bytes of a frame were masked with.
fn octets(row: &FrameRow, span: Span) -> Option<Vec<u8>> {
    let key = row.header.masking_key.filter(|_| row.framing != Framing::NonceFirst)?;
    let first = u64::from(row.framing.first_octet(row.header_len)).wrapping_add(span.start);
    let len = narrow(span.len.min(crate::trace::read::WINDOW));
    let octets = key.into_iter().cycle().skip(narrow(first % 4)).take(len);
    (span.source == Source::Unmasked).then(|| octets.collect())
}

fn of_text(text: &str, extent: Option<Extent>) -> Window {
    let part = extent
        .and_then(|part| Some((part, text.as_bytes().get(narrow(part.first)..narrow(part.last.saturating_add(1)))?)));
    match part {
        Some((part, bytes)) => Window { start: part.first, bytes: bytes.to_vec(), holes: Vec::new() },
        None => Window::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::sample::Sample;

    /// What is said of a spot, and its bytes.
    fn read(sample: &Sample, address: &str) -> Result<(String, Vec<u8>, Found), String> {
        let address: Address = address.parse().unwrap();
        let shared = sample.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &sample.store);
        let nodes = nodes(bytes, address.item).ok_or("no such item")?;
        let spotted = Spotted::read(bytes, &nodes, &address, None).map_err(|missing| missing.to_string())?;
        Ok((spotted.node.text, spotted.bytes.bytes, spotted.found))
    }

    #[test]
    fn fields_bytes_and_bits_are_those_of_the_header() {
        // Frame 6 of the session is the masked last fragment of a text: its bytes by RFC 6455 section 5.2.
        let sample = Sample::session();
        let wire = read(&sample, "#6").unwrap().1;
        assert_eq!((wire[0] & 0x8f, wire[1] & 0x80), (0x80, 0x80));
        let key = read(&sample, "#6.key").unwrap().1;
        assert_eq!(key, wire[2..6]);
        let (_, payload, found) = read(&sample, "#6.payload").unwrap();
        assert_eq!(found.span.unwrap().source, Source::Unmasked);
        let by_hand: Vec<u8> = wire[6..].iter().zip(key.iter().cycle()).map(|(byte, octet)| byte ^ octet).collect();
        assert_eq!((&payload, &payload[..]), (&by_hand, "☃ 😀".as_bytes()));
        assert_eq!(read(&sample, "#6.payload[1..2]").unwrap().1, by_hand[1..3]);
        assert_eq!(read(&sample, "#6[1..2]").unwrap().1, wire[1..3]);
        // The opcode is the last four bits of byte 0.
        let opcode = read(&sample, "#6.opcode:0..3").unwrap().2;
        assert_eq!((opcode.span.unwrap().start, opcode.bits), (0, Some(Extent { first: 4, last: 7 })));
        assert_eq!(read(&sample, "#6.mask:0").unwrap().2.bits, Some(Extent { first: 0, last: 0 }));
        assert_eq!(read(&sample, "#6.key[1]:7").unwrap().2.bits, Some(Extent { first: 7, last: 7 }));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let sample = Sample::session();
        let len = read(&sample, "#6.payload").unwrap().1.len();
        for (address, said) in [
            ("#6.opcode:4", "opcode has 4 bits, 0 to 3".to_owned()),
            ("#6.fin:1", "FIN has 1 bit, number 0".to_owned()),
            ("#6.payload[999]", format!("payload has {len} bytes, 0 to {}", len - 1)),
            ("#6.key[0]:8", "masking key has 8 bits, 0 to 7".to_owned()),
            ("#6.close.code", "frame 6 has no close code".to_owned()),
            ("#6.mask(2)", "frame 6 has only one MASK".to_owned()),
            ("#c0.request.X-None", "connection 0 has no field X-None in its request".to_owned()),
            ("#999", "no such item".to_owned()),
        ] {
            assert_eq!(read(&sample, address).unwrap_err(), said, "{address}");
        }
    }

    #[test]
    fn the_address_of_each_field_of_a_tree_leads_back_to_it() {
        let sample = Sample::session();
        let shared = sample.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &sample.store);
        let mut heads = 0;
        for number in 1..=trace.frames().count() {
            let detail = Detail::read(bytes, number).unwrap();
            let tree = annotate::tree(bytes, &detail);
            for (index, node) in tree.iter().enumerate() {
                let address = address_of(&tree, index, number, detail.message.as_ref(), detail.row.socket);
                assert_eq!(address.to_string().parse(), Ok(address.clone()), "{node:?}");
                let own = nodes(bytes, address.item).unwrap();
                let found = find(&own, address.item, &address.spot).unwrap();
                let found = &own[found.node];
                // A note stands with the frame, whatever it is of.
                assert_eq!((found.field, &found.text), (node.field, &node.text), "{address}");
                heads += usize::from(matches!(address.spot.field, Some(Named::Request(_))));
            }
        }
        assert!(heads > 0);
    }
}
