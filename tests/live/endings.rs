//! How captures end, and what may happen to them: files that rotate or lose their writer; interfaces that go.

use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;

use crate::link::{Pair, ip};
use crate::program::{PACKET, Program, SOCKEYE, blocks, folder, lines_of, sockeye, status};
use crate::talk::with_server;

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("endings::what_was_kept_outlives_sigkill", what_was_kept_outlives_sigkill),
    ("endings::a_ring_of_files_rotates", a_ring_of_files_rotates),
    ("endings::it_stops_by_itself", it_stops_by_itself),
    ("endings::down_renamed_and_gone_are_said", down_renamed_and_gone_are_said),
    ("endings::refusals_say_what_to_do", refusals_say_what_to_do),
    ("endings::root_is_given_up", root_is_given_up),
];

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;

fn what_was_kept_outlives_sigkill() {
    let (pair, client) = with_server();
    let folder = folder();
    for (round, lines) in (0..).zip([1, 500, 2500]) {
        let kept = folder.path().join(format!("{round}.pcapng"));
        let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]);
        client.begin(0..3000);
        program.wait_lines(lines);
        program.signal(Signal::SIGKILL);
        let ended = program.end();
        client.wait();
        let (kinds, _) = blocks(&kept);
        assert_eq!(kinds[..2], [SECTION, INTERFACE]);
        assert!(kinds[2..].iter().all(|kind| *kind == PACKET));
        // What was printed had been written before.
        let shown = ended.out.lines().count();
        assert!(lines_of(&kept) >= shown && shown >= lines, "{shown} lines shown, {} kept", lines_of(&kept));
    }
    client.close();
}

fn a_ring_of_files_rotates() {
    let (pair, client) = with_server();
    let folder = folder();
    let name = folder.path().join("ring.pcapng");
    let arguments = ["lo", "-f", "tcp port 4000", "-w", name.to_str().unwrap(), "-b", "filesize:100", "-b", "files:3"];
    let mut program = Program::live(&pair.left, &arguments);
    client.say(0..3000);
    program.wait_lines(6000);
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 6000), "{}", ended.error);
    assert!(ended.error.contains("gone with files that the ring removed"), "{}", ended.error);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 3, "{files:?}");
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let parts: Vec<&str> = name.strip_suffix(".pcapng").unwrap().split('_').collect();
        let digits = |text: &str, len| text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
        assert!(parts[0] == "ring" && digits(parts[1], 5) && digits(parts[2], 14), "{name}");
        let (kinds, left) = blocks(file);
        assert_eq!((kinds[0], kinds[1], *kinds.last().unwrap(), left), (SECTION, INTERFACE, STATISTICS, 0), "{name}");
        let stats = sockeye(&["stats", "-q", file.to_str().unwrap()]);
        // The newest has none where the last packet filled the one before.
        let packets = kinds.iter().filter(|kind| **kind == PACKET).count();
        assert!(packets > 0 || file == files.last().unwrap(), "{name}");
        assert!(stats.starts_with(&format!("packets={packets} ")), "{name} opens by itself: {stats}");
    }
    client.close();
}

fn it_stops_by_itself() {
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let kept = kept.to_str().unwrap();
    let begin = |more: &[&str]| Program::live(&pair.left, &[&["lo", "-f", "tcp port 4000"], more].concat());
    let packets = begin(&["-a", "packets:10", "-w", kept]);
    // One by one: messages that are sent at once may share a segment, and then there are fewer packets than that.
    (0..10).for_each(|number| client.say(number..number + 1));
    let ended = packets.end();
    assert_eq!((ended.code, ended.error.contains("overwritten")), (Some(0), false), "{}", ended.error);
    assert_eq!(blocks(Path::new(kept)).0.iter().filter(|kind| **kind == PACKET).count(), 10);
    let size = begin(&["-a", "filesize:50", "-w", kept]);
    client.say(0..1000);
    let ended = size.end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.error.contains("kept.pcapng: what was in this file is overwritten"), "{}", ended.error);
    let len = std::fs::metadata(kept).unwrap().len();
    assert!((50_000..150_000).contains(&len), "{len}");
    let duration = begin(&["-a", "duration:0.3"]);
    assert_eq!(duration.end().code, Some(0));
    let count = begin(&["-c", "7"]);
    client.say(0..100);
    let ended = count.end();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 7));
    let terminated = begin(&[]);
    terminated.signal(Signal::SIGTERM);
    assert_eq!(terminated.end().code, Some(0));
    client.close();
}

fn down_renamed_and_gone_are_said() {
    let pair = Pair::new();
    let mut program = Program::live(&pair.left, &["left", "lo"]);
    let mut alone = Program::live(&pair.left, &["left"]);
    pair.left.ip("link set left down");
    program.wait_error("left is down; waiting");
    pair.left.ip("link set left name port");
    program.wait_error("left is called port now");
    pair.left.ip("link set port up");
    program.wait_error("port is up again");
    pair.left.ip("link del port");
    program.wait_error("port has disappeared");
    alone.wait_error("disappeared");
    pair.left.ip("link set lo down");
    Program::live(&pair.left, &["lo"]).wait_error("lo is down; waiting");
    let ended = alone.end();
    assert_eq!(ended.code, Some(2), "{}", ended.error);
    assert!(ended.error.contains("no interface is left"), "{}", ended.error);
    let ended = program.interrupt();
    assert_eq!(ended.code, Some(0), "the other interface went on: {}", ended.error);
    let again = format!("-n {} link add left netns {} type veth peer name right", pair.right.name, pair.left.name);
    ip(&again).unwrap();
}

/// Another program copies it: what this one has open for writing, a child of another test may hold for a moment, and then
/// it cannot be run.
fn copy_program(to: &Path) {
    assert!(Command::new("cp").arg(SOCKEYE).arg(to).status().unwrap().success());
}

fn refusals_say_what_to_do() {
    use std::os::unix::process::CommandExt;
    let pair = Pair::new();
    let ended = Program::start(&pair.left, &[SOCKEYE, "live", "lefft"]).end();
    assert_eq!(ended.code, Some(2));
    assert!(ended.error.contains("did you mean left?"), "{}", ended.error);
    let ended = Program::start(&pair.left, &[SOCKEYE, "live", "left", "-f", "tcp prot 80"]).end();
    assert_eq!(ended.code, Some(4), "{}", ended.error);
    // Others may not be able to run the binary where it was built.
    let folder = folder();
    let copy = folder.path().join("sockeye");
    copy_program(&copy);
    let ended = Program::spawn(Command::new(&copy).args(["live", "lo"]).uid(65_534).gid(65_534)).end();
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.error.contains("setcap cap_net_raw=ep") && ended.error.contains("sudo sockeye live lo"),
        "{}",
        ended.error
    );
    // Root by the mode of the file would be everybody's.
    let (root, precious) = (folder.path().join("root"), folder.path().join("precious"));
    copy_program(&root);
    std::fs::set_permissions(&root, std::os::unix::fs::PermissionsExt::from_mode(0o4755)).unwrap();
    std::fs::write(&precious, "kept").unwrap();
    std::fs::set_permissions(&precious, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let wanted = ["live", "lo", "-w", precious.to_str().unwrap()];
    let ended = Program::spawn(Command::new(&root).args(wanted).uid(65_534).gid(65_534)).end();
    assert_eq!(
        (ended.code, std::fs::read_to_string(&precious).unwrap().as_str()),
        (Some(2), "kept"),
        "{}",
        ended.error
    );
    assert!(ended.error.contains("setcap cap_net_raw=ep") && ended.error.contains("sudo"), "{}", ended.error);
    // Reading and listing need no right.
    let mut list = Command::new(&copy);
    let listed = list.args(["interfaces", "--format", "jsonl"]).uid(65_534).gid(65_534).output().unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("\"name\":\"lo\""));
}

fn root_is_given_up() {
    use std::os::unix::fs::MetadataExt;
    let (pair, client) = with_server();
    let folder = folder();
    let start = |name: &str, more: &[&str], sudo: bool| {
        let kept = folder.path().join(name);
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &pair.left.name, "env"]);
        command.args(sudo.then_some(["SUDO_UID=1234", "SUDO_GID=2345"]).into_iter().flatten());
        command.args([SOCKEYE, "live", "lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]).args(more);
        let mut program = Program::spawn(&mut command);
        program.wait_error("listening on");
        program
    };
    let ring = ["-b", "filesize:20", "-b", "files:2"];
    for (name, more, sudo, user, group) in [
        ("a", &[][..], true, "1234", "2345"),
        ("b", &ring[..], true, "1234", "2345"),
        ("c", &[][..], false, "65534", "65534"),
        ("d", &["-Z", "root", "-b", "filesize:20"][..], true, "0", "0"),
    ] {
        let mut program = start(name, more, sudo);
        assert_eq!(status(&program, "Uid"), [user; 4].join(" "), "{name}");
        assert_eq!(status(&program, "Gid"), [group; 4].join(" "), "{name}");
        assert_eq!(status(&program, "Groups"), "", "{name}");
        for set in ["CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"] {
            assert_eq!(status(&program, set), "0".repeat(16), "{name} {set}");
        }
        assert_eq!(status(&program, "NoNewPrivs"), "1", "{name}");
        assert_eq!(status(&program, "Seccomp"), "2", "{name}");
        client.say(0..500);
        program.wait_lines(1000);
        let ended = program.interrupt();
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        assert!(ended.error.contains(" 0 not kept"), "{}", ended.error);
        assert!(!ended.error.contains("temporary file"), "what is put aside has a place: {}", ended.error);
    }
    let owners: Vec<(String, u32, u32)> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap()))
        .map(|(name, data)| (name, data.uid(), data.gid()))
        .collect();
    let of = |start: &str| owners.iter().filter(|(name, ..)| name.starts_with(start)).collect::<Vec<_>>();
    assert_eq!(of("a").iter().map(|(_, user, group)| (*user, *group)).collect::<Vec<_>>(), [(1234, 2345)]);
    assert_eq!(of("b").iter().map(|(_, user, _)| *user).collect::<Vec<_>>(), [1234, 1234], "{owners:?}");
    assert!(of("d").len() > 2);
    let denied = folder.path().join("denied");
    std::fs::create_dir(&denied).unwrap();
    let nowhere = format!("TMPDIR={}", denied.display());
    let mut program = Program::start(&pair.left, &["env", &nowhere, SOCKEYE, "live", "lo", "--lines"]);
    program.wait_error("no temporary file can be made there");
    // Before that a signal ends it as it ends any program.
    program.wait_error("listening on");
    assert_eq!(program.interrupt().code, Some(0));
    let ring = Program::start(
        &pair.left,
        &[SOCKEYE, "live", "lo", "-w", denied.join("x").to_str().unwrap(), "-b", "duration:1"],
    );
    let ended = ring.end();
    assert_eq!(ended.code, Some(3));
    let advice = "to whom root was given up, cannot make the files of a ring there; with -Z root they are made";
    assert!(ended.error.contains(advice), "{}", ended.error);
    client.close();
}
