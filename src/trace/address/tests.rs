//! Addresses and anchors: every form, what is wrong and where, round trips.

use proptest::prelude::*;

use super::*;
use crate::base::{ConnectionId, Direction, StreamId};
use crate::fields::{ConnectionField, FrameField, MessageField, NoteField, PacketField};
use crate::trace::sample::Sample;
use crate::trace::{Bookmark, Trace};

fn socket(connection: u32, stream: Option<u64>) -> Item {
    Item::Socket(SocketId { stream: stream.map(StreamId), ..ConnectionId(connection).into() })
}

fn spot(field: impl Into<Option<Named>>) -> Spot {
    Spot { field: field.into(), ..Spot::default() }
}

fn named(field: impl Into<FieldId>) -> Named {
    Named::Field(field.into())
}

fn extent(first: u64, last: u64) -> Option<Extent> {
    Some(Extent { first, last })
}

#[test]
fn every_kind_of_item_is_named() {
    for (text, item) in [
        ("12", Item::Frame(12)),
        ("#12", Item::Frame(12)),
        ("m3", Item::Message(3)),
        ("c0", socket(0, None)),
        ("#c0s5", socket(0, Some(5))),
        ("c4294967295s18446744073709551615", socket(u32::MAX, Some(u64::MAX))),
    ] {
        assert_eq!(text.parse(), Ok(Address::from(item)), "{text}");
    }
}

#[test]
fn every_kind_of_spot_is_named() {
    let frame = Item::Frame(12);
    let payload = spot(named(FrameField::Payload));
    for (text, item, spot) in [
        ("#12.mask", frame, spot(named(FrameField::Masked))),
        ("#12.masked", frame, spot(named(FrameField::Masked))),
        ("#12.ws.mask", frame, spot(named(FrameField::Masked))),
        ("#12.websocket.mask", frame, spot(named(FrameField::Masked))),
        ("#12.MASK", frame, spot(named(FrameField::Masked))),
        ("#12.key", frame, spot(named(FrameField::MaskingKey))),
        ("#12.close.code", frame, spot(named(FrameField::CloseCode))),
        ("#12.opcode:2", frame, Spot { bits: extent(2, 2), ..spot(named(FrameField::Opcode)) }),
        ("#12.payload[4..7]", frame, Spot { bytes: extent(4, 7), ..payload.clone() }),
        ("#12.payload[4-7]", frame, Spot { bytes: extent(4, 7), ..payload.clone() }),
        ("#12.payload[4]:0..3", frame, Spot { bytes: extent(4, 4), bits: extent(0, 3), ..payload }),
        ("#12[0]:3", frame, Spot { bytes: extent(0, 0), bits: extent(3, 3), ..Spot::default() }),
        ("#12:8", frame, Spot { bits: extent(8, 8), ..Spot::default() }),
        ("#12.ip.ttl", frame, spot(named(PacketField::IpTtl))),
        ("#12.vlan.id(2)", frame, Spot { nth: 1, ..spot(named(PacketField::VlanId)) }),
        ("#12.note(1)", frame, spot(named(NoteField::Whole))),
        ("#m3[0..9]", Item::Message(3), Spot { bytes: extent(0, 9), ..Spot::default() }),
        ("#m3.inflated", Item::Message(3), spot(named(MessageField::Inflated))),
        ("#m3.payload", Item::Message(3), spot(named(MessageField::Payload))),
        ("#c0.uri", socket(0, None), spot(named(ConnectionField::Uri))),
        ("#c0.request", socket(0, None), spot(named(ConnectionField::Request))),
        ("#c0s5.request.:path", socket(0, Some(5)), spot(Named::Request(":path".to_owned()))),
        ("#c0.request.Origin", socket(0, None), spot(Named::Request("Origin".to_owned()))),
        ("#c0.request.Cookie(2)", socket(0, None), Spot { nth: 1, ..spot(Named::Request("Cookie".to_owned())) }),
        ("#c0.response.X.%23%25", socket(0, None), spot(Named::Response("X.#%".to_owned()))),
        (
            "#c0.request.Origin[0..3]",
            socket(0, None),
            Spot { bytes: extent(0, 3), ..spot(Named::Request("Origin".to_owned())) },
        ),
    ] {
        assert_eq!(text.parse(), Ok(Address { item, spot }), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_what_is_expected() {
    // The wrong bytes stand between the signs.
    for (text, said) in [
        ("‹›", "nothing follows the '#'; expected #12 (a frame), #m3 "),
        ("#‹›", "nothing follows the '#'; expected"),
        ("‹›.mask", "nothing follows the '#'; expected"),
        ("#‹#1›", "'##1' names nothing; expected"),
        ("‹x1›", "'#x1' names nothing; expected"),
        ("‹-1›", "'#-1' names nothing; expected"),
        ("‹M3›", "'#M3' names nothing; expected"),
        ("‹é›", "'#é' names nothing; expected"),
        ("‹0›", "frames are numbered from 1"),
        ("m‹0›", "messages are numbered from 1"),
        ("m‹›", "the number of the message is missing; expected"),
        ("c‹›", "the number of the connection is missing; expected"),
        ("c‹›s5", "the number of the connection is missing; expected"),
        ("c0s‹›", "the number of the stream is missing; expected"),
        ("‹12x›", "'12x' is no number of a frame; expected"),
        ("m‹+3›", "'+3' is no number of a message; expected"),
        ("c‹ 0›", "' 0' is no number of a connection; expected"),
        ("c0s‹5s6›", "'5s6' is no number of a stream; expected"),
        ("‹99999999999999999999›", "no frame has a number as large as 99999999999999999999"),
        ("m‹99999999999999999999›", "no message has a number as large as 9"),
        ("c‹4294967296›", "no connection has a number as large as 4294967296"),
        ("c0s‹18446744073709551616›", "no stream has a number as large as 1"),
        ("12‹.›", "no name follows the '.'; a field (#12.mask), "),
        ("#12.‹maks›", "a frame has no field 'maks'; did you mean 'mask'?"),
        ("#12.‹pyload›[4..7]", "a frame has no field 'pyload'; did you mean 'payload'?"),
        ("#m3.‹inflatd›", "a message has no field 'inflatd'; did you mean 'inflated'?"),
        ("#c0.‹orign›", "a connection has no field 'orign'; did you mean 'origin'?"),
        ("#12.‹zzzzzzzzzzzzzzzz›", "a frame has no field 'zzzzzzzzzzzzzzzz'; it has offset, fin, "),
        ("#c0.request.‹›", "no name follows the '.'; a field of the head is meant, like request.Origin"),
        ("#c0.request.‹a%2›", "'a%2' is no name; a '%' is followed by two hex digits"),
        ("#c0.request.‹a%ff›", "'a%ff' is no name; "),
        ("#12.payload[‹›]", "'' are no bytes; write the number of a byte, from 0, or the first and the last: 4..7"),
        ("#12.payload[‹x›]", "'x' are no bytes; "),
        ("#12.payload[‹7..4›]", "the last byte, 4, comes before the first, 7; "),
        ("#12.payload‹[4..7›", "the '[' is not closed"),
        ("#12.payload[‹+4›]", "'+4' are no bytes; "),
        ("#12.opcode:‹›", "'' are no bits; write the number of a bit, from 0"),
        ("#12.opcode:‹2x›", "'2x' are no bits; "),
        ("#12.payload[4]‹x›", "'x' follows what is an address; a field"),
        ("#12.vlan.id(‹0›)", "'0' says not which of several; they are numbered from 1"),
        ("#12.vlan.id‹(2›", "the '(' is not closed"),
        ("#c0‹[1]›", "a connection has no bytes that are numbered"),
        ("#c0‹:1›", "a connection has no bits that are numbered"),
        ("#c0.uri‹[1]›", "this field of a connection has no bytes"),
        ("#m3.frames‹[1]›", "this field of a message has no bytes"),
        ("#12.note‹[1]›", "a note has no bytes of its own"),
    ] {
        let typed = text.replace(['‹', '›'], "");
        let error = typed.parse::<Address>().unwrap_err();
        assert!(error.to_string().starts_with(said), "{text}: {error}");
        let start = text.find('‹').unwrap();
        let end = text.find('›').unwrap() - '‹'.len_utf8();
        assert_eq!(error.at, start..end, "{text}: {error}");
        assert_eq!(error.text, typed);
    }
}

#[test]
fn the_file_ends_at_the_last_sign_that_an_address_follows() {
    for (text, split) in [
        ("a.pcap#12", Some(("a.pcap", "#12"))),
        ("a.pcap#12.mask", Some(("a.pcap", "#12.mask"))),
        ("-#m3", Some(("-", "#m3"))),
        ("a#1#c0s5", Some(("a#1", "#c0s5"))),
        ("été#1", Some(("été", "#1"))),
        ("a.pcap#c0.request.X%23Y", Some(("a.pcap", "#c0.request.X%23Y"))),
        ("a.pcap", None),
        ("a#b.pcap", None),
        ("a#2.pcap", None),
        ("a.pcap#", None),
        ("a.pcap#0", None),
        ("", None),
    ] {
        let found = Address::after_file(text).map(|(file, address)| (file, address.to_string()));
        assert_eq!(found, split.map(|(file, address)| (file, address.to_owned())), "{text}");
        assert_eq!(Address::error_of(text).is_some(), split.is_none() && text.contains('#'), "{text}");
    }
    let error = Address::error_of("a.pcap#12.pyload[1]").unwrap();
    assert_eq!(error.caret(), "  a.pcap#12.pyload[1]\n            ^~~~~~");
    // It is the address that can be read as one that is wrong, not what stands behind a sign in it.
    assert_eq!(Address::error_of("a.pcap#12.pay#load").unwrap().at, 10..18);
}

#[test]
fn every_field_of_a_tree_has_a_name_that_is_its_own() {
    for item in [Item::Frame(1), Item::Message(1), socket(0, None)] {
        let mut names = Vec::new();
        for field in name::all(item) {
            let address = Address { item, spot: spot(Named::Field(field)) };
            assert_eq!(address.to_string().parse(), Ok(address), "{field:?}");
            names.push(name::of(field));
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}

fn any_extent() -> impl Strategy<Value = Option<Extent>> {
    proptest::option::of((any::<u64>(), any::<u64>()).prop_map(|(a, b)| Extent { first: a.min(b), last: a.max(b) }))
}

fn any_item() -> impl Strategy<Value = Item> {
    prop_oneof![
        (1..=u64::MAX).prop_map(Item::Frame),
        (1..=u64::MAX).prop_map(Item::Message),
        any::<(u32, Option<u64>)>().prop_map(|(connection, stream)| socket(connection, stream)),
    ]
}

/// Any spot that the item may have.
fn any_spot(item: Item) -> impl Strategy<Value = Spot> {
    let fields: Vec<FieldId> = name::all(item).collect();
    let field = proptest::sample::select(fields).prop_map(Named::Field).boxed();
    let head = prop_oneof!["\\PC{1,9}".prop_map(Named::Request), "[-:a-zA-Z.#]{1,9}".prop_map(Named::Response)];
    let named = if matches!(item, Item::Socket(_)) { prop_oneof![field, head].boxed() } else { field };
    (proptest::option::of(named), 0..u32::MAX, any_extent(), any_extent()).prop_map(move |(field, nth, bytes, bits)| {
        let has_bytes = match (item, &field) {
            (Item::Frame(_), Some(Named::Field(FieldId::Note(_)))) => false,
            (Item::Frame(_), _) | (Item::Message(_), None) => true,
            (_, Some(Named::Field(FieldId::Message(field)))) => {
                matches!(field, MessageField::Payload | MessageField::Inflated)
            }
            (_, field) => matches!(field, Some(Named::Request(_) | Named::Response(_))),
        };
        let nth = if field.is_some() { nth } else { 0 };
        Spot { nth, field, bytes: bytes.filter(|_| has_bytes), bits: bits.filter(|_| has_bytes) }
    })
}

fn any_address() -> impl Strategy<Value = Address> {
    any_item().prop_flat_map(|item| any_spot(item).prop_map(move |spot| Address { item, spot }))
}

/// A frame of a file, whose numbers are those of a place.
fn any_anchor() -> impl Strategy<Value = Anchor> {
    (any_address(), any::<(u16, u32, Option<u64>, bool, u64)>()).prop_map(
        |(address, (file, connection, stream, is_client, offset))| {
            let socket = SocketId { file, connection: ConnectionId(connection), stream: stream.map(StreamId) };
            let direction = if is_client { Direction::Client } else { Direction::Server };
            let place = Bookmark { socket, direction, offset };
            let item = match address.item {
                Item::Frame(_) => Anchored::Frame(place),
                Item::Message(_) => Anchored::Message(place),
                Item::Socket(_) => Anchored::Socket(socket),
            };
            Anchor { item, spot: address.spot }
        },
    )
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(address in any_address(), file in "[a-z#./é]{0,9}") {
        prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address.clone());
        let text = format!("{file}{address}");
        prop_assert_eq!(Address::after_file(&text), Some((file.as_str(), address)));
    }

    #[test]
    fn what_is_stored_is_read_back(anchor in any_anchor()) {
        prop_assert_eq!(anchor.to_string().parse::<Anchor>().map_err(|error| error.to_string()), Ok(anchor));
    }

    #[test]
    fn whatever_is_read_can_be_shown_and_read_again(
        text in "[#mcs0-9.:\\[\\]()-]{0,12}|[#mc12]{1,3}\\.(mask|payload|request\\.[a-z%0-9]{0,4})[\\[\\]0-9.:(]{0,6}|\\PC{0,8}",
    ) {
        match text.parse::<Address>() {
            Ok(address) => prop_assert_eq!(address.to_string().parse::<Address>().map_err(|error| error.to_string()), Ok(address)),
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{}: {:?}", text, error.at);
                prop_assert_eq!(error.caret().lines().count(), 2);
            }
        }
        if let Ok(anchor) = text.parse::<Anchor>() {
            prop_assert_eq!(anchor.to_string().parse::<Anchor>().map_err(|error| error.to_string()), Ok(anchor));
        }
    }
}

/// Every item of a trace.
fn items(trace: &Trace) -> Vec<Item> {
    let frames = (1..=trace.frames().count()).map(Item::Frame);
    let messages = (1..=trace.messages().count()).map(Item::Message);
    frames.chain(messages).chain(trace.connections().iter().map(|row| Item::Socket(row.id))).collect()
}

#[test]
fn what_is_stored_of_an_item_leads_back_to_it() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    let items = items(&trace);
    assert!(items.iter().any(|item| matches!(item, Item::Message(_))) && items.len() > 8);
    for item in items {
        let address = Address::from(item);
        let anchor = Anchor::of(&address, &trace).unwrap();
        assert_eq!(anchor.address(&trace), Some(address));
        let stored: Anchor = anchor.to_string().parse().unwrap();
        assert_eq!(stored, anchor);
    }
}

#[test]
fn what_is_stored_does_not_move_when_other_frames_appear() {
    let sample = |more: bool| {
        let mut sample = Sample::default();
        for connection in [0, 1] {
            let socket = ConnectionId(connection).into();
            sample.open(socket, "/");
            if more || connection == 1 {
                sample.send(socket, Direction::Client, true, crate::websocket::Opcode::Text, b"one");
                sample.send(socket, Direction::Client, false, crate::websocket::Opcode::Text, b"tw");
                sample.send(socket, Direction::Client, true, crate::websocket::Opcode::Continuation, b"o");
            }
        }
        sample.flush();
        sample
    };
    let (few, many) = (sample(false), sample(true));
    let (few, many) = (few.shared(), many.shared());
    let (few, many) = (few.read(), many.read());
    for (before, after) in [("#2.mask", "#5.mask"), ("#m2[1]", "#m4[1]"), ("#c1.uri", "#c1.uri")] {
        let anchor = Anchor::of(&before.parse().unwrap(), &few).unwrap();
        assert_eq!(anchor.address(&many).unwrap().to_string(), after);
    }
}

#[test]
fn what_a_capture_does_not_have_is_told_with_what_it_has() {
    let sample = Sample::session();
    let shared = sample.shared();
    let trace = shared.read();
    let told = |address: &str| Anchor::of(&address.parse().unwrap(), &trace).unwrap_err().to_string();
    let (frames, messages) = (trace.frames().count(), trace.messages().count());
    assert_eq!(told("#999"), format!("there is no frame 999; it has {frames}"));
    assert_eq!(told("#m999"), format!("there is no message 999; it has {messages}"));
    assert!(told("#c999").starts_with("connection 999 is no WebSocket; "));
    for wrong in ["c0 client", "c0 nobody 1", "c0 client x", "c0 client 1.maks", "0 client 1", "c0.uri client 1", ""] {
        assert!(wrong.parse::<Anchor>().is_err(), "{wrong}");
    }
}
