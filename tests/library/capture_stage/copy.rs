//! A copy holds what its reader took, block for block where the source has blocks, and no secrets unless they were asked for.

use proptest::prelude::*;
use sockeye::base::Secrets;
use sockeye::capture::Batch;
use sockeye::capture::copy::{Copied, Keeping, copy};

use super::build::{
    Bytes, MICRO, NANO, Order, Row, block, epb, idb, open, payload, pcap_header, plain_pcap, plain_pcapng, read,
    record, rows, shb,
};

const KEYS: &[u8] = b"CLIENT_RANDOM 00 00\n";

/// Secrets along with everything else, and no others.
fn own(_: &Batch) -> Vec<Secrets> {
    Vec::new()
}

fn copied(bytes: &[u8], chunk: usize, batch: usize, keeping: Keeping<'_>) -> (Vec<u8>, Copied) {
    let mut out = Vec::new();
    let copied = copy(&mut open(bytes, chunk, batch).unwrap(), keeping, &mut out).unwrap();
    (out, copied)
}

fn plainly(bytes: &[u8]) -> Vec<u8> {
    copied(bytes, usize::MAX, 1 << 20, Keeping::NoSecrets).0
}

/// What is said of packets, but where they lie and what number they have.
fn content(bytes: &[u8]) -> Vec<Row> {
    let anywhere = |row| Row { position: 0, number: 0, ..row };
    let (rows, warnings) = read(bytes);
    assert_eq!(warnings, [], "what is copied is sound");
    rows.into_iter().map(anywhere).collect()
}

fn damaged_content(bytes: &[u8]) -> Vec<Row> {
    read(bytes).0.into_iter().map(|row| Row { position: 0, number: 0, ..row }).collect()
}

/// A decryption secrets block (draft-ietf-opsawg-pcapng section 4.7).
fn dsb(order: Order, kind: u32, content: &[u8]) -> Vec<u8> {
    block(order, 10, &Bytes::new(order).u32(kind).u32(content.len() as u32).raw(content).pad().out)
}

/// A section with every kind of block, each by itself.
fn section(order: Order) -> Vec<Vec<u8>> {
    let comment = Bytes::new(order).option(1, b"said of it").u32(0).out;
    let name = Bytes::new(order).option(2, b"eth0").option(9, &[9]).u32(0).out;
    vec![
        shb(order, &comment),
        idb(order, 1, 0, &name),
        dsb(order, Secrets::TLS_KEY_LOG, KEYS),
        epb(order, 0, 1_700_000_000_000_000_001, 60, &payload(1), &comment),
        // Names: an IPv4 address, and an end.
        block(order, 4, &Bytes::new(order).u16(1).u16(6).raw(&[127, 0, 0, 1, b'a', 0]).pad().u32(0).out),
        // A custom block that may be copied, a block of a type that nobody knows, and one that asks not to be copied.
        block(order, 0x0bad, &Bytes::new(order).u32(32_473).raw(b"mine").out),
        block(order, 0x7fff_0001, b"whatever"),
        block(order, 0x4000_0bad, &Bytes::new(order).u32(32_473).raw(b"mine").out),
        // A simple packet, and an obsolete one.
        block(order, 3, &Bytes::new(order).u32(5).raw(b"hello").pad().out),
        block(order, 2, &Bytes::new(order).u16(0).u16(3).u32(0).u32(9).u32(5).u32(6).raw(b"world").pad().out),
        // Of WireGuard.
        dsb(order, 0x5747_4b4c, b"LOCAL_STATIC_PRIVATE_KEY = x"),
        block(order, 5, &Bytes::new(order).u32(0).u32(1).u32(2).option(4, &order.b8(9)).u32(0).out),
    ]
}

fn kind(block: &[u8], order: Order) -> u32 {
    let bytes = block[..4].try_into().unwrap();
    if order == Order::Le { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
}

fn without(blocks: &[Vec<u8>], order: Order, kinds: &[u32]) -> Vec<u8> {
    blocks.iter().filter(|block| !kinds.contains(&kind(block, order))).flatten().copied().collect()
}

#[test]
fn blocks_are_copied_as_they_are_and_secrets_are_not() {
    for (first, second) in [(Order::Le, Order::Be), (Order::Be, Order::Le)] {
        let (one, two) = (section(first), section(second));
        let all = [one.concat(), two.concat()].concat();
        for (chunk, batch) in [(usize::MAX, 1 << 20), (1, 1), (7, 100), (1000, 64)] {
            let (bytes, said) = copied(&all, chunk, batch, Keeping::NoSecrets);
            let expected =
                [without(&one, first, &[10, 0x4000_0bad]), without(&two, second, &[10, 0x4000_0bad])].concat();
            assert_eq!(bytes, expected);
            assert_eq!(said, Copied { packets: 6, secrets_left_out: 4, custom_left_out: 2 });
            let (bytes, said) = copied(&all, chunk, batch, Keeping::Secrets(&mut own));
            assert_eq!(bytes, [without(&one, first, &[0x4000_0bad]), without(&two, second, &[0x4000_0bad])].concat());
            assert_eq!((said.secrets_left_out, said.custom_left_out), (0, 2));
        }
    }
}

#[test]
fn secrets_from_elsewhere_come_before_the_packets_that_they_are_for() {
    let others =
        |n: usize| Secrets { kind: Secrets::TLS_KEY_LOG, bytes: format!("for packet {n}").into_bytes(), after: 0 };
    for order in [Order::Le, Order::Be] {
        let blocks = section(order);
        let packets = |n: u32| epb(order, 0, 1, 60, &payload(n), &[]);
        let second = [section(order)[0].clone(), idb(order, 1, 0, &[]), packets(7)].concat();
        let all = [blocks.concat(), packets(5), packets(6), second].concat();
        let mut seen = 0;
        let mut ask = |batch: &Batch| {
            seen += batch.len();
            if batch.is_empty() { vec![others(0)] } else { (seen - batch.len()..seen).map(|n| others(n + 1)).collect() }
        };
        let (bytes, _) = copied(&all, 50, 50, Keeping::Secrets(&mut ask));
        let mut capture = open(&bytes, usize::MAX, 1 << 20).unwrap();
        let rows = rows(&mut capture);
        assert_eq!(rows.len(), 6);
        assert_eq!(capture.warnings(), []);
        let log = capture.secrets().all();
        let own = log.iter().filter(|secrets| !secrets.bytes.starts_with(b"for packet"));
        assert_eq!(own.count(), 2);
        for n in 1..=6 {
            let of_packet = log.iter().find(|secrets| secrets.bytes == others(n).bytes).unwrap();
            assert!(of_packet.after < rows[n - 1].number, "{n} after {}", of_packet.after);
        }
        assert!(log.iter().any(|secrets| secrets.bytes == others(0).bytes));
        let section = blocks[0].len();
        assert_eq!(bytes[..section], blocks[0]);
        assert_eq!(bytes[section..][..4], order.b4(10), "behind the header of the section");
    }
    let (bytes, _) = copied(&plain_pcap(3).0, 50, 50, Keeping::Secrets(&mut |batch| vec![others(batch.len())]));
    let mut capture = open(&bytes, usize::MAX, 1 << 20).unwrap();
    assert_eq!(rows(&mut capture).len(), 3);
    assert!(capture.secrets().all()[0].after == 0);
}

#[test]
fn a_section_does_not_say_how_long_it_was() {
    for order in [Order::Le, Order::Be] {
        let mut blocks = section(order);
        let len: usize = blocks[1..].iter().map(Vec::len).sum();
        blocks[0][16..24].copy_from_slice(&order.b8(len as u64));
        let mut bytes = plainly(&blocks.concat());
        assert_eq!(bytes[16..24], [0xff; 8]);
        bytes.truncate(blocks[0].len());
        assert_eq!(bytes[24..], blocks[0][24..]);
    }
}

#[test]
fn packets_of_a_pcap_become_blocks() {
    for order in [Order::Le, Order::Be] {
        for (magic, fraction, nanos) in [(MICRO, 7, 7000), (NANO, 7, 7)] {
            let mut bytes = pcap_header(order, magic, 100, 113);
            bytes.extend(record(order, 1_700_000_000, fraction, 60, b"first"));
            bytes.extend(record(order, 1_600_000_000, 0, 6, b"second"));
            // Another capture, joined to it.
            bytes.extend(pcap_header(order, NANO, 0, 1));
            bytes.extend(record(order, 1_700_000_001, 3, 5, b"third"));
            let (copy, said) = copied(&bytes, 1, 1, Keeping::NoSecrets);
            assert_eq!(said, Copied { packets: 3, ..Copied::default() });
            let mut capture = open(&copy, usize::MAX, 1 << 20).unwrap();
            let rows: Vec<_> = rows(&mut capture)
                .into_iter()
                .map(|row| (row.nanos, row.link.0, row.interface, row.wire, row.data))
                .collect();
            assert_eq!(
                rows,
                [
                    (1_700_000_000_000_000_000 + nanos, 113, 0, 60, b"first".to_vec()),
                    (1_600_000_000_000_000_000, 113, 0, 6, b"second".to_vec()),
                    (1_700_000_001_000_000_003, 1, 1, 5, b"third".to_vec()),
                ]
            );
            let interfaces = capture.interfaces();
            assert_eq!(interfaces.iter().map(|interface| interface.snaplen).collect::<Vec<_>>(), [100, 0]);
            assert!(capture.warnings().is_empty());
        }
    }
}

#[test]
fn what_cannot_be_read_is_not_copied_and_what_was_wrong_is_put_right() {
    let order = Order::Le;
    let packet = |n: u32| epb(order, 0, u64::from(n), 500, &payload(n), &[]);
    let start = [shb(order, &[]), idb(order, 1, 0, &[])].concat();
    let mut overlong = packet(2);
    overlong[20..24].copy_from_slice(&order.b4(5000));
    let mut trailing = packet(3);
    let end = trailing.len() - 4;
    trailing[end..].copy_from_slice(&order.b4(40));
    let mut leading = packet(3);
    leading[4..8].copy_from_slice(&order.b4(0xffff_fff0));
    let strange = epb(order, 9, 0, 5, b"stray", &[]);
    let odd_names = block(order, 4, &[1, 0, 200, 0]);
    let odd_interface = block(order, 1, &Bytes::new(order).u16(1).u16(0).u32(0).u16(2).u16(200).out);
    let of_second = epb(order, 1, 4, 5, b"of an interface that makes no sense", &[]);
    let of_third = epb(order, 2, 4, 5, b"of the third", &[]);
    for broken in [
        overlong,
        trailing,
        leading,
        strange,
        odd_names,
        dsb(order, 7, b"unknown secrets"),
        b"nonsense".repeat(20),
        [odd_interface, of_second, idb(order, 1, 0, &[]), of_third].concat(),
    ] {
        let bytes = [start.clone(), packet(1), broken, packet(4), packet(5)].concat();
        assert_eq!(content(&plainly(&bytes)), damaged_content(&bytes));
        let cut = &bytes[..bytes.len() - 3];
        assert_eq!(content(&plainly(cut)), damaged_content(cut));
    }
}

fn some_capture(pcapng: bool, order: Order) -> Vec<u8> {
    match (pcapng, order) {
        (true, Order::Le) => [plain_pcapng(6).0, section(Order::Be).concat()].concat(),
        (true, Order::Be) => [section(Order::Be).concat(), plain_pcapng(6).0].concat(),
        (false, _) => plain_pcap(12).0,
    }
}

proptest! {
    #[test]
    fn the_copy_of_a_damaged_capture_is_sound(
        pcapng in any::<bool>(),
        le in any::<bool>(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..4),
        cut in 0_usize..80,
        chunk in prop_oneof![Just(usize::MAX), 1_usize..300],
        batch in 1_usize..2000,
        secrets in any::<bool>(),
    ) {
        let mut bytes = some_capture(pcapng, if le { Order::Le } else { Order::Be });
        for (place, flip) in flips {
            // A capture whose first header is broken is none.
            let place = 28 + place.index(bytes.len() - 28);
            bytes[place] ^= flip;
        }
        bytes.truncate(bytes.len() - cut);
        let mut none = own;
        let keeping = if secrets { Keeping::Secrets(&mut none) } else { Keeping::NoSecrets };
        let mut source = open(&bytes, chunk, batch).unwrap();
        let taken: Vec<_> = rows(&mut source).into_iter().map(|row| Row { position: 0, number: 0, ..row }).collect();
        let (copy, said) = copied(&bytes, chunk, batch, keeping);
        prop_assert_eq!(said.packets, taken.len() as u64);
        let (again, warnings) = read(&copy);
        let again: Vec<_> = again.into_iter().map(|row| Row { position: 0, number: 0, ..row }).collect();
        let strange = warnings.iter().filter(|warning| warning.lost > 0);
        prop_assert_eq!(strange.count(), 0, "{:?}", warnings);
        prop_assert_eq!(again, taken);
        // Both blocks were recognised; of what says it is something else nobody knows what it holds.
        if said.secrets_left_out == 2 {
            prop_assert!(!copy.windows(KEYS.len()).any(|window| window == KEYS));
        }
    }
}
