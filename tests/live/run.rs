//! `run`: a program is started, its traffic shown and nobody else's, and nothing of it left behind.
//!
//! Programs are shells, and this test's own binary ([`talker`]); those that speak TLS are tested where they are installed.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::link::{Pair, Space};
use crate::program::{Ended, PACKET, Program, SOCKEYE, blocks, folder, sockeye};
use crate::talk::{serve, with_server};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("run::it_ends_as_the_program_does", it_ends_as_the_program_does),
    ("run::the_program_inherits_nothing", the_program_inherits_nothing),
    ("run::under_sudo_it_runs_as_the_caller", under_sudo_it_runs_as_the_caller),
    ("run::the_key_log_is_gone_however_it_ends", the_key_log_is_gone_however_it_ends),
    ("run::others_are_not_shown", others_are_not_shown),
    ("run::what_children_send_is_shown", what_children_send_is_shown),
    ("run::an_interface_may_be_named", an_interface_may_be_named),
    ("run::secrets_lie_in_the_file_before_what_they_open", secrets_lie_in_the_file_before_what_they_open),
    ("run::nothing_begins_where_the_file_cannot_be_made", nothing_begins_where_the_file_cannot_be_made),
    ("run::quic_of_the_program_is_named", quic_of_the_program_is_named),
];

pub const SECRETS: u32 = 10;
const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Arguments by which this binary is a program that talks: address, text, how often.
pub const TALK: &str = "--talk";

/// The text for which it speaks QUIC.
const QUIC: &str = "--quic";

/// A client of QUIC: says the Initial packet of RFC 9001 appendix A.2 so many times, and hears nothing.
fn quic_talker(address: &str, count: u32) {
    let digits: Vec<u8> =
        include_bytes!("../data/tls/quic-v1.hex").iter().copied().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let initial: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..count {
        socket.send_to(&initial, address).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
}

/// A client that says a text so many times, and waits for each to come back.
pub fn talker(arguments: &[String]) {
    let [address, text, count] = arguments else { panic!("{arguments:?}") };
    if text == QUIC {
        return quic_talker(address, count.parse().unwrap());
    }
    let mut stream = TcpStream::connect(address).unwrap();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: \
                   13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    let length = u8::try_from(text.len()).unwrap();
    for _ in 0..count.parse::<u32>().unwrap() {
        // Masked with nothing, and back without.
        stream.write_all(&[&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()).unwrap();
        let mut back = vec![0; 2 + text.len()];
        stream.read_exact(&mut back).unwrap();
        std::thread::sleep(Duration::from_millis(5));
    }
    // On a machine with much else to do, whose socket it is is looked at late.
    std::thread::sleep(Duration::from_millis(300));
}

/// This binary, as a command.
pub fn talking(address: &str, text: &str, count: u32) -> Vec<String> {
    let exe = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    vec![exe, TALK.to_owned(), address.to_owned(), text.to_owned(), count.to_string()]
}

pub fn run(space: &Space, options: &[&str], command: &[&str]) -> Ended {
    Program::start(space, &[&[SOCKEYE, "run", "--lines"], options, &["--"], command].concat()).end()
}

pub fn words(command: &[String]) -> Vec<&str> {
    command.iter().map(String::as_str).collect()
}

/// Key logs there are now.
fn key_logs() -> Vec<PathBuf> {
    let uid = nix::unistd::getuid();
    let places = [std::env::temp_dir(), PathBuf::from(format!("/run/user/{uid}"))];
    let entries = places.iter().filter_map(|place| fs::read_dir(place).ok()).flatten().flatten();
    entries.map(|entry| entry.path().join("keys")).filter(|log| log.exists()).collect()
}

fn it_ends_as_the_program_does() {
    let pair = Pair::new();
    for (script, status) in [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 128 + 9), ("kill -TERM $$", 128 + 15)] {
        let ended = run(&pair.left, &[], &["sh", "-c", script]);
        assert_eq!(ended.code, Some(status), "{script}: {}", ended.error);
    }
    let ended = run(&pair.left, &[], &["no-such-program"]);
    assert_eq!(ended.code, Some(127));
    assert!(ended.error.contains("no-such-program: cannot be started: No such file"), "{}", ended.error);
    let ended = run(&pair.left, &[], &["/dev/null"]);
    assert_eq!(ended.code, Some(126), "{}", ended.error);
    // What it prints does not mix with lines.
    let ended = run(&pair.left, &[], &["sh", "-c", "echo printed"]);
    assert_eq!(ended.out, "");
    assert!(ended.error.contains("printed\n"), "{}", ended.error);
}

fn the_program_inherits_nothing() {
    let pair = Pair::new();
    let script = "ls -l /proc/self/fd; grep -E '^(Cap|NoNewPrivs|Seccomp|SigBlk)' /proc/self/status";
    let ended = run(&pair.left, &["-w", folder().path().join("x").to_str().unwrap()], &["sh", "-c", script]);
    let plain = Program::start(&pair.left, &["sh", "-c", script]).end();
    for foreign in ["socket:", "anon_inode:", "keys", ".pcapng", "/net/"] {
        assert!(!ended.error.contains(foreign), "{foreign}: {}", ended.error);
    }
    for line in plain.out.lines().filter(|line| line.contains(':') && !line.contains("->")) {
        if !line.starts_with("Seccomp_filters") {
            assert!(ended.error.contains(line), "{line} in\n{}", ended.error);
        }
    }
    assert!(ended.error.contains("NoNewPrivs:\t0") && ended.error.contains("SigBlk:\t0000000000000000"));
}

fn under_sudo_it_runs_as_the_caller() {
    let pair = Pair::new();
    let script = "id -u; id -g; id -G; grep CapEff /proc/self/status; stat -c '%a %u %F' $SSLKEYLOGFILE $(dirname \
                  $SSLKEYLOGFILE); echo sudo=$SUDO_UID; echo home=$HOME; echo node=$NODE_OPTIONS; cat /etc/shadow";
    let mut command = Command::new("ip");
    command.args([
        "netns",
        "exec",
        &pair.left.name,
        "env",
        "SUDO_UID=41234",
        "SUDO_GID=42345",
        "NODE_OPTIONS=--no-warnings",
    ]);
    command.args([SOCKEYE, "run", "--lines", "--", "sh", "-c", script]);
    let ended = Program::spawn(&mut command).end();
    for line in [
        "41234\n",
        "42345\n",
        "CapEff:\t0000000000000000\n",
        "600 41234 regular empty file\n",
        "700 41234 directory\n",
        "sudo=\n",
        "home=/\n",
        "node=--no-warnings --tls-keylog=/",
        "/etc/shadow: Permission denied\n",
    ] {
        assert!(ended.error.contains(line), "{line:?} in\n{}", ended.error);
    }
    assert!(!ended.error.lines().any(|line| line == "0"), "{}", ended.error);
}

fn the_key_log_is_gone_however_it_ends() {
    let pair = Pair::new();
    for signal in [None, Some(Signal::SIGINT), Some(Signal::SIGTERM), Some(Signal::SIGKILL)] {
        let script = "echo log=$SSLKEYLOGFILE=; trap 'exit 3' INT TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; done";
        let command = [SOCKEYE, "run", "--lines", "--", "sh", "-c", script];
        let mut program = Program::start(&pair.left, &command);
        program.wait_error("log=/");
        let log = program.error().split("log=").nth(1).unwrap().split('=').next().unwrap().to_owned();
        assert!(key_logs().contains(&PathBuf::from(&log)), "{log}");
        if let Some(signal) = signal {
            program.signal(signal);
        }
        let ended = program.end();
        let code = match signal {
            None => Some(0),
            Some(Signal::SIGKILL) => None,
            Some(_) => Some(3),
        };
        assert_eq!(ended.code, code, "{signal:?}: {}", ended.error);
        for _ in 0..200 {
            if !Path::new(&log).parent().unwrap().exists() {
                break;
            }
            // A program that was killed removes nothing: its helper does, when it sees that.
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!Path::new(&log).parent().unwrap().exists(), "{signal:?}");
    }
}

fn others_are_not_shown() {
    let (pair, other) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    other.begin(0..3000);
    let talking = talking("127.0.0.1:4000", "mine", 20);
    let ended = run(&pair.left, &["-w", kept.to_str().unwrap(), "--format", "jsonl"], &words(&talking));
    other.wait();
    other.close();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 40), "{}", ended.error);
    assert!(ended.out.lines().all(|line| line.contains("\"mine\"")), "{}", ended.out);
    assert!(!ended.error.contains("nobody could tell"), "{}", ended.error);
    // Nor are they kept.
    assert_eq!(sockeye(&["frames", kept.to_str().unwrap()]).lines().count(), 40);
}

fn what_children_send_is_shown() {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let talking = talking("127.0.0.1:4000", "child", 10);
    // In a session of its own, and its parent is gone before it begins.
    let script = format!("(setsid sh -c 'sleep 0.2; {}' &) ; sleep 1.5", words(&talking).join(" "));
    let ended = run(&pair.left, &[], &["sh", "-c", &script]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 20), "{}", ended.error);
}

fn an_interface_may_be_named() {
    let pair = Pair::new();
    serve(&pair.right, "10.7.0.2:4001", false);
    let talking = talking("10.7.0.2:4001", "far", 10);
    let ended = run(&pair.left, &["-i", "left"], &words(&talking));
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 20), "{}", ended.error);
}

fn secrets_lie_in_the_file_before_what_they_open() {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let talking = talking("127.0.0.1:4000", "mine", 5);
    let script = format!("echo CLIENT_RANDOM {RANDOM} 5ec2e7 >> $SSLKEYLOGFILE; exec {}", words(&talking).join(" "));
    let ended = run(&pair.left, &["-w", kept.to_str().unwrap()], &["sh", "-c", &script]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(!ended.error.contains("5ec2e7") && !ended.out.contains("5ec2e7"));
    let (kinds, left) = blocks(&kept);
    let (secrets, packet) =
        (kinds.iter().position(|kind| *kind == SECRETS), kinds.iter().position(|kind| *kind == PACKET));
    assert!(left == 0 && secrets.unwrap() < packet.unwrap(), "{kinds:?}");
    let line = format!("CLIENT_RANDOM {RANDOM} 5ec2e7\n");
    assert!(memchr::memmem::find(&fs::read(&kept).unwrap(), line.as_bytes()).is_some());
    assert_eq!(sockeye(&["frames", kept.to_str().unwrap()]).lines().count(), 10);
    // Without a file they are nowhere.
    let ended = run(&pair.left, &[], &["sh", "-c", &script]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 10), "{}", ended.error);
}

fn nothing_begins_where_the_file_cannot_be_made() {
    let pair = Pair::new();
    let folder = folder();
    let (done, kept) = (folder.path().join("done"), folder.path().join("no-such-folder/kept"));
    let ended = run(&pair.left, &["-w", kept.to_str().unwrap()], &["touch", done.to_str().unwrap()]);
    assert_eq!(ended.code, Some(3), "{}", ended.error);
    assert!(!done.exists());
}

fn quic_of_the_program_is_named() {
    let pair = Pair::new();
    let other = talking("127.0.0.1:4434", QUIC, 200);
    let mut other = Command::new("ip").args(["netns", "exec", &pair.left.name]).args(&other).spawn().unwrap();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let ended = run(&pair.left, &["-w", kept.to_str().unwrap()], &words(&talking("127.0.0.1:4433", QUIC, 5)));
    let _ = other.kill();
    other.wait().unwrap();
    assert!(ended.error.contains("speaks QUIC to example.com, which is not read"), "{}", ended.error);
    // The packets are in the file, those of others are not.
    let (kinds, _) = blocks(&kept);
    assert_eq!(kinds.iter().filter(|kind| **kind == PACKET).count(), 5, "{kinds:?}");
    // Nobody says so of one that speaks none.
    let ended = run(&pair.left, &[], &["true"]);
    assert!(!ended.error.contains("QUIC"), "{}", ended.error);
}
