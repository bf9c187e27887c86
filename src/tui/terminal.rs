//! The terminal: taken, and given back whatever happens.
//!
//! Raw mode, alternate screen, hidden cursor, bracketed paste and mouse reporting are switched on and off here and
//! nowhere else. A panic on any thread gives the terminal back before its message is printed.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{Command, cursor, execute, queue};
use ratatui::backend::{Backend as _, ClearType, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw;
use super::inspector::Inspector;

/// The terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A thread has panicked: nothing may be drawn any more.
static PANICKED: AtomicBool = AtomicBool::new(false);

type Backend = CrosstermBackend<BufWriter<Stdout>>;

/// A screen of our own. What is on it is known, so that only what has changed is written.
///
/// Ratatui's own `Terminal` is not used: to clear the screen it asks the terminal where the cursor is, and the answer
/// goes astray among the keys.
pub(super) struct Screen {
    backend: Backend,
    /// The last picture.
    shown: Buffer,
    /// The next one.
    next: Buffer,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    pub fn take() -> io::Result<Screen> {
        install_panic_hook();
        enter(false)?;
        // Large enough for a whole picture, so that it leaves in few writes.
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let nothing = Buffer::empty(Rect::ZERO);
        Ok(Screen { backend: CrosstermBackend::new(out), shown: nothing.clone(), next: nothing, mouse: false })
    }

    /// Columns and lines.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.backend.size()?;
        Ok((size.width, size.height))
    }

    /// Draws an inspector that was settled at this screen's size.
    pub fn draw(&mut self, inspector: &Inspector) -> io::Result<()> {
        if PANICKED.load(Ordering::Acquire) {
            return Err(io::Error::other("a thread of the program failed"));
        }
        let (width, height) = inspector.state.size;
        let area = Rect::new(0, 0, width, height);
        queue!(self.backend, BeginSynchronizedUpdate)?;
        if self.shown.area != area {
            self.backend.clear_region(ClearType::All)?;
            self.shown = Buffer::empty(area);
        }
        self.next.resize(area);
        self.next.reset();
        draw::draw(inspector, &mut self.next);
        self.backend.draw(self.shown.diff(&self.next).into_iter())?;
        std::mem::swap(&mut self.shown, &mut self.next);
        execute!(self.backend, EndSynchronizedUpdate)
    }

    /// Forgets what is on the screen, so that the next picture is drawn in full.
    pub fn forget(&mut self) {
        self.shown = Buffer::empty(Rect::ZERO);
    }

    /// Turns reports of the mouse on or off.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(self.backend, ReportMouse) } else { execute!(self.backend, DisableMouseCapture) }
    }

    /// Sends bytes to the terminal as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.backend.write_all(bytes)?;
        Write::flush(&mut self.backend)
    }

    /// Gives the terminal back and stops the program until it is told to go on; then takes the terminal again.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    /// There is no stopping here.
    #[cfg(not(unix))]
    pub fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Takes the terminal again, after others have used it.
    pub fn resume(&mut self) -> io::Result<()> {
        enter(self.mouse)?;
        self.forget();
        Ok(())
    }
}

/// Reports of the mouse: of its buttons and wheel, and of movement while a button is down. Crossterm's own command asks for
/// every movement besides, which nobody here wants to know of.
struct ReportMouse;

impl Command for ReportMouse {
    fn write_ansi(&self, out: &mut impl std::fmt::Write) -> std::fmt::Result {
        out.write_str("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        crossterm::event::EnableMouseCapture.execute_winapi()
    }

    #[cfg(windows)]
    fn is_ansi_code_supported(&self) -> bool {
        false
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::Release);
    let entered = enable_raw_mode().and_then(|()| {
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if mouse { execute!(io::stdout(), ReportMouse) } else { Ok(()) }
    });
    if entered.is_err() {
        give_back();
    }
    entered
}

/// Leaves the terminal as it was found. Errors are of no use here: the terminal may be gone.
fn give_back() {
    if TAKEN.swap(false, Ordering::AcqRel) {
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICKED.store(true, Ordering::Release);
            give_back();
            before(panic);
        }));
    });
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read as _;

    /// Set where the test below runs itself inside a terminal.
    const INSIDE: &str = "SOCKEYE_TEST_PANIC";

    /// Does nothing but where the next test runs it: takes the terminal and fails.
    #[test]
    fn fails_in_a_terminal() {
        if std::env::var_os(INSIDE).is_none() {
            return;
        }
        let mut screen = Screen::take().unwrap();
        screen.set_mouse(true).unwrap();
        panic!("failed on purpose");
    }

    #[test]
    fn a_panic_gives_the_terminal_back() {
        use portable_pty::{CommandBuilder, PtySize, native_pty_system};
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        // No pseudo-terminals, nothing to test.
        let Ok(pair) = native_pty_system().openpty(size) else { return };
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "tui::terminal::tests::fails_in_a_terminal", "--nocapture"]);
        command.env(INSIDE, "1");
        command.env("RUST_BACKTRACE", "0");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut written = Vec::new();
        // A terminal whose last user has gone ends with an error on some systems.
        let _ = pair.master.try_clone_reader().unwrap().read_to_end(&mut written);
        child.wait().unwrap();
        let place = |wanted: &str| {
            let at = written.windows(wanted.len()).position(|part| part == wanted.as_bytes());
            at.unwrap_or_else(|| panic!("{wanted:?} in {:?}", String::from_utf8_lossy(&written)))
        };
        assert!(place("\x1b[?1049h") < place("\x1b[?1049l"), "the terminal was taken and given back");
        assert!(place("\x1b[?1049l") < place("failed on purpose"), "before the message, so that it can be read");
        let mut parser = vt100::Parser::new(40, 120, 0);
        parser.process(&written);
        let screen = parser.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(screen.contents().contains("failed on purpose"), "{}", screen.contents());
    }
}
