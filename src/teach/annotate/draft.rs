//! Frame headers of the drafts before RFC 6455, field by field.
//!
//! In: the row of a frame whose [`Framing`] is not that of RFC 6455. Out: its header's fields; what a draft's header does
//! not have is not made up. Bits count in the frame as it is on the wire, so those of a masked header have none.

use super::fin::fin_field;
use crate::base::Source;
use crate::fields::{FrameField, Node};
use crate::trace::FrameRow;
use crate::websocket::{Framing, LengthForm, Opcode};

const HIXIE: &str = "draft-hixie-76 4.2";
const HYBI: &str = "draft-hybi-06 4.2";

/// The fields of a draft's header.
pub(super) fn header(row: &FrameRow, fields: &mut Vec<Node>) {
    match row.framing {
        Framing::Sentinel => sentinel(row, fields),
        Framing::Counted => counted(row, fields),
        Framing::Rfc6455 | Framing::KeyFirst | Framing::NonceFirst => hybi(row, fields),
    }
}

fn kind(row: &FrameRow) -> Node {
    let (value, meaning) = match (row.framing, row.header.opcode) {
        (Framing::Sentinel, Opcode::Text) => ("0x00", "text, up to the next 0xFF; shown as a text frame"),
        (Framing::Sentinel, _) => ("below 0x80", "no meaning in the draft; data up to the next 0xFF"),
        (_, Opcode::Close) => ("0xff", "with the length 0: closes; shown as a close frame"),
        (_, Opcode::Binary) => ("0x80", "data with a length; shown as a binary frame"),
        _ => ("above 0x80", "no meaning in the draft; data with a length"),
    };
    Node::new(FrameField::DraftType, 1, value).means(meaning, HIXIE).bits(0, 8)
}

fn sentinel(row: &FrameRow, fields: &mut Vec<Node>) {
    fields.push(kind(row));
    if row.ended {
        let at = u64::from(row.header_len).saturating_add(row.header.length);
        fields.push(
            Node::new(FrameField::DraftEnd, 1, "0xff")
                .means("ends the frame: no UTF-8 text holds this byte", HIXIE)
                .at(Source::Frame, at, 1),
        );
    }
}

fn counted(row: &FrameRow, fields: &mut Vec<Node>) {
    fields.push(kind(row));
    let bytes = u16::from(row.header_len).saturating_sub(1);
    fields.push(
        Node::new(FrameField::Length, 1, row.header.length.to_string())
            .labelled("length")
            .means(format!("in {bytes} bytes of seven bits each; a set top bit says that another follows"), HIXIE)
            .bits(8, 8 * bytes),
    );
}

/// draft-hybi-04 to -06: the shape of today's header, RSV4 in the place of MASK.
fn hybi(row: &FrameRow, fields: &mut Vec<Node>) {
    let header = &row.header;
    let masked = header.masking_key.is_some();
    if let Some(key) = header.masking_key {
        let (label, meaning) = match row.framing {
            Framing::NonceFirst => {
                ("nonce", "from it and the nonces of the handshake the key of this frame is made, 20 bytes long")
            }
            _ => ("masking key", "all bytes after it are XORed with it, those of the header too"),
        };
        let masked_bits = 8 * (u16::from(row.header_len).saturating_sub(4));
        fields.push(
            Node::new(FrameField::MaskingKey, 1, hex::encode(key)).labelled(label).means(meaning, HYBI).bits(0, 32),
        );
        fields.push(
            Node::new(FrameField::DraftHeader, 1, format!("{} bytes", masked_bits / 8))
                .means("FIN, RSV1 to RSV3, opcode, RSV4 and length, masked", HYBI)
                .bits(32, masked_bits),
        );
    }
    let place = |field: Node, first, len| if masked { field } else { field.bits(first, len) };
    fields.push(place(fin_field(row), 0, 1));
    fields.push(place(Node::new(FrameField::Rsv, 1, format!("{:03b}", header.rsv)).means("", HYBI), 1, 3));
    if !masked {
        for (bit, field, set) in [(1, FrameField::Rsv1, 4), (2, FrameField::Rsv2, 2), (3, FrameField::Rsv3, 1)] {
            let value = u8::from(header.rsv & set != 0).to_string();
            fields.push(Node::new(field, 2, value).means("", HYBI).bits(bit, 1));
        }
    }
    let wire = row.framing.opcode_on_wire(header.opcode).map_or("reserved".to_owned(), |opcode| opcode.to_string());
    let meaning = format!("{}; in RFC 6455 this is opcode {}", header.opcode.long_name(), header.opcode.bits());
    let opcode = Node::new(FrameField::Opcode, 1, format!("{wire} {}", header.opcode.short_name()));
    fields.push(place(opcode.means(meaning, HYBI), 4, 4));
    if !masked {
        fields.push(Node::new(FrameField::Rsv4, 1, "").means("reserved; today's MASK", HYBI).bits(8, 1));
    }
    let extended = match header.form {
        LengthForm::Bits7 => 0,
        LengthForm::Bits16 => 16,
        LengthForm::Bits64 => 64,
    };
    let length =
        Node::new(FrameField::Length, 1, header.length.to_string()).labelled("length").means("bytes of payload", HYBI);
    fields.push(place(length, 9, 7 + extended));
}

#[cfg(test)]
mod tests {
    use super::super::frame::frame_nodes;
    use super::*;
    use crate::base::{Direction, SocketId};
    use crate::dissect::FramePlace;
    use crate::trace::Window;
    use crate::websocket::{Frame, Header};

    /// Name, value, bits.
    type Shown = (&'static str, String, Option<(u16, u16)>);

    fn fields(framing: Framing, header_len: u8, header: Header) -> Vec<Shown> {
        let (place, frame) = frame(framing, header_len, header);
        let row = FrameRow::new(&place, &frame);
        let fields = frame_nodes(&row, &Window::default());
        fields.into_iter().map(|f| (f.field.name(), f.text, f.bits.map(|bits| (bits.first, bits.len)))).collect()
    }

    fn frame(framing: Framing, header_len: u8, header: Header) -> (FramePlace, Frame<'static>) {
        let place = FramePlace { number: 1, socket: SocketId::default(), message: None };
        let frame = Frame {
            direction: Direction::Client,
            offset: 0,
            header,
            header_len,
            framing,
            message_opcode: Some(header.opcode),
            message_offset: Some(0),
            compressed: false,
            first: Default::default(),
            last: Default::default(),
            ended: true,
            ends_message: true,
            message_follows: true,
            captured: header.length,
            payload: &[],
            holes: &[],
            notes: &[],
        };
        (place, frame)
    }

    fn plain(opcode: Opcode, length: u64) -> Header {
        Header { fin: true, rsv: 0, opcode, masking_key: None, length, form: LengthForm::Bits7 }
    }

    fn value<'a>(fields: &'a [Shown], id: &str) -> (&'a str, Option<(u16, u16)>) {
        let field = fields.iter().find(|field| field.0 == id).unwrap_or_else(|| panic!("{id}: {fields:?}"));
        (&field.1, field.2)
    }

    #[test]
    fn a_text_frame_of_draft_hixie_is_a_type_a_payload_and_an_end() {
        let fields = fields(Framing::Sentinel, 1, plain(Opcode::Text, 5));
        assert_eq!(value(&fields, "ws.draft.type"), ("0x00", Some((0, 8))));
        assert_eq!(value(&fields, "ws.draft.end").0, "0xff");
        assert!(fields.iter().all(|field| !["ws.fin", "ws.mask", "ws.rsv", "ws.opcode"].contains(&field.0)));
        assert!(fields[0].1.ends_with("7 B on the wire"), "{}", fields[0].1);
    }

    #[test]
    fn a_counted_frame_of_draft_hixie_has_a_length_in_bytes_of_seven_bits() {
        let fields = fields(Framing::Counted, 3, plain(Opcode::Binary, 300));
        assert_eq!(value(&fields, "ws.length"), ("300", Some((8, 16))));
        let close = super::tests::fields(Framing::Counted, 2, plain(Opcode::Close, 0));
        assert_eq!(value(&close, "ws.draft.type").0, "0xff");
    }

    #[test]
    fn draft_hybi_shows_its_own_opcodes_and_a_masked_header_as_such() {
        let masked = Header { masking_key: Some([1, 2, 3, 4]), ..plain(Opcode::Text, 5) };
        let client = fields(Framing::KeyFirst, 6, masked);
        assert_eq!(value(&client, "ws.key"), ("01020304", Some((0, 32))));
        assert_eq!(value(&client, "ws.header"), ("2 bytes", Some((32, 16))));
        assert_eq!(value(&client, "ws.opcode"), ("4 TEXT", None));
        let server = fields(Framing::KeyFirst, 2, plain(Opcode::Ping, 5));
        assert_eq!(value(&server, "ws.opcode"), ("2 PING", Some((4, 4))));
        assert_eq!(value(&server, "ws.rsv4").1, Some((8, 1)));
    }
}
