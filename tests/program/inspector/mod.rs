//! The real program in a pseudo-terminal, driven by keys and signals: what it shows, and that the terminal is as it
//! was afterwards. Nothing here waits for a time: every step waits for what it wants to see.
//!
//! The program runs under [`a_small_shell`], as it does under a real one: the shell owns the terminal, so its modes can
//! be compared before and after.

mod columns;
mod filtering;
mod finding;
mod looks;
mod sealed;
#[cfg(target_os = "linux")]
mod secrecy;
mod terminal;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use terminal::{Terminal, sample};

/// What the shell is told to run; without it, it is a test that does nothing.
const ARGUMENTS: &str = "SMALL_SHELL_ARGUMENTS";

/// A file that is given on standard input: its first half at once, the rest when the file `go` is there.
const INPUT: &str = "SMALL_SHELL_INPUT";

/// Nothing of it is given before that.
const SILENT: &str = "SMALL_SHELL_SILENT";

/// Where the shell puts the program's process id, and looks for `go`.
const FOLDER: &str = "SMALL_SHELL_FOLDER";

/// The modes of the terminal that raw mode changes.
fn modes() -> String {
    let termios = rustix::termios::tcgetattr(std::io::stdin()).unwrap();
    format!("{:?} {:?} {:?}", termios.input_modes, termios.output_modes, termios.local_modes)
}

/// Not a test but a shell with one command, which the tests run inside a terminal: runs the program, says when it was
/// stopped or has ended and whether the terminal's modes are as they were; a line of input lets it go on.
#[test]
#[expect(clippy::zombie_processes, reason = "it is waited for by its id, which also tells when it was stopped")]
fn a_small_shell() {
    let (Ok(arguments), Ok(folder)) = (std::env::var(ARGUMENTS), std::env::var(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    let before = modes();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.args(arguments.lines());
    let input = std::env::var_os(INPUT);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    println!("\n$ sockeye");
    let mut child = command.spawn().unwrap();
    if let Some(input) = input {
        let bytes = std::fs::read(input).unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let go = folder.join("go");
        let silent = std::env::var_os(SILENT).is_some();
        std::thread::spawn(move || {
            let half = if silent { 0 } else { bytes.len() / 2 };
            let (first, rest) = bytes.split_at(half);
            pipe.write_all(first).unwrap();
            pipe.flush().unwrap();
            while !go.exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            // The program may have been left.
            let _ = pipe.write_all(rest);
        });
    }
    let id = Pid::from_child(&child);
    std::fs::write(folder.join("new"), id.as_raw_nonzero().to_string()).unwrap();
    std::fs::rename(folder.join("new"), folder.join("pid")).unwrap();
    loop {
        let (_, status) = waitpid(Some(id), WaitOptions::UNTRACED).unwrap().unwrap();
        let same = if modes() == before { "the same" } else { "others" };
        if status.stopped() {
            println!("\n[stopped] modes {same}");
            std::io::stdin().read_line(&mut String::new()).unwrap();
            kill_process(id, Signal::CONT).unwrap();
        } else {
            let how = status.exit_status().map_or_else(|| "by a signal".to_owned(), |code| code.to_string());
            println!("\n[exit {how}] modes {same}");
            return;
        }
    }
}

/// The terminal is as it was: the program has ended with 0, nothing is left switched on.
fn is_given_back(terminal: &mut Terminal) {
    terminal.wait("the end", |screen| screen.contents().contains("[exit "));
    terminal.is_plain();
    assert!(terminal.contents().contains("[exit 0] modes the same"), "{}", terminal.contents());
}

#[test]
fn a_sample_is_opened_walked_through_and_left() {
    let Some(mut terminal) = Terminal::with(&[&sample("messages-commented.pcapng")], 120, 40) else { return };
    terminal.wait_for("1/27 ✓");
    assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor());
    assert!(terminal.screen().bracketed_paste());
    terminal.keys("j").wait_for("2/27 ✓");
    terminal.keys("\x1b[B").wait_for("3/27 ✓");
    terminal.keys("G").wait_for("27/27 ✓");
    terminal.keys(":5\r").wait_for("5/27 ✓");
    for (key, shown) in [
        ("2", "✓ answers the key"),
        ("3", "→ TEXT 35 B in 6 frames"),
        ("4", "101 Switching Protocols  Accept ✓"),
        ("5", "nothing to find fault with"),
        ("6", "Sec-WebSocket-Version: 13"),
        ("1", "message 3"),
    ] {
        terminal.keys(key).wait_for(shown);
    }
    terminal.keys("\x06fragmented\r").wait_for("8/27 ✓");
    terminal.keys("n").wait_for("9/27 ✓");
    terminal.keys("\t").keys("\t").wait("the bits", |screen| screen.contents().contains("9/27"));
    terminal.keys("?").wait_for("─ help ─");
    terminal.keys("q").wait("no help", |screen| !screen.contents().contains("─ help ─"));
    terminal.keys("q");
    is_given_back(&mut terminal);
    // What was on the screen before is on it again, and nothing else.
    assert!(terminal.contents().contains("$ sockeye\n\n[exit 0] modes the same"), "{}", terminal.contents());
}

#[test]
fn every_size_is_drawn_and_the_place_is_kept() {
    let Some(mut terminal) = Terminal::with(&[&sample("messages-commented.pcapng")], 120, 40) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.keys("jjj").wait_for("4/27 ✓");
    for (columns, lines) in [(80, 24), (40, 12), (1, 1), (2, 2), (200, 60), (7, 50), (300, 3), (1, 1), (120, 40)] {
        terminal.resize(columns, lines);
        if columns >= 80 {
            terminal.wait_for("4/27 ✓");
        }
    }
    terminal.wait_for("masking key");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn what_is_still_written_is_shown_and_followed() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with_input(&["-"], &file, 120, 40) else { return };
    // Half of the file has come: some frames are there, and the reading goes on.
    terminal
        .wait("the first half", |screen| screen.contents().contains("reading") && screen.contents().contains("frag"));
    terminal.keys("j").wait_for("2/");
    terminal.keys("F").wait_for("follow");
    terminal.go_on();
    terminal.wait_for("27/27 ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn a_silent_pipe_is_waited_for() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with_silent_input(&["-"], &file, 80, 24) else { return };
    terminal.wait_for("waiting for standard input: nothing has come yet");
    // Keys do what they always do.
    terminal.keys("?").wait_for("─ help ─");
    terminal.keys("q").wait("no help", |screen| !screen.contents().contains("─ help ─"));
    terminal.go_on();
    terminal.wait_for("1/27 ✓");
    terminal.keys("j").wait_for("2/27 ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn a_silent_pipe_is_left_and_what_is_no_capture_ends_it() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with_silent_input(&["-"], &file, 80, 24) else { return };
    terminal.wait_for("waiting for standard input");
    terminal.keys("q");
    is_given_back(&mut terminal);
    let Some(mut terminal) = Terminal::with_silent_input(&["-"], "Cargo.toml", 80, 24) else { return };
    terminal.wait_for("waiting for standard input");
    terminal.go_on();
    terminal.wait_for("[exit 3] modes the same");
    terminal.is_plain();
    assert!(terminal.contents().contains("sockeye: -"), "{}", terminal.contents());
}

#[test]
fn what_arrives_does_not_move_the_selection() {
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::with_input(&["-"], &file, 120, 40) else { return };
    terminal
        .wait("the first half", |screen| screen.contents().contains("reading") && screen.contents().contains("frag"));
    terminal.keys("j").wait_for("2/");
    terminal.go_on();
    terminal.wait_for("2/27 ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn it_is_stopped_and_goes_on() {
    let Some(mut terminal) = Terminal::with(&[&sample("messages-commented.pcapng")], 100, 30) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.keys("jj").wait_for("3/27 ✓");
    terminal.wait("the mouse", |screen| !terminal::mouse_is_off(screen));
    // By its key, then by a signal from elsewhere.
    for round in 0..2 {
        match round {
            0 => drop(terminal.keys("\x1a")),
            _ => terminal.signal(Signal::TSTP),
        }
        // The shell says so; before that, keys would still be the program's.
        terminal.wait("to be stopped", |screen| screen.contents().matches("[stopped]").count() > round);
        terminal.is_plain();
        assert!(terminal.contents().contains("[stopped] modes the same"), "{}", terminal.contents());
        terminal.keys("fg\n").wait_for("3/27 ✓");
        assert!(terminal.screen().alternate_screen() && terminal.screen().hide_cursor());
        // The mouse comes back with it.
        terminal.wait("the mouse", |screen| !terminal::mouse_is_off(screen));
    }
    terminal.keys("j").wait_for("4/27 ✓");
    terminal.keys("q");
    terminal.wait_for("[exit 0] modes the same");
    terminal.is_plain();
}

#[test]
fn signals_end_it_and_give_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let Some(mut terminal) = Terminal::with(&[&sample("messages-commented.pcapng")], 100, 30) else { return };
        terminal.wait_for("1/27 ✓");
        terminal.wait("the mouse", |screen| !terminal::mouse_is_off(screen));
        terminal.signal(signal);
        is_given_back(&mut terminal);
    }
}

#[test]
fn it_ends_when_its_terminal_is_gone() {
    let Some(mut terminal) = Terminal::alone(&[&sample("messages-commented.pcapng")], 100, 30) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.close_and_wait();
}

#[test]
fn marks_and_the_last_view_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 100, 30) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.keys(":5\r").wait_for("5/27 ✓");
    terminal.keys("ma").wait_for("mark a is frame 5");
    terminal.keys(":7\r").wait_for("7/27 ✓");
    terminal.keys("4").wait_for("Accept ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
    let mut terminal = Terminal::in_folder(folder.path(), &[&file], 100, 30).unwrap();
    terminal.wait_for("Accept ✓");
    terminal.wait_for("back at frame 7");
    terminal.wait_for("7/27 ✓");
    terminal.keys("'a").wait_for("5/27 ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
    // What is remembered is the program's state, not the user's configuration.
    assert!(folder.path().join("state/sockeye/captures").is_dir() && !folder.path().join("sockeye").exists());
}

#[test]
fn what_is_compressed_or_comes_through_a_pipe_is_known_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("socketio.pcap.gz");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 100, 30) else { return };
    terminal.wait_for(" ✓");
    terminal.keys("jjj").wait_for("4/");
    terminal.keys("q");
    is_given_back(&mut terminal);
    let mut terminal = Terminal::in_folder(folder.path(), &[&file], 100, 30).unwrap();
    terminal.wait_for("back at frame 4");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn a_mark_outlives_a_program_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 80, 24) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.keys("jj").wait_for("3/27 ✓");
    terminal.keys("mx").wait_for("mark x is frame 3");
    terminal.signal(Signal::KILL);
    terminal.wait_for("[exit by a signal]");
    // Two at once: what one marks is not lost when the other leaves.
    let mut one = Terminal::in_folder(folder.path(), &[&file], 80, 24).unwrap();
    one.wait_for("1/27 ✓");
    let mut two = Terminal::in_folder(folder.path(), &[&file], 80, 24).unwrap();
    two.wait_for("1/27 ✓");
    two.keys("jmy").wait_for("mark y is frame 2");
    one.keys("jjjmz").wait_for("mark z is frame 4");
    two.keys("q");
    is_given_back(&mut two);
    one.keys("q");
    is_given_back(&mut one);
    let mut terminal = Terminal::in_folder(folder.path(), &[&file], 80, 24).unwrap();
    terminal.wait_for("back at frame 4");
    for (keys, row) in [("'x", "3/27 ✓"), ("'y", "2/27 ✓"), ("'z", "4/27 ✓")] {
        terminal.keys(keys).wait_for(row);
    }
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn where_nothing_can_be_remembered_it_is_said_and_all_else_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 120, 40) else { return };
    terminal.wait_for("1/27 ✓");
    // No folder can be made where a file is.
    std::fs::write(folder.path().join("state"), "").unwrap();
    terminal.keys("jma").wait_for("marks are forgotten at the end");
    terminal.keys("jmb").wait_for("mark b is frame 3; 'b goes there");
    terminal.keys("k'b").wait_for("3/27 ✓");
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn a_file_is_written_under_the_name_that_is_typed_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &[&file], 120, 40) else { return };
    terminal.wait_for("1/27 ✓");
    let name = folder.path().join("hello.txt");
    let name = name.to_str().unwrap();
    terminal.keys("xp").wait_for("name: messages-commented.pcapng.frame1.txt");
    terminal.keys(&format!("\x15{name}\r")).wait_for("wrote payload of frame 1, 5 B, to hello.txt in ");
    assert_eq!(std::fs::read(name).unwrap(), b"Hello");
    terminal.keys("jjxp").wait_for("frame3.txt");
    terminal.keys(&format!("\x15{name}\r")).wait_for("hello.txt is in ");
    terminal.wait_for("hello-2.txt");
    terminal.keys("\r").wait_for("4 B, to hello-2.txt in ");
    let second = std::fs::read(folder.path().join("hello-2.txt")).unwrap();
    assert!(std::fs::read(name).unwrap() == b"Hello" && second == b"frag", "{second:?}");
    // The folder that does not do is named.
    terminal.keys("xp").wait_for("name: ");
    terminal.keys(&format!("\x15{name}/x\r")).wait_for("cannot write x in the folder ");
    terminal.keys("\x1b").wait("no box", |screen| !screen.contents().contains("name: "));
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn the_configuration_moves_keys_and_takes_colours_away() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("sockeye")).unwrap();
    std::fs::write(folder.path().join("sockeye/config.toml"), "[keys]\ndown = [\"x\"]\nexport = [\"X\"]\n").unwrap();
    let file = sample("messages-commented.pcapng");
    let Some(mut terminal) = Terminal::in_folder(folder.path(), &["--color", "never", &file], 100, 30) else { return };
    terminal.wait_for("1/27 ✓");
    terminal.keys("jx").wait_for("2/27 ✓");
    let (lines, columns) = terminal.screen().size();
    let cells = (0..lines).flat_map(|line| (0..columns).map(move |column| (line, column)));
    let coloured = cells.filter_map(|(line, column)| terminal.screen().cell(line, column));
    assert_eq!(coloured.filter(|cell| cell.fgcolor() != vt100::Color::Default).count(), 0);
    terminal.keys("q");
    is_given_back(&mut terminal);
}

#[test]
fn what_is_no_capture_leaves_the_terminal_alone() {
    let Some(mut terminal) = Terminal::with(&["Cargo.toml"], 100, 30) else { return };
    terminal.wait_for("[exit 3] modes the same");
    terminal.is_plain();
    assert!(terminal.contents().contains("Cargo.toml"), "{}", terminal.contents());
}
