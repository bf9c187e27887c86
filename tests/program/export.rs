//! `export`: what is written, what is left out, and what is never overwritten.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sockeye::capture::{self, Options};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const SECRET: &str = "tests/data/capture/wss-tls13-dsb.pcapng";
const COMPRESSED: &str = "samples/socketio.pcap.gz";

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.current_dir(ROOT).args(["export", "--to", "pcapng"]).args(args);
    command
}

fn export(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

fn said(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

/// Times, lengths and bytes of all packets.
fn packets(path: &Path) -> Vec<(i64, u32, Vec<u8>)> {
    let mut capture = capture::open(path, &Options::default()).unwrap();
    let mut packets = Vec::new();
    while let Some(packet) = capture.next_packet().unwrap() {
        packets.push((packet.time.0, packet.wire_len, packet.data.to_vec()));
    }
    assert!(capture.warnings().is_empty());
    packets
}

fn secrets(path: &Path) -> usize {
    let mut capture = capture::open(path, &Options::default()).unwrap();
    while capture.next_packet().unwrap().is_some() {}
    capture.secrets().all().len()
}

#[test]
fn secrets_leave_only_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (without, with) = (at("without"), at("with"));
    let ran = export(&[SECRET, "-o", without.to_str().unwrap()]);
    let line = "sockeye: 1 decryption secrets block left out; --with-secrets keeps them\n";
    assert_eq!(said(&ran), (0, line.to_owned()));
    assert_eq!(secrets(&without), 0);
    let ran = export(&[SECRET, "-o", with.to_str().unwrap(), "--with-secrets"]);
    assert_eq!(said(&ran), (0, String::new()));
    let source = Path::new(ROOT).join(SECRET);
    assert!(fs::read(&with).unwrap() == fs::read(&source).unwrap(), "blocks are copied as they are");
    assert_eq!(packets(&without), packets(&source));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(with.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let quiet = export(&["-q", SECRET, "-o", at("quiet").to_str().unwrap()]);
    assert_eq!(said(&quiet), (0, String::new()));
}

#[test]
fn a_compressed_pcap_becomes_a_pcapng_by_file_and_by_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.pcapng");
    assert_eq!(said(&export(&[COMPRESSED, "-o", out.to_str().unwrap()])), (0, String::new()));
    let source = Path::new(ROOT).join(COMPRESSED);
    assert_eq!(packets(&out), packets(&source));
    let piped = command(&["-", "-o", "-"]).stdin(fs::File::open(&source).unwrap()).output().unwrap();
    assert_eq!(said(&piped), (0, String::new()));
    assert!(piped.stdout == fs::read(&out).unwrap());
}

#[test]
fn a_file_that_is_there_is_left_alone_unless_it_was_said_that_it_may_go() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("precious");
    fs::write(&out, "as it was").unwrap();
    let name = out.to_str().unwrap();
    let (status, error) = said(&export(&[COMPRESSED, "-o", name]));
    assert_eq!(status, 3);
    assert!(error.contains("precious: is there already, and is left as it is") && error.contains("--force"), "{error}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "as it was");
    assert_eq!(said(&export(&[COMPRESSED, "-o", name, "--force"])), (0, String::new()));
    assert_eq!(packets(&out), packets(&Path::new(ROOT).join(COMPRESSED)));
    // Also in place of its own source.
    let before = packets(&out);
    assert_eq!(said(&export(&[name, "-o", name, "--force", "--with-secrets"])), (0, String::new()));
    assert_eq!(packets(&out), before);
    assert_eq!(said(&export(&["nothing.pcap", "-o", name, "--force"])).0, 3);
    assert_eq!(packets(&out), before, "no capture, nothing replaced");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    assert_eq!(said(&export(&[COMPRESSED, "-o", folder.path().to_str().unwrap(), "--force"])).0, 3);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_what_was_there_and_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |out: &Path, force: &str| {
        let script = "ulimit -f 1; exec \"$0\" export \"$1\" --to pcapng -o \"$2\" $3";
        let source = Path::new(ROOT).join("samples/deflate-takeover.pcap");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-c", script, env!("CARGO_BIN_EXE_sockeye")]).arg(source).arg(out).arg(force);
        said(&shell.stdout(Stdio::null()).output().unwrap())
    };
    let (new, old) = (folder.path().join("new"), folder.path().join("old"));
    fs::write(&old, "as it was").unwrap();
    for (out, force) in [(&new, ""), (&old, "--force")] {
        let (status, error) = limited(out, force);
        assert_eq!(status, 14, "{error}");
        assert!(
            error.contains("cannot be written: File too large") && error.contains("nothing of it is kept"),
            "{error}"
        );
    }
    assert!(!new.exists());
    assert_eq!(fs::read_to_string(&old).unwrap(), "as it was");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (status, error) = said(&command(&[COMPRESSED, "-o", "-"]).stdout(full).output().unwrap());
    assert_eq!(status, 14);
    assert!(error.starts_with("sockeye: standard output: cannot be written: "), "{error}");
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(said(&export(&[SECRET, "-o", link.to_str().unwrap(), "--with-secrets"])).0, 3);
    assert!(!target.exists());
    let (status, error) = said(&export(&[SECRET, "-o", "/dev/null", "--force"]));
    assert_eq!(status, 3);
    assert!(error.contains("no ordinary file"), "{error}");
}

#[test]
fn what_makes_no_sense_is_said_before_a_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let name = out.to_str().unwrap();
    for args in [&["-c", "5", COMPRESSED, "-o", name][..], &[COMPRESSED], &[COMPRESSED, "-o", name, "--to", "pdf"]] {
        assert_eq!(said(&export(args)).0, 1, "{args:?}");
    }
    assert_eq!(said(&export(&["README.md", "-o", name])).0, 3);
    assert!(!out.exists());
}

#[test]
fn of_a_key_log_the_lines_of_the_captures_connections_go_along() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let source = Path::new(ROOT).join(SECRET);
    let mut capture = capture::open(&source, &Options::default()).unwrap();
    while capture.next_packet().unwrap().is_some() {}
    let own = String::from_utf8(capture.secrets().all()[0].bytes.clone()).unwrap();
    let of_others = own.replace('a', "b");
    fs::write(at("keys"), format!("# a log\n{of_others}\n{own}\nRSA 0102030405060708 00\n")).unwrap();
    fs::write(at("strange"), &of_others).unwrap();
    let plain = at("plain.pcapng");
    export(&[SECRET, "-o", &plain]);

    let (status, error) = said(&export(&[&plain, "--keylog", &at("keys"), "-o", &at("without")]));
    assert!(status == 0 && error.contains("the key log has was left out; --with-secrets"), "{error}");
    assert_eq!(secrets(Path::new(&at("without"))), 0);
    let opened = at("opened");
    let ran = export(&[&plain, "--keylog", &at("keys"), "-o", &opened, "--with-secrets"]);
    assert_eq!(said(&ran), (0, String::new()));
    let mut capture = capture::open(Path::new(&opened), &Options::default()).unwrap();
    while capture.next_packet().unwrap().is_some() {}
    let all = capture.secrets().all();
    assert_eq!(all.len(), 1);
    // Those before the first packet that needs them, and of them what opens records.
    let text = String::from_utf8(all[0].bytes.clone()).unwrap();
    let expected: Vec<&str> = own.lines().filter(|line| line.contains("TRAFFIC_SECRET")).collect();
    assert_eq!((text.lines().collect::<Vec<_>>(), all[0].after), (expected.clone(), 0));
    assert_eq!(packets(Path::new(&opened)), packets(&source));
    let (status, error) = said(&export(&[&plain, "--keylog", &at("strange"), "-o", &at("none"), "--with-secrets"]));
    assert!(status == 0 && error.contains("no line of the key log is of a connection in this capture"), "{error}");
    // From a pipe the key log may come later than the packets.
    let piped = command(&["-", "--keylog", &at("keys"), "-o", "-", "--with-secrets"])
        .stdin(fs::File::open(&plain).unwrap())
        .output()
        .unwrap();
    assert_eq!(said(&piped), (0, String::new()));
    assert!(piped.stdout.windows(expected[0].len()).any(|window| window == expected[0].as_bytes()));
    assert!(!piped.stdout.windows(16).any(|window| window == b"0102030405060708"));
}
