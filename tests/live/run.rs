//! `run`: a program is started, its traffic shown and nobody else's, and nothing of it left behind.
//!
//! Programs are shells, and this test's own binary ([`talker`]); those that speak TLS are tested where they are installed.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
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
    ("run::programs_that_write_keys", programs_that_write_keys),
    ("run::a_program_that_writes_none_is_told", a_program_that_writes_none_is_told),
];

const SECRETS: u32 = 10;
const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Arguments by which this binary is a program that talks: address, text, how often.
pub const TALK: &str = "--talk";

/// A client that says a text so many times, and waits for each to come back.
pub fn talker(arguments: &[String]) {
    let [address, text, count] = arguments else { panic!("{arguments:?}") };
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
fn talking(address: &str, text: &str, count: u32) -> Vec<String> {
    let exe = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    vec![exe, TALK.to_owned(), address.to_owned(), text.to_owned(), count.to_string()]
}

fn run(space: &Space, options: &[&str], command: &[&str]) -> Ended {
    Program::start(space, &[&[SOCKEYE, "run", "--lines"], options, &["--"], command].concat()).end()
}

fn words(command: &[String]) -> Vec<&str> {
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

/// A program is there.
fn has(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file())
}

/// A server that speaks TLS in the namespace of a pair, its certificate, and the scripts; nothing where it cannot be had.
struct Sealed {
    pair: Pair,
    folder: tempfile::TempDir,
    server: std::process::Child,
}

impl Sealed {
    fn new() -> Option<Sealed> {
        if !has("python3") || !has("openssl") {
            eprintln!("SKIPPED: python3 or openssl is not installed");
            return None;
        }
        let (pair, folder) = (Pair::new(), folder());
        for (name, text) in [("peer.py", include_str!("wss/peer.py")), ("client.js", include_str!("wss/client.js"))] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"])
            .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let mut server = Command::new("ip")
            .args(["netns", "exec", &pair.left.name, "python3", "peer.py", "serve"])
            .env_remove("SSLKEYLOGFILE")
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 6];
        server.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        Some(Sealed { pair, folder, server })
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn programs_that_write_keys() {
    let Some(sealed) = Sealed::new() else { return };
    let (python, node) = (sealed.path("peer.py"), sealed.path("client.js"));
    let programs = [
        vec!["python3", &python, "talk"],
        vec!["node", &node],
        vec!["curl", "-sk", "-m", "1", "https://localhost:4443/"],
    ];
    for program in programs.iter().filter(|program| has(program[0])) {
        let kept = sealed.path(&format!("{}.pcapng", program[0]));
        let ended = run(&sealed.pair.left, &["-w", &kept], program);
        assert!(!ended.error.contains("stay closed") && !ended.error.contains("stays closed"), "{}", ended.error);
        let (kinds, _) = blocks(kept.as_ref());
        assert!(kinds.contains(&SECRETS), "{program:?}: {}", ended.error);
        let bytes = fs::read(&kept).unwrap();
        assert!(memchr::memmem::find(&bytes, b"CLIENT_TRAFFIC_SECRET_0 ").is_some(), "{program:?}");
        if program[0] != "curl" {
            let second = |text: &str| text.lines().filter(|line| line.contains("second")).count();
            assert_eq!(
                (second(&ended.out), second(&sockeye(&["frames", &kept]))),
                (2, 2),
                "{program:?}: {}",
                ended.out
            );
        }
    }
}

fn a_program_that_writes_none_is_told() {
    let Some(sealed) = Sealed::new() else { return };
    let ended = run(&sealed.pair.left, &[], &["python3", &sealed.path("peer.py"), "talk-closed"]);
    assert!(ended.error.contains("the TLS connection of python"), "{}", ended.error);
    assert!(ended.error.contains("context.keylog_filename"), "{}", ended.error);
}
