//! Where keys come from: `--keylog`, a file beside the capture, `SSLKEYLOGFILE`. What they open is tested elsewhere.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const SECRET: &str = "5ec2e75ec2e75ec2e7";

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    /// A folder with a capture.
    fn new() -> Case {
        let folder = tempfile::tempdir().unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/messages-commented.pcapng");
        std::fs::copy(sample, folder.path().join("a.pcapng")).unwrap();
        Case { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Exit status and standard error.
    fn run(&self, args: &[&str], variable: Option<&str>) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        command.current_dir(self.folder.path()).env_remove("SSLKEYLOGFILE").args(args);
        if let Some(value) = variable {
            command.env("SSLKEYLOGFILE", value);
        }
        let output = command.timeout(std::time::Duration::from_secs(30)).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(!err.contains(&SECRET[..8]) && !out.contains(&SECRET[..8]), "{err}");
        (output.status.code().unwrap(), err)
    }
}

fn line() -> String {
    format!("CLIENT_RANDOM {RANDOM} {SECRET}\n")
}

#[test]
fn a_key_log_that_is_named_has_to_be_there() {
    let case = Case::new();
    case.write("good.keys", &line());
    assert_eq!(case.run(&["frames", "a.pcapng", "--keylog", "good.keys"], None), (0, String::new()));
    let (status, err) = case.run(&["frames", "a.pcapng", "--keylog", "good.keys", "--keylog", "none.keys"], None);
    assert_eq!((status, err.as_str()), (3, "sockeye: none.keys: there is no such key log\n"));
    let (status, err) = case.run(&["stats", "a.pcapng", "--keylog", "."], None);
    assert!(status == 3 && err.starts_with("sockeye: .: this key log cannot be read: "), "{err}");
}

#[test]
fn lines_that_are_none_are_told_of_once_with_their_number_and_nothing_of_them() {
    let case = Case::new();
    case.write("bad.keys", &format!("{}CLIENT_RANDOM 00 {SECRET}\n{SECRET}\n", line()));
    for command in [vec!["frames"], vec!["stats"], vec!["lint"], vec!["connections"], vec![]] {
        let args = [command, vec!["a.pcapng", "--keylog", "bad.keys"]].concat();
        let (status, err) = case.run(&args, None);
        assert_eq!(
            (status, err.lines().next()),
            (0, Some("sockeye: bad.keys: 2 lines are none of a key log, line 2 the first; they are left out"))
        );
        assert_eq!(err.matches("none of a key log").count(), 1);
    }
    assert!(!case.run(&["frames", "-q", "a.pcapng", "--keylog", "bad.keys"], None).1.contains("key log"));
    case.write("other", "this\nis\nno key log\n");
    let (_, err) = case.run(&["frames", "a.pcapng", "--keylog", "other"], None);
    assert!(err.contains("other: none of its 3 lines is one of a key log; is it another file?"), "{err}");
}

#[test]
fn a_key_log_beside_the_capture_is_read_only_where_that_is_asked_for() {
    let case = Case::new();
    let (status, err) = case.run(&["frames", "a.pcapng", "--keylog-beside"], None);
    assert_eq!(status, 3);
    assert!(err.contains("a.pcapng: there is no a.keys beside it"), "{err}");
    for name in ["a.keys", "a.pcapng.keys"] {
        let case = Case::new();
        case.write(name, "bad\n");
        assert_eq!(case.run(&["frames", "a.pcapng"], None), (0, String::new()));
        let (status, err) = case.run(&["frames", "a.pcapng", "--keylog-beside"], None);
        assert!(status == 0 && err.contains(&format!("{name}: line 1 is none of a key log")), "{err}");
    }
}

#[test]
fn the_variable_is_a_hint_and_its_file_need_not_be_there() {
    let case = Case::new();
    case.write("bad.keys", "bad\n");
    let (status, err) = case.run(&["frames", "a.pcapng"], Some("bad.keys"));
    assert!(status == 0 && err.contains("bad.keys: line 1 is none"), "{err}");
    // The same file by both ways is one.
    let (_, err) = case.run(&["frames", "a.pcapng", "--keylog", "bad.keys"], Some("bad.keys"));
    assert_eq!(err.lines().count(), 1, "{err}");
    for gone in ["gone.keys", "."] {
        let (status, err) = case.run(&["frames", "a.pcapng"], Some(gone));
        assert!(status == 0 && err.lines().count() == 1 && err.contains("which SSLKEYLOGFILE names"), "{err}");
        assert_eq!(case.run(&["frames", "-q", "a.pcapng"], Some(gone)), (0, String::new()));
    }
    assert_eq!(case.run(&["frames", "a.pcapng"], Some("")), (0, String::new()));
}

#[cfg(unix)]
#[test]
fn a_pipe_of_keys_is_read_to_its_end_and_hangs_nobody() {
    let case = Case::new();
    let made = std::process::Command::new("mkfifo").arg(case.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    assert_eq!(case.run(&["frames", "a.pcapng", "--keylog", "pipe"], None).0, 0);
    let script = "exec \"$0\" frames a.pcapng --keylog <(sleep 0.3; echo bad)";
    let mut shell = Command::new("bash");
    shell.current_dir(case.folder.path()).args(["-c", script, env!("CARGO_BIN_EXE_sockeye")]);
    let Ok(output) = shell.timeout(std::time::Duration::from_secs(30)).output() else { return };
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && err.contains("line 1 is none of a key log"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_key_log_may_come_while_the_capture_is_still_being_made() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;
    let case = Case::new();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .current_dir(case.folder.path())
        .args(["frames", "-", "--keylog", "later.keys"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    assert!(line.ends_with("later.keys is not there yet; it is read when it is"), "{line}");
    case.write("later.keys", "bad\n");
    let line = lines.next().unwrap().unwrap();
    assert!(line.ends_with("later.keys: line 1 is none of a key log; it is left out"), "{line}");
    let mut input = child.stdin.take().unwrap();
    input.write_all(&std::fs::read(case.path("a.pcapng")).unwrap()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
}
