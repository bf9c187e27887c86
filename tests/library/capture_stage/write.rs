//! What is written is read back: by the reader, and by pcap-parser as an independent one.

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, PcapBlockOwned, PcapNGSlice};
use proptest::prelude::*;
use sockeye::base::Secrets;
use sockeye::base::{LinkType, Timestamp};
use sockeye::capture::Statistics;
use sockeye::capture::write::Writer;

use super::build::{open, read, rows};

fn statistics() -> Statistics {
    Statistics {
        time: Timestamp(1_700_000_000_000_000_001),
        start: Some(Timestamp(1_600_000_000_000_000_002)),
        end: Some(Timestamp(1_700_000_000_000_000_003)),
        received: Some(u64::MAX),
        dropped: Some(0),
        accepted: None,
        dropped_by_os: Some(3),
        delivered: Some(4),
    }
}

#[test]
fn every_block_comes_back() {
    let mut writer = Writer::new(Vec::new(), "sockeye test").unwrap();
    writer.secrets(Secrets::TLS_KEY_LOG, b"CLIENT_RANDOM").unwrap();
    let eth = writer.interface(LinkType::ETHERNET, 0, Some("eth0")).unwrap();
    let raw = writer.interface(LinkType::RAW, 65_535, None).unwrap();
    assert_eq!((eth, raw), (0, 1));
    let time = Timestamp(1_700_000_000_123_456_789);
    writer.packet(eth, time, 3, b"one", None).unwrap();
    writer.packet(raw, time, 1500, b"four", Some("zwei W\u{f6}rter")).unwrap();
    writer.packet(eth, Timestamp(-5), 0, b"", None).unwrap();
    writer.statistics(raw, &statistics()).unwrap();
    writer.flush().unwrap();
    let written = writer.written();
    let bytes = writer.into_inner();
    assert_eq!(written, bytes.len() as u64);

    let mut capture = open(&bytes, usize::MAX, 1 << 20).unwrap();
    let rows = rows(&mut capture);
    let seen: Vec<_> =
        rows.iter().map(|r| (r.nanos, r.interface, r.wire, r.data.as_slice(), r.comment.as_deref())).collect();
    assert_eq!(
        seen,
        [(time.0, 0, 3, &b"one"[..], None), (time.0, 1, 1500, b"four", Some("zwei W\u{f6}rter")), (0, 0, 0, b"", None)]
    );
    assert_eq!(capture.warnings(), []);
    assert_eq!(capture.sections()[0].application.as_deref(), Some("sockeye test"));
    assert_eq!(capture.interfaces()[0].name.as_deref(), Some("eth0"));
    assert_eq!((capture.interfaces()[1].link, capture.interfaces()[1].snaplen), (LinkType::RAW, 65_535));
    assert_eq!(capture.interfaces()[1].statistics, Some(statistics()));
    assert_eq!(capture.secrets().all()[0].bytes, b"CLIENT_RANDOM");
}

#[test]
fn another_parser_reads_the_same() {
    let mut writer = Writer::new(Vec::new(), "sockeye test").unwrap();
    writer.interface(LinkType::ETHERNET, 96, Some("eth0")).unwrap();
    writer.packet(0, Timestamp((1 << 33) + 7), 9, b"hello", Some("hi")).unwrap();
    writer.statistics(0, &statistics()).unwrap();
    writer.secrets(Secrets::TLS_KEY_LOG, b"abc").unwrap();
    let bytes = writer.into_inner();
    let blocks: Vec<_> = PcapNGSlice::from_slice(&bytes).unwrap().map(Result::unwrap).collect();
    let [
        PcapBlockOwned::NG(Block::SectionHeader(section)),
        PcapBlockOwned::NG(Block::InterfaceDescription(interface)),
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)),
        PcapBlockOwned::NG(Block::InterfaceStatistics(statistics)),
        PcapBlockOwned::NG(Block::DecryptionSecrets(secrets)),
    ] = &blocks[..]
    else {
        panic!("{} blocks of other kinds", blocks.len())
    };
    assert_eq!(section.shb_userappl().unwrap().unwrap(), "sockeye test");
    assert_eq!((interface.linktype.0, interface.snaplen, interface.if_tsresol), (1, 96, 9));
    assert_eq!(interface.if_name().unwrap().unwrap(), "eth0");
    assert_eq!((packet.ts_high, packet.ts_low, packet.caplen, packet.origlen), (2, 7, 5, 9));
    assert_eq!(packet.packet_data(), b"hello");
    assert_eq!(packet.options[0].as_str().unwrap(), "hi");
    assert_eq!(statistics.isb_ifrecv().unwrap().unwrap(), u64::MAX);
    assert_eq!(statistics.isb_osdrop().unwrap().unwrap(), 3);
    assert_eq!((secrets.secrets_len, &secrets.data[..3]), (3, &b"abc"[..]));
}

#[test]
fn a_comment_longer_than_an_option_is_cut_between_characters() {
    let mut writer = Writer::new(Vec::new(), "").unwrap();
    writer.interface(LinkType::ETHERNET, 0, None).unwrap();
    for text in ["\u{20ac}".repeat(30_000), "a".repeat(65_535), format!("a{}", "\u{1f41f}".repeat(20_000))] {
        writer.packet(0, Timestamp(1), 1, b"x", Some(&text)).unwrap();
        let rows = read(writer.get_ref()).0;
        let back = rows.last().unwrap().comment.as_deref().unwrap();
        assert!(text.starts_with(back) && back.len() > 65_531 && back.len() <= 65_535, "{}", back.len());
    }
}

proptest! {
    #[test]
    fn any_packets_come_back(
        packets in proptest::collection::vec(
            (0..2_u32, 0..i64::MAX, 0..3000_u32, proptest::collection::vec(any::<u8>(), 0..200), proptest::option::of(".{0,40}")),
            0..30,
        ),
    ) {
        let mut writer = Writer::new(Vec::new(), "x").unwrap();
        writer.interface(LinkType::ETHERNET, 0, None).unwrap();
        writer.interface(LinkType::RAW, 0, None).unwrap();
        for (interface, time, cut, data, comment) in &packets {
            let wire = data.len() as u32 + cut;
            writer.packet(*interface, Timestamp(*time), wire, data, comment.as_deref()).unwrap();
        }
        let (rows, warnings) = read(&writer.into_inner());
        prop_assert_eq!(warnings, []);
        let seen: Vec<_> = rows.iter().map(|r| (r.interface, r.nanos, r.wire - r.data.len() as u32, r.data.clone(), r.comment.clone())).collect();
        prop_assert_eq!(seen, packets);
    }
}
