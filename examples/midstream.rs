//! What is said of a capture that starts late: opens each capture at every packet in turn, as if it had begun there.
//!
//! `cargo run --release --example midstream -- [--truth] [--window N] [--every N] [-v] FILE...`
//!
//! Without `--truth` the captures hold no WebSocket, and every claim is a false one: at each start at most `--window`
//! packets (256) are read, since a connection is decided on its first bytes. With it the captures hold WebSocket with
//! its handshake, and the frames found from each start are compared with those that the whole capture gives. `-v` has a
//! line for each claim, or for each start that falls short. docs/MIDSTREAM.md holds what it printed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use sockeye::base::Direction;
use sockeye::dissect::{Evidence, Options, Sink, Socket, Told, Wants};

#[path = "../tests/library/kept.rs"]
mod kept;

use kept::{Kept, read};

/// What names a frame wherever the capture starts: its connection, its direction, its packets and its header.
type Key = (SocketAddr, SocketAddr, bool, u64, u64, String);

#[derive(Default)]
struct Seen {
    /// Frames by connection number until the connection's addresses are told.
    frames: Vec<(u32, bool, u64, u64, String)>,
    connections: BTreeMap<u32, Socket>,
}

impl Sink for Seen {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) => {
                let client = frame.direction == Direction::Client;
                let header = format!("{:?}", frame.header);
                self.frames.push((place.socket.connection.0, client, frame.first.packet, frame.last.packet, header));
            }
            Told::Opened(connection) => {
                self.connections.insert(connection.id.connection.0, connection.clone());
            }
            Told::Closed(connection) => {
                self.connections.insert(connection.id.connection.0, connection.clone());
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Seen {
    /// Each frame, and how often.
    fn keys(&self) -> BTreeMap<Key, i64> {
        let mut keys = BTreeMap::new();
        for (connection, client, first, last, header) in &self.frames {
            let connection = &self.connections[connection];
            let key = (connection.client, connection.server, *client, *first, *last, header.clone());
            *keys.entry(key).or_default() += 1;
        }
        keys
    }

    /// Confidence of each connection that was recognised by its frames.
    fn claims(&self) -> Vec<f32> {
        let confidence = |connection: &Socket| match connection.evidence {
            Evidence::MidStream { confidence } => Some(confidence),
            _ => None,
        };
        self.connections.values().filter_map(confidence).collect()
    }
}

fn dissect(packets: &[Kept]) -> (Seen, u64) {
    let mut seen = Seen::default();
    let connections = kept::dissect(packets, Options::default(), &mut seen);
    (seen, connections)
}

struct Settings {
    truth: bool,
    window: usize,
    every: usize,
    verbose: bool,
}

/// Nothing here is WebSocket.
fn false_claims(name: &str, packets: &[Kept], settings: &Settings) -> [u64; 4] {
    let (mut starts, mut streams, mut claims) = (0, 0, 0);
    for start in (0..packets.len()).step_by(settings.every) {
        let end = if start == 0 { packets.len() } else { packets.len().min(start + settings.window) };
        let (seen, connections) = dissect(&packets[start..end]);
        starts += 1;
        streams += connections;
        for confidence in seen.claims() {
            claims += 1;
            if settings.verbose {
                println!("    {name} from packet {}: claimed, confidence {confidence:.4}", start + 1);
            }
        }
    }
    let bytes: usize = packets.iter().map(|packet| packet.data.len()).sum();
    println!("{name:34} {:>8} {bytes:>11} {starts:>8} {streams:>9} {claims:>7}", packets.len());
    [bytes as u64, starts, streams, claims]
}

/// What the whole capture gives is what each start must give of it.
fn found_again(name: &str, packets: &[Kept], settings: &Settings) {
    let (whole, _) = dissect(packets);
    let truth = whole.keys();
    let opened = truth.keys().map(|key| key.3).min().unwrap_or(1).max(2);
    let (mut starts, mut claimed, mut left, mut found, mut made_up) = (0u64, 0u64, 0i64, 0i64, 0i64);
    let (mut unclaimed_most, mut lowest) = (0, 1.0f32);
    for start in (opened as usize - 1..packets.len()).step_by(settings.every) {
        let want: BTreeMap<&Key, i64> =
            truth.iter().filter(|(key, _)| key.3 > start as u64).map(|(key, count)| (key, *count)).collect();
        if want.is_empty() {
            break;
        }
        let (seen, _) = dissect(&packets[start..]);
        let got = seen.keys();
        let wanted: i64 = want.values().sum();
        let both: i64 = want.iter().map(|(key, count)| got.get(key).copied().unwrap_or(0).min(*count)).sum();
        let extra: i64 = got.values().sum::<i64>() - both;
        let claims = seen.claims();
        starts += 1;
        claimed += u64::from(!claims.is_empty());
        (left, found, made_up) = (left + wanted, found + both, made_up + extra);
        if both == 0 {
            unclaimed_most = unclaimed_most.max(wanted);
        }
        lowest = claims.iter().copied().fold(lowest, f32::min);
        if settings.verbose && (both < wanted || extra > 0) {
            println!("    from packet {}: {both} of {wanted} frames, {extra} made up, claims {claims:?}", start + 1);
            for (key, _) in want.iter().filter(|(key, count)| got.get(key).copied().unwrap_or(0) < **count).take(3) {
                println!("        missed  packets {} to {}, client {}, {}", key.3, key.4, key.2, key.5);
            }
            for (key, _) in got.iter().filter(|(key, count)| want.get(key).copied().unwrap_or(0) < **count).take(3) {
                println!("        made up packets {} to {}, client {}, {}", key.3, key.4, key.2, key.5);
            }
        }
    }
    println!(
        "{name:34} {starts:>6} {claimed:>7} {left:>8} {found:>8} {:>6} {made_up:>7} {unclaimed_most:>10} {lowest:>7.4}",
        left - found
    );
}

fn main() {
    let mut settings = Settings { truth: false, window: 256, every: 1, verbose: false };
    let mut files: Vec<PathBuf> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|number| number.parse().ok()).expect("a number");
        match argument.as_str() {
            "--truth" => settings.truth = true,
            "--window" => settings.window = number(),
            "--every" => settings.every = number(),
            "-v" => settings.verbose = true,
            file => files.push(file.into()),
        }
    }
    if settings.truth {
        println!(
            "capture                            starts claimed   frames    found missed made-up unclaimed≤ lowest"
        );
    } else {
        println!("capture                             packets       bytes   starts   streams  claims");
    }
    let mut sum = [0; 4];
    for file in &files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let packets = read(file);
        if settings.truth {
            found_again(&name, &packets, &settings);
        } else {
            let one = false_claims(&name, &packets, &settings);
            sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
        }
    }
    if !settings.truth {
        let [bytes, starts, streams, claims] = sum;
        println!("{:34} {:>8} {bytes:>11} {starts:>8} {streams:>9} {claims:>7}", "all", "");
    }
}
