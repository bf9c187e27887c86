//! pcap: every magic, every field, every cut.

use proptest::prelude::*;
use sockeye::base::LinkType;
use sockeye::capture::Damage;

use super::build::{MICRO, MODIFIED, NANO, Order, Row, open, pcap_header, plain_pcap, read, record, rows};

#[test]
fn both_byte_orders_and_both_units() {
    for (order, magic, format, nanos) in [
        (Order::Le, MICRO, "pcap, microseconds, little-endian", 250_000_000),
        (Order::Be, MICRO, "pcap, microseconds, big-endian", 250_000_000),
        (Order::Le, NANO, "pcap, nanoseconds, little-endian", 250_000),
        (Order::Be, NANO, "pcap, nanoseconds, big-endian", 250_000),
    ] {
        let mut bytes = pcap_header(order, magic, 1000, 101);
        bytes.extend(record(order, 1_700_000_000, 250_000, 60, b"abc"));
        bytes.extend(record(order, 1_700_000_001, 0, 0, b""));
        let mut capture = open(&bytes, usize::MAX, 4096).unwrap();
        assert_eq!(capture.format(), format);
        let first = Row {
            number: 1,
            nanos: 1_700_000_000_000_000_000 + nanos,
            link: LinkType::RAW,
            wire: 60,
            interface: 0,
            position: 40,
            comment: None,
            data: b"abc".to_vec(),
        };
        let rows = rows(&mut capture);
        assert_eq!(rows[0], first);
        assert_eq!((rows[1].number, rows[1].position, rows[1].data.len()), (2, 59, 0));
        assert_eq!(rows.len(), 2);
        assert_eq!(capture.warnings(), []);
        let interface = &capture.interfaces()[0];
        assert_eq!((interface.link, interface.snaplen), (LinkType::RAW, 1000));
        assert_eq!(capture.sections()[0].big_endian, order == Order::Be);
    }
}

#[test]
fn the_variant_with_longer_records() {
    for order in [Order::Le, Order::Be] {
        let mut bytes = pcap_header(order, MODIFIED, 65_535, 1);
        for n in 0..4_u32 {
            let mut one = record(order, 1_700_000_000, n, 4, b"abcd");
            // Interface index, protocol, packet type, padding.
            one.splice(16..16, [2, 0, 0, 0, 8, 0, 4, 0]);
            bytes.extend(one);
        }
        let (rows, warnings) = read(&bytes);
        assert_eq!(rows.iter().map(|row| row.data.as_slice()).collect::<Vec<_>>(), [b"abcd"; 4]);
        assert_eq!(rows[1].position, 24 + 28 + 24);
        assert_eq!(warnings, []);
    }
}

#[test]
fn the_upper_half_of_the_link_type_is_not_part_of_it() {
    // Two bytes of frame check sequence, and the flag that says so.
    let bytes = pcap_header(Order::Be, MICRO, 0, 0x2400_0001);
    let mut capture = open(&bytes, usize::MAX, 4096).unwrap();
    assert_eq!(rows(&mut capture), []);
    assert_eq!(capture.interfaces()[0].link, LinkType::ETHERNET);
    assert_eq!(capture.warnings(), []);
}

#[test]
fn odd_records_that_hold_together_are_taken_as_they_are() {
    let odd: [(&str, Vec<u8>); 4] = [
        ("a fraction of more than a second", record(Order::Le, 1_700_000_000, 2_500_000, 4, b"abcd")),
        ("longer than on the wire", record(Order::Le, 1_700_000_000, 1, 2, b"abcd")),
        ("longer than the snap length", record(Order::Le, 1_700_000_000, 1, 300, &[7; 300])),
        ("of another year", record(Order::Le, 1, 1, 4, b"abcd")),
    ];
    for (name, odd) in odd {
        for repeat in [1, 3] {
            for (before, after) in [(0, 0), (2, 0), (0, 2), (2, 2)] {
                let plain = record(Order::Le, 1_700_000_000, 5, 5, b"plain");
                let mut bytes = pcap_header(Order::Le, MICRO, 64, 1);
                bytes.extend(plain.repeat(before));
                bytes.extend(odd.repeat(repeat));
                bytes.extend(plain.repeat(after));
                let (rows, warnings) = read(&bytes);
                assert_eq!(warnings, [], "{name}");
                assert_eq!(rows.len(), before + repeat + after, "{name} {repeat} {before} {after}");
                assert_eq!(rows[before].data, odd[16..], "{name}");
                assert!(rows.iter().all(|row| row.wire as usize >= row.data.len()), "{name}");
            }
        }
    }
    let mut bytes = pcap_header(Order::Le, MICRO, 64, 1);
    bytes.extend(record(Order::Le, 1_700_000_000, 2_500_000, 4, b"abcd"));
    assert_eq!(read(&bytes).0[0].nanos, 1_700_000_002_500_000_000);
}

#[test]
fn joined_files_are_read_one_after_another() {
    let mut bytes = pcap_header(Order::Le, MICRO, 1000, 1);
    bytes.extend(record(Order::Le, 1_700_000_000, 1, 3, b"one"));
    let second = bytes.len() as u64;
    bytes.extend(pcap_header(Order::Be, NANO, 1000, 101));
    bytes.extend(record(Order::Be, 1_700_000_000, 2, 3, b"two"));
    for chunk in [1, 7, usize::MAX] {
        let mut capture = open(&bytes, chunk, 64).unwrap();
        let rows = rows(&mut capture);
        let seen: Vec<_> = rows.iter().map(|row| (row.number, row.interface, row.link, row.nanos % 1000)).collect();
        assert_eq!(seen, [(1, 0, LinkType::ETHERNET, 0), (2, 1, LinkType::RAW, 2)], "{chunk}");
        let [warning] = capture.warnings() else { panic!("{:?}", capture.warnings()) };
        assert_eq!((&warning.damage, warning.position), (&Damage::Joined, second));
    }
}

#[test]
fn every_cut_gives_the_whole_records_before_it() {
    let (bytes, packets) = plain_pcap(6);
    let mut ends = vec![24];
    for data in &packets {
        ends.push(ends.last().unwrap() + 16 + data.len());
    }
    for cut in 24..=bytes.len() {
        for chunk in [3, usize::MAX] {
            let mut capture = open(&bytes[..cut], chunk, 100).unwrap();
            let rows = rows(&mut capture);
            let whole = ends.iter().filter(|&&end| end <= cut).count() - 1;
            assert_eq!(rows.len(), whole, "{cut}");
            assert!(rows.iter().zip(&packets).all(|(row, data)| &row.data == data));
            let left = (cut - ends[whole]) as u64;
            match capture.warnings() {
                [] => assert_eq!(left, 0, "{cut}"),
                [warning] => {
                    assert_eq!((warning.lost, warning.position), (left, ends[whole] as u64), "{cut}");
                    assert!(matches!(warning.damage, Damage::CutTail { .. }), "{cut} {warning}");
                }
                more => panic!("{more:?}"),
            }
        }
    }
}

#[test]
fn a_claim_of_four_gigabytes_reserves_nothing() {
    let mut bytes = pcap_header(Order::Le, MICRO, 0, 1);
    bytes.extend(record(Order::Le, 1_700_000_000, 1, 3, b"one"));
    let mut claim = record(Order::Le, 1_700_000_000, 1, u32::MAX, b"");
    claim[8..12].copy_from_slice(&[0xff; 4]);
    bytes.extend(claim);
    let (rows, warnings) = read(&bytes);
    assert_eq!((rows.len(), warnings.len()), (1, 1));
    assert!(warnings[0].to_string().contains("4294967295"), "{}", warnings[0]);
}

/// A packet: seconds and fraction after the one before, bytes cut off, data.
fn packets() -> impl Strategy<Value = Vec<(u32, u32, u32, Vec<u8>)>> {
    let one = (0..1000_u32, 0..1_000_000_u32, 0..5000_u32, proptest::collection::vec(any::<u8>(), 0..300));
    proptest::collection::vec(one, 0..40)
}

proptest! {
    #[test]
    fn any_packets_in_any_clothes_come_back(
        packets in packets(),
        big in any::<bool>(),
        nano in any::<bool>(),
        chunk in 1..600_usize,
        batch_bytes in 1..2000_usize,
    ) {
        let order = if big { Order::Be } else { Order::Le };
        let mut bytes = pcap_header(order, if nano { NANO } else { MICRO }, 65_535, 1);
        let mut seconds = 1_500_000_000;
        let mut wanted = Vec::new();
        for (step, fraction, cut, data) in &packets {
            seconds += step;
            let wire = data.len() as u32 + cut;
            wanted.push((i64::from(seconds) * 1_000_000_000 + i64::from(*fraction) * if nano { 1 } else { 1000 }, wire, data.clone()));
            bytes.extend(record(order, seconds, *fraction, wire, data));
        }
        let mut capture = open(&bytes, chunk, batch_bytes).unwrap();
        let seen: Vec<_> = rows(&mut capture).into_iter().map(|row| (row.nanos, row.wire, row.data)).collect();
        prop_assert_eq!(seen, wanted);
        prop_assert_eq!(capture.warnings(), []);
    }
}
