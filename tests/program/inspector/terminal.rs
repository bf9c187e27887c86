//! A terminal that nobody looks at: a pseudo-terminal with the program in it, and a screen that shows what was written.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use vt100::{Cell, MouseProtocolMode, Parser, Screen};

use super::{ARGUMENTS, FOLDER, INPUT, SILENT};

/// How long something is waited for: reached only where it never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// Columns and lines of the screen that is drawn on: the terminal takes its upper left corner. So it need not change with
/// the terminal, at which time what was drawn for another size may still be on its way.
const LARGEST: (u16, u16) = (300, 60);

/// Columns and lines of terminals: the smallest with everything, one line less, and a large one.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (80, 23), (120, 40)];

/// A bundled sample.
pub fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name).to_str().unwrap().to_owned()
}

/// No report of the mouse is asked for.
pub fn mouse_is_off(screen: &Screen) -> bool {
    screen.mouse_protocol_mode() == MouseProtocolMode::None
}

pub struct Terminal {
    parser: Parser,
    output: Receiver<Vec<u8>>,
    received: usize,
    /// All that was written, as it was.
    written: Vec<u8>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    _slave: Option<Box<dyn SlavePty + Send>>,
    folder: PathBuf,
    _own: Option<tempfile::TempDir>,
}

impl Terminal {
    /// The program under a shell; `None` where there are no pseudo-terminals.
    pub fn with(arguments: &[&str], columns: u16, lines: u16) -> Option<Terminal> {
        let own = tempfile::tempdir().unwrap();
        let mut terminal = Terminal::in_folder(own.path(), arguments, columns, lines)?;
        terminal._own = Some(own);
        Some(terminal)
    }

    /// The same, its configuration in this folder.
    pub fn in_folder(folder: &Path, arguments: &[&str], columns: u16, lines: u16) -> Option<Terminal> {
        Terminal::open(shell(folder, arguments), folder, columns, lines)
    }

    /// The same, with a file on standard input, the second half of which comes when told to.
    pub fn with_input(arguments: &[&str], file: &str, columns: u16, lines: u16) -> Option<Terminal> {
        Terminal::with_pipe(arguments, &[(INPUT, file)], columns, lines)
    }

    /// The same, but nothing of the file comes before that.
    pub fn with_silent_input(arguments: &[&str], file: &str, columns: u16, lines: u16) -> Option<Terminal> {
        Terminal::with_pipe(arguments, &[(INPUT, file), (SILENT, "")], columns, lines)
    }

    fn with_pipe(arguments: &[&str], variables: &[(&str, &str)], columns: u16, lines: u16) -> Option<Terminal> {
        let own = tempfile::tempdir().unwrap();
        let mut command = shell(own.path(), arguments);
        for (name, value) in variables {
            command.env(name, value);
        }
        let mut terminal = Terminal::open(command, own.path(), columns, lines)?;
        terminal._own = Some(own);
        Some(terminal)
    }

    /// The program without a shell: the terminal is its own.
    pub fn alone(arguments: &[&str], columns: u16, lines: u16) -> Option<Terminal> {
        let own = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_sockeye"));
        command.args(arguments);
        let mut terminal = Terminal::open(command, own.path(), columns, lines)?;
        terminal._own = Some(own);
        terminal._slave = None;
        Some(terminal)
    }

    fn open(mut command: CommandBuilder, folder: &Path, columns: u16, lines: u16) -> Option<Terminal> {
        let size = PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).ok()?;
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        command.env("TERM", "xterm-256color");
        command.env("XDG_CONFIG_HOME", folder);
        command.env("XDG_STATE_HOME", folder.join("state"));
        for name in ["NO_COLOR", "COLORFGBG", "TERM_PROGRAM"] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Some(Terminal {
            parser: Parser::new(LARGEST.1, LARGEST.0, 0),
            output,
            received: 0,
            written: Vec::new(),
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            _slave: Some(pair.slave),
            folder: folder.to_owned(),
            _own: None,
        })
    }

    pub fn screen(&self) -> &Screen {
        self.parser.screen()
    }

    pub fn contents(&self) -> String {
        self.screen().contents()
    }

    /// Types keys.
    pub fn keys(&mut self, keys: &str) -> &mut Terminal {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        self
    }

    /// Waits until the screen shows this.
    pub fn wait_for(&mut self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// Waits until this was written, on the screen or not.
    pub fn wait_for_bytes(&mut self, wanted: &[u8]) {
        let start = Instant::now();
        while !self.wrote(wanted) {
            assert!(start.elapsed() < PATIENCE, "{wanted:?} was not written");
            self.take(Duration::from_millis(50));
        }
    }

    /// This was written.
    pub fn wrote(&self, wanted: &[u8]) -> bool {
        self.written.windows(wanted.len()).any(|part| part == wanted)
    }

    /// The cells of the screen, line by line.
    pub fn cells(&self) -> Vec<Vec<Cell>> {
        let (lines, columns) = self.screen().size();
        let line = |line| (0..columns).filter_map(move |column| self.screen().cell(line, column).cloned()).collect();
        (0..lines).map(line).collect()
    }

    /// What stands in cells like this, line by line where there are some.
    pub fn drawn(&self, like: impl Fn(&Cell) -> bool) -> Vec<String> {
        let text = |line: Vec<Cell>| line.iter().filter(|cell| like(cell)).map(Cell::contents).collect::<String>();
        self.cells().into_iter().map(text).filter(|text| !text.trim().is_empty()).collect()
    }

    /// Waits until the screen is as wanted.
    pub fn wait(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) {
        let start = Instant::now();
        while !wanted(self.screen()) {
            assert!(start.elapsed() < PATIENCE, "no {what} on the screen:\n{}", self.contents());
            self.take(Duration::from_millis(50));
        }
    }

    fn take(&mut self, patience: Duration) {
        if let Ok(bytes) = self.output.recv_timeout(patience) {
            self.received += bytes.len();
            self.written.extend_from_slice(&bytes);
            self.parser.process(&bytes);
        }
    }

    /// Makes the terminal another size, and waits for the picture.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        assert!(columns <= LARGEST.0 && lines <= LARGEST.1);
        let before = self.received;
        let size = PtySize { rows: lines, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
        let start = Instant::now();
        while self.received == before {
            assert!(start.elapsed() < PATIENCE, "nothing was drawn at {columns} x {lines}");
            self.take(Duration::from_millis(50));
        }
    }

    /// Sends the program a signal.
    pub fn signal(&mut self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// The program's number.
    pub fn id(&self) -> Pid {
        // The program may have drawn before its shell has written down who it is.
        let (start, file) = (Instant::now(), self.folder.join("pid"));
        while !file.exists() {
            assert!(start.elapsed() < PATIENCE, "the shell says of no program");
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = std::fs::read_to_string(file).unwrap();
        Pid::from_raw(id.parse().unwrap()).unwrap()
    }

    /// The folder in which it keeps what it remembers.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets the rest of the input come.
    pub fn go_on(&mut self) {
        std::fs::write(self.folder.join("go"), "").unwrap();
    }

    /// Nothing that the program switches on is on.
    pub fn is_plain(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pasting is as it was");
        assert!(mouse_is_off(screen), "the mouse is the terminal's own");
        assert!(!screen.application_keypad() && !screen.application_cursor());
    }

    /// Takes the terminal away, and waits for the program to end.
    pub fn close_and_wait(mut self) {
        // The thread that reads holds the terminal too: it lets go when it has something to send and nobody listens.
        drop(self.output);
        let mut writer = self.writer.take().unwrap();
        writer.write_all(b"j").unwrap();
        drop(writer);
        self.master = None;
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "the program goes on without a terminal");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The shell of these tests, told what to run.
fn shell(folder: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "inspector::a_small_shell", "--nocapture", "--quiet"]);
    command.env(ARGUMENTS, arguments.join("\n"));
    command.env(FOLDER, folder);
    command
}
