//! The inspector on live traffic, in a terminal: it grows, counts, freezes, and asks what to keep.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::link::{Pair, Space};
use crate::program::{PATIENCE, SOCKEYE, folder, sockeye};
use crate::talk::{Client, serve};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("screen::it_grows_freezes_and_keeps_what_was_captured", it_grows_freezes_and_keeps_what_was_captured),
    ("screen::what_is_not_kept_is_gone", what_is_not_kept_is_gone),
    ("screen::a_signal_ends_it_without_a_question", a_signal_ends_it_without_a_question),
];

/// The inspector in a terminal.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn start(space: &Space, folder: &Path, arguments: &[&str]) -> Terminal {
        let terminal = native_pty_system().openpty(PtySize { rows: 30, cols: 130, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new("ip");
        command.args(["netns", "exec", &space.name, SOCKEYE, "live"]);
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env("TMPDIR", folder);
        command.env_remove("SUDO_UID");
        let child = terminal.slave.spawn_command(command).unwrap();
        drop(terminal.slave);
        let mut reader = terminal.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut some) {
                if sender.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = terminal.master.take_writer().unwrap();
        Terminal { child, parser: vt100::Parser::new(30, 130, 0), bytes, keys, _master: terminal.master }
    }

    fn wait(&mut self, text: &str) {
        self.wait_until(text, |screen| screen.contains(text));
    }

    fn wait_until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        while !holds(&self.parser.screen().contents()) {
            match self.bytes.recv_timeout(PATIENCE) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(_) => panic!("waited for '{what}' on the screen:\n{}", self.parser.screen().contents()),
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for its end; everything it said after it gave the terminal back.
    fn end(mut self) -> (u32, String) {
        let status = self.child.wait().unwrap();
        // The terminal has no end open any more, so what was written last comes, and then nothing.
        while let Ok(bytes) = self.bytes.recv_timeout(PATIENCE) {
            self.parser.process(&bytes);
        }
        (status.exit_code(), self.parser.screen().contents())
    }
}

fn files(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn talking() -> (Pair, Client, tempfile::TempDir) {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let client = Client::connect(&pair.left, "127.0.0.1:4000", false);
    (pair, client, folder())
}

/// The kernel can confine writing.
fn has_landlock() -> bool {
    use landlock::{ABI, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let created = ruleset.handle_access(AccessFs::from_write(ABI::V3)).and_then(|ruleset| ruleset.create());
    if created.is_err() {
        eprintln!("SKIPPED: this kernel has no Landlock, so writing elsewhere was not tried");
    }
    created.is_ok()
}

fn it_grows_freezes_and_keeps_what_was_captured() {
    let (pair, client, folder) = talking();
    let mut terminal = Terminal::start(&pair.left, folder.path(), &["lo", "-f", "tcp port 4000"]);
    terminal.wait("lost: kernel 0 ring 0 cap 0  follow");
    client.say(10..110);
    terminal.wait("200 frames");
    terminal.press("f");
    terminal.wait("frozen");
    client.say(110..210);
    terminal.wait("400 frames");
    terminal.press("F");
    terminal.wait("follow");
    assert_eq!(files(folder.path()), Vec::<String>::new(), "the spool has no name");
    terminal.press("q");
    terminal.wait("keep what was captured?");
    terminal.press("y");
    terminal.wait("keep as sockeye-lo.pcapng");
    // Everybody may write there, but this program may not.
    let elsewhere = self::folder();
    let there = if has_landlock() { elsewhere.path().to_str().unwrap() } else { "nowhere" };
    terminal.press(&format!("\x15{there}/x\r"));
    terminal.wait("cannot be written");
    assert_eq!(files(elsewhere.path()), Vec::<String>::new());
    // Whoever goes back after that finds the capture going on.
    terminal.press("\x1b");
    terminal.wait_until("the question to go", |screen| !screen.contains("keep what was captured?"));
    client.say(210..260);
    terminal.wait("500 frames");
    terminal.press("q");
    terminal.wait("keep what was captured?");
    terminal.press("y");
    terminal.wait("keep as sockeye-lo.pcapng");
    terminal.press("\x15mine.pcapng\r");
    let (code, said) = terminal.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("packets received, 0 dropped by the kernel"), "{said}");
    assert_eq!(files(folder.path()), ["mine.pcapng"]);
    let kept = folder.path().join("mine.pcapng");
    assert_eq!(sockeye(&["frames", "-q", kept.to_str().unwrap()]).lines().count(), 500);
    client.close();
}

fn what_is_not_kept_is_gone() {
    let (pair, client, folder) = talking();
    let mut terminal = Terminal::start(&pair.left, folder.path(), &["lo", "-f", "tcp port 4000"]);
    terminal.wait("follow");
    client.say(10..60);
    terminal.wait("100 frames");
    terminal.press("q");
    terminal.wait("keep what was captured?");
    terminal.press("\x1b");
    // An escape with a letter right behind it would be another key.
    terminal.wait_until("the question to go", |screen| !screen.contains("keep what was captured?"));
    terminal.press(":keep early.pcapng\r");
    terminal.wait("kept in early.pcapng");
    let kept = std::fs::metadata(folder.path().join("early.pcapng")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777, 0o600, "its owner's alone");
    client.say(60..110);
    terminal.wait("200 frames");
    terminal.press("q");
    terminal.wait("keep what was captured?");
    terminal.press("n");
    assert_eq!(terminal.end().0, 0);
    assert_eq!(files(folder.path()), ["early.pcapng"]);
    client.close();
}

fn a_signal_ends_it_without_a_question() {
    let (pair, client, folder) = talking();
    let kept = folder.path().join("kept.pcapng");
    let arguments = ["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()];
    let mut terminal = Terminal::start(&pair.left, folder.path(), &arguments);
    terminal.wait("follow");
    client.say(10..60);
    terminal.wait("100 frames");
    let id = i32::try_from(terminal.child.process_id().unwrap()).unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM).unwrap();
    let (code, said) = terminal.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("kept in"), "{said}");
    assert_eq!(sockeye(&["frames", "-q", kept.to_str().unwrap()]).lines().count(), 100);
    client.close();
}
