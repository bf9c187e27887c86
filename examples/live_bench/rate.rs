//! The highest rate of packets without loss.

use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, bind, send, socket};

use crate::Program;

/// Packets a second, tried in this order.
const RATES: [u32; 8] = [25_000, 50_000, 100_000, 150_000, 200_000, 300_000, 400_000, 600_000];

/// Longest time that one rate is kept up.
const SECONDS: u32 = 2;

/// The interface that packets are sent and captured on.
const INTERFACE: &str = "eyebench0";

struct Pair;

impl Pair {
    fn make() -> Pair {
        ip(&["link", "add", INTERFACE, "type", "veth", "peer", "name", "eyebench1"]);
        for end in [INTERFACE, "eyebench1"] {
            ip(&["link", "set", end, "addrgenmode", "none"]);
            ip(&["link", "set", end, "up"]);
        }
        Pair
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        ip(&["link", "del", INTERFACE]);
    }
}

fn ip(arguments: &[&str]) {
    let status = Command::new("ip").args(arguments).status().expect("iproute2");
    assert!(status.success(), "ip {arguments:?}");
}

/// One program to measure.
struct Candidate<'a> {
    name: &'a str,
    command: Vec<&'a str>,
    listens: &'a str,
    /// What stands before and after the count of dropped packets.
    dropped: (&'a str, &'a str),
}

/// Measures every program at every rate, one after another.
pub fn measure(sockeye: &str, capture: &Path, megabytes: u32) {
    let packets = read(capture);
    let _pair = Pair::make();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (kept, theirs, others) = (file("kept.pcapng"), file("tcpdump.pcap"), file("dumpcap.pcapng"));
    let (buffer, kilobytes) = (megabytes.to_string(), (megabytes * 1024).to_string());
    let ours = ("", " dropped by the kernel");
    let candidates = [
        Candidate {
            name: "tcpdump -w",
            command: vec!["tcpdump", "-Z", "root", "-i", INTERFACE, "-B", &kilobytes, "-w", &theirs],
            listens: "listening on",
            dropped: ("", " packets dropped by kernel"),
        },
        Candidate {
            name: "dumpcap -w",
            command: vec!["dumpcap", "-i", INTERFACE, "-B", &buffer, "-w", &others],
            listens: "File:",
            dropped: ("/", " (pcap:"),
        },
        Candidate {
            name: "sockeye live -w, frames as fields",
            command: vec![
                sockeye, "live", INTERFACE, "-Z", "root", "-B", &buffer, "-w", &kept, "-e", "n", "-e", "length",
            ],
            listens: "listening on",
            dropped: ours,
        },
        Candidate {
            name: "sockeye live, frames as JSON Lines",
            command: vec![sockeye, "live", INTERFACE, "-Z", "root", "-B", &buffer, "--format", "jsonl"],
            listens: "listening on",
            dropped: ours,
        },
    ];
    println!(
        "\nBuffers of {megabytes} MB.\n\n| packets a second, wanted (sent) | {} |",
        candidates.each_ref().map(|one| one.name).join(" | ")
    );
    println!("|---|{}", "---|".repeat(candidates.len()));
    for rate in RATES {
        let mut row = Vec::new();
        let mut sent_at = Vec::new();
        for candidate in &candidates {
            let Some(program) = Program::start(&candidate.command, Stdio::null(), candidate.listens) else {
                row.push("not installed".to_owned());
                continue;
            };
            sleep(Duration::from_millis(500));
            let (sent, took) = send_at(&packets, rate);
            sleep(Duration::from_millis(1500));
            let said = program.end();
            let dropped = number(&said, candidate.dropped);
            sent_at.push((f64::from(sent) / took.as_secs_f64() / 1000.0).round());
            row.push(match dropped {
                Some(0) => "0".to_owned(),
                Some(dropped) => format!("{dropped} of {sent} lost"),
                None => format!("? {}", said.lines().last().unwrap_or_default()),
            });
        }
        let least = sent_at.iter().copied().fold(f64::INFINITY, f64::min);
        let most = sent_at.iter().copied().fold(0.0, f64::max);
        println!("| {rate} ({least}–{most} thousand) | {} |", row.join(" | "));
    }
}

fn read(capture: &Path) -> Vec<Box<[u8]>> {
    let mut capture = sockeye::capture::open(capture, &Default::default()).expect("a capture");
    let mut packets = Vec::new();
    while let Some(packet) = capture.next_packet().expect("a whole capture") {
        packets.push(packet.data.into());
    }
    packets
}

/// Sends packets at a rate, for a while or until there are no more; how many, and how long that took.
fn send_at(packets: &[Box<[u8]>], rate: u32) -> (u32, Duration) {
    let addresses = nix::ifaddrs::getifaddrs().expect("interfaces").filter(|entry| entry.interface_name == INTERFACE);
    let link = addresses.filter_map(|entry| entry.address?.as_link_addr().copied()).next().expect("the pair");
    let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), None).expect("root");
    bind(raw.as_raw_fd(), &link).expect("the pair");
    let start = Instant::now();
    let mut sent = 0u32;
    for packet in packets.iter().take(usize::try_from(rate * SECONDS).expect("32 bits")) {
        // A batch each half millisecond: sleeping between packets is not possible at these rates.
        if sent.is_multiple_of((rate / 2000).max(1)) {
            let due = start + Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
            sleep(due.saturating_duration_since(Instant::now()));
        }
        // A full queue of the pair is not what is measured.
        while send(raw.as_raw_fd(), packet, MsgFlags::empty()).is_err() {}
        sent += 1;
    }
    (sent, start.elapsed())
}

/// The number between two texts, the last place where they stand.
fn number(said: &str, (before, after): (&str, &str)) -> Option<u64> {
    let end = said.rfind(after)?;
    let text = said.get(..end)?;
    let start = text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    text.get(..start)?.ends_with(before).then(|| text.get(start..)?.parse().ok())?
}
