//! The real binary, running in a network namespace: what it prints while it runs, and how it ends.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::link::Space;

/// Longest time any test waits for something that has to come.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The binary under test.
pub const SOCKEYE: &str = env!("CARGO_BIN_EXE_sockeye-under-test");

/// A program that runs.
pub struct Program {
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    error: Arc<Mutex<Vec<u8>>>,
    lines: Arc<AtomicUsize>,
    readers: Vec<JoinHandle<()>>,
}

/// How a program ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub error: String,
}

impl Program {
    /// Starts `sockeye live` in a namespace, and waits until it listens.
    pub fn live(space: &Space, arguments: &[&str]) -> Program {
        let mut program = Program::start(space, &[&[SOCKEYE, "live"], arguments].concat());
        program.wait_error("listening on");
        program
    }

    /// Starts a command in a namespace.
    pub fn start(space: &Space, command: &[&str]) -> Program {
        Program::spawn(Command::new("ip").args(["netns", "exec", &space.name]).args(command))
    }

    /// Starts a command.
    pub fn spawn(command: &mut Command) -> Program {
        command.env_remove("SUDO_UID").env_remove("SUDO_GID");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, error, lines) = (Arc::default(), Arc::default(), Arc::<AtomicUsize>::default());
        let readers = vec![
            gather(child.stdout.take().unwrap(), Arc::clone(&out), Arc::clone(&lines)),
            gather(child.stderr.take().unwrap(), Arc::clone(&error), Arc::default()),
        ];
        Program { child, out, error, lines, readers }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed so far.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap()).into_owned()
    }

    /// What it has said on standard error so far.
    pub fn error(&self) -> String {
        String::from_utf8_lossy(&self.error.lock().unwrap()).into_owned()
    }

    /// Waits until it has said `text` on standard error.
    pub fn wait_error(&mut self, text: &str) {
        self.wait(&format!("'{text}' on standard error"), |program| program.error().contains(text));
    }

    /// Waits until it has printed at least `count` lines.
    pub fn wait_lines(&mut self, count: usize) {
        self.wait(&format!("{count} lines"), |program| program.lines.load(Ordering::Acquire) >= count);
    }

    /// Waits until something holds.
    pub fn wait(&mut self, what: &str, holds: impl Fn(&Program) -> bool) {
        let start = Instant::now();
        while !holds(self) {
            // What was printed last may still be on its way after the end.
            let ended = self.child.try_wait().unwrap().filter(|_| self.readers.iter().all(JoinHandle::is_finished));
            if holds(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
            let late = start.elapsed() > PATIENCE;
            assert!(ended.is_none() && !late, "no {what}; it ended: {ended:?}; it said:\n{}", self.error());
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Ends it as Ctrl-C does.
    pub fn interrupt(self) -> Ended {
        self.signal(Signal::SIGINT);
        self.end()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("it does not end; it said:\n{}", self.error());
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        Ended { code: status.code(), out: self.out(), error: self.error() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(mut from: impl Read + Send + 'static, to: Arc<Mutex<Vec<u8>>>, lines: Arc<AtomicUsize>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut some = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut some) {
            to.lock().unwrap().extend_from_slice(&some[..count]);
            lines.fetch_add(memchr::memchr_iter(b'\n', &some[..count]).count(), Ordering::Release);
        }
    })
}

/// Runs the binary to its end; what it printed.
pub fn sockeye(arguments: &[&str]) -> String {
    let output = Command::new(SOCKEYE).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder that any user may make files in; the program under test gives up root.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let everyone = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), everyone).unwrap();
    folder
}

/// The types of the whole blocks of a pcapng file, and how many bytes follow the last of them.
pub fn blocks(file: &Path) -> (Vec<u32>, usize) {
    let bytes = std::fs::read(file).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut kinds, mut at) = (Vec::new(), 0);
    while at + 8 <= bytes.len() {
        let len = usize::try_from(word(at + 4)).unwrap();
        assert!(len >= 12 && len % 4 == 0, "a block of {len} bytes at {at}");
        if at + len > bytes.len() {
            break;
        }
        assert_eq!(word(at + len - 4), word(at + 4), "both lengths of the block at {at}");
        kinds.push(word(at));
        at += len;
    }
    (kinds, bytes.len() - at)
}

/// The type of a block that holds a packet.
pub const PACKET: u32 = 6;

/// How many frames are in a file.
pub fn lines_of(file: &Path) -> usize {
    sockeye(&["frames", "-q", file.to_str().unwrap()]).lines().count()
}

/// A field of `/proc/PID/status`.
pub fn status(program: &Program, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_start_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
}
