//! Captures of programs that keep to the rules raise no error, and nothing that is not said here.

use std::collections::BTreeMap;
use std::path::Path;

use sockeye::base::Code;
use sockeye::capture;
use sockeye::dissect::{Dissector, Options, Sink, Told, Wants};

#[derive(Default)]
struct Notes(BTreeMap<Code, u64>);

impl Sink for Notes {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        if let Told::Note { note, .. } = *told {
            *self.0.entry(note.code).or_default() += 1;
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn notes(file: &Path) -> BTreeMap<Code, u64> {
    let mut notes = Notes::default();
    let mut dissector = Dissector::new(Options::default());
    let mut source = capture::open(file, &capture::Options::default()).unwrap();
    // A file that is cut off gives what comes before.
    while let Ok(Some(packet)) = source.next_packet() {
        dissector.push(&packet, &mut notes);
    }
    dissector.finish(&mut notes);
    notes.0
}

/// What is known of each capture that raises anything, from how it was made.
const KNOWN: &[(&str, &[(Code, u64)])] = &[
    // Three upgrades that a server refused, one that a proxy spoilt, one for a version that was not spoken.
    ("auth-origin-redirect.pcap", &[(Code::HandshakeRefused, 3)]),
    ("proxy-strips-upgrade.pcap", &[(Code::HandshakeRefused, 1)]),
    ("rejected-version.pcap", &[(Code::HandshakeRefused, 1)]),
    // Cut out of a longer capture in the middle of a frame.
    ("big-endian-usec.pcap", &[(Code::MessageUnfinished, 1), (Code::FrameUnfinished, 1)]),
    ("ipv4-fragments.pcap", &[(Code::MessageUnfinished, 1), (Code::FrameUnfinished, 1)]),
    ("linktype-null.pcap", &[(Code::MessageUnfinished, 1), (Code::FrameUnfinished, 1)]),
    ("linktype-raw-ip.pcap", &[(Code::MessageUnfinished, 1), (Code::FrameUnfinished, 1)]),
    ("vlan-qinq.pcap", &[(Code::MessageUnfinished, 1), (Code::FrameUnfinished, 1)]),
    // By hand, with one masking key for all frames.
    ("amsdu-connections.pcap", &[(Code::MaskRepeated, 2)]),
    // Joined after the handshake.
    ("hello-midstream.pcap", &[(Code::MidStream, 1)]),
    ("midframe.pcap", &[(Code::Resynchronised, 1), (Code::MidStream, 1)]),
    ("midstream-no-handshake.pcap.zst", &[(Code::MidStream, 1)]),
    // Six data segments of five frames are missing.
    ("tcp-lost-segments.pcap.lz4", &[(Code::TcpGap, 6), (Code::FrameGap, 5)]),
    // Many packets and both heads are cut short: 64 gaps are told, and one note says how many more there are. 71 frames have
    // bytes in them.
    ("snaplen-96.pcap.gz", &[(Code::TcpGap, 65), (Code::FrameGap, 71)]),
    // Versions from before the RFC.
    ("legacy-hixie75.pcap", &[(Code::DraftVersion, 1)]),
    ("legacy-hixie76.pcap", &[(Code::DraftVersion, 1)]),
    ("legacy-hybi7.pcap", &[(Code::DraftVersion, 1)]),
    ("legacy-hybi8.pcap", &[(Code::DraftVersion, 1)]),
    // Its server closes with 1005.
    ("rfb-vnc.pcap", &[(Code::CloseCode, 1)]),
];

#[test]
fn recorded_programs_raise_what_they_are_known_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut report = String::new();
    let mut seen = 0;
    for folder in ["samples", "tests/data/captures"] {
        let mut files: Vec<_> =
            std::fs::read_dir(root.join(folder)).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap();
            if !name.contains(".pcap") {
                continue;
            }
            seen += 1;
            let known = KNOWN.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, notes)| notes);
            // The sample of this name holds whole frames only.
            let known = if folder == "samples" && name == "vlan-qinq.pcap" { &[] } else { known };
            let found: Vec<_> = notes(&file).into_iter().collect();
            if found != known {
                report += &format!("(\"{name}\", &{found:?}),\n");
            }
        }
    }
    assert!(seen > 20, "{seen} captures");
    assert!(report.is_empty(), "\n{report}");
}
