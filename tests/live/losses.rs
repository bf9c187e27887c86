//! What becomes of packets that cannot be kept, and of lines that nobody reads: all of it is said, and shows in the exit
//! status.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};

use crate::link::Space;
use crate::program::{PACKET, Program, SOCKEYE, blocks, folder, lines_of, sockeye};
use crate::talk::with_server;

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("losses::a_full_disk_stops_writing_and_nothing_else", a_full_disk_stops_writing_and_nothing_else),
    ("losses::a_limit_on_file_size_stops_writing_and_nothing_else", a_limit_stops_writing_and_nothing_else),
    (
        "losses::a_file_that_somebody_removes_is_not_said_to_be_kept",
        a_file_that_somebody_removes_is_not_said_to_be_kept,
    ),
    (
        "losses::a_file_of_a_ring_that_somebody_removes_costs_that_file",
        a_file_of_a_ring_that_somebody_removes_costs_that_file,
    ),
    ("losses::a_file_that_somebody_cuts_keeps_what_is_left", a_file_that_somebody_cuts_keeps_what_is_left),
    ("losses::a_file_that_somebody_renames_is_kept", a_file_that_somebody_renames_is_kept),
    ("losses::a_slow_reader_loses_nothing", a_slow_reader_loses_nothing),
    ("losses::a_reader_that_stopped_does_not_hold_up_the_end", a_reader_that_stopped_does_not_hold_up_the_end),
    (
        "losses::one_pipe_for_everything_that_nobody_reads_is_left_too",
        one_pipe_for_everything_that_nobody_reads_is_left_too,
    ),
    ("losses::a_reader_that_goes_on_is_waited_for", a_reader_that_goes_on_is_waited_for),
];

/// Messages without a long one.
const SMALL: std::ops::Range<u32> = 10..1000;

fn a_full_disk_stops_writing_and_nothing_else() {
    let (pair, client) = with_server();
    let folder = folder();
    let Some(disk) = SmallDisk::mount(folder.path()) else {
        eprintln!("SKIPPED: no small disk can be mounted");
        return;
    };
    let kept = folder.path().join("kept.pcapng");
    let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]);
    client.say(SMALL);
    program.wait_lines(SMALL.len() * 2);
    check_cut(program, &kept);
    drop(disk);
    client.close();
}

/// A file system of 64 KiB, until it is dropped.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    fn mount(at: &Path) -> Option<SmallDisk<'_>> {
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=64k,mode=777", "tmpfs"]).arg(at);
        mount.status().is_ok_and(|status| status.success()).then_some(SmallDisk(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

fn a_limit_stops_writing_and_nothing_else() {
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let script = "ulimit -f 100; exec \"$0\" live lo -f 'tcp port 4000' -w \"$1\"";
    let mut program = Program::start(&pair.left, &["sh", "-c", script, SOCKEYE, kept.to_str().unwrap()]);
    program.wait_error("listening on");
    client.say(SMALL);
    program.wait_lines(SMALL.len() * 2);
    check_cut(program, &kept);
    client.close();
}

/// All is shown, the file holds whole blocks, and it was said that it holds no more.
fn check_cut(program: Program, kept: &Path) {
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(14), SMALL.len() * 2), "{}", ended.error);
    // On a narrow screen the end of the line is cut off.
    assert!(ended.error.contains("\nsockeye: from now on packets are shown and not kept: the file"), "{}", ended.error);
    assert!(!ended.error.contains(" 0 not kept"), "{}", ended.error);
    let (kinds, left) = blocks(kept);
    let packets = kinds.iter().filter(|kind| **kind == PACKET).count();
    assert!(ended.error.contains(&format!("kept in {}: {packets} of ", kept.display())), "{}", ended.error);
    assert!(kinds.len() > 5 && left == 0, "{} blocks, {left} bytes", kinds.len());
    let first: Vec<String> = ended.out.lines().map(str::to_owned).collect();
    let again = sockeye(&["frames", kept.to_str().unwrap()]);
    let again: Vec<&str> = again.lines().collect();
    assert!(again.len() > 100 && again.len() < SMALL.len() * 2);
    // The last frames of the file may be cut; those before are the ones that were shown.
    assert_eq!(again[..again.len() - 50], first[..again.len() - 50]);
}

fn a_file_that_somebody_removes_is_not_said_to_be_kept() {
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]);
    client.say(10..110);
    program.wait_lines(200);
    std::fs::remove_file(&kept).unwrap();
    program.wait_error("kept.pcapng was removed by somebody else");
    client.say(110..210);
    program.wait_lines(400);
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(14), 400), "{}", ended.error);
    assert!(ended.error.contains("nothing is kept in") && !ended.error.contains("sockeye: kept in"), "{}", ended.error);
    let received = number_before(&ended.error, " packets received");
    assert_eq!(number_before(&ended.error, " not kept;"), received, "{}", ended.error);
    assert!(received > 0);
    client.close();
}

/// The number before the last `text`.
fn number_before(said: &str, text: &str) -> u64 {
    let (before, _) = said.rsplit_once(text).unwrap();
    before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

fn a_file_of_a_ring_that_somebody_removes_costs_that_file() {
    let (pair, client) = with_server();
    let folder = folder();
    let name = folder.path().join("ring");
    let ring = ["-b", "duration:2", "-w", name.to_str().unwrap()];
    let mut program = Program::live(&pair.left, &[&["lo", "-f", "tcp port 4000"][..], &ring].concat());
    let files = || std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    client.say(10..110);
    program.wait_lines(200);
    let first = files();
    first.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    program.wait_error("shown and not kept until the next file begins");
    program.wait("another file", |_| !files().is_empty());
    client.say(110..210);
    program.wait_lines(400);
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(14), 400), "{}", ended.error);
    let kept: usize = files().iter().map(|file| blocks(file).0.iter().filter(|kind| **kind == PACKET).count()).sum();
    let received = number_before(&ended.error, " packets received");
    let lost = number_before(&ended.error, " not kept;");
    assert!(kept > 0 && lost > 0, "{}", ended.error);
    assert_eq!(u64::try_from(kept).unwrap() + lost, received, "{}", ended.error);
    client.close();
}

fn a_file_that_somebody_cuts_keeps_what_is_left() {
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]);
    // One by one, so that they are not all in a few packets.
    (10..60).for_each(|number| client.say(number..number + 1));
    program.wait_lines(100);
    let len = std::fs::metadata(&kept).unwrap().len();
    File::options().write(true).open(&kept).unwrap().set_len(len / 2).unwrap();
    client.say(60..160);
    program.wait_lines(300);
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(14), 300), "{}", ended.error);
    assert!(
        ended.error.contains(&format!("the file was cut to {} bytes by somebody else", len / 2)),
        "{}",
        ended.error
    );
    assert_eq!(std::fs::metadata(&kept).unwrap().len(), len / 2, "nothing more is written, and no hole is left");
    let left = blocks(&kept).0.iter().filter(|kind| **kind == PACKET).count();
    assert!(left > 10, "{left}");
    assert!(ended.error.contains(&format!("kept.pcapng: {left} of ")), "{}", ended.error);
    let lost = number_before(&ended.error, " not kept;");
    let received = number_before(&ended.error, " packets received");
    assert_eq!(lost + u64::try_from(left).unwrap(), received, "{}", ended.error);
    client.close();
}

fn a_file_that_somebody_renames_is_kept() {
    let (pair, client) = with_server();
    let folder = folder();
    let (kept, other) = (folder.path().join("kept.pcapng"), folder.path().join("other.pcapng"));
    let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "-w", kept.to_str().unwrap()]);
    client.say(10..110);
    program.wait_lines(200);
    std::fs::rename(&kept, &other).unwrap();
    client.say(110..210);
    program.wait_lines(400);
    let ended = program.interrupt();
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 400), "{}", ended.error);
    assert!(ended.error.contains("kept, and no longer in") && !ended.error.contains("kept in"), "{}", ended.error);
    assert_eq!(lines_of(&other), 400);
    client.close();
}

/// Nobody reads what is printed until all has been said: far more than a pipe holds.
fn a_slow_reader_loses_nothing() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    for more in [&["-w", kept.to_str().unwrap()][..], &[]] {
        let mut command = Command::new("ip");
        command.args([
            "netns",
            "exec",
            &pair.left.name,
            SOCKEYE,
            "live",
            "lo",
            "-f",
            "tcp port 4000",
            "--format",
            "jsonl",
        ]);
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        said.read_line(&mut String::new()).unwrap();
        client.say(0..5000);
        let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Vec<String> = shown.by_ref().take(10_000).map(Result::unwrap).collect();
        assert_eq!(first.len(), 10_000);
        nix::sys::signal::kill(id, Signal::SIGINT).unwrap();
        assert_eq!(shown.count(), 0);
        let mut summary = String::new();
        said.read_to_string(&mut summary).unwrap();
        assert!(summary.contains(" 0 dropped by the kernel"), "{summary}");
        // Where nothing was to be kept, nothing is said of it.
        assert_eq!(summary.contains(", 0 not kept"), !more.is_empty(), "{summary}");
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(sockeye(&["frames", kept.to_str().unwrap()]).lines().count(), 10_000);
    client.close();
}

/// The program with pipes that nobody has read yet, listening.
fn unread(space: &Space, more: &[&str]) -> Child {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &space.name, SOCKEYE, "live", "lo", "-f", "tcp port 4000", "--format", "jsonl"]);
    command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"ends\n") {
        let mut byte = [0];
        child.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    child
}

fn interrupt(child: &Child) {
    kill(nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGINT).unwrap();
}

fn a_reader_that_stopped_does_not_hold_up_the_end() {
    let (pair, client) = with_server();
    let folder = folder();
    let kept = folder.path().join("kept.pcapng");
    let mut child = unread(&pair.left, &["-w", kept.to_str().unwrap()]);
    client.say(0..5000);
    let start = Instant::now();
    interrupt(&child);
    let status = child.wait().unwrap();
    // A second is promised; a busy machine may take its time.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(14), "{said}");
    assert!(said.contains("standard output: nobody reads it") && said.contains("kept in"), "{said}");
    assert_eq!(lines_of(&kept), 10_000, "what is kept is whole");
    client.close();
}

/// `2>&1 | less`, say: then nothing more can be said either.
fn one_pipe_for_everything_that_nobody_reads_is_left_too() {
    let (pair, client) = with_server();
    let script = "exec \"$0\" live lo -f 'tcp port 4000' --format jsonl 2>&1";
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &pair.left.name, "sh", "-c", script, SOCKEYE]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = [0; 20];
    child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    client.say(0..5000);
    let start = Instant::now();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(14));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    client.close();
}

fn a_reader_that_goes_on_is_waited_for() {
    let (pair, client) = with_server();
    let mut child = unread(&pair.left, &[]);
    client.say(10..2010);
    interrupt(&child);
    let mut lines = 0;
    let mut some = [0; 4096];
    let mut out = child.stdout.take().unwrap();
    let start = Instant::now();
    while let Ok(count @ 1..) = out.read(&mut some) {
        lines += memchr::memchr_iter(b'\n', &some[..count]).count();
        // Longer in all than a reader that stopped is waited for.
        if start.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert_eq!(lines, 4000);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    client.close();
}
