//! pcapng: every kind of block, in both byte orders.

use sockeye::base::LinkType;
use sockeye::base::Secrets;
use sockeye::capture::{Damage, Statistics};

use super::build::{Bytes, Order, block, epb, idb, open, plain_pcapng, read, rows, shb};

/// A file of two sections, the first little-endian, the second big-endian, with all that the format has.
fn everything() -> Vec<u8> {
    let (le, be) = (Order::Le, Order::Be);
    let new = |order| Bytes::new(order);
    let mut out =
        shb(le, &new(le).option(2, b"box").option(3, b"Linux").option(4, b"by hand").option(1, b"first").u32(0).out);
    // Interface 0: Ethernet, microseconds by default.
    out.extend(idb(le, 1, 96, &new(le).option(2, b"eth0").option(3, b"uplink").option(11, b"\0tcp port 80").out));
    // Interface 1: raw IP, 2^-20 s, an hour ahead.
    out.extend(idb(le, 101, 0, &new(le).option(9, &[0x80 | 20]).option(14, &3600_u64.to_le_bytes()).u32(0).out));
    out.extend(epb(le, 0, 1_700_000_000_000_001, 5, b"first", &[]));
    out.extend(block(le, 0x0bad, &new(le).u32(32_473).raw(b"custom").out));
    let two = new(le).option(1, "gr\u{fc}n".as_bytes()).option(2, &[0; 4]).option(1, b"again").u32(0).out;
    out.extend(epb(le, 1, (1_700_000_000 << 20) + (1 << 19), 900, b"second", &two));
    // Simple: 200 bytes on the wire, 96 kept.
    out.extend(block(le, 3, &new(le).u32(200).raw(&[7; 96]).out));
    // Obsolete, with 3 packets lost before it and a comment.
    let ticks = 1_700_000_001_000_000_u64;
    let old = new(le).u16(0).u16(3).u32((ticks >> 32) as u32).u32(ticks as u32).u32(5).u32(6).raw(b"third").pad();
    out.extend(block(le, 2, &old.option(1, b"old").u32(0).out));
    let names = new(le).u16(1).u16(4 + 6 + 2).raw(&[10, 0, 0, 1]).raw(b"alpha\0b\0").pad();
    let mut six = [0; 16];
    six[15] = 1;
    let names = names.u16(2).u16(16 + 5).raw(&six).raw(b"loop\0").pad().u32(0);
    out.extend(block(le, 4, &names.out));
    out.extend(block(le, 10, &new(le).u32(Secrets::TLS_KEY_LOG).u32(9).raw(b"CLIENT_RA").pad().out));
    out.extend(block(le, 0x7777, b"who knows what"));
    let mut counts = new(le).u32(0).u32((ticks >> 32) as u32).u32(ticks as u32);
    for (code, count) in [(4, 1000_u64), (5, 2), (6, 998), (7, 1), (8, 997)] {
        counts = counts.option(code, &count.to_le_bytes());
    }
    let mut start = ((ticks >> 32) as u32 - 1).to_le_bytes().to_vec();
    start.extend([0; 4]);
    out.extend(block(le, 5, &counts.option(2, &start).u32(0).out));

    out.extend(shb(be, &[]));
    // Interface 0 of this section, 2 of the capture: nanoseconds, an hour behind.
    let behind = (-3600_i64).to_be_bytes();
    out.extend(idb(be, 113, 0, &new(be).option(9, &[9]).option(14, &behind).option(2, b"any").u32(0).out));
    let lost = new(be).option(4, &7_u64.to_be_bytes()).option(1, b"big").u32(0).out;
    out.extend(epb(be, 0, 1_700_003_600_000_000_009, 6, b"fourth", &lost));
    out.extend(block(be, 10, &new(be).u32(Secrets::TLS_KEY_LOG).u32(2).raw(b"xy").pad().out));
    out.extend(block(be, 5, &new(be).u32(0).u32(0).u32(0).option(7, &11_u64.to_be_bytes()).u32(0).out));
    out
}

#[test]
fn packets_of_every_kind_of_block() {
    let bytes = everything();
    for (chunk, batch_bytes) in [(1, 1), (13, 64), (usize::MAX, 1 << 20)] {
        let mut capture = open(&bytes, chunk, batch_bytes).unwrap();
        assert_eq!(capture.format(), "pcapng");
        let rows = rows(&mut capture);
        assert_eq!(capture.warnings(), []);
        let seen: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.number,
                    row.nanos,
                    row.link.0,
                    row.interface,
                    row.wire,
                    row.data.as_slice(),
                    row.comment.as_deref(),
                )
            })
            .collect();
        // The custom block takes number 2, as in Wireshark.
        assert_eq!(
            seen,
            [
                (1, 1_700_000_000_000_001_000, 1, 0, 5, &b"first"[..], None),
                (3, 1_700_003_600_500_000_000, 101, 1, 900, b"second", Some("gr\u{fc}n\nagain")),
                (4, 0, 1, 0, 200, &[7; 96], None),
                (5, 1_700_000_001_000_000_000, 1, 0, 6, b"third", Some("old")),
                (6, 1_700_000_000_000_000_009, 113, 2, 6, b"fourth", Some("big")),
            ]
        );
        for row in &rows {
            let start = row.position as usize;
            assert_eq!(bytes[start..start + row.data.len()], row.data);
        }
    }
}

#[test]
fn what_else_a_capture_says() {
    let mut capture = open(&everything(), usize::MAX, 1 << 20).unwrap();
    rows(&mut capture);
    let [first, second] = capture.sections() else { panic!("{:?}", capture.sections()) };
    assert_eq!((first.position, first.big_endian, first.version), (0, false, (1, 0)));
    assert_eq!((first.hardware.as_deref(), first.os.as_deref()), (Some("box"), Some("Linux")));
    assert_eq!((first.application.as_deref(), &first.comments[..]), (Some("by hand"), &["first".to_owned()][..]));
    assert!(second.big_endian && second.position > 0 && second.application.is_none());

    let [eth0, raw, any] = capture.interfaces() else { panic!("{:?}", capture.interfaces()) };
    assert_eq!((eth0.name.as_deref(), eth0.description.as_deref()), (Some("eth0"), Some("uplink")));
    assert_eq!((eth0.filter.as_deref(), eth0.snaplen, eth0.section), (Some("tcp port 80"), 96, 0));
    assert_eq!((eth0.clock.resolution(), eth0.lost_between_packets), (6, 3));
    assert_eq!((raw.link, raw.clock.resolution(), raw.clock.offset()), (LinkType::RAW, 0x94, 3600));
    assert_eq!((any.link, any.section, any.lost_between_packets), (LinkType::LINUX_SLL, 1, 7));
    let Statistics { start, received, dropped, accepted, dropped_by_os, delivered, time, end } =
        eth0.statistics.unwrap();
    assert_eq!((received, dropped, accepted, dropped_by_os), (Some(1000), Some(2), Some(998), Some(1)));
    assert_eq!((delivered, end, time.0), (Some(997), None, 1_700_000_001_000_000_000));
    let ticks = (1_700_000_001_000_000_i64 >> 32) - 1;
    assert_eq!(start.unwrap().0, (ticks << 32) * 1000);
    assert_eq!(any.statistics.unwrap().dropped_by_os, Some(11));

    let secrets = capture.secrets().all();
    let secrets: Vec<_> = secrets.iter().map(|s| (s.kind, s.bytes.as_slice(), s.after)).collect();
    assert_eq!(secrets, [(Secrets::TLS_KEY_LOG, &b"CLIENT_RA"[..], 5), (Secrets::TLS_KEY_LOG, b"xy", 6)]);
    let names: Vec<_> = capture.names().iter().map(|n| (n.address.to_string(), n.names.join(","))).collect();
    assert_eq!(names, [("10.0.0.1".into(), "alpha,b".into()), ("::1".to_string(), "loop".to_string())]);
    assert_eq!(capture.skipped_blocks(), 2);
}

#[test]
fn every_cut_gives_the_whole_blocks_before_it() {
    let bytes = everything();
    let all = read(&bytes).0;
    for cut in 12..bytes.len() {
        for chunk in [7, usize::MAX] {
            let mut capture = open(&bytes[..cut], chunk, 64).unwrap();
            let some = rows(&mut capture);
            assert_eq!(some, all[..some.len()], "{cut}");
            // A packet's block ends at most 48 bytes after its data here: options and length.
            let sure = all.iter().filter(|row| row.position as usize + row.data.len() + 48 <= cut).count();
            assert!(some.len() >= sure, "{cut}");
            assert!(capture.warnings().len() <= 1, "{cut} {:?}", capture.warnings());
        }
    }
    let (bytes, packets) = plain_pcapng(3);
    let end = bytes.len() - 32 - packets[2].len().next_multiple_of(4);
    for cut in end..bytes.len() {
        let (rows, warnings) = read(&bytes[..cut]);
        assert_eq!(rows.len(), 2);
        let lost: Vec<_> = warnings.iter().map(|warning| (warning.position, warning.lost)).collect();
        let wanted = if cut == end { vec![] } else { vec![(end as u64, (cut - end) as u64)] };
        assert_eq!(lost, wanted, "{cut}");
        assert!(warnings.iter().all(|warning| matches!(warning.damage, Damage::CutTail { .. })));
    }
}

#[test]
fn a_packet_longer_than_its_block_is_taken_as_far_as_it_goes() {
    let mut bytes = shb(Order::Le, &[]);
    bytes.extend(idb(Order::Le, 1, 0, &[]));
    let at = bytes.len();
    bytes.extend(epb(Order::Le, 0, 5, 8, b"12345678", &[]));
    bytes[at + 20] = 200;
    bytes.extend(epb(Order::Le, 0, 6, 2, b"ok", &[]));
    let (rows, warnings) = read(&bytes);
    assert_eq!(rows.iter().map(|row| row.data.as_slice()).collect::<Vec<_>>(), [&b"12345678"[..], b"ok"]);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert_eq!(warning.damage, Damage::Overlong { claimed: 200, taken: 8 });
}

#[test]
fn packets_without_an_interface_are_left_out_and_counted() {
    let mut bytes = shb(Order::Le, &[]);
    bytes.extend(epb(Order::Le, 0, 5, 8, b"12345678", &[]));
    bytes.extend(block(Order::Le, 3, &Bytes::new(Order::Le).u32(4).raw(b"abcd").out));
    bytes.extend(idb(Order::Le, 1, 0, &[]));
    bytes.extend(epb(Order::Le, 0, 5, 2, b"ok", &[]));
    bytes.extend(epb(Order::Le, 1, 5, 8, b"12345678", &[]));
    let (rows, warnings) = read(&bytes);
    assert_eq!(rows.iter().map(|row| (row.number, row.data.as_slice())).collect::<Vec<_>>(), [(1, &b"ok"[..])]);
    let damage: Vec<_> = warnings.iter().map(|warning| warning.damage.clone()).collect();
    let unknown = |interface, packets| Damage::UnknownInterface { interface, packets };
    assert_eq!(damage, [unknown(0, 2), unknown(1, 1)]);
}

#[test]
fn blocks_that_make_no_sense_are_said_and_passed_over() {
    let mut bytes = shb(Order::Le, &[]);
    // Too short to be an interface; its number is taken all the same.
    bytes.extend(block(Order::Le, 1, b"abcd"));
    bytes.extend(idb(Order::Le, 101, 0, &[]));
    bytes.extend(block(Order::Le, 10, &Bytes::new(Order::Le).u32(1).u32(1000).raw(b"abcd").out));
    bytes.extend(block(Order::Le, 6, b"abcd"));
    bytes.extend(block(Order::Le, 5, &Bytes::new(Order::Le).u32(9).u32(0).u32(0).out));
    bytes.extend(epb(Order::Le, 1, 5, 2, b"ok", &[]));
    let (rows, warnings) = read(&bytes);
    assert_eq!(
        rows.iter().map(|row| (row.link, row.data.as_slice())).collect::<Vec<_>>(),
        [(LinkType::RAW, &b"ok"[..])]
    );
    let blocks: Vec<_> = warnings
        .iter()
        .map(|warning| match warning.damage {
            Damage::Unreadable { block } => block,
            _ => panic!("{warning}"),
        })
        .collect();
    assert_eq!(blocks, [1, 10, 6, 5]);
}

#[test]
fn a_block_longer_than_any_is_not_waited_for() {
    let (mut bytes, packets) = plain_pcapng(3);
    let more = bytes.split_off(48);
    let at = bytes.len() as u64;
    bytes.extend(Bytes::new(Order::Le).u32(0x0bad).u32(0xffff_fff0).raw(b"something").out);
    bytes.extend(&more);
    let (rows, warnings) = read(&bytes);
    assert_eq!(rows.len(), packets.len());
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert_eq!((warning.position, warning.lost), (at, 17), "{warning}");
    assert!(warning.to_string().contains("4294967280"), "{warning}");
}

#[test]
fn an_unknown_version_is_read_and_said() {
    let (mut bytes, packets) = plain_pcapng(3);
    bytes[12] = 9;
    let (rows, warnings) = read(&bytes);
    assert_eq!(rows.len(), packets.len());
    assert!(matches!(warnings[..], [ref one] if one.damage == Damage::Version { major: 9, minor: 0 }), "{warnings:?}");
}
