//! What was decrypted is on the screen, and in no file: neither in one that the program holds open, nor in what it leaves.

use std::path::Path;

use super::terminal::{Terminal, sample};

/// What the sample's messages say, and how its keys are written.
const SECRET: [&str; 3] = ["Hello over TLS", r#""sym":"IBM""#, "CLIENT_TRAFFIC_SECRET"];

fn holds(bytes: &[u8]) -> Option<&'static str> {
    let is_in = |text: &&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    SECRET.into_iter().find(is_in)
}

/// Every file below a folder.
fn search(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => search(&path),
            Ok(kind) if kind.is_file() => {
                let found = holds(&std::fs::read(&path).unwrap_or_default());
                assert_eq!(found, None, "{}", path.display());
            }
            _ => {}
        }
    }
}

/// Searches the files that the program holds open, except one; how many they are.
fn search_open(terminal: &Terminal, capture: &Path) -> usize {
    let open = Path::new("/proc").join(terminal.id().as_raw_nonzero().to_string()).join("fd");
    let is_searched = |path: &Path| {
        let is_capture = std::fs::read_link(path).is_ok_and(|target| target == capture);
        path.is_file() && !is_capture
    };
    let open = std::fs::read_dir(open).unwrap().flatten().map(|entry| entry.path()).filter(|path| is_searched(path));
    let holds_nothing = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(holds(&bytes), None, "{:?}", std::fs::read_link(path));
        bytes.len() > 1000
    };
    open.filter(|path| holds_nothing(path)).count()
}

#[test]
fn what_was_decrypted_is_in_no_file() {
    let capture = sample("wss-tls13.pcapng");
    let Some(mut terminal) = Terminal::with(&[&capture], 120, 40) else { return };
    terminal.wait_for("1/10 ✓");
    terminal.keys("jj").wait_for("3/10 ✓");
    assert!(terminal.contents().contains("Hello over TLS") && terminal.contents().contains("sym"));
    terminal.keys("ma").keys("3").wait_for("Hello over TLS");
    search_open(&terminal, Path::new(&capture));
    let folder = terminal.folder().to_owned();
    terminal.keys("q");
    terminal.wait("the end", |screen| screen.contents().contains("[exit "));
    search(&folder);
}

/// A capture that comes through a pipe is put aside whole, and with it the keys that lie in it.
#[test]
fn what_came_through_a_pipe_is_in_no_file() {
    let Some(mut terminal) = Terminal::with_input(&["-"], &sample("wss-tls13.pcapng"), 120, 40) else { return };
    terminal.go_on();
    terminal.wait_for("/10 ✓");
    assert!(terminal.contents().contains("Hello over TLS"));
    assert_eq!(search_open(&terminal, Path::new("")), 1, "the file aside was looked at");
}
