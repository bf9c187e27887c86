//! The program that is run: begun, told to go on, waited for, ended.
//!
//! In: a command. Out: its exit status, and what it printed where the screen is not its own. Signals to this process reach it
//! through the [helper](crate::cli::owners::helper), which alone may send them.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, IsTerminal, PipeReader, Read, Write, pipe, stderr, stdin};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{getpid, set_child_subreaper};
use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
use signal_hook::iterator::Signals;

use super::{STAGE, environment};
use crate::base::limits::PRINTED_BYTES;
use crate::capture::live::Watch;
use crate::cli::failure::complain;
use crate::cli::owners::helper::{Helper, Questions};
use crate::cli::owners::text_of;
use crate::cli::rights::Heir;

/// How long the capture goes on after the program: its last packets are still under way.
const DRAIN: Duration = Duration::from_millis(250);
/// How long a program that was asked to end may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// A program.
pub(super) struct Program {
    id: u32,
    child: Option<Child>,
    waiting: Option<JoinHandle<io::Result<ExitStatus>>>,
    output: Option<PipeReader>,
    gathering: Option<JoinHandle<VecDeque<u8>>>,
}

impl Program {
    /// Starts it, up to where it is that program. `prints`: lines are printed, and the terminal is its own.
    pub fn start(
        command: &[OsString],
        heir: Heir,
        helper: &Helper,
        key_log: &Path,
        prints: bool,
    ) -> io::Result<Program> {
        let mut stage = Command::new("/proc/self/exe");
        stage.arg(STAGE).arg(text_of(heir)).args(command);
        stage.envs(environment::variables(key_log, |name| std::env::var_os(name)));
        let output = if prints {
            // Standard output is for lines.
            stage.stdout(stderr().as_fd().try_clone_to_owned()?);
            None
        } else {
            let (reader, writer) = pipe()?;
            stage.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
            Some(reader)
        };
        // Processes below it stay below this one when those between them end.
        let _ = set_child_subreaper(Some(getpid()));
        let child = stage.spawn()?;
        helper.hold(child.id());
        Ok(Program { id: child.id(), child: Some(child), waiting: None, output, gathering: None })
    }

    /// Lets it begin. The capture ends soon after it.
    pub fn go_on(&mut self, helper: &Helper, watch: &Watch) -> io::Result<()> {
        if let Some(output) = self.output.take() {
            let gather = move || last_of(output);
            self.gathering = Some(thread::Builder::new().name("printed".to_owned()).spawn(gather)?);
        }
        let (child, watch) = (self.child.take(), watch.clone());
        let wait = move || {
            let status = child.ok_or(io::ErrorKind::NotFound)?.wait();
            thread::sleep(DRAIN);
            watch.stop();
            status
        };
        self.waiting = Some(thread::Builder::new().name("program".to_owned()).spawn(wait)?);
        helper.go_on(self.id);
        Ok(())
    }

    /// Waits for its end; ends it where nobody looks any more. Its exit status, as a shell has it.
    pub fn end(&mut self, questions: &Questions) -> u8 {
        let Some(waiting) = self.waiting.take() else { return 0 };
        let begun = Instant::now();
        let mut asked = false;
        while !waiting.is_finished() {
            // The capture may have ended because it did.
            if begun.elapsed() > 2 * DRAIN && !asked {
                questions.signal(SIGTERM);
                asked = true;
            }
            if begun.elapsed() > PATIENCE {
                questions.signal(SIGKILL);
            }
            thread::sleep(LOOK);
        }
        match waiting.join() {
            Ok(Ok(status)) => code_of(status),
            Ok(Err(_)) => 1,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Prints the end of what it printed, where the screen was not its own.
    pub fn say_what_it_printed(&mut self) {
        // A process below it may still hold the other end.
        let gathered = self.gathering.take().filter(|gathering| {
            thread::sleep(LOOK);
            gathering.is_finished()
        });
        let Some(Ok(printed)) = gathered.map(JoinHandle::join) else { return };
        if printed.len() == PRINTED_BYTES {
            complain("the end of what the program printed:");
        }
        let (first, second) = printed.as_slices();
        let mut to = stderr().lock();
        // Where nobody reads it, nobody wants to know.
        let _ = to.write_all(first).and_then(|()| to.write_all(second));
    }
}

fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(u8::MAX)
}

/// The last bytes that come.
fn last_of(mut from: PipeReader) -> VecDeque<u8> {
    let mut kept = VecDeque::new();
    let mut some = vec![0; 8192];
    while let Ok(count @ 1..) = from.read(&mut some) {
        kept.extend(some.get(..count).unwrap_or_default());
        kept.drain(..kept.len().saturating_sub(PRINTED_BYTES));
    }
    kept
}

/// The first signal is for the program, the second ends the capture too.
pub(super) fn forward_signals(questions: Questions, watch: &Watch) {
    let watch = watch.clone();
    // Ctrl-C reaches the program by itself: a second one would say something else.
    let typed = stdin().is_terminal() || stderr().is_terminal();
    // Where signals cannot be caught they do what they do by themselves.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    let _ = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            if count > 0 {
                questions.signal(SIGTERM);
                watch.stop();
            } else if signal != SIGINT || !typed {
                questions.signal(signal);
            }
        }
    });
}
