//! Bytes that are held until it is known what they are, and what one side alone tells.

use super::*;
use crate::base::Part;

#[test]
fn one_side_only() {
    let told = run([Bytes(B, OK), Bytes(B, SWITCH), Bytes(B, S_FRAME)]);
    assert_eq!((told.client, told.request), (Some(A), None));
    assert_eq!(told.starts, Sides { a: None, b: after(&[OK, SWITCH]) });

    let told = run([Bytes(A, GET), Bytes(A, UPGRADE), Bytes(A, C_FRAME), Bytes(A, C_FRAME)]);
    assert_eq!((told.client, told.response), (Some(A), None));
    assert_eq!(told.starts, Sides { a: after(&[GET, UPGRADE]), b: None });
    assert_eq!(told.bytes.a, [C_FRAME, C_FRAME].concat());
    // Nobody has answered, and nothing shows that somebody did.
    let told = run([Bytes(A, UPGRADE), Bytes(A, UPGRADE)]);
    assert_eq!((told.client, told.other), (None, None));
}

#[test]
fn a_client_alone_is_believed_after_a_while() {
    let mut connection = Connection::default();
    let mut refused = Outcomes::default();
    connection.push(A, chunk(UPGRADE, 1), &mut refused);
    assert_eq!(connection.oldest_pending(), None);
    assert_eq!(connection.push(A, chunk(C_FRAME, 2), &mut refused), Verdict::Undecided);
    assert_eq!(connection.oldest_pending(), Some(2));
    assert_eq!(connection.tick(at(2 + HTTP_PATIENCE_PACKETS), &mut refused), Verdict::Undecided);
    let Verdict::WebSocket(upgrade) = connection.tick(at(3 + HTTP_PATIENCE_PACKETS), &mut refused) else { panic!() };
    assert_eq!((upgrade.held.a.bytes(), connection.oldest_pending()), (C_FRAME, None));
    assert!(!connection.wants(A) && connection.wants(B));
    assert_eq!(connection.push(A, chunk(C_FRAME, 9000), &mut refused), Verdict::Passed);
    // The response comes late and completes the handshake.
    let Verdict::WebSocket(upgrade) = connection.push(B, chunk(SWITCH, 9001), &mut refused) else { panic!() };
    assert_eq!((upgrade.response.unwrap().status, upgrade.starts), (101, Sides { a: None, b: after(&[SWITCH]) }));
    assert!(!connection.wants(B));
}

/// Where packets are few, time decides.
#[test]
fn a_client_alone_is_believed_after_two_seconds() {
    let mut connection = Connection::default();
    let mut refused = Outcomes::default();
    connection.push(A, chunk(UPGRADE, 1), &mut refused);
    connection.push(A, chunk(C_FRAME, 2), &mut refused);
    let later = |seconds: i64, more: i64| At { packet: 2, time: Timestamp(2 + seconds * 1_000_000_000 + more) };
    assert_eq!(connection.tick(later(2, 0), &mut refused), Verdict::Undecided);
    let Verdict::WebSocket(upgrade) = connection.tick(later(2, 1), &mut refused) else { panic!() };
    assert_eq!((upgrade.held.a.bytes(), connection.oldest_pending()), (C_FRAME, None));
    let Verdict::WebSocket(upgrade) = connection.push(B, chunk(SWITCH, 3), &mut refused) else { panic!() };
    assert_eq!((upgrade.response.unwrap().status, upgrade.starts.b), (101, after(&[SWITCH])));
}

#[test]
fn held_bytes_come_back_with_their_places() {
    let mut connection = Connection::default();
    let mut refused = Outcomes::default();
    connection.push(A, chunk(&[UPGRADE, &C_FRAME[..1]].concat(), 1), &mut refused);
    connection.push(A, chunk(&C_FRAME[1..3], 2), &mut refused);
    let gap = lost(2, 3);
    connection.gap(A, gap, &mut refused);
    connection.push(A, chunk(&C_FRAME[5..], 4), &mut refused);
    let Verdict::WebSocket(upgrade) = connection.push(B, chunk(SWITCH, 5), &mut refused) else { panic!() };
    let place = |bytes, packet, skipped: usize| {
        Part::Bytes(Chunk { bytes, at: at(packet), origin: Origin::Capture(packet * 10_000 + skipped as u64) })
    };
    let expected = [
        place(&C_FRAME[..1], 1, UPGRADE.len()),
        place(&C_FRAME[1..3], 2, 0),
        Part::Gap(gap),
        place(&C_FRAME[5..], 4, 0),
    ];
    assert_eq!(upgrade.held.a.parts().collect::<Vec<_>>(), expected);
    assert_eq!((upgrade.early, upgrade.rest), (None, SWITCH.len()));
}

#[test]
fn too_early_only_where_it_is_sure() {
    let early = |received| run([Having(A, UPGRADE, 0), Having(A, C_FRAME, received), Bytes(B, SWITCH)]).early;
    assert_eq!(early(0), C_FRAME.len() as u64);
    assert_eq!(early(SWITCH.len() as u64 - 1), C_FRAME.len() as u64);
    // The client had the response: the capture shows the two in the wrong order.
    assert_eq!(early(SWITCH.len() as u64), 0);
    assert_eq!(run([Bytes(A, UPGRADE), Bytes(A, C_FRAME), Bytes(B, SWITCH)]).early, 0);
    let together = [UPGRADE, C_FRAME].concat();
    assert_eq!(run([Having(A, &together, 0), Bytes(B, SWITCH)]).early, C_FRAME.len() as u64);
}
