//! Whose connections are, as `live` says it, and what the process that looks may do.

use std::fs;
use std::process::Command;

use crate::link::Pair;
use crate::program::{Program, status};
use crate::run::{talking, words};
use crate::talk::{serve, with_server};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("owners::a_connection_names_its_process", a_connection_names_its_process),
    ("owners::a_frame_names_its_process", a_frame_names_its_process),
    ("owners::who_looks_may_do_nothing_else", who_looks_may_do_nothing_else),
];

/// The name that the system has for this test's binary.
fn own_name() -> String {
    fs::read_to_string("/proc/self/comm").unwrap().trim_end().to_owned()
}

fn a_connection_names_its_process() {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    for sudo in [None, Some("41234")] {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &pair.left.name, "env"]);
        command.args(sudo.map(|user| format!("SUDO_UID={user}"))).args(sudo.map(|user| format!("SUDO_GID={user}")));
        command.args([crate::program::SOCKEYE, "live", "lo", "--connections", "--format", "jsonl"]);
        let mut live = Program::spawn(&mut command);
        live.wait_error("listening on");
        // Two at once, with numbers that only the system knows.
        let programs =
            ["one", "two"].map(|text| Program::start(&pair.left, &words(&talking("127.0.0.1:4000", text, 40))));
        let ids = programs.each_ref().map(|program| u64::from(program.id()));
        for program in programs {
            assert_eq!(program.end().code, Some(0));
        }
        let ended = live.interrupt();
        let lines: Vec<serde_json::Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut found: Vec<u64> = lines.iter().filter_map(|line| line["process"]["pid"].as_u64()).collect();
        found.sort_unstable();
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        assert_eq!(found, ids, "{}\n{}", ended.out, ended.error);
        assert!(lines.iter().all(|line| line["process"]["name"] == own_name()), "{}", ended.out);
    }
}

fn a_frame_names_its_process() {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let fields = ["-e", "process.pid", "-e", "direction"];
    let mut live = Program::live(&pair.left, &[&["lo", "--format", "fields"][..], &fields].concat());
    let program = Program::start(&pair.left, &words(&talking("127.0.0.1:4000", "text", 100)));
    let line = format!("{}\tserver", program.id());
    // The first frames may be there before anybody looked.
    live.wait("a frame with its process", |live| live.out().contains(&line));
    program.end();
    live.interrupt();
}

/// The processes that a program has started.
fn children(parent: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    listed.split_whitespace().map(|id| id.parse().unwrap()).collect()
}

fn who_looks_may_do_nothing_else() {
    let (pair, client) = with_server();
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &pair.left.name, "env", "SUDO_UID=41234", "SUDO_GID=42345"]);
    command.args([crate::program::SOCKEYE, "live", "lo", "--lines"]);
    let mut live = Program::spawn(&mut command);
    live.wait_error("listening on");
    let helper = match children(live.id()).as_slice() {
        [helper] => *helper,
        other => panic!("{other:?}"),
    };
    let said = fs::read_to_string(format!("/proc/{helper}/status")).unwrap();
    let field = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(field("Uid"), "41234 41234 41234 41234");
    assert_eq!(
        (field("Groups"), field("NoNewPrivs"), field("Seccomp")),
        (String::new(), "1".to_owned(), "2".to_owned())
    );
    // To look into processes and folders (CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH), and nothing else.
    let caps = u64::from_str_radix(&field("CapEff"), 16).unwrap();
    assert_eq!((caps, field("CapBnd")), (1 << 19 | 1 << 2, "0000000000000000".to_owned()));
    // The one that reads packets has none of it.
    assert_eq!(status(&live, "CapEff"), "0000000000000000");
    let opened = fs::read_link(format!("/proc/{helper}/fd/0")).unwrap();
    assert!(opened.to_str().unwrap().starts_with("pipe:"), "{}", opened.display());
    live.interrupt();
    client.close();
    // It goes with the one that asks.
    for _ in 0..500 {
        if !fs::exists(format!("/proc/{helper}/fd/0")).unwrap_or(false) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{helper} is still there");
}
