//! Capture filters against libpcap, packet by packet: the programs that libpcap compiled once and that are kept in
//! tests/data/filters, and, where it is installed, the library itself.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sockeye::base::LinkType;
use sockeye::capture::live::bpf::Program;
use sockeye::capture::live::filter::{Compiler, compile, compile_subset};
use sockeye::capture::live::library::Library;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A packet and its length on the wire.
type Whole = (Vec<u8>, u32);

/// The packets of a little-endian pcap file.
fn packets(name: &str) -> Vec<Whole> {
    let bytes = fs::read(data(name)).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut packets = Vec::new();
    let mut at = 24;
    while at < bytes.len() {
        let (captured, wire) = (usize::try_from(word(at + 8)).unwrap(), word(at + 12));
        packets.push((bytes[at + 16..at + 16 + captured].to_vec(), wire));
        at += 16 + captured;
    }
    packets
}

fn ethernet() -> Vec<Whole> {
    let files = ["filters/ethernet.pcap", "net/encapsulations.pcap", "net/vlan-qinq.pcap", "net/ipv4-fragments.pcap"];
    files.into_iter().flat_map(packets).collect()
}

/// Packets by the name tcpdump gives their link type.
fn packets_of(link: &str) -> (LinkType, Vec<Whole>) {
    match link {
        "EN10MB" => (LinkType::ETHERNET, ethernet()),
        "LINUX_SLL2" => {
            let files = ["filters/cooked.pcap", "net/proxy-both-legs.pcap"];
            (LinkType::LINUX_SLL2, files.into_iter().flat_map(packets).collect())
        }
        "RAW" => {
            let untagged = |packet: &Whole| matches!(packet.0.get(12..14), Some([0x08, 0x00] | [0x86, 0xdd]));
            let strip = |(packet, wire): Whole| (packet[14..].to_vec(), wire - 14);
            (LinkType::RAW, ethernet().into_iter().filter(untagged).map(strip).collect())
        }
        other => panic!("{other}"),
    }
}

fn program(line: &str) -> Program {
    let instructions: Vec<&str> = line.split(',').collect();
    Program::from_ddd(&format!("{}\n{}\n", instructions.len(), instructions.join("\n"))).unwrap()
}

/// Snap lengths in use, and a link header alone. Inside a header libpcap's optimiser may ask first what is captured, where
/// the subset asks first what is cut off.
const CUTS: [usize; 6] = [0, 14, 64, 68, 96, 128];

/// Both accept the same packets, whole and cut. Gives the number accepted whole.
fn agree(expected: &Program, ours: &Program, packets: &[Whole], what: &str) -> usize {
    let mut accepted = 0;
    for (number, (packet, wire)) in packets.iter().enumerate() {
        for len in CUTS.into_iter().filter(|len| *len < packet.len()).chain([packet.len()]) {
            let (theirs, ours) = (expected.run(&packet[..len], *wire) > 0, ours.run(&packet[..len], *wire) > 0);
            assert_eq!(ours, theirs, "{what}: packet {} cut to {len} bytes", number + 1);
        }
        accepted += usize::from(ours.run(packet, *wire) > 0);
    }
    accepted
}

#[test]
fn the_subset_accepts_what_the_kept_programs_of_libpcap_accept() {
    let programs = fs::read_to_string(data("filters/programs.txt")).unwrap();
    let expressions = fs::read_to_string(data("filters/expressions.txt")).unwrap();
    for link in ["EN10MB", "RAW", "LINUX_SLL2"] {
        let (linktype, packets) = packets_of(link);
        assert!(packets.len() > 100, "{link}: {}", packets.len());
        let (mut compared, mut telling) = (0, 0);
        for expression in expressions.lines() {
            let what = format!("{link} '{expression}'");
            let line = programs.lines().find_map(|line| line.strip_prefix(&format!("{link}\t{expression}\t")));
            match (line, compile_subset(expression, linktype)) {
                (Some(line), Ok(ours)) => {
                    let accepted = agree(&program(line), &ours.program, &packets, &what);
                    compared += 1;
                    telling += usize::from(accepted > 0 && accepted < packets.len());
                }
                (Some(_), Err(error)) => panic!("{what}: {error}"),
                (None, Ok(ours)) => assert!(packets.iter().all(|(p, w)| ours.program.run(p, *w) == 0), "{what}"),
                (None, Err(_)) => {}
            }
        }
        assert!(compared >= 120 && telling >= 80, "{link}: {compared} compared, {telling} tell packets apart");
    }
}

/// libpcap, or a word that it is not here.
fn library() -> Option<&'static Library> {
    let library = Library::get().ok();
    if library.is_none() {
        eprintln!("SKIPPED: libpcap is not installed, so the subset was compared with its kept programs only");
    }
    library
}

#[test]
fn the_subset_accepts_what_the_installed_libpcap_accepts() {
    let Some(library) = library() else { return };
    eprintln!("comparing with {}", library.version());
    let expressions = fs::read_to_string(data("filters/expressions.txt")).unwrap();
    for link in ["EN10MB", "RAW", "LINUX_SLL2"] {
        let (linktype, packets) = packets_of(link);
        for expression in expressions.lines() {
            let what = format!("{link} '{expression}'");
            if let (Ok(theirs), Ok(ours)) =
                (library.compile(expression, linktype), compile_subset(expression, linktype))
            {
                agree(&theirs, &ours.program, &packets, &what);
            }
        }
    }
}

#[test]
fn libpcap_is_used_where_it_is_installed_and_speaks_for_itself() {
    let Some(library) = library() else { return };
    let filter = compile("tcp[tcpflags] & tcp-syn != 0", LinkType::ETHERNET).unwrap();
    assert_eq!(filter.compiler, Compiler::Libpcap);
    let syns = packets("net/ipv4-fragments.pcap").iter().filter(|(p, wire)| filter.program.run(p, *wire) > 0).count();
    assert_eq!(syns, 2);
    let error = compile("tcp port", LinkType::ETHERNET).unwrap_err().to_string();
    assert!(error.contains("syntax error"), "{error}");
    assert!(library.compile("tcp\0", LinkType::ETHERNET).is_err());
    assert!(library.version().starts_with("libpcap version"), "{}", library.version());
}

fn primitive() -> impl Strategy<Value = String> {
    let words = [
        "tcp",
        "udp",
        "ip",
        "ip6",
        "arp",
        "icmp",
        "port 80",
        "src port 80",
        "tcp dst port 8080",
        "port (80 or 443)",
        "portrange 80-9000",
        "udp portrange 50-90",
        "host 10.1.2.1",
        "src 10.1.2.2",
        "net 192.168.0.0/16",
        "host 2001:db8::1",
        "dst net 2001:db8::/32",
        "less 80",
        "greater 100",
        "host (10.1.2.1 or 10.1.2.2)",
        "src and dst net 10.0.0.0/8",
        "vlan",
        "vlan 100",
        "port not 80",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = String> {
    primitive().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_combination_agrees_with_the_installed_libpcap(expression in expression()) {
        if let Ok(library) = Library::get() {
            let (link, packets) = packets_of("EN10MB");
            let ours = compile_subset(&expression, link);
            prop_assert!(ours.is_ok(), "{expression}: {ours:?}");
            // libpcap refuses what it proves to accept nothing.
            if let (Ok(theirs), Ok(ours)) = (library.compile(&expression, link), ours) {
                for (packet, wire) in &packets {
                    let agreed = (theirs.run(packet, *wire) > 0) == (ours.program.run(packet, *wire) > 0);
                    prop_assert!(agreed, "{expression}: {packet:02x?}");
                }
            }
        }
    }
}
