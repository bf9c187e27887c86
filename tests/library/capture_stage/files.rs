//! Captures made by other programs, against what those say of them (`capinfos -c`, `tshark -T fields`).

use std::path::{Path, PathBuf};

use sockeye::base::Secrets;
use sockeye::capture::{self, Batch, Capture, Compression, Damage, Options};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/capture").join(name)
}

fn open(name: &str) -> Capture {
    capture::open(&path(name), &Options::default()).unwrap()
}

/// Number, seconds, nanoseconds, wire length, captured length, as tshark prints them.
fn rows(capture: &mut Capture) -> Vec<(u64, i64, u32, u32, usize)> {
    let mut rows = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        let (seconds, nanos) = (packet.time.seconds(), packet.time.subsec_nanos());
        rows.push((packet.number, seconds, nanos, packet.wire_len, packet.data.len()));
    }
    rows
}

#[test]
fn counts_are_those_of_capinfos() {
    for (name, packets, format) in [
        ("seed-frames-51-52.pcap", 2, "pcap, microseconds, little-endian"),
        ("big-endian-usec.pcap", 8, "pcap, microseconds, big-endian"),
        ("proxy-connect.pcap", 16, "pcap, nanoseconds, little-endian"),
        ("proxy-connect.pcap.lz4", 16, "pcap, nanoseconds, little-endian, lz4"),
        ("socketio.pcap.gz", 81, "pcap, nanoseconds, little-endian, gzip"),
        ("graphql-transport-ws.pcap.zst", 47, "pcap, nanoseconds, little-endian, zstd"),
        ("commented.pcapng", 40, "pcapng"),
        ("wss-tls13-dsb.pcapng", 27, "pcapng"),
    ] {
        let mut capture = open(name);
        assert_eq!(capture.format(), format, "{name}");
        assert_eq!(rows(&mut capture).len(), packets, "{name}");
        assert_eq!(capture.warnings(), [], "{name}");
        assert_eq!(Some(capture.bytes_read()), capture.total_size(), "{name}");
    }
}

#[test]
fn fields_are_those_of_tshark() {
    let first = rows(&mut open("seed-frames-51-52.pcap"));
    assert_eq!(first, SEED);
    assert_eq!(rows(&mut open("big-endian-usec.pcap"))[..2], BIG_ENDIAN);
    assert_eq!(rows(&mut open("commented.pcapng"))[..2], COMMENTED);
}

#[test]
fn comments_secrets_and_interfaces_are_kept() {
    let mut capture = open("commented.pcapng");
    let mut comments = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        comments.extend(packet.comment.map(|text| (packet.number, text.to_owned())));
    }
    assert_eq!(comments.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 8]);
    assert!(comments.iter().all(|(_, text)| !text.is_empty()));
    assert_eq!(capture.interfaces().len(), 1);

    let mut capture = open("wss-tls13-dsb.pcapng");
    rows(&mut capture);
    let [secrets] = &capture.secrets().all()[..] else { panic!("{:?}", capture.secrets()) };
    assert_eq!((secrets.kind, secrets.after), (Secrets::TLS_KEY_LOG, 0));
    assert!(secrets.bytes.starts_with(b"#") || secrets.bytes.windows(14).any(|w| w == b"CLIENT_TRAFFIC"));
}

#[test]
fn a_cut_tail_costs_one_packet_and_one_warning() {
    let mut capture = open("truncated-file.pcap");
    assert_eq!(rows(&mut capture).len(), 24);
    let [warning] = capture.warnings() else { panic!("{:?}", capture.warnings()) };
    assert_eq!((warning.position, warning.packet, warning.lost), (3087, 24, 39));
    assert_eq!(warning.damage, Damage::CutTail { wanted: 70 });
    let text = warning.to_string();
    assert!(text.contains("truncated-file.pcap: ") && text.contains("offset 3087") && text.contains("39 of its 70"));
}

#[test]
fn batches_and_single_packets_are_the_same_and_may_be_mixed() {
    for name in ["socketio.pcap.gz", "commented.pcapng", "proxy-connect.pcap.lz4"] {
        for batch_bytes in [1, 17, 300, 5000, 1 << 20] {
            let options = Options { batch_bytes, ..Options::default() };
            let all = rows(&mut open(name));
            let mut capture = capture::open(&path(name), &options).unwrap();
            let mut seen = Vec::new();
            let mut batch = Batch::new();
            while let Some(packet) = capture.next_packet().unwrap() {
                seen.push((packet.number, packet.data.len()));
                if capture.next_batch(&mut batch).unwrap() {
                    seen.extend(batch.packets().map(|packet| (packet.number, packet.data.len())));
                }
            }
            let all: Vec<_> = all.into_iter().map(|row| (row.0, row.4)).collect();
            assert_eq!(seen, all, "{name} {batch_bytes}");
        }
    }
}

#[test]
fn positions_lead_back_to_the_bytes_in_every_kind_of_store() {
    for (name, kind) in [
        ("proxy-connect.pcap", None),
        ("commented.pcapng", None),
        ("socketio.pcap.gz", Some(Compression::Gzip)),
        ("graphql-transport-ws.pcap.zst", Some(Compression::Zstd)),
        ("proxy-connect.pcap.lz4", Some(Compression::Lz4)),
    ] {
        let options = Options { spool: true, batch_bytes: 1000 };
        let mut capture = capture::open(&path(name), &options).unwrap();
        assert_eq!(capture.compression(), kind);
        let store = capture.store().unwrap();
        let mut places = Vec::new();
        while let Some(packet) = capture.next_packet().unwrap() {
            places.push((packet.position, packet.data.to_vec()));
        }
        let reader = std::thread::spawn(move || {
            for (position, data) in &places {
                let mut back = vec![0; data.len()];
                assert_eq!(store.read_at(*position, &mut back).unwrap(), data.len());
                assert_eq!(&back, data);
            }
            places.len()
        });
        assert!(reader.join().unwrap() > 10, "{name}");
    }
    assert!(open("socketio.pcap.gz").store().is_none());
    assert!(open("proxy-connect.pcap").store().is_some());
}

const SEED: [(u64, i64, u32, u32, usize); 2] =
    [(1, 1_320_000_034, 370_630_000, 77, 77), (2, 1_320_000_034, 427_061_000, 73, 73)];
const BIG_ENDIAN: [(u64, i64, u32, u32, usize); 2] =
    [(1, 1_795_329_745, 734_261_000, 74, 74), (2, 1_795_329_745, 734_295_000, 74, 74)];
const COMMENTED: [(u64, i64, u32, u32, usize); 2] =
    [(1, 1_795_329_745, 734_261_305, 74, 74), (2, 1_795_329_745, 734_295_636, 74, 74)];
