//! What TCP shows of a connection: copies that differ, and bytes that never arrived. Captures of tests/data/faults.

use super::Code::*;
use super::opening::found;
use crate::build::{By, Wire, masked, plain};

fn payloads(found: &crate::build::Found) -> Vec<&[u8]> {
    found.messages.iter().map(|message| &message.payload[..]).collect()
}

#[test]
fn of_two_copies_the_one_whose_checksum_is_right_is_shown() {
    let found = found("corrupt-copy-first");
    assert_eq!(payloads(&found), [&b"the good payload"[..], b"x"]);
    assert_eq!(found.codes(), [TcpChecksum]);
    assert_eq!(found.notes[&TcpChecksum].1, "another copy is shown");
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    assert_eq!(connection.notes[0].at.unwrap().packet, 6);
}

/// Whichever copy is spoilt.
#[test]
fn it_does_not_matter_which_copy_comes_first_nor_what_comes_between() {
    let frame = plain(0x82, b"first");
    let next = || plain(0x81, b"next");
    let spoilt = || Wire::websocket().server(&frame).with_checksums(true);
    let found = spoilt().server(next()).again(By::Server, 6, &frame).closed().dissect();
    // A frame ends with the packet that has its last byte.
    assert_eq!((payloads(&found), found.codes()), (vec![&b"next"[..], b"first"], vec![TcpChecksum]));
    let late = Wire::websocket().server(&frame).again(By::Server, 0, &frame).with_checksums(true).server(next());
    let found = late.closed().dissect();
    assert_eq!((payloads(&found), found.codes()), (vec![&b"first"[..], b"next"], vec![TcpChecksum]));
}

#[test]
fn what_has_no_other_copy_is_shown_as_it_is() {
    let found = Wire::websocket().server(plain(0x82, b"first")).with_checksums(true).server(plain(0x81, b"next"));
    let found = found.closed().dissect();
    assert_eq!((payloads(&found), found.codes()), (vec![&b"firsT"[..], b"next"], vec![TcpChecksum]));
    assert_eq!(found.notes[&TcpChecksum].1, "no other copy came: it is shown");
    // The last bytes of a capture too.
    let found = Wire::websocket().server(plain(0x82, b"first")).with_checksums(true).dissect();
    assert_eq!(payloads(&found), [b"firsT"]);
}

/// A host that is captured on itself leaves them to its card: wrong ones are usual there, and the first copy counts.
#[test]
fn checksums_tell_nothing_where_they_are_not_right_else() {
    let frame = plain(0x82, b"first");
    let wire = Wire::websocket().server(&frame).again(By::Server, 0, &plain(0x82, b"other")).closed();
    let found = wire.dissect();
    assert_eq!((payloads(&found), found.codes()), (vec![&b"first"[..]], vec![TcpOverlapConflict]));
}

/// By tshark: the frame is in packet 8, its last copy in packet 15, 25.4 seconds later.
#[test]
fn a_frame_that_was_never_acknowledged_is_noted() {
    let found = found("blackhole-retrans");
    assert_eq!(payloads(&found), [&b"one"[..], b"two", b"lost"]);
    assert_eq!(found.codes(), [TcpUnacknowledged]);
    assert_eq!(found.notes[&TcpUnacknowledged].1, "10 bytes from the client at 9, sent 8 times in 25.400 s");
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    let note = &connection.notes[0];
    assert_eq!((note.at.unwrap().packet, note.span.unwrap().start), (8, 9), "where the frame is");
}

#[test]
fn nothing_is_said_of_bytes_that_may_have_arrived() {
    let frame = masked(0x82, b"first");
    let again = |wire: Wire| wire.pause(400).again(By::Client, 0, &frame).pause(400).again(By::Client, 0, &frame);
    let sent = || again(Wire::websocket().client(&frame));
    assert_eq!(sent().dissect().codes(), [TcpUnacknowledged]);
    assert_eq!(sent().server(plain(0x82, b"")).dissect().codes(), [], "acknowledged at last");
    assert_eq!(Wire::websocket().client(&frame).dissect().codes(), [], "sent once");
    let twice = Wire::websocket().client(&frame).again(By::Client, 0, &frame).again(By::Client, 0, &frame);
    assert_eq!(twice.dissect().codes(), [], "captured three times at once");
}
