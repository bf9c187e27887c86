//! Connections that cannot be parked, or not be brought back.

use super::*;

#[test]
fn a_connection_too_large_to_put_aside_stays_and_the_others_do_not() {
    let mut wire = Wire { table: Connections::new(4), ..Wire::default() };
    let others = 1_000..1_012;
    wire.send(CLIENT, SYN, 99, 0, b"");
    wire.send(CLIENT, ACK, 100, 0, b"L");
    for round in [b"a", b"b"] {
        for port in others.clone() {
            wire.send(port, ACK, u32::from(round[0]), 0, round);
            assert!(wire.table.table().at_hand() <= 4);
        }
    }
    wire.send(CLIENT, ACK, 101, 0, b"x");
    let seen = wire.finish();
    assert_eq!(text(&seen[0].1.a), "Lx");
    assert_eq!(seen[1..].iter().map(|(_, seen)| text(&seen.a)).collect::<Vec<_>>(), vec!["ab"; others.len()]);
}

#[test]
fn where_no_more_can_be_put_aside_all_stay_at_hand() {
    let mut wire = Wire::default();
    for port in 1_000..1_003 {
        wire.send(port, ACK, 1, 0, b"a");
    }
    wire.table.table().spill().fill();
    for port in 1_000..1_010 {
        wire.send(port, ACK, 2, 0, b"b");
    }
    assert_eq!(wire.table.table().at_hand(), 10);
    // Nor is there a list of them, which would grow with each that comes.
    assert_eq!(wire.table.table().listed(), 0);
    assert_eq!(wire.table.counts().forgotten, 0);
    let seen = wire.finish();
    assert_eq!(seen.iter().map(|(_, seen)| text(&seen.a)).collect::<String>(), "abababbbbbbbb");
}

#[test]
fn nothing_waits_for_a_connection_that_a_failing_disk_lost() {
    // Its next segment finds that it is lost; its wait does; the end of the capture does. To look for one, another is
    // parked, and so lost too.
    for finds in 0..3 {
        let mut wire = Wire::default();
        wire.send(CLIENT, SYN, 99, 0, b"");
        wire.send(CLIENT, ACK, 103, 0, b"after a hole");
        wire.send(1_000, SYN, 1, 0, b"");
        wire.send(1_000, ACK, 5, 0, b"after another hole");
        wire.send(1_001, ACK, 1, 0, b"a third");
        assert_eq!(wire.table.oldest_pending(), Some(2));
        wire.table.table().spill().lose();
        match finds {
            0 => wire.send(CLIENT, ACK, 200, 0, b"it starts anew"),
            1 => (0..600).for_each(|_| wire.send(1_001, ACK, 8, 0, b"")),
            _ => {
                let now = Now { packet: 1_000, ..Now::default() };
                wire.table.finish(&now, &mut wire.record);
                assert!(wire.record.closed.is_empty());
            }
        }
        let expected = [(1, Some(4)), (4, None), (3, None)][finds];
        assert_eq!((wire.table.counts().forgotten, wire.table.oldest_pending()), expected, "{finds}");
    }
}
