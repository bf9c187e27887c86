//! Broken captures: nothing panics, what is whole comes out, and what is missing is said.

use std::collections::HashSet;

use proptest::prelude::*;
use sockeye::base::limits;
use sockeye::capture::{Damage, Fault, Options};

use super::build::{
    MICRO, Order, Row, epb, open, payload, pcap_header, plain_pcap, plain_pcapng, read, read_in, read_live, record,
    rows,
};

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }
}

/// How many of `packets`, which all differ, came out whole.
fn whole(rows: &[Row], packets: &[Vec<u8>]) -> usize {
    let seen: HashSet<&[u8]> = rows.iter().map(|row| row.data.as_slice()).collect();
    packets.iter().filter(|data| seen.contains(data.as_slice())).count()
}

/// What holds for every packet of every file.
fn sane(rows: &[Row], bytes: &[u8]) {
    let mut end = 0;
    for (row, number) in rows.iter().zip(1..) {
        let start = row.position as usize;
        assert!(row.number >= number && start >= end, "{row:?}");
        end = start + row.data.len();
        assert_eq!(row.data, bytes[start..end], "{}", row.number);
        assert!(row.wire as usize >= row.data.len());
    }
}

/// Flips one bit after another and asks how many packets that costs.
fn one_bit(bytes: &[u8], packets: &[Vec<u8>], from: usize, most: usize) {
    let mut worst = (0, 0);
    for bit in (from * 8..bytes.len() * 8).step_by(7) {
        let mut broken = bytes.to_vec();
        broken[bit / 8] ^= 1 << (bit % 8);
        let (rows, warnings) = read(&broken);
        sane(&rows, &broken);
        // In small batches too: where a batch happens to end makes no difference.
        if bit % 16 == 0 {
            let small = read_in(&broken, &Options { batch_bytes: 400, ..Options::default() });
            assert_eq!((&small.0, small.1.len()), (&rows, warnings.len()), "bit {bit}");
        }
        let (live, _) = read_live(&broken);
        assert!(packets.len() - whole(&live, packets) <= most, "bit {bit}, from a pipe");
        let lost = packets.len() - whole(&rows, packets);
        worst = worst.max((lost, bit));
        assert!(lost <= most, "bit {} of byte {}: {lost} of {} packets lost", bit % 8, bit / 8, packets.len());
    }
    assert!(worst.0 > 0, "a flipped bit in a packet is seen");
}

#[test]
fn one_flipped_bit_of_a_pcap_costs_at_most_one_packet() {
    let (bytes, packets) = plain_pcap(40);
    one_bit(&bytes, &packets, 24, 1);
}

#[test]
fn one_flipped_bit_of_a_pcapng_costs_at_most_one_packet() {
    let (bytes, packets) = plain_pcapng(40);
    // After section and interface: a changed link type or interface is not a damaged packet.
    one_bit(&bytes, &packets, 48, 1);
}

#[test]
fn flipped_bits_everywhere_leave_most_packets() {
    for (bytes, packets) in [plain_pcap(2000), plain_pcapng(2000)] {
        let mut dice = Dice(7);
        for round in 0..20 {
            let mut broken = bytes.clone();
            for _ in 0..100 {
                let at = 48 + dice.roll(bytes.len() - 48);
                broken[at] ^= 1 << dice.roll(8);
            }
            let (rows, _) = read(&broken);
            sane(&rows, &broken);
            // Nine flips of ten change the data of a packet, which is no damage that a reader could see.
            assert!(whole(&rows, &packets) >= 1890, "round {round}: {} of 2000", whole(&rows, &packets));
        }
    }
}

#[test]
fn overwritten_and_missing_and_added_runs_cost_what_they_cover() {
    for (bytes, packets) in [plain_pcap(300), plain_pcapng(300)] {
        let mut dice = Dice(3);
        for round in 0..150 {
            let at = 60 + dice.roll(bytes.len() - 4000);
            let len = 1 + dice.roll(2500);
            let mut broken = bytes.clone();
            match round % 3 {
                0 => broken[at..at + len].iter_mut().for_each(|byte| *byte = dice.roll(256) as u8),
                1 => drop(broken.drain(at..at + len)),
                _ => drop(broken.splice(at..at, (0..len).map(|_| dice.roll(256) as u8))),
            }
            let (rows, warnings) = read(&broken);
            sane(&rows, &broken);
            // The smallest record takes 36 bytes.
            let covered = if round % 3 == 2 { 1 } else { len / 36 + 2 };
            assert!(whole(&rows, &packets) + covered >= 300, "round {round}: {} of 300", whole(&rows, &packets));
            assert!(warnings.len() <= 3, "round {round}: {warnings:?}");
        }
    }
}

#[test]
fn an_absurd_length_is_put_right_where_the_length_on_the_wire_tells_it() {
    let (mut bytes, packets) = plain_pcap(10);
    let third = 24 + packets[..2].iter().map(|data| 16 + data.len()).sum::<usize>();
    bytes[third + 11] = 0x7f;
    let (rows, warnings) = read(&bytes);
    assert_eq!(whole(&rows, &packets), 10);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(matches!(warning.damage, Damage::Repaired { taken, .. } if taken == packets[2].len() as u64), "{warning}");
    assert_eq!(warning.packet, 3);
}

#[test]
fn a_damaged_header_is_passed_over_and_said_once() {
    let (mut bytes, packets) = plain_pcap(10);
    let third = 24 + packets[..2].iter().map(|data| 16 + data.len()).sum::<usize>();
    bytes[third..third + 16].fill(0xff);
    for batch_bytes in [1, 200, 100_000] {
        let mut capture = open(&bytes, usize::MAX, batch_bytes).unwrap();
        let rows = rows(&mut capture);
        assert_eq!(rows.len(), 9);
        assert_eq!(whole(&rows, &packets), 9);
        let [warning] = capture.warnings() else { panic!("{:?}", capture.warnings()) };
        assert_eq!((warning.position, warning.packet), (third as u64, 2));
        assert_eq!(warning.lost, 16 + packets[2].len() as u64);
        let Damage::Skipped { fault: Fault::Length(0xffff_ffff), resumed: Some(_) } = warning.damage else {
            panic!("{warning}")
        };
    }
}

/// What a writer may have done to a record that is whole all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Oddity {
    None,
    Jump,
    Back,
    OverWire,
    OverSnap,
    Fraction,
    Empty,
}

/// No rule throws away a record whose next one follows in its place, whatever is odd about either.
#[test]
fn odd_records_in_their_place_are_all_kept() {
    const ALL: [Oddity; 7] =
        [Oddity::None, Oddity::Jump, Oddity::Back, Oddity::OverWire, Oddity::OverSnap, Oddity::Fraction, Oddity::Empty];
    let odd = |n: u32, oddities: &[Oddity], order: Order| {
        let has = |oddity| oddities.contains(&oddity);
        let mut data = payload(n);
        if has(Oddity::OverSnap) {
            data.resize(300, 7);
        }
        if has(Oddity::Empty) {
            data.clear();
        }
        let seconds = match () {
            () if has(Oddity::Jump) => 1_703_456_000,
            () if has(Oddity::Back) => 386_352_035,
            () => 1_700_000_000,
        };
        let fraction = if has(Oddity::Fraction) { 1_000_000 + n } else { n * 1000 };
        let wire = if has(Oddity::OverWire) { data.len() as u32 / 2 } else { data.len().max(60) as u32 };
        (record(order, seconds, fraction, wire, &data), data)
    };
    for (first, second) in ALL.iter().flat_map(|first| ALL.iter().map(move |second| (*first, *second))) {
        for third in [Oddity::None, Oddity::Back, Oddity::OverWire] {
            for (before, after) in [(4, 4), (0, 4), (4, 0)] {
                for order in [Order::Le, Order::Be] {
                    let mut bytes = pcap_header(order, MICRO, 250, 1);
                    let mut packets = Vec::new();
                    let odd_ones = [&[first, second][..], &[second], &[third]];
                    let plain = [Oddity::None];
                    let all = std::iter::repeat_n(&plain[..], before)
                        .chain(odd_ones)
                        .chain(std::iter::repeat_n(&plain[..], after));
                    for (n, oddities) in (1..).zip(all) {
                        let (bytes_of, data) = odd(n, oddities, order);
                        bytes.extend(bytes_of);
                        packets.push(data);
                    }
                    for batch_bytes in [1, 100_000] {
                        let (rows, warnings) = read_in(&bytes, &Options { batch_bytes, ..Options::default() });
                        let found: Vec<_> = rows.iter().map(|row| row.data.clone()).collect();
                        let what = format!("{first:?} {second:?} {third:?}, {before} before, {after} after, {order:?}");
                        assert_eq!(found, packets, "{what}");
                        assert!(warnings.is_empty(), "{what}: {warnings:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_block_with_one_wrong_length_is_taken_after_all() {
    let (bytes, packets) = plain_pcapng(5);
    let lens: Vec<_> = packets.iter().map(|data| 32 + data.len().next_multiple_of(4)).collect();
    let third = 48 + lens[0] + lens[1];
    for (at, value) in [(third + 4, 0), (third + 4, 44), (third + 7, 0x10), (third + lens[2] - 4, 7)] {
        let mut broken = bytes.clone();
        broken[at] = value;
        for chunk in [5, usize::MAX] {
            let mut capture = open(&broken, chunk, 64).unwrap();
            assert_eq!(whole(&rows(&mut capture), &packets), 5, "{at} {value}");
            assert_eq!(capture.warnings().len(), 1, "{:?}", capture.warnings());
            assert!(matches!(capture.warnings()[0].damage, Damage::Repaired { .. }), "{}", capture.warnings()[0]);
        }
    }
}

#[test]
fn nothing_but_noise_ends_with_one_warning() {
    let mut dice = Dice(11);
    for heading in [pcap_header(Order::Le, 0xa1b2_c3d4, 65_535, 1), plain_pcapng(0).0] {
        let mut bytes = heading.clone();
        bytes.extend((0..100_000).map(|_| dice.roll(256) as u8));
        let (rows, warnings) = read(&bytes);
        assert_eq!(rows, []);
        let [warning] = &warnings[..] else { panic!("{warnings:?}") };
        assert_eq!(warning.lost, 100_000, "{warning}");
        bytes.truncate(heading.len());
        bytes.resize(heading.len() + 100_000, 0);
        sane(&read(&bytes).0, &bytes);
    }
}

proptest! {
    #[test]
    fn any_bytes_after_a_header_are_survived(
        which in 0..3_usize,
        noise in proptest::collection::vec(prop_oneof![Just(0_u8), Just(0xff), 0..8_u8, any::<u8>()], 0..2000),
        chunk in 1..500_usize,
        batch_bytes in 1..500_usize,
    ) {
        let (mut bytes, _) = match which {
            0 => plain_pcap(2),
            1 => plain_pcapng(2),
            _ => (pcap_header(Order::Be, 0xa1b2_3c4d, 0, 1), Vec::new()),
        };
        bytes.extend(&noise);
        bytes.extend(&plain_pcap(3).0[24..]);
        let mut capture = open(&bytes, chunk, batch_bytes).unwrap();
        let rows = rows(&mut capture);
        sane(&rows, &bytes);
        for warning in capture.warnings() {
            prop_assert!(warning.position + warning.lost <= bytes.len() as u64, "{}", warning);
            prop_assert!(!warning.to_string().contains('\n'));
        }
    }
}

#[test]
fn a_packet_that_is_longer_than_any_is_passed_over() {
    let order = Order::Le;
    let (bytes, mut packets) = plain_pcapng(2);
    let long = vec![0; limits::PACKET_BLOCK_BYTES];
    let after = payload(7);
    let all =
        [bytes, epb(order, 0, 1, 5_000_000, &long, &[]), epb(order, 0, 1, after.len() as u32, &after, &[])].concat();
    packets.push(after);
    let (rows, warnings) = read(&all);
    assert_eq!(whole(&rows, &packets), 3);
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(matches!(warning.damage, Damage::Skipped { fault: Fault::Length(_), resumed: Some(_) }), "{warning}");
}
