//! What a stranger, or another user of the machine, could gain from a root that captures or reads: each test is one
//! attempt. The users are numbers; nothing is set up for them.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::link::{Pair, Space};
use crate::program::{Ended, Program, SOCKEYE, folder, status};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("rights::nothing_is_made_where_the_caller_may_not_write", nothing_is_made_where_the_caller_may_not_write),
    ("rights::links_are_not_followed", links_are_not_followed),
    ("rights::a_file_of_roots_stays_roots", a_file_of_roots_stays_roots),
    ("rights::a_race_for_the_name_is_not_won", a_race_for_the_name_is_not_won),
    ("rights::a_ring_follows_no_link", a_ring_follows_no_link),
    ("rights::a_new_capture_is_its_owners_alone", a_new_capture_is_its_owners_alone),
    ("rights::root_itself_writes_over_no_strangers_file", root_itself_writes_over_no_strangers_file),
    ("rights::a_capture_is_read_as_the_caller", a_capture_is_read_as_the_caller),
    (
        "rights::a_root_that_nobody_called_reads_without_capabilities",
        a_root_that_nobody_called_reads_without_capabilities,
    ),
    ("rights::what_only_root_may_open_is_open_before", what_only_root_may_open_is_open_before),
    ("rights::the_configuration_is_the_callers", the_configuration_is_the_callers),
];

/// Who calls sudo, by user and group.
const CALLER: (u32, u32) = (41_234, 42_345);

/// A capture with frames.
const MQTT: &[u8] = include_bytes!("../../samples/mqtt.pcap");

/// Somebody else.
const STRANGER: u32 = 45_678;

/// A folder of root's, into which only root may write, as `/etc/cron.d` is; its parent, of the caller's, and that.
fn folders() -> (tempfile::TempDir, PathBuf) {
    let outer = folder();
    chown(outer.path(), Some(CALLER.0), Some(CALLER.1)).unwrap();
    let inner = outer.path().join("cron.d");
    fs::create_dir(&inner).unwrap();
    fs::set_permissions(&inner, Permissions::from_mode(0o755)).unwrap();
    (outer, inner)
}

/// A file that only root may touch.
fn precious(folder: &Path) -> PathBuf {
    let path = folder.join("precious");
    fs::write(&path, "as it was").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

fn is_as_it_was(precious: &Path) -> bool {
    let about = fs::metadata(precious).unwrap();
    fs::read_to_string(precious).unwrap() == "as it was" && about.uid() == 0 && about.mode() & 0o777 == 0o600
}

/// `sudo sockeye ...`, as the caller would type it, in a namespace.
fn by_sudo(space: &Space, arguments: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &space.name, "env"]);
    command.args([format!("SUDO_UID={}", CALLER.0), format!("SUDO_GID={}", CALLER.1)]);
    command.arg(SOCKEYE).args(arguments);
    command
}

/// A short capture into `file`.
fn capture(space: &Space, file: &Path, more: &[&str]) -> Ended {
    let arguments = ["live", "lo", "-a", "duration:0.01", "-w", file.to_str().unwrap()];
    Program::spawn(&mut by_sudo(space, &[&arguments[..], more].concat())).end()
}

fn nothing_is_made_where_the_caller_may_not_write() {
    let pair = Pair::new();
    let (_outer, inner) = folders();
    for more in [&[][..], &["-b", "duration:1"]] {
        let ended = capture(&pair.left, &inner.join("job"), more);
        assert_eq!(ended.code, Some(3), "{}", ended.error);
        assert!(
            ended.error.contains(&format!("user {}, to whom root was given up, cannot", CALLER.0)),
            "{}",
            ended.error
        );
        assert!(ended.error.contains("with -Z root"), "{}", ended.error);
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    }
    // Root by name may.
    let ended = capture(&pair.left, &inner.join("job"), &["-Z", "root"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert_eq!(fs::metadata(inner.join("job")).unwrap().uid(), 0);
}

fn links_are_not_followed() {
    let pair = Pair::new();
    let (outer, inner) = folders();
    let precious = precious(&inner);
    let own = outer.path().join("own");
    fs::write(&own, "the caller's").unwrap();
    chown(&own, Some(CALLER.0), Some(CALLER.1)).unwrap();
    let link = outer.path().join("link");
    for target in [&inner.join("job"), &precious, &own] {
        symlink(target, &link).unwrap();
        for root in [&[][..], &["-Z", "root"]] {
            let ended = capture(&pair.left, &link, root);
            assert_eq!(ended.code, Some(3), "{}", ended.error);
            assert!(ended.error.contains("it is a link"), "{}", ended.error);
        }
        // Root that nobody called.
        let arguments = [SOCKEYE, "live", "lo", "-a", "duration:0.01", "-w", link.to_str().unwrap()];
        let ended = Program::start(&pair.left, &arguments).end();
        assert!(ended.code == Some(3) && ended.error.contains("it is a link"), "{}", ended.error);
        fs::remove_file(&link).unwrap();
    }
    assert!(is_as_it_was(&precious) && !inner.join("job").exists());
    assert_eq!(fs::read_to_string(&own).unwrap(), "the caller's");
}

fn a_file_of_roots_stays_roots() {
    let pair = Pair::new();
    let (outer, _inner) = folders();
    let precious = precious(outer.path());
    let ended = capture(&pair.left, &precious, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.error);
    assert!(ended.error.contains("cannot write it") && ended.error.contains("with -Z root"), "{}", ended.error);
    assert!(is_as_it_was(&precious));
    // Nor one that it shares with the caller's name.
    let second = outer.path().join("second");
    fs::hard_link(&precious, &second).unwrap();
    fs::set_permissions(&precious, Permissions::from_mode(0o666)).unwrap();
    let ended = capture(&pair.left, &second, &[]);
    assert!(ended.code == Some(3) && ended.error.contains("other names"), "{}", ended.error);
    fs::set_permissions(&precious, Permissions::from_mode(0o600)).unwrap();
    assert!(is_as_it_was(&precious));
}

/// Between a look at the name and its opening, the caller puts something else there, over and over.
fn a_race_for_the_name_is_not_won() {
    let pair = Pair::new();
    let (outer, inner) = folders();
    let precious = precious(&inner);
    let name = outer.path().join("name");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for target in [&precious, &inner.join("job")] {
                    let _ = symlink(target, &name);
                    let _ = fs::remove_file(&name);
                }
                let _ = fs::hard_link(&precious, &name);
                let _ = fs::remove_file(&name);
            }
        });
        let mut made = 0;
        for _ in 0..40 {
            let ended = capture(&pair.left, &name, &[]);
            made += u32::from(ended.code != Some(3));
        }
        over.store(true, Ordering::Relaxed);
        eprintln!("{made} of 40 captures found the name free");
    });
    assert!(is_as_it_was(&precious) && !inner.join("job").exists());
}

fn a_ring_follows_no_link() {
    let pair = Pair::new();
    let (outer, inner) = folders();
    let precious = precious(&inner);
    let own = outer.path().join("own");
    fs::write(&own, "the caller's").unwrap();
    chown(&own, Some(CALLER.0), Some(CALLER.1)).unwrap();
    let targets = [&precious, &own, &inner.join("job")];
    // Every name that the second file can have in the next minute.
    let now = jiff::Zoned::now();
    for ahead in 0..60 {
        let time = now.checked_add(jiff::Span::new().seconds(ahead)).unwrap().strftime("%Y%m%d%H%M%S").to_string();
        let target = targets[usize::try_from(ahead).unwrap() % targets.len()];
        symlink(target, outer.path().join(format!("ring_00002_{time}"))).unwrap();
    }
    let name = outer.path().join("ring");
    let arguments = ["live", "lo", "-w", name.to_str().unwrap(), "-b", "duration:0.3", "-a", "duration:1"];
    let ended = Program::spawn(&mut by_sudo(&pair.left, &arguments)).end();
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains(" 0 not kept"), "{}", ended.error);
    assert!(is_as_it_was(&precious) && !inner.join("job").exists());
    assert_eq!(fs::read_to_string(&own).unwrap(), "the caller's");
    let made: Vec<String> = fs::read_dir(outer.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(made.iter().any(|name| name.starts_with("ring_00003_")), "{made:?}");
}

fn a_new_capture_is_its_owners_alone() {
    let pair = Pair::new();
    let (outer, _inner) = folders();
    let ended = capture(&pair.left, &outer.path().join("one"), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let ended = capture(&pair.left, &outer.path().join("ring"), &["-b", "duration:1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let own = folder();
    let arguments = [SOCKEYE, "live", "lo", "-a", "duration:0.01", "-w"];
    let ended = Program::start(&pair.left, &[&arguments[..], &[own.path().join("x").to_str().unwrap()]].concat()).end();
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    let files = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
        entries.filter(fs::Metadata::is_file).map(|about| (about.uid(), about.mode() & 0o777)).collect::<Vec<_>>()
    };
    assert_eq!(files(outer.path()), [(CALLER.0, 0o600); 2]);
    assert_eq!(files(own.path()), [(0, 0o600)], "root that nobody called keeps what it makes");
    // Where the user that root is given up to may not even look.
    fs::set_permissions(own.path(), Permissions::from_mode(0o700)).unwrap();
    let ended = Program::start(&pair.left, &[&arguments[..], &[own.path().join("y").to_str().unwrap()]].concat()).end();
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    assert!(ended.error.contains("sockeye: kept in"), "{}", ended.error);
}

/// A stranger who could guess the name made the file before, to read what is captured.
fn root_itself_writes_over_no_strangers_file() {
    let pair = Pair::new();
    let folder = folder();
    let bait = folder.path().join("bait");
    fs::write(&bait, "").unwrap();
    fs::set_permissions(&bait, Permissions::from_mode(0o666)).unwrap();
    chown(&bait, Some(STRANGER), None).unwrap();
    let arguments = [SOCKEYE, "live", "lo", "-a", "duration:0.01", "-w", bait.to_str().unwrap()];
    let ended = Program::start(&pair.left, &arguments).end();
    assert!(ended.code == Some(3) && ended.error.contains("another user's"), "{}", ended.error);
}

/// A program that reads a capture from a pipe with a name, which only root may open, and has printed its first frames.
fn reading(sudo: bool, arguments: &[&str]) -> (Program, fs::File, tempfile::TempDir) {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let mut command = Command::new("env");
    if sudo {
        command.args([format!("SUDO_UID={}", CALLER.0), format!("SUDO_GID={}", CALLER.1)]);
    }
    command.arg(SOCKEYE).args(arguments).arg(&pipe);
    let mut program = Program::spawn(&mut command);
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    writer.write_all(MQTT).unwrap();
    program.wait_lines(10);
    (program, writer, folder)
}

fn check_rights(program: &Program, user: &str, group: &str) {
    assert_eq!(status(program, "Uid"), [user; 4].join(" "));
    assert_eq!(status(program, "Gid"), [group; 4].join(" "));
    for set in ["CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"] {
        assert_eq!(status(program, set), "0".repeat(16), "{set}");
    }
    assert_eq!((status(program, "NoNewPrivs").as_str(), status(program, "Seccomp").as_str()), ("1", "2"));
}

fn a_capture_is_read_as_the_caller() {
    for arguments in [&["frames"][..], &["messages", "--format", "jsonl"], &["--threads", "1"]] {
        let (program, writer, _folder) = reading(true, arguments);
        check_rights(&program, &CALLER.0.to_string(), &CALLER.1.to_string());
        assert_eq!(status(&program, "Groups"), "");
        drop(writer);
        assert_eq!(program.end().code, Some(0));
    }
    // What another program captures.
    let mut command = Command::new("env");
    command.args([format!("SUDO_UID={}", CALLER.0), format!("SUDO_GID={}", CALLER.1)]);
    command.args([SOCKEYE, "live", "-", "--lines"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    to.write_all(MQTT).unwrap();
    let mut some = [0; 100];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut some).unwrap();
    let about = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    assert!(about.contains(&format!("Uid:\t{0}\t{0}\t{0}\t{0}\n", CALLER.0)), "{about}");
    assert!(about.contains("CapEff:\t0000000000000000\n") && about.contains("Seccomp:\t2\n"), "{about}");
    drop((to, child.stdout.take()));
    assert!(child.wait().unwrap().success());
}

fn a_root_that_nobody_called_reads_without_capabilities() {
    let (program, writer, _folder) = reading(false, &["frames"]);
    check_rights(&program, "0", "0");
    drop(writer);
    assert_eq!(program.end().code, Some(0));
}

fn what_only_root_may_open_is_open_before() {
    let folder = folder();
    let [first, second] = ["first", "second"].map(|name| {
        let path = folder.path().join(name);
        fs::write(&path, MQTT).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let run = |arguments: &[&str]| {
        let mut command = Command::new("env");
        command.args([format!("SUDO_UID={}", CALLER.0), format!("SUDO_GID={}", CALLER.1)]).arg(SOCKEYE).args(arguments);
        Program::spawn(&mut command).end()
    };
    let frame = |file: &str| format!("{file}#1");
    for arguments in [
        &["frames", first.as_str()][..],
        &["stats", &first],
        &["lint", &first],
        &["follow", &first, "0"],
        &["explain", &frame(&first), &frame(&second)],
    ] {
        let ended = run(arguments);
        assert!(ended.code.is_some_and(|code| code < 2) && !ended.out.is_empty(), "{arguments:?}: {}", ended.error);
    }
    // What is written is the caller's, and where the caller may write.
    chown(folder.path(), Some(CALLER.0), Some(CALLER.1)).unwrap();
    let picture = folder.path().join("picture.svg");
    assert_eq!(run(&[&first, "--screenshot", picture.to_str().unwrap()]).code, Some(0));
    assert_eq!(fs::metadata(&picture).unwrap().uid(), CALLER.0);
    chown(folder.path(), Some(0), Some(0)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let ended = run(&[&first, "--screenshot", folder.path().join("more.svg").to_str().unwrap()]);
    assert!(ended.code == Some(1) && !folder.path().join("more.svg").exists(), "{}", ended.error);
}

/// In a name space of its own the caller has a name and a home.
fn the_configuration_is_the_callers() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (home, theme) in [("caller", "light"), ("root", "plain")] {
        let config = at(home).join(".config/sockeye");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), format!("theme = \"{theme}\"\n")).unwrap();
    }
    // As the homes of others are to whoever is not root.
    fs::set_permissions(at("root"), Permissions::from_mode(0o700)).unwrap();
    let line = format!("caller:x:{}:{}::{}:/bin/sh\n", CALLER.0, CALLER.1, at("caller").display());
    fs::write(at("passwd"), fs::read_to_string("/etc/passwd").unwrap() + &line).unwrap();
    let script = "mount --bind \"$1\" /etc/passwd && exec \"$0\" --print-config";
    let run = |sudo: bool| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, SOCKEYE]).arg(at("passwd"));
        command.env("HOME", at("root")).env_remove("XDG_CONFIG_HOME").env_remove("SUDO_UID").env_remove("SUDO_GID");
        if sudo {
            command.env("SUDO_UID", CALLER.0.to_string());
        }
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (own, error) = run(false);
    if error.contains("mount") {
        eprintln!("SKIPPED: nothing can be mounted: {error}");
        return;
    }
    assert!(own.contains("theme = \"plain\""), "{own}{error}");
    // The group is known from the name, too.
    let (callers, error) = run(true);
    assert!(callers.contains("theme = \"light\""), "{callers}{error}");
}
