//! Names above the columns of lists: for people at a terminal, and for nobody else.

use std::io::Read;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const FILE: &str = "samples/messages-commented.pcapng";

/// What a terminal of 120 columns is sent; `None` where there can be none.
fn on_a_terminal(arguments: &[&str]) -> Option<String> {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let terminal = native_pty_system().openpty(size).ok()?;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_sockeye"));
    command.args(arguments);
    command.args(["--color", "never"]);
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    let mut child = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut reader = terminal.master.try_clone_reader().unwrap();
    let (mut text, mut some) = (Vec::new(), [0; 4096]);
    // A terminal that nobody writes to any more ends in an error.
    while let Ok(count @ 1..) = reader.read(&mut some) {
        text.extend_from_slice(&some[..count]);
    }
    assert!(child.wait().unwrap().success());
    Some(String::from_utf8(text).unwrap().replace('\r', ""))
}

#[test]
fn columns_have_names_on_a_terminal_and_in_no_pipe() {
    for (list, names) in [
        ("frames", &["n", "time", "conn", "op", "flags", "length", "payload"][..]),
        ("messages", &["n", "time", "conn", "op", "frames", "on", "wire", "length", "payload"]),
        ("connections", &["n", "client", "server", "frames", "what"]),
    ] {
        let Some(shown) = on_a_terminal(&[list, FILE]) else { return };
        let first = shown.lines().next().unwrap_or_default();
        let words: Vec<&str> = first.split_whitespace().collect();
        assert!(names.iter().all(|name| words.contains(name)), "{list}: {first}");
        let quiet = on_a_terminal(&[list, FILE, "-q"]).unwrap();
        assert_eq!(shown.split_once('\n').unwrap().1, quiet, "{list}: only the names are left away");
        let mut piped = assert_cmd::Command::new(env!("CARGO_BIN_EXE_sockeye"));
        let piped = piped.current_dir(env!("CARGO_MANIFEST_DIR")).args([list, FILE]).output().unwrap();
        assert!(!String::from_utf8(piped.stdout).unwrap().contains(names[2]), "{list}");
    }
}
