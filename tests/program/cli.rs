//! How the program behaves: exit statuses, errors, pipes, options.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Stdio};

use assert_cmd::Command;

const PLAIN: &str = "samples/messages-commented.pcapng";
const LONG: &str = "samples/deflate-takeover.pcap";
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.current_dir(ROOT).env_remove("NO_COLOR").args(args);
    command
}

fn sockeye(args: &[&str]) -> Ran {
    ran(&mut command(args))
}

/// The program with pipes this test holds.
fn child(args: &[&str], stdin: Stdio) -> Child {
    std::process::Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .current_dir(ROOT)
        .args(args)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn text_of(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

/// One line on standard error, naming the program and `place`; nothing on standard output.
fn assert_complaint(ran: &Ran, status: i32, place: &str) {
    assert_eq!((ran.status, ran.out.as_str()), (status, ""), "{}", ran.err);
    assert!(ran.err.starts_with("sockeye: ") && ran.err.contains(place), "{}", ran.err);
    assert_eq!(ran.err.trim_end().lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_filter_that_makes_no_sense_is_shown_with_its_place_and_status_4() {
    for command in ["frames", "messages", "connections", "lint", "stats"] {
        let ran = sockeye(&[command, PLAIN, "-Y", "websocket.opcod == 1"]);
        assert_eq!((ran.status, ran.out.as_str()), (4, ""), "{command}");
        let lines: Vec<&str> = ran.err.lines().collect();
        assert!(lines[0].starts_with("sockeye: -Y: ") && lines[0].ends_with("did you mean 'websocket.opcode'?"));
        assert_eq!(lines[1..], ["  websocket.opcod == 1", "  ^~~~~~~~~~~~~~~"]);
    }
    let shown = sockeye(&["frames", PLAIN, "-Y", "websocket.opcode == 0", "-c", "1", "-e", "opcode.name"]);
    assert_eq!((shown.status, shown.out.as_str()), (0, "CONT\n"), "{}", shown.err);
    // Numbers of frames are those that they have without a filter.
    let numbers = sockeye(&["frames", PLAIN, "-Y", "ws.n in {3, 5..6}", "-e", "n"]);
    assert_eq!(numbers.out, "3\n5\n6\n");
}

#[test]
fn any_expression_of_the_display_filter_is_a_column() {
    // As tshark has it: packets 8 and 9 are "Hello" each way, 16 ends the fragmented text of packets 10 to 16, which
    // is 35 bytes; only server and client differ in what the packets hold.
    let columns = ["-e", "n", "-e", "frame.number * 2", "-e", "len(ws.text)", "-e", "ws.text contains \"ell\"", "-e"];
    let mut args = vec!["frames", PLAIN, "-c", "8"];
    args.extend(columns);
    args.extend(["tcp.payload[0:2]", "-e", "eth.src && ws.mask == 1"]);
    let fields = sockeye(&args);
    let rows: Vec<&str> = fields.out.lines().collect();
    assert_eq!(rows.len(), 8, "{}{}", fields.out, fields.err);
    assert_eq!(rows[0], "1\t16\t5\ttrue\t8185\ttrue");
    assert_eq!(rows[1], "2\t18\t5\ttrue\t8105\tfalse");
    assert_eq!(rows[2], "3\t20\t\tfalse\t0184\ttrue", "its message ends later");
    assert_eq!(rows[7], "8\t32\t35\tfalse\t8080\ttrue");
    let messages = sockeye(&["messages", PLAIN, "-c", "2", "--format", "csv", "-e", "n", "-e", "upper(ws.text)"]);
    assert_eq!(messages.out, "n,upper(ws.text)\n1,HELLO\n2,HELLO\n", "{}", messages.err);
    let connections =
        sockeye(&["connections", PLAIN, "-e", "n", "-e", "ws.connection.frames > 26", "-e", "lower(http.host)"]);
    assert_eq!(connections.out, "0\ttrue\t10.77.0.2:9100\n", "{}", connections.err);
    // A pong knows when the ping was that is not shown.
    let sample = "samples/polling-vs-websocket.pcap";
    let trips = sockeye(&["frames", sample, "-Y", "websocket.opcode == 10", "-e", "ws.round_trip"]);
    assert_eq!(trips.out, "0.000240897\n", "{}", trips.err);
}

#[test]
fn a_column_that_makes_no_sense_is_shown_with_its_place_and_status_4() {
    let cases = [
        ("frames", "len(ws.text", "  len(ws.text\n"),
        ("frames", "ws.connection.frames + 1", "  ^~~~~~~~~~~~~~~~~~~~"),
        ("messages", "1 + websocket.opcode", "      ^~~~~~~~~~~~~~~~"),
        ("connections", "len(ws.text)", "      ^~~~~~~"),
    ];
    for (command, expression, shown) in cases {
        let ran = sockeye(&[command, PLAIN, "-e", expression]);
        assert_eq!((ran.status, ran.out.as_str()), (4, ""), "{expression}");
        assert!(ran.err.starts_with("sockeye: -e: ") && ran.err.contains(shown), "{}", ran.err);
    }
}

#[test]
fn what_is_no_capture_is_one_line_and_status_3() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_string()
    };
    let files = [
        file("empty.pcap", b""),
        file("text.pcap", b"GET / HTTP/1.1\r\n\r\nnot a capture, only text"),
        file("noise.bin", &[0x5a; 4096]),
        file("half-header.pcap", &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4]),
        folder.path().to_str().unwrap().to_string(),
        folder.path().join("missing.pcap").to_str().unwrap().to_string(),
    ];
    for path in &files {
        for args in [vec!["frames", path], vec!["stats", "-q", path], vec!["lint", path], vec![path.as_str()]] {
            assert_complaint(&sockeye(&args), 3, path);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_status_3() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(format!("{ROOT}/{PLAIN}"), file.path()).unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(file.path()).is_ok() {
        eprintln!("skipped: whoever runs this test may read everything");
        return;
    }
    let path = file.path().to_str().unwrap();
    assert_complaint(&sockeye(&["frames", path]), 3, path);
}

#[test]
fn a_file_name_cannot_write_to_the_terminal() {
    let ran = sockeye(&["frames", "no\x1b]0;such\x07file"]);
    assert_complaint(&ran, 3, "no␛]0;such␇file");
}

#[test]
fn arguments_that_make_no_sense_are_status_1() {
    for args in [
        vec!["frames"],
        vec!["frames", PLAIN, "--no-such-option"],
        vec!["frames", PLAIN, "--format", "xml"],
        vec!["frames", PLAIN, "-c", "many"],
        vec!["frames", PLAIN, "-d", "tcp.port==80,http"],
        vec!["follow", PLAIN, "first"],
        vec!["frmes", PLAIN],
        vec!["fraems", PLAIN],
        vec!["lnit", "x"],
    ] {
        assert_complaint(&sockeye(&args), 1, "");
    }
    for (typed, meant) in [("frmes", "frames"), ("fraems", "frames"), ("lnit", "lint")] {
        for args in [vec![typed, PLAIN], vec!["-q", typed, PLAIN]] {
            let said = sockeye(&args).err;
            assert!(said.contains(&format!("no command '{typed}'")), "{said}");
            assert!(said.contains(&format!("did you mean '{meant}'?")), "{said}");
        }
    }
    assert_complaint(&sockeye(&["frames", PLAIN, "-e", "opcod"]), 1, "did you mean 'opcode'?");
    assert_complaint(&sockeye(&["frames", PLAIN, "-e", "opcod"]), 1, "`sockeye fields frames` lists them");
    assert_complaint(&sockeye(&["frames", PLAIN, "--format", "fields"]), 1, "-e");
    let turned = sockeye(&[PLAIN, "frames"]);
    assert!(turned.err.contains(&format!("the file comes after it: sockeye frames {PLAIN}\n")), "{}", turned.err);
    assert!(sockeye(&["follow", PLAIN, "first"]).err.contains("as `sockeye connections FILE` lists it"));
    assert_complaint(&sockeye(&["explain", PLAIN]), 1, &format!("name a frame of it: {PLAIN}#1;"));
    assert_complaint(&sockeye(&["explain", "818"]), 1, "a byte is two digits");
    let zero = sockeye(&["explain", &format!("{PLAIN}#0")]);
    assert!(zero.status == 1 && zero.out.is_empty() && zero.err.contains("frames are numbered from 1"), "{}", zero.err);
    assert_complaint(
        &sockeye(&["follow", PLAIN, "3", "-c", "2"]),
        1,
        "the first 2 frames (-c) are not of connection 3",
    );
    assert_complaint(&sockeye(&["frames", PLAIN, "--format", "jsonl", "-e", "n"]), 1, "--format csv or fields");
    assert_complaint(&sockeye(&["lint", PLAIN, "--deny", "ws.mask.mising"]), 1, "did you mean 'ws.mask.missing'?");
    assert_complaint(&sockeye(&[PLAIN, "stats", PLAIN]), 1, "the file comes after it");
    assert_complaint(&sockeye(&["follow", "samples/proxy-both-legs.pcap", "7"]), 1, "these are: 0, 1;");
    assert_complaint(&sockeye(&["man", "nothing"]), 1, "'nothing'");
}

/// A file may have such a name; an argument that makes no sense beside it is complained of as ever.
#[cfg(unix)]
#[test]
fn arguments_need_not_be_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"a\xff");
    for ran in [ran(command(&["frames", "--bogus"]).arg(name)), ran(command(&["explain"]).arg(name))] {
        assert_complaint(&ran, 1, "");
    }
}

/// A paragraph is one line in the declaration, and wrapped to the terminal; what cannot be wrapped is short enough.
#[test]
fn the_lines_of_examples_fit_80_columns() {
    let commands =
        ["", "frames", "messages", "connections", "follow", "stats", "lint", "explain", "live", "interfaces"];
    for command in commands {
        let args = if command.is_empty() { vec!["--help"] } else { vec![command, "--help"] };
        let help = sockeye(&args).out;
        let (_, after) = help.rsplit_once("\nExamples:\n").unwrap_or(("", ""));
        for line in after.lines().filter(|line| line.starts_with("  ")) {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = sockeye(&["--help"]);
    assert_eq!((help.status, help.err.as_str()), (0, ""));
    assert!(help.out.contains("Examples:") && help.out.contains("Exit status:"));
    assert!(help.out.lines().all(|line| line.chars().count() <= 100));
    let version = sockeye(&["--version"]);
    assert_eq!((version.status, version.out), (0, format!("sockeye {}\n", env!("CARGO_PKG_VERSION"))));
    for name in
        ["frames", "messages", "connections", "follow", "stats", "lint", "explain", "fields", "completions", "man"]
    {
        let help = sockeye(&[name, "--help"]);
        assert_eq!(help.status, 0);
        assert!(help.out.contains("Usage: sockeye "), "{name}");
    }
}

#[test]
fn without_a_terminal_a_file_alone_is_listed() {
    let (alone, frames) = (sockeye(&[PLAIN]), sockeye(&["frames", PLAIN]));
    assert_eq!((alone.status, &alone.out), (0, &frames.out));
    assert!(frames.out.contains("→ TEXT  F··· M         5  Hello\n"));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    for args in [["messages", LONG, "--format", "jsonl"], ["messages", LONG, "--width", "0"]] {
        let mut child = child(&args, Stdio::null());
        let mut stdout = BufReader::with_capacity(16, child.stdout.take().unwrap());
        let mut start = [0; 16];
        stdout.read_exact(&mut start).unwrap();
        drop(stdout);
        let error = text_of(child.stderr.take().unwrap());
        assert_eq!((child.wait().unwrap().code(), error.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_status_14() {
    let frame = format!("{PLAIN}#1");
    for args in [
        &["frames", PLAIN][..],
        &["follow", PLAIN, "0"],
        &["stats", PLAIN],
        &["lint", PLAIN],
        &["explain", "8100"],
        &["explain", &frame],
        &["notes"],
        &["--help"],
        &["--print-config"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sockeye"));
        let output = command.current_dir(ROOT).args(args).stdout(full).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(14), "{args:?}");
        assert!(error.starts_with("sockeye: standard output: cannot be written: "), "{args:?}: {error}");
    }
}

#[test]
fn standard_input_is_read_like_a_file() {
    let bytes = std::fs::read(format!("{ROOT}/{PLAIN}")).unwrap();
    let from_file = sockeye(&["frames", PLAIN, "--format", "jsonl"]);
    let piped = ran(command(&["frames", "-", "--format", "jsonl"]).write_stdin(bytes));
    assert_eq!((piped.status, piped.out, piped.err.as_str()), (0, from_file.out, ""));
    let compressed = std::fs::read(format!("{ROOT}/samples/socketio.pcap.gz")).unwrap();
    let piped = ran(command(&["stats", "-q", "-"]).write_stdin(compressed));
    assert_eq!(piped.out, sockeye(&["stats", "-q", "samples/socketio.pcap.gz"]).out);
    assert_complaint(&ran(command(&["frames", "-"]).write_stdin("")), 3, "-: empty");
}

#[test]
fn frames_are_printed_while_the_capture_is_still_written() {
    let bytes = std::fs::read(format!("{ROOT}/{LONG}")).unwrap();
    let mut child = child(&["frames", "-"], Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    stdin.write_all(first).unwrap();
    stdin.flush().unwrap();
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("      1 "), "a line came before the end of the input: {line}");
    stdin.write_all(rest).unwrap();
    drop(stdin);
    assert_eq!(format!("{line}{}", text_of(stdout)), sockeye(&["frames", LONG]).out);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_read_error_part_way_shows_what_was_read_and_is_status_14() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    let bytes = std::fs::read(format!("{ROOT}/{PLAIN}")).unwrap();
    let (theirs, mut ours) = UnixStream::pair().unwrap();
    // A socket that is closed with something unread resets its peer, which reads what it was sent and then an error.
    let mut back = theirs.try_clone().unwrap();
    back.write_all(b"unread").unwrap();
    ours.write_all(&bytes).unwrap();
    drop(ours);
    let child = child(&["frames", "-"], Stdio::from(OwnedFd::from(theirs)));
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), sockeye(&["frames", PLAIN]).out);
    assert_eq!(output.status.code(), Some(14), "{error}");
    assert!(error.starts_with("sockeye: -: reading failed at offset "), "{error}");
}

#[test]
fn a_cut_capture_is_read_with_one_warning() {
    let ran = sockeye(&["frames", "samples/truncated-file.pcap"]);
    assert_eq!(ran.status, 0);
    assert!(ran.out.lines().count() > 5);
    assert!(
        ran.err.starts_with("sockeye: samples/truncated-file.pcap: the capture ends inside the record"),
        "{}",
        ran.err
    );
    assert_eq!(ran.err.lines().count(), 1);
    let quiet = sockeye(&["frames", "-q", "samples/truncated-file.pcap"]);
    assert_eq!((quiet.status, &quiet.out, quiet.err.as_str()), (0, &ran.out, ""));
    assert!(sockeye(&["stats", "-q", "samples/truncated-file.pcap"]).err.is_empty());
}

#[test]
fn count_stops_after_so_many() {
    let lines = |args: &[&str]| sockeye(args).out.lines().count();
    let all = sockeye(&["frames", PLAIN]).out;
    for count in [0, 1, 3, 10] {
        let some = sockeye(&["frames", PLAIN, "-c", &count.to_string()]).out;
        assert_eq!(some.lines().count(), count);
        assert!(all.starts_with(&some));
    }
    assert_eq!(lines(&["frames", PLAIN, "-c", "1000"]), all.lines().count());
    assert_eq!(lines(&["messages", PLAIN, "-c", "2"]), 2);
    assert_eq!(lines(&["messages", PLAIN, "-c", "0"]), 0);
    let stats = sockeye(&["stats", "-q", "-c", "3", PLAIN]).out;
    assert!(stats.contains(" frames=3 messages=2 "), "frame 3 begins a message, which is left out: {stats}");
    assert_eq!(lines(&["connections", PLAIN, "-c", "1"]), 1);
}

#[test]
fn a_port_is_decoded_as_told() {
    let sample = "samples/hello-midstream.pcap";
    let told = sockeye(&["frames", sample, "-d", "tcp.port==8002,websocket"]);
    assert_eq!(told.out.lines().count(), 2);
    assert!(told.out.lines().all(|line| line.ends_with("  Hello")), "{}", told.out);
    let connections = sockeye(&["connections", sample, "-d", "tcp.port==8002,websocket", "-e", "evidence"]);
    assert_eq!(connections.out, "decode-as\n");
    assert_eq!(sockeye(&["frames", PLAIN, "-d", "tcp.port==9100,none"]).out, "");
    assert_eq!(sockeye(&["frames", PLAIN, "-d", "tcp.port==9101,none"]).out, sockeye(&["frames", PLAIN]).out);
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let plain = sockeye(&["frames", PLAIN]).out;
    assert!(!plain.contains('\x1b'));
    let coloured = sockeye(&["frames", PLAIN, "--color", "always"]).out;
    assert!(coloured.contains("\x1b[38;5;32m→ TEXT\x1b[0m"));
    assert_eq!(sockeye(&["frames", PLAIN, "--color", "never"]).out, plain);
    let forced = ran(command(&["frames", PLAIN, "--color", "always"]).env("NO_COLOR", "1")).out;
    assert_eq!(forced, coloured, "who asks for colour gets it");
}

#[test]
fn width_is_160_in_a_pipe_and_as_wide_as_asked() {
    let longest = |args: &[&str]| sockeye(args).out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest(&["messages", LONG]) <= 160);
    assert!(longest(&["messages", LONG, "--width", "100"]) <= 100);
    assert!(longest(&["messages", LONG, "--width", "0"]) > 60_000);
}

#[test]
fn lint_fails_on_errors_and_on_what_is_denied() {
    let clean = sockeye(&["lint", "samples/deflate-takeover.pcap"]);
    assert_eq!((clean.status, clean.out.as_str()), (0, "0 errors, 0 warnings, 0 notes\n"));
    let refused = "samples/auth-origin-redirect.pcap";
    assert_eq!(sockeye(&["lint", refused]).status, 0, "a refusal is a note");
    let denied = sockeye(&["lint", refused, "--deny", "ws.handshake.*"]);
    assert_eq!(denied.status, 1);
    assert!(denied.out.contains("• ws.handshake.refused  note, denied  3 times"), "{}", denied.out);
    let silent = sockeye(&["lint", "-q", refused, "--deny", "ws.handshake.refused"]);
    assert_eq!((silent.status, silent.out.as_str(), silent.err.as_str()), (1, "", ""));
    let allowed = sockeye(&["lint", refused, "--deny", "ws.*", "--allow", "ws.handshake.refused"]);
    assert_eq!((allowed.status, allowed.out.as_str()), (0, "0 errors, 0 warnings, 0 notes\n"));
}

#[test]
fn pages_are_printed_for_every_shell_and_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = sockeye(&["completions", shell]);
        assert_eq!(ran.status, 0);
        assert!(ran.out.contains("connections"), "{shell}");
    }
    assert!(sockeye(&["man"]).out.contains(".TH sockeye 1"));
    assert!(sockeye(&["man", "lint"]).out.contains("deny"));
    for (list, field) in [("frames", "masking_key"), ("messages", "wire_length"), ("connections", "close.reason")] {
        let fields = sockeye(&["fields", list]).out;
        assert!(fields.lines().any(|line| line.split_whitespace().next() == Some(field)), "{list}");
    }
    assert_eq!(sockeye(&["fields"]).out, sockeye(&["fields", "frames"]).out);
}

#[test]
fn a_frame_is_explained_from_hex_and_from_a_capture() {
    let hex = sockeye(&["explain", "81", "85", "cb", "6e", "9f", "8e", "83", "0b", "f3", "e2", "a4"]);
    assert_eq!(hex.status, 0);
    assert!(hex.out.contains("a masked text frame of 5 bytes, client to server\n"));
    assert!(hex.out.contains("= payload   48 65 6c 6c 6f\n"));
    // The first frame of the capture is a masked Hello too, with another key.
    let of_file = sockeye(&["explain", &format!("{PLAIN}#1")]);
    assert!(of_file.out.starts_with("81 85 ae d8 58 e8 "), "{}", of_file.out);
    assert!(of_file.out.contains("= payload   48 65 6c 6c 6f\n"));
    let two_of_file = sockeye(&["explain", &format!("{PLAIN}#1"), &format!("{PLAIN}#2")]).out;
    assert_eq!(two_of_file, format!("{}\n{}", of_file.out, sockeye(&["explain", &format!("{PLAIN}#2")]).out));
    let two = sockeye(&["explain", "8105 48656c6c6f 8900 88"]);
    assert_eq!(two.out.matches(", server to client\n").count(), 2);
    assert!(two.out.contains("\n\n88\nthe beginning of a connection close frame"), "{}", two.out);
    for (hex, missing) in [
        ("81", "length ?                missing"),
        ("8185cb6e", "masking key ?           2 of 4 bytes are missing"),
        ("817e", "extended length ?       2 of 2 bytes are missing"),
        ("81fe0010", "masking key ?           4 of 4 bytes are missing"),
    ] {
        let ran = sockeye(&["explain", hex]);
        assert!(ran.status == 0 && ran.out.contains(missing) && !ran.out.starts_with('\n'), "{}", ran.out);
    }
    assert!(sockeye(&["explain", "817fffffffffffffffff"]).out.contains("bytes 10–18446744073709551624"));
    assert_complaint(&sockeye(&["explain", "hello"]), 1, "neither bytes in hex nor FILE#N");
    assert_complaint(&sockeye(&["explain", "hello"]), 1, "`sockeye explain -` takes bytes");
    // A compressed one, whose message ends with it; and one of many.
    let compressed = sockeye(&["explain", &format!("{LONG}#1")]).out;
    assert!(compressed.ends_with("\ninflated    5 bytes  \"Hello\"\n"), "{compressed}");
    assert_complaint(&sockeye(&["explain", ""]), 1, "the shortest has 2");
    assert_complaint(&sockeye(&["explain", &format!("{PLAIN}#1000")]), 1, "there is no frame 1000; it has 27");
    assert_complaint(&sockeye(&["explain", "missing.pcap#1"]), 3, "missing.pcap: no such file");
}

/// The capture holds one TLS 1.3 connection, by its record headers.
#[test]
fn standard_input_is_explained_in_hex_and_as_it_is() {
    let explained = |input: &[u8]| ran(command(&["explain", "-"]).write_stdin(input));
    let hello = [0x81, 0x85, 0xcb, 0x6e, 0x9f, 0x8e, 0x83, 0x0b, 0xf3, 0xe2, 0xa4];
    let raw = explained(&hello);
    assert!(raw.out.contains("= payload   48 65 6c 6c 6f\n"), "{}", raw.out);
    assert_eq!(explained(b"81 85 cb 6e 9f 8e\n83 0b f3 e2 a4\n").out, raw.out);
    assert_complaint(&explained(b""), 1, "0 bytes are no frame");
    let capture = std::fs::read(format!("{ROOT}/{PLAIN}")).unwrap();
    assert_complaint(&explained(&capture), 1, "sockeye explain -- -#1");
    assert!(ran(command(&["explain", "--", "-#1"]).write_stdin(capture)).out.contains("= payload   48 65 6c 6c 6f\n"));
    // The head of a response, and a frame right behind it.
    let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
    let both = explained(&[&head[..], &hello].concat()).out;
    let said = "HTTP/1.1 101 Switching Protocols\nan HTTP head of 56 bytes, and no frame; ";
    assert!(both.starts_with(said) && both.ends_with(&raw.out), "{both}");
    let half = sockeye(&["explain", &hex::encode(&head[..20])]).out;
    assert!(half.starts_with("HTTP/1.1 101 Switchi\nan HTTP head, and no frame; "), "{half}");
    // RFC 7692 section 7.2.3.2: a copy of bytes that are in another message.
    let torn_out = explained(b"c1 05 f2 00 11 00 00").out;
    assert!(torn_out.ends_with("name the frame in its capture, FILE#N\n"), "{torn_out}");
}

#[test]
fn a_list_that_came_out_empty_says_what_was_there_instead() {
    let tls = "tests/data/tls/wss-tls13.pcap";
    for list in ["frames", "messages", "connections"] {
        let mut ran = sockeye(&[list, tls]);
        if list == "connections" {
            // It behaves like a WebSocket: that is a row, and no WebSocket.
            assert!(std::mem::take(&mut ran.out).contains("perhaps WebSocket"));
        }
        assert_complaint(&ran, 0, "1 TLS");
        assert!(ran.err.contains(tls), "{}", ran.err);
        assert_eq!(sockeye(&[list, tls, "-q"]).err, "");
        assert_eq!(sockeye(&[list, PLAIN]).err, "");
    }
    assert!(sockeye(&["lint", tls]).err.contains("no WebSocket"));
    let stats = sockeye(&["stats", tls]);
    assert!(stats.out.contains("\nothers        1: 1 TLS\n") && stats.err.contains("--keylog FILE"));
    assert_eq!(sockeye(&["stats", "-q", tls]).err, "");
}

/// A segment that carries the first frames of a client that is joined mid-stream, as a pcap record.
#[cfg(target_os = "linux")]
fn joined(port: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 62, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend(port.to_be_bytes());
    packet.extend([0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(b"\x81\x85abcd\0\0\0\0\0".repeat(2));
    let len = u32::try_from(packet.len()).unwrap();
    let record = [1, u32::from(port), len, len].into_iter().flat_map(u32::to_le_bytes);
    record.chain(packet).collect()
}

/// More connections than are kept at hand, and no room to put the others aside.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_on_file_size_costs_memory_and_nothing_else() {
    use std::io::Write;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 101, 0, 0, 0])
        .unwrap();
    (1000..7000).for_each(|port| file.write_all(&joined(port)).unwrap());
    let run = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", script, env!("CARGO_BIN_EXE_sockeye")]).arg(file.path()).output().unwrap();
        assert!(output.status.success(), "{script}: {:?} {}", output.status, String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let limited = run("ulimit -f 100; exec \"$0\" connections -q \"$1\"");
    assert!(limited == run("exec \"$0\" connections -q \"$1\""), "a limit changes what is printed");
    assert!(!limited.is_empty());
}

#[test]
fn a_refused_connection_is_followed_as_far_as_its_handshake() {
    let ran = sockeye(&["follow", "samples/auth-origin-redirect.pcap", "0"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("\n→ GET /auth HTTP/1.1\n") && ran.out.contains("\n← 401 Unauthorized\n"), "{}", ran.out);
    let none = sockeye(&["follow", "samples/auth-origin-redirect.pcap", "4000000"]);
    assert_complaint(&none, 1, "connection");
}

#[test]
fn a_connection_is_followed_by_its_address_too() {
    let by_number = sockeye(&["follow", PLAIN, "0"]);
    assert_eq!(sockeye(&["follow", &format!("{PLAIN}#c0")]).out, by_number.out);
    assert!(by_number.out.starts_with("connection 0 "), "{}", by_number.out);
    let json = sockeye(&["follow", &format!("{PLAIN}#c0"), "--format", "jsonl"]).out;
    assert_eq!(json, sockeye(&["follow", PLAIN, "0", "--format", "jsonl"]).out);
    // No WebSocket here is one stream of several.
    for args in [&["follow", &format!("{PLAIN}#c0s5")][..], &["follow", PLAIN, "0s5"]] {
        assert_complaint(&sockeye(args), 1, "connection 0s5 is no WebSocket; these are: 0;");
    }
    assert_complaint(&sockeye(&["follow", PLAIN]), 1, &format!("sockeye follow {PLAIN} 0, or {PLAIN}#c0; "));
    assert_complaint(&sockeye(&["follow", &format!("{PLAIN}#1")]), 1, "a connection is followed");
    assert_complaint(&sockeye(&["follow", &format!("{PLAIN}#m1")]), 1, "a connection is followed");
    let missing = sockeye(&["follow", &format!("{PLAIN}#c")]).err;
    let place = format!("  {PLAIN}#c\n  {}^\n", " ".repeat(PLAIN.len() + 2));
    assert!(missing.contains("the number of the connection is missing") && missing.ends_with(&place), "{missing}");
    assert_complaint(
        &sockeye(&["follow", &format!("{PLAIN}#c0.request")]),
        1,
        "a connection is followed, not a part of it: ",
    );
    assert_complaint(&sockeye(&["follow", "missing.pcap#c0"]), 3, "missing.pcap: no such file");
}

#[test]
fn what_an_address_does_not_lead_to_is_said() {
    let explained = |address: &str| sockeye(&["explain", &format!("{PLAIN}#{address}")]);
    assert_complaint(&explained("c7"), 1, "connection 7 is no WebSocket; `sockeye connections");
    assert_complaint(&explained("m99999"), 1, "there is no message 99999; it has ");
    let nothing = explained("x");
    assert!(nothing.err.contains("'#x' names nothing; expected #12 (a frame)"), "{}", nothing.err);
    let place = format!("  {PLAIN}#x\n  {}^\n", " ".repeat(PLAIN.len() + 1));
    assert!(nothing.err.ends_with(&place), "{}", nothing.err);
}

/// Some programs name files so.
#[test]
fn a_sign_in_the_name_of_a_file_is_no_address() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("take#2.pcap");
    std::fs::copy(format!("{ROOT}/{PLAIN}"), &file).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(sockeye(&["follow", file, "0"]).out, sockeye(&["follow", PLAIN, "0"]).out);
    assert_eq!(sockeye(&["follow", &format!("{file}#c0")]).out, sockeye(&["follow", PLAIN, "0"]).out);
    assert_eq!(sockeye(&["explain", &format!("{file}#1")]).out, sockeye(&["explain", &format!("{PLAIN}#1")]).out);
    assert_complaint(&sockeye(&["follow", file]), 1, "which connection of it?");
    assert_complaint(&sockeye(&["explain", file]), 1, &format!("name a frame of it: {file}#1;"));
}

#[test]
fn help_is_a_command_too() {
    assert_eq!(sockeye(&["help", "frames"]).out, sockeye(&["frames", "--help"]).out);
}

#[test]
fn stats_say_what_clients_of_quic_ask_for() {
    for threads in ["1", "2"] {
        let page = sockeye(&["stats", "--threads", threads, "tests/data/tls/quic.pcap"]).out;
        let line = page.lines().find(|line| line.starts_with("QUIC ")).unwrap();
        assert!(
            line.starts_with("QUIC          6: 2 quic.example h3, 1 again.example h3, 1 long.example h3 protocol-000-"),
            "{line}"
        );
        assert!(line.ends_with(", 1 quic.example h3 h3-29, 1 two.example h3"), "{line}");
    }
    let json = sockeye(&["stats", "--format", "jsonl", "tests/data/tls/quic.pcap"]).out;
    assert!(json.contains(r#"{"server_name":"two.example","alpn":["h3"],"version":"2","connections":1}"#), "{json}");
}

/// The filter of a capture and the filter of what is shown are two.
#[test]
fn a_capture_filter_is_no_display_filter() {
    let ran = sockeye(&["live", "no-such-interface", "-f", "tcp portrange 4000-4001"]);
    assert!(!ran.err.contains("-Y"), "{}", ran.err);
}

#[test]
fn stats_count_what_a_filter_lists_on_any_number_of_threads() {
    let filters = [
        "websocket.opcode == 1",
        "ws.text contains \"e\" && ip.src == 10.0.0.0/8",
        "ws.message.length > 20 or ws.note",
        // What only one who sees all in order can say.
        "ws.n > 9",
        "frame.time_relative > 0.05",
        "tcp.stream == 1 || ip.ttl > 3",
        "ws.round_trip > 0",
    ];
    for file in ["samples/deflate-takeover.pcap", "samples/socketio.pcap.gz", "samples/graphql-transport-ws.pcap.zst"] {
        for filter in filters {
            let listed = sockeye(&["frames", "--format", "jsonl", "-Y", filter, file]).out.lines().count();
            let messages = sockeye(&["messages", "--format", "jsonl", "-Y", filter, file]).out.lines().count();
            for threads in ["1", "2", "3"] {
                let line = sockeye(&["stats", "-q", "--threads", threads, "-Y", filter, file]).out;
                let said = format!(" frames={listed} messages={messages} ");
                assert!(line.contains(&said), "{file}: {filter} on {threads} threads: {line}, not{said}");
            }
        }
    }
}
