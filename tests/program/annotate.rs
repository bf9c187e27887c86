//! `annotate`: what is kept of words about a place, and what is never lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A folder with a copy of the two packets of the lab, and a home of its own.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let capture = Path::new(ROOT).join("samples/hello-midstream.pcap");
        fs::copy(capture, folder.path().join("hello.pcap")).unwrap();
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        command.current_dir(self.folder.path()).env("XDG_STATE_HOME", self.path("state")).arg("annotate").args(args);
        command
    }

    fn annotate(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Status, standard output, standard error.
    fn said(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.annotate(args);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn sidecar(&self) -> String {
        fs::read_to_string(self.path("hello.pcap.sockeye.toml")).unwrap()
    }

    /// The annotations, as JSON.
    fn list(&self) -> Vec<serde_json::Value> {
        let (status, out, error) = self.said(&["--list", "--format", "jsonl", "hello.pcap"]);
        assert_eq!((status, error.as_str()), (0, ""));
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn a_place_keeps_what_was_said_of_it_and_the_capture_stays_as_it_is() {
    let desk = Desk::new();
    let before = fs::read(desk.path("hello.pcap")).unwrap();
    let (status, out, error) =
        desk.said(&["hello.pcap#1.mask", "A client *must* mask.", "--label", "why?", "--colour", "blue"]);
    assert_eq!((status, error.as_str()), (0, ""), "{out}");
    assert!(out.contains("#1.mask") && out.contains("hello.pcap.sockeye.toml"), "{out}");
    assert_eq!(desk.said(&["hello.pcap#2.opcode:2", "the third of four bits", "--order", "-1"]).0, 0);
    let list = desk.list();
    let of = |name: &str| list.iter().map(|one| one[name].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(of("address"), ["#2.opcode:2", "#1.mask"], "by their order");
    assert_eq!(of("text"), ["the third of four bits", "A client *must* mask."]);
    assert_eq!(of("colour"), ["yellow", "blue"]);
    // The first frame of either side: the capture begins with them.
    assert_eq!(of("at"), ["c0 server 0.opcode:2", "c0 client 0.mask"]);
    assert_eq!(fs::read(desk.path("hello.pcap")).unwrap(), before);
    let (_, out, _) = desk.said(&["--list", "hello.pcap"]);
    assert!(out.lines().nth(1).unwrap().contains("#1.mask  [why?] A client *must* mask."), "{out}");
}

#[test]
fn an_annotation_is_changed_and_taken_away_by_its_id_and_comments_of_the_user_stay() {
    let desk = Desk::new();
    desk.said(&["hello.pcap#1", "one"]);
    desk.said(&["hello.pcap#2", "two"]);
    let marked = desk.sidecar().replace("text = \"two\"", "text = \"two\" # mine");
    fs::write(desk.path("hello.pcap.sockeye.toml"), &marked).unwrap();
    let ids: Vec<String> = desk.list().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(desk.said(&["--edit", &ids[1], "hello.pcap#1.payload[4]", "an o"]).0, 0);
    assert!(desk.sidecar().contains("text = \"an o\" # mine"), "{}", desk.sidecar());
    assert_eq!(desk.list()[1]["address"], "#1.payload[4]");
    assert_eq!(desk.said(&["--remove", &ids[0], "hello.pcap"]).0, 0);
    assert_eq!(desk.list().len(), 1);
    let (status, _, error) = desk.said(&["--remove", &ids[0], "hello.pcap"]);
    assert!(status == 1 && error.contains(&ids[0]) && error.contains(&ids[1]), "{error}");
}

#[test]
fn what_cannot_be_meant_is_said_and_nothing_is_written() {
    let desk = Desk::new();
    for (args, status, part) in [
        (["hello.pcap#9", "x"], 1, "there is no frame 9"),
        (["hello.pcap#1.maks", "x"], 1, "did you mean 'mask'"),
        (["hello.pcap#1.payload[99]", "x"], 1, "5 bytes"),
        (["hello.pcap", "x"], 1, "hello.pcap#12"),
        (["none.pcap#1", "x"], 3, "none.pcap"),
        (["hello.pcap#1", " "], 1, "empty"),
        (["hello.pcap#1", "--label=x"], 1, "what is there to say"),
    ] {
        let (code, out, error) = desk.said(&args);
        assert_eq!((code, out.as_str()), (status, ""), "{args:?}: {error}");
        assert!(error.contains(part), "{args:?}: {error}");
    }
    assert!(!desk.path("hello.pcap.sockeye.toml").exists());
    fs::write(desk.path("hello.pcap.sockeye.toml"), "version = 1\n[[annotation\n").unwrap();
    let (code, _, error) = desk.said(&["hello.pcap#1", "x"]);
    assert!(code == 3 && error.contains("line 2"), "{error}");
    assert_eq!(desk.sidecar(), "version = 1\n[[annotation\n");
}

#[test]
fn several_at_once_lose_nothing() {
    let desk = Desk::new();
    let children: Vec<_> = (0..8)
        .map(|number| {
            desk.command(&["hello.pcap#1", &format!("number {number}")]).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let mut texts: Vec<String> = desk.list().iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect();
    texts.sort();
    assert_eq!(texts, (0..8).map(|number| format!("number {number}")).collect::<Vec<_>>());
}

#[test]
fn whoever_is_killed_while_saving_leaves_the_old_file_or_the_new_one() {
    let desk = Desk::new();
    desk.said(&["hello.pcap#1", "first"]);
    let long = "x".repeat(100_000);
    for pause in 0..12 {
        let mut child = desk.command(&["hello.pcap#2", &long, "-q"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(3 * pause));
        let _ = child.kill();
        let _ = child.wait();
        let list = desk.list();
        assert_eq!(list[0]["text"], "first");
        assert!(list.iter().skip(1).all(|one| one["text"].as_str().unwrap().len() == long.len()));
    }
    assert_eq!(desk.said(&["hello.pcap#1", "still"]).0, 0, "no lock is left behind");
}

#[test]
fn hostile_words_are_inert_and_come_back() {
    let desk = Desk::new();
    let words = "\u{1b}[2J\u{202e}\"\"\"\n[[annotation]]\nid = \"x\"\n\\";
    assert_eq!(desk.said(&["hello.pcap#1", words]).0, 0);
    let list = desk.list();
    assert_eq!((list.len(), list[0]["text"].as_str().unwrap()), (1, words));
    let (_, out, _) = desk.said(&["--list", "hello.pcap"]);
    assert!(out.lines().count() == 1 && !out.contains('\u{1b}') && !out.contains('\u{202e}'), "{out:?}");
}
