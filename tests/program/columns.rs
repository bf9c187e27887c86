//! Chosen columns, saved filters and macros, and what a filter does, on the command line.

use std::path::Path;
use std::process::{Command, Output};

const PLAIN: &str = "tests/data/captures/messages-plain.pcap.zst";

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("XDG_CONFIG_HOME", folder);
    command.args(args).output().unwrap()
}

fn sockeye(args: &[&str]) -> (String, String, Option<i32>) {
    text(run(Path::new("/nowhere"), args))
}

fn text(output: Output) -> (String, String, Option<i32>) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

/// The cells of lines of text, by what stands between blanks.
fn cells(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn columns_say_the_same_in_text_csv_and_fields() {
    let columns = ["--columns", "n,Op:opcode.name,Twice:ws.length * 2,ws.direction"];
    let (lines, _, _) = sockeye(&[&["frames", PLAIN, "-c", "40"][..], &columns].concat());
    let (csv, _, _) = sockeye(&[&["frames", PLAIN, "-c", "40", "--format", "csv"][..], &columns].concat());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), ["n", "Op", "Twice", "ws.direction"]);
    let rows: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect();
    assert_eq!((rows.len(), cells(&lines).len()), (40, 40));
    for (line, row) in cells(&lines).into_iter().zip(&rows) {
        assert_eq!(line, row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    // -e is an independent way to the same.
    let (fields, _, _) = sockeye(&["frames", PLAIN, "-c", "40", "-e", "n", "-e", "opcode.name", "-e", "ws.direction"]);
    for (line, row) in fields.lines().zip(&rows) {
        assert_eq!(line, format!("{}\t{}\t{}", row[0], row[1], row[3]));
    }
}

#[test]
fn columns_of_text_stand_below_each_other() {
    let (lines, _, _) = sockeye(&["frames", PLAIN, "-c", "20", "--columns", "n,Op:opcode.name,length"]);
    let ends: Vec<usize> = lines.lines().map(str::len).collect();
    // The last column holds numbers, which stand at the right.
    assert!(ends.windows(2).all(|pair| pair[0] == pair[1]), "{lines}");
    let (messages, _, status) = sockeye(&["messages", PLAIN, "-c", "2", "--columns", "number,op,Text:ws.text"]);
    assert_eq!((cells(&messages)[0].as_slice(), status), (&["1", "TEXT", "Hello"][..], Some(0)));
    let (connections, _, _) =
        sockeye(&["connections", PLAIN, "--columns", "n,uri,ws.connection.frames", "--format", "csv"]);
    assert_eq!(connections, "n,uri,ws.connection.frames\n0,/echo,89\n");
    // A cell cannot write to the terminal, and a line is a row.
    let odd = "tests/data/captures/rfb-vnc.pcap";
    let (lines, _, _) = sockeye(&["frames", odd, "--columns", "n,payload,websocket.payload"]);
    assert!(!lines.chars().any(|c| c.is_control() && c != '\n'));
    assert_eq!(lines.lines().count(), sockeye(&["frames", odd]).0.lines().count());
}

#[test]
fn columns_that_make_no_sense_are_told() {
    for (args, status, wanted) in [
        (&["frames", PLAIN, "--columns", "n,X:ws.lenght"][..], 1, "unknown field 'ws.lenght'"),
        (&["frames", PLAIN, "--columns", "X:ws.length >"], 4, "--columns: the filter ends too early"),
        (&["frames", PLAIN, "--columns", ","], 1, "--columns names columns"),
        (&["frames", PLAIN, "--columns", "n", "--format", "jsonl"], 1, "it goes with --format text, csv or fields"),
        (&["frames", PLAIN, "--columns", "n", "-e", "n"], 1, "--columns"),
        (&["--columns", "n", "frames", PLAIN], 1, "--columns stands behind the command"),
    ] {
        let (out, err, code) = sockeye(args);
        assert_eq!((out.as_str(), code), ("", Some(status)), "{args:?}: {err}");
        assert!(err.contains(wanted), "{args:?}: {err}");
    }
    // Into a pipe a file alone is listed so.
    let (alone, _, _) = sockeye(&[PLAIN, "--columns", "n,opcode.name"]);
    assert_eq!(alone, sockeye(&["frames", PLAIN, "--columns", "n,opcode.name"]).0);
}

/// A configuration in a folder of its own.
fn configured(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sockeye")).unwrap();
    std::fs::write(folder.path().join("sockeye/config.toml"), text).unwrap();
    folder
}

#[test]
fn what_the_configuration_has_saved_is_used_by_name() {
    let folder = configured(
        "[filters]\nbeats = \"ws.ping or ws.pong\"\nbad = \"ws.lenght > 3\"\n[macros]\nover = \"ws.length > $1\"\n",
    );
    let numbers = |filter: &str| text(run(folder.path(), &["frames", PLAIN, "-Y", filter, "-e", "n"]));
    let written_out = |filter: &str| sockeye(&["frames", PLAIN, "-Y", filter, "-e", "n"]).0;
    let (out, err, _) = numbers("not $beats && $over(5)");
    assert_eq!(out, written_out("not (ws.ping or ws.pong) && ws.length > 5"));
    assert!(!out.is_empty());
    // What is wrong with another is said with its place, and costs nothing else.
    let place = folder.path().join("sockeye/config.toml");
    assert!(err.contains(&format!("{} line 3: $bad: 'ws.lenght'", place.display())), "{err}");
    let (out, err, status) = numbers("$bad");
    assert_eq!((out.as_str(), status), ("", Some(4)));
    assert!(err.contains("-Y: "), "{err}");
    // Nothing is read, or said, where no name is used.
    assert_eq!(numbers("ws.ping").1, "");
    let args = ["frames", PLAIN, "-c", "3", "--columns", "n,$over(5)", "--format", "csv"];
    let (csv, _, _) = text(run(folder.path(), &args));
    assert!(csv.starts_with("n,$over(5)\n1,false\n"), "{csv}");
}

#[test]
fn a_filter_is_explained() {
    let (out, err, status) =
        sockeye(&["fields", "--explain", "websocket.opcode == \"Ping\" || ws.text contains \"a\""]);
    assert_eq!((err.as_str(), status), ("", Some(0)));
    assert!(out.starts_with(
        "Selects what has this: either the opcode is 9 (Ping) or what a text message says contains \"a\".\n"
    ));
    assert!(out.contains("\nCosts inflated: "));
    let (_, err, status) = sockeye(&["fields", "--explain", "ws.lenght"]);
    assert_eq!(status, Some(4));
    assert!(err.contains("--explain: ") && err.contains("^~~"), "{err}");
    // What a constant holds cannot write to the terminal.
    let (out, _, _) = sockeye(&["fields", "--explain", "ws.text contains \"\\x1b[2J\""]);
    assert!(!out.contains('\u{1b}'), "{out}");
}

#[test]
fn the_page_shows_what_is_said() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FILTER.md")).unwrap();
    let (_, block) = page.split_once("$ sockeye fields --explain '").unwrap();
    let (filter, shown) = block.split_once("'\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert_eq!(sockeye(&["fields", "--explain", filter]).0, shown);
}
