//! Where bytes come from: pipes, compressed files, and what is no capture at all.

use std::io::{self, Read, Write};
use std::path::Path;

use sockeye::capture::{self, Batch, Capture, Compression, Damage, OpenError, Options};

use super::build::{Chunks, MICRO, Order, Script, pcap_header, plain_pcap, plain_pcapng, record, rows};

fn open(reader: impl Read + Send + 'static) -> Result<Capture, OpenError> {
    capture::open_reader("made", reader, &Options::default())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Linked)
        .content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

const KINDS: [(Compression, Compress); 3] =
    [(Compression::Gzip, gzip), (Compression::Zstd, zstd), (Compression::Lz4, lz4)];

fn chunks(bytes: Vec<u8>, chunk: usize) -> Chunks {
    Chunks { bytes, at: 0, chunk }
}

#[test]
fn a_packet_is_given_as_soon_as_its_bytes_are_there() {
    for (bytes, packets, head) in [(plain_pcap(4), 24), (plain_pcapng(4), 48)].map(|((b, p), head)| (b, p, head)) {
        let framing = if head == 24 { 16 } else { 32 };
        let mut parts = vec![&bytes[..head]];
        let mut at = head;
        for data in &packets {
            let len = framing + if head == 24 { data.len() } else { data.len().next_multiple_of(4) };
            parts.push(&bytes[at..at + len]);
            at += len;
        }
        // One part a packet; header and first packet together; a packet in two parts.
        let first_two = [parts[0], parts[1]].concat();
        let (front, back) = parts[3].split_at(9);
        for script in [parts.clone(), [&[&first_two[..]][..], &parts[2..]].concat(), {
            [&parts[..3], &[front, back], &parts[4..]].concat()
        }] {
            let mut capture = open(Script::new(&script)).unwrap();
            for data in &packets {
                assert_eq!(capture.next_packet().unwrap().unwrap().data, data);
            }
            let error = capture.next_packet().unwrap_err();
            assert_eq!((error.packet, error.position), (4, bytes.len() as u64));
            assert!(error.to_string().contains("would have waited"), "{error}");
            assert!(capture.next_packet().unwrap().is_none());
            assert_eq!(capture.warnings(), []);
        }
    }
}

#[test]
fn a_batch_from_a_pipe_ends_where_the_pipe_has_no_more() {
    let (bytes, packets) = plain_pcap(6);
    let third = 24 + packets[..3].iter().map(|data| 16 + data.len()).sum::<usize>();
    let mut capture = open(Script::new(&[&bytes[..third + 5], &bytes[third + 5..]])).unwrap();
    let mut batch = Batch::new();
    assert!(capture.next_batch(&mut batch).unwrap());
    assert_eq!(batch.len(), 3);
    assert!(capture.next_batch(&mut batch).unwrap());
    assert_eq!(batch.packets().map(|packet| packet.number).collect::<Vec<_>>(), [4, 5, 6]);
}

#[test]
fn what_was_read_before_an_error_is_given_first() {
    let (bytes, packets) = plain_pcap(6);
    let mut capture = open(Script::new(&[&bytes[..bytes.len() - 3]])).unwrap();
    let mut seen = 0;
    let error = loop {
        match capture.next_packet() {
            Ok(Some(_)) => seen += 1,
            Ok(None) => panic!("an error was due"),
            Err(error) => break error,
        }
    };
    assert_eq!((seen, error.packet), (packets.len() - 1, 5));
}

#[test]
fn compressed_live_data_is_not_kept_back() {
    let (bytes, packets) = plain_pcap(5);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&bytes).unwrap();
    encoder.flush().unwrap();
    let so_far = encoder.get_ref().clone();
    let mut capture = open(Script::new(&[&so_far])).unwrap();
    for data in &packets {
        assert_eq!(capture.next_packet().unwrap().unwrap().data, data);
    }
    capture.next_packet().unwrap_err();
}

#[test]
fn members_and_frames_one_after_another_are_one_capture() {
    let (bytes, packets) = plain_pcap(600);
    let (front, back) = bytes.split_at(30_011);
    for (kind, compress) in KINDS {
        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"12345"].concat();
        for between in [vec![], skippable] {
            for chunk in [1, 1000, usize::MAX] {
                let file = [compress(front), between.clone(), compress(back), compress(b"")].concat();
                let mut capture = open(chunks(file, chunk)).unwrap();
                assert_eq!(capture.compression(), Some(kind));
                assert_eq!(rows(&mut capture).len(), packets.len(), "{kind} {chunk}");
                assert_eq!(capture.warnings(), [], "{kind}");
            }
        }
    }
}

#[test]
fn compressed_data_cut_anywhere_gives_what_was_whole() {
    let (bytes, packets) = plain_pcap(2000);
    for (kind, compress) in KINDS {
        let file = compress(&bytes);
        for cut in (12..file.len()).step_by(997).chain(file.len() - 12..file.len()) {
            let capture = open(chunks(file[..cut].to_vec(), 4096));
            let mut capture = match capture {
                Ok(capture) => capture,
                Err(error) => {
                    // lz4 and zstd give nothing before their first block is whole.
                    let place = if kind == Compression::Gzip { "" } else { ", inside its first block" };
                    let said = format!("the {kind} data ends after {cut} bytes{place}: nothing of a capture");
                    assert!(error.to_string().contains(&said), "{kind} {cut}: {error}");
                    assert!(cut < file.len() * 2 / 3, "{kind} {cut} of {}", file.len());
                    continue;
                }
            };
            let rows = rows(&mut capture);
            assert!(rows.iter().zip(&packets).all(|(row, data)| &row.data == data), "{kind} {cut}");
            let [warning] = capture.warnings() else { panic!("{kind} {cut} {:?}", capture.warnings()) };
            assert_eq!(warning.damage, Damage::CompressedCut(kind, cut as u64), "{kind} {cut}");
            assert_eq!(warning.packet, rows.len() as u64, "{kind} {cut}");
            // A block holds at most 128 KiB, about 1000 packets of these.
            let share = packets.len() * cut / file.len();
            assert!(rows.len() + 1200 > share, "{kind} {cut}: {} of {share}", rows.len());
        }
    }
}

#[test]
fn broken_compressed_data_ends_with_one_warning() {
    let (bytes, packets) = plain_pcap(2000);
    for (kind, compress) in KINDS {
        let file = compress(&bytes);
        for at in (40..file.len()).step_by(1201) {
            let mut broken = file.clone();
            broken[at] ^= 0x10;
            let Ok(mut capture) = open(chunks(broken, 4096)) else { continue };
            let rows = rows(&mut capture);
            assert!(!capture.warnings().is_empty() || rows.len() == packets.len(), "{kind} {at}");
            for warning in capture.warnings() {
                let text = warning.to_string();
                assert!(text.starts_with("made: ") && !text.contains('\n') && text.len() < 500, "{text}");
            }
        }
    }
}

#[test]
fn what_follows_compressed_data_is_left_out_and_said() {
    let (bytes, packets) = plain_pcap(5);
    for (kind, compress) in KINDS {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[compress(&bytes), b"and some more".to_vec()].concat()).unwrap();
        let mut capture = capture::open(file.path(), &Options::default()).unwrap();
        assert_eq!(rows(&mut capture).len(), packets.len());
        let [warning] = capture.warnings() else { panic!("{kind} {:?}", capture.warnings()) };
        assert_eq!(warning.damage, Damage::AfterCompressed(kind));
        assert_eq!(warning.lost, 13, "{kind}");
        let mut capture = open(chunks([compress(&bytes), vec![0; 512]].concat(), 4096)).unwrap();
        assert_eq!((rows(&mut capture).len(), capture.warnings().len()), (packets.len(), 0), "{kind}");
    }
}

#[test]
fn what_cannot_be_opened_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str, bytes: Option<&[u8]>| {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).unwrap();
        }
        let error = capture::open(&path, &Options::default()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(name) && !text.contains('\n'), "{text}");
        (error, text)
    };
    assert!(matches!(said("none.pcap", None).0, OpenError::NotFound { .. }));
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    assert!(matches!(said("folder", None).0, OpenError::Directory { .. }));
    assert!(matches!(said("empty.pcap", Some(b"")).0, OpenError::Empty { .. }));
    let header = pcap_header(Order::Be, MICRO, 0, 1);
    for cut in 4..24 {
        let (error, text) = said("cut.pcap", Some(&header[..cut]));
        assert!(matches!(error, OpenError::Header { wanted: 24, .. }), "{text}");
    }
    for cut in 4..12 {
        let (error, text) = said("cut.pcapng", Some(&plain_pcapng(0).0[..cut]));
        assert!(matches!(error, OpenError::Header { .. }), "{text}");
    }
    for (bytes, word) in [
        (&b"just a note\n"[..], "text"),
        (b"x", "text"),
        (b"{\"log\": {\"entries\": []}}", "HAR"),
        (b"CLIENT_RANDOM 0011 2233\n", "TLS key log"),
        (&gzip(b"just a note\n"), "gzip data that holds something else: it looks like text"),
        (&gzip(&gzip(&header)), "gzip data that holds something else: gzip data"),
        (&zstd(b"[1, 2]"), "zstd data that holds something else: it looks like JSON"),
        (&lz4(b"<html>"), "lz4 data that holds something else: it looks like an HTML"),
    ] {
        let (error, text) = said("other", Some(bytes));
        assert!(matches!(error, OpenError::NotCapture { .. }) && text.contains(word), "{text}");
    }
    for (bytes, word) in [
        (&gzip(b"")[..], "the gzip data is empty inside"),
        (&gzip(&header)[..13], "the gzip data ends after 13 bytes: nothing of a capture can be read"),
        (&zstd(&header)[..8], "the zstd data ends after 8 bytes, inside its first block: nothing"),
        (&lz4(&header)[..18], "the lz4 data ends after 18 bytes, inside its first block: nothing"),
        (
            &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 10, 0x57, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
            "the zstd data is damaged",
        ),
    ] {
        let (error, text) = said("other", Some(bytes));
        assert!(matches!(error, OpenError::NothingInside { .. }) && text.contains(word), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_said_so() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(file.path()).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let error = capture::open(file.path(), &Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("sudo cat"));
}

#[test]
fn a_reader_that_fails_at_once_is_an_error() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let error = open(Fails).unwrap_err();
    assert!(error.to_string().starts_with("made: cannot be read"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo here");
        return;
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let path = pipe.clone();
    let reader = std::thread::spawn(move || {
        let options = Options { spool: true, ..Options::default() };
        let mut capture = capture::open(Path::new(&path), &options).unwrap();
        assert_eq!(capture.total_size(), None);
        let store = capture.store().unwrap();
        while let Some(packet) = capture.next_packet().unwrap() {
            let mut back = vec![0; packet.data.len()];
            store.read_at(packet.position, &mut back).unwrap();
            sender.send(back).unwrap();
        }
    });
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(&pcap_header(Order::Le, MICRO, 0, 1)).unwrap();
    for text in [&b"one"[..], b"two", b"three"] {
        writer.write_all(&record(Order::Le, 1_700_000_000, 0, 5, text)).unwrap();
        // Comes while the pipe is open, or this waits for ever.
        assert_eq!(receiver.recv().unwrap(), text);
    }
    drop(writer);
    reader.join().unwrap();
}
