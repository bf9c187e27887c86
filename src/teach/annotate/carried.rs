//! What a frame lies in between its packets and itself: frames of HTTP/2, records of TLS.
//!
//! In: a [`Detail`] and the reader of its bytes. Out: [`Node`]s of the first of each, with their bytes: of an HTTP/2 frame where
//! it stands in the clear or in what was decrypted, of a record in the packet. Where their headers are not to be had, nothing is
//! said.

use crate::base::{Source, Span};
use crate::fields::{Node, PacketField, Value};
use crate::trace::{Bytes, Detail};

/// Bytes of a record's header (RFC 8446 section 5.1).
const RECORD_HEADER: u64 = 5;

/// The nodes, nearest to WebSocket first.
pub(super) fn carried(bytes: Bytes<'_>, detail: &Detail, fields: &mut Vec<Node>) {
    http2(bytes, detail, fields);
    record(bytes, detail, fields);
}

fn http2(bytes: Bytes<'_>, detail: &Detail, fields: &mut Vec<Node>) {
    let Some((header, Span { source, start, .. })) = detail.http2_frame(bytes) else { return };
    let number = |field, value: u64, text: String, from: u64, len| {
        let about = PacketField::field(field);
        Node::new(field, 1, text).holds(Value::Number(value)).means(about.about, about.clause).at(
            source,
            start + from,
            len,
        )
    };
    let len = u64::from(header.len);
    let title = format!("DATA, stream {}, {len} bytes", header.stream);
    fields.push(Node::new(PacketField::Http2, 0, title).at(source, start, 9 + len));
    fields.push(number(PacketField::Http2Length, len, len.to_string(), 0, 3));
    fields.push(number(PacketField::Http2Type, header.kind.into(), format!("{} DATA", header.kind), 3, 1));
    fields.push(number(PacketField::Http2Flags, header.flags.into(), format!("0x{:02x}", header.flags), 4, 1));
    fields.push(number(PacketField::Http2Stream, header.stream.into(), header.stream.to_string(), 5, 4));
}

fn record(bytes: Bytes<'_>, detail: &Detail, fields: &mut Vec<Node>) {
    let Some(first) = detail.records.first() else { return };
    let more = match detail.records.len() {
        1 => String::new(),
        many => format!(", the first of {many}"),
    };
    let title = format!("{} bytes, {} of them content{more}", first.len, first.plain_len);
    let here = detail.sealed_in_packet().span(first.offset..first.offset.saturating_add(first.len));
    let node = Node::new(PacketField::Tls, 0, title);
    fields.push(match &here {
        Some(here) => node.at(Source::Packet, here.start, here.end - here.start),
        None => node,
    });
    let header = detail.sealed_in_packet().span(first.offset..first.offset + RECORD_HEADER);
    if let Some(header) = header.filter(|header| header.end - header.start == RECORD_HEADER) {
        record_header(bytes, detail, header.start, fields);
    }
    let about = |field| {
        let about = PacketField::field(field);
        (about.about, about.clause)
    };
    let (sentence, clause) = about(PacketField::TlsKey);
    let name = first.key.name();
    fields.push(Node::new(PacketField::TlsKey, 1, name).means(sentence, clause));
    let (sentence, clause) = about(PacketField::TlsNumber);
    let number = Node::new(PacketField::TlsNumber, 1, first.number.to_string()).holds(Value::Number(first.number));
    fields.push(number.means(sentence, clause));
    let (sentence, clause) = about(PacketField::TlsContent);
    let content = Node::new(PacketField::TlsContent, 1, format!("{} bytes", first.plain_len)).means(sentence, clause);
    fields.push(content.at(Source::Decrypted, 0, first.plain_len));
}

fn record_header(bytes: Bytes<'_>, detail: &Detail, start: u64, fields: &mut Vec<Node>) {
    let window = detail.window(bytes, Source::Packet, start..start + RECORD_HEADER);
    let [kind, major, minor, high, low] = *window.bytes.as_slice() else { return };
    let number = |field, value: u16, text: String, from: u64, len| {
        let about = PacketField::field(field);
        let node = Node::new(field, 1, text).holds(Value::Number(value.into())).means(about.about, about.clause);
        node.at(Source::Packet, start + from, len)
    };
    let (version, len) = (u16::from_be_bytes([major, minor]), u16::from_be_bytes([high, low]));
    fields.push(number(PacketField::TlsContentType, kind.into(), format!("{kind} {}", content_type(kind)), 0, 1));
    fields.push(number(PacketField::TlsVersion, version, format!("0x{version:04x}"), 1, 2));
    fields.push(number(PacketField::TlsLength, len, len.to_string(), 3, 2));
}

/// Names of RFC 8446 appendix B.1 and RFC 6520.
fn content_type(number: u8) -> &'static str {
    match number {
        20 => "change cipher spec",
        21 => "alert",
        22 => "handshake",
        23 => "application data",
        24 => "heartbeat",
        _ => "unknown",
    }
}
