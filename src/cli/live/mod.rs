//! `live`: frames as they pass an interface, as lines or in the inspector.
//!
//! In: interfaces, a capture filter, where to keep packets. The sockets are opened first, then the rights that this
//! needed are given up, then what the packets are kept in is opened by whoever the process is now, and the capture
//! begins on a thread of its own. The rest of the program reads what it writes like any capture that is still being
//! made.

pub(super) mod args;
mod keeping;
mod looking;
mod patience;
mod summary;

use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::anyhow;

use self::args::{How, Live as LiveArgs};
use self::keeping::Kept;
use self::looking::Looking;
use self::patience::{Patience, Printed};
use super::args::Options;
use super::failure::{Failure, Status, complain};
use super::format::Format;
use super::keys::Keys;
use super::printer::Counted;
use super::rights::{self, Heir, Still};
use super::{Outcome, inspect, list, read, screen, selection};
use crate::base::{Owners, SecretLog, temporary};
use crate::capture::live::files::Rotation;
use crate::capture::live::{self, GrowingFile, Live, Recorder, Sieve, Stop, Watch};
use crate::capture::{self, Capture};
use crate::filter::{Selection, Shows};
use crate::output::{List, Output};
use crate::tui;

/// How often what happened to interfaces is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// Watches.
pub fn run(args: &LiveArgs, options: &Options) -> Outcome {
    let mut names: Vec<String> = Vec::new();
    for name in args.interfaces.iter().chain(&args.more).filter(|name| !name.is_empty()) {
        // Twice the same would be every packet twice.
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    if names.is_empty() {
        return Err(Failure::argument(live::Error::NoInterface));
    }
    let plan = Plan::of(&args.how, options)?;
    if names.iter().any(|name| name == "-") {
        return plan.standard_input(&names, args, options);
    }
    let ready = Ready::open(&names, plan, &args.how, args.relinquish.as_deref(), options)?;
    let keys = Keys::open(options, &[], true)?;
    let (secrets, aloud) = (SecretLog::default(), ready.prints());
    let looking = Looking::start(&ready);
    let owners = looking.owners();
    let begun = ready.begin(Choice { secrets: secrets.clone(), owners, ..Choice::default() }, options)?;
    looking.begin(begun.watch());
    keys.follow(vec![secrets], aloud).map_err(unfollowed)?;
    begun.show(end_on_signals, options)
}

/// Key logs cannot be followed.
pub(super) fn unfollowed(error: std::io::Error) -> Failure {
    Failure::file(anyhow!("key logs cannot be followed: {error}"))
}

/// What only somebody with more rights may open is open, and they are not yet given up.
pub(super) struct Ready<'a> {
    live: Live,
    plan: Plan,
    how: &'a How,
    heir: Heir,
    files: Kept,
    /// The interfaces, for people.
    name: String,
}

/// What becomes of packets, besides what the arguments say.
#[derive(Default)]
pub(super) struct Choice {
    /// What decrypts them.
    pub secrets: SecretLog,
    /// Whose they are.
    pub owners: Owners,
    /// Which of them are kept.
    pub sieve: Option<Box<dyn Sieve>>,
    /// Secrets that go into the file.
    pub kept_secrets: Option<SecretLog>,
}

impl<'a> Ready<'a> {
    pub fn open(
        names: &[String],
        plan: Plan,
        how: &'a How,
        relinquish: Option<&str>,
        options: &Options,
    ) -> Result<Ready<'a>, Failure> {
        let live = Live::open(names, &plan.capture).map_err(Failure::interface)?;
        let opened: Vec<String> = live.interfaces().into_iter().map(|(name, _)| name).collect();
        // What is up when the capture begins, and goes down later, is told as it happens.
        for name in opened.iter().filter(|name| live::interfaces::find(name).is_ok_and(|interface| !interface.up)) {
            complain(&format!("{name} is down; waiting for it to come up"));
        }
        let heir = rights::heir_of_capture(relinquish).map_err(Failure::privilege)?;
        let files = Kept::open(&plan, how, heir, options.quiet)?;
        Ok(Ready { live, plan, how, heir, files, name: opened.join(", ") })
    }

    /// Lines are printed; otherwise the inspector has the screen.
    pub fn prints(&self) -> bool {
        self.plan.lines.is_some()
    }

    /// Who goes on when rights are given up.
    pub fn heir(&self) -> Heir {
        self.heir
    }

    /// Gives up what rights there are, and begins to capture.
    pub fn begin(self, choice: Choice, options: &Options) -> Result<Begun, Failure> {
        let Ready { live, plan, how, heir, files, name } = self;
        let folders = || files.folders(&plan);
        let still = Still { writes_below: Some(&folders), asks_for_interfaces: true };
        rights::give_up(heir, still).map_err(Failure::privilege)?;
        if let Err(error) = temporary::file() {
            let folder = temporary::folder();
            complain(&format!("{}: no temporary file can be made there: {error}; memory has to do", folder.display()));
        }
        let (keep, path) = files.keep(&plan, how, options.quiet)?;
        let recorder = Recorder::new(live, how.snaplen, keep, path.clone(), plan.stop)
            .map_err(|error| Failure::file(anyhow!("the capture cannot be begun: {error}")))?;
        let recorder = choice.sieve.into_iter().fold(recorder, Recorder::through);
        let recorder = choice.kept_secrets.into_iter().fold(recorder, Recorder::with_secrets);
        let kept = path.map(|path| match plan.rotation {
            Some(_) => format!("files named like {}", path.display()),
            None => path.display().to_string(),
        });
        let session = Session { watch: recorder.watch(), written: recorder.written(), name, kept };
        let capture = capture::open_reader(&session.name, session.written.reader(), &capture::Options::default())?;
        let capture = capture.with_secrets(choice.secrets).with_owners(choice.owners);
        let thread = thread::Builder::new().name("packets".to_owned()).spawn(move || recorder.run());
        let thread = thread.map_err(|error| Failure::file(anyhow!("no thread can be made: {error}")))?;
        Ok(Begun { session, capture, thread, lines: plan.lines })
    }
}

/// A capture that has begun, and is to be shown.
pub(super) struct Begun {
    session: Session,
    capture: Capture,
    thread: Thread,
    lines: Option<Lines>,
}

impl Begun {
    /// Its counts, and the way to end it.
    pub fn watch(&self) -> Watch {
        self.session.watch.clone()
    }

    /// Shows it until it is over, or nobody looks any more. `on_signals` says what signals do where lines are printed.
    pub fn show(self, on_signals: impl FnOnce(&Watch), options: &Options) -> Outcome {
        let Begun { session, capture, thread, lines } = self;
        match lines {
            Some(lines) => {
                on_signals(&session.watch);
                print(session, capture, thread, lines, options)
            }
            None => inspector(&session, capture, thread, options),
        }
    }
}

/// What the arguments ask for.
pub(super) struct Plan {
    capture: live::Options,
    rotation: Option<Rotation>,
    stop: Stop,
    /// What is printed; none for the inspector.
    lines: Option<Lines>,
}

/// What is printed, a line each.
struct Lines {
    list: List,
    output: Box<dyn Output>,
    selection: Option<Selection>,
    /// How far it came.
    printed: Printed,
}

impl Plan {
    pub fn of(args: &How, options: &Options) -> Result<Plan, Failure> {
        let rotation = args::rotation(&args.ring).map_err(|error| Failure::argument(anyhow!(error)))?;
        let stop = args::stop(&args.autostop).map_err(|error| Failure::argument(anyhow!("-a {error}")))?;
        if args.write.is_none() && (stop.filesize.is_some() || stop.files.is_some()) {
            return Err(Failure::argument(anyhow!(
                "-a filesize and -a files are about the file of -w, which is not given"
            )));
        }
        if stop.files.is_some() && rotation.is_none() {
            return Err(Failure::argument(anyhow!("-a files counts the files of -b, which is not given")));
        }
        if args.write.as_deref() == Some(Path::new("-")) {
            return Err(Failure::argument(anyhow!("-w -: standard output is for lines; tcpdump -w - writes packets")));
        }
        let list = match (args.messages, args.connections) {
            (true, _) => List::Messages,
            (false, true) => List::Connections,
            (false, false) => List::Frames,
        };
        let lines = args.lines || list != List::Frames || args.format.is_some() || !args.fields.is_empty();
        let lines = if lines || !screen::is_terminal() {
            let format = args.format.unwrap_or(if args.fields.is_empty() { Format::Text } else { Format::Fields });
            let (out, printed) = patience::out();
            let output = list::output(&list::Asked::fields(&args.fields)?, args.width, list, format, options, out)?;
            Some(Lines { list, output, selection: selection::of(options, Shows::Items)?, printed })
        } else {
            None
        };
        let capture = live::Options {
            filter: args.filter.clone(),
            promiscuous: !args.no_promiscuous,
            snap: args.snaplen,
            ring_bytes: usize::from(args.buffer_size) * 1024 * 1024,
            ..live::Options::default()
        };
        Ok(Plan { capture, rotation, stop, lines })
    }

    /// A capture that another program makes.
    fn standard_input(self, names: &[String], args: &LiveArgs, options: &Options) -> Outcome {
        let odd = [
            (names.len() > 1, "other interfaces"),
            (args.how.filter.is_some(), "-f"),
            (args.how.write.is_some(), "-w"),
            (!args.how.autostop.is_empty(), "-a"),
            (args.relinquish.is_some(), "-Z"),
        ];
        if let Some((_, what)) = odd.iter().find(|(given, _)| *given) {
            return Err(Failure::argument(anyhow!(
                "'-' is a capture that another program makes: {what} is for that program"
            )));
        }
        match self.lines {
            Some(lines) => list::print(Path::new("-"), lines.list, options, lines.output),
            None => inspect::run(Some(Path::new("-")), None, options),
        }
    }
}

/// A capture under way.
struct Session {
    watch: Watch,
    written: GrowingFile,
    name: String,
    /// What holds the packets afterwards, in words.
    kept: Option<String>,
}

type Thread = JoinHandle<Result<(), live::Error>>;

fn print(session: Session, capture: Capture, thread: Thread, lines: Lines, options: &Options) -> Outcome {
    let Lines { list, mut output, selection, printed } = lines;
    let patience = Patience::begin(&session.watch, printed.clone(), session.kept.as_deref(), options.quiet);
    if !options.quiet {
        complain(&format!("listening on {}; Ctrl-C ends", session.name));
    }
    let watch = session.watch.clone();
    let teller = thread::spawn(move || tell(&watch));
    let counted = if list == List::Messages { Counted::Messages } else { Counted::Frames };
    let (summary, counts, result) = read::print(capture, options, selection, counted, options.count, output.as_mut());
    printed.set_over();
    session.watch.stop();
    let ended = joined(thread);
    let _ = teller.join();
    let outcome = read::done(options, &summary, output.as_ref(), result);
    // With -c the dissector may have seen more than was printed.
    let found = options.count.is_none().then_some(&counts);
    let whole = summary::say(&session.watch, found, session.kept.as_deref(), options.quiet);
    drop(patience);
    outcome?;
    ended.map(|_| whole)
}

/// Says on standard error what happens to interfaces and files, until the capture is over.
fn tell(watch: &Watch) {
    loop {
        let over = watch.is_over();
        watch.said().iter().for_each(|line| complain(line));
        if over {
            return;
        }
        thread::sleep(LOOK);
    }
}

/// How the capture ended. Where the last interface has gone, what could be shown was shown.
fn joined(thread: Thread) -> Outcome {
    match thread.join() {
        Ok(Ok(())) => Ok(Status::Done),
        Ok(Err(error)) => Err(Failure::interface(error)),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn inspector(session: &Session, capture: Capture, thread: Thread, options: &Options) -> Outcome {
    let live = tui::live::Live {
        capture,
        trail: session.written.clone(),
        watch: session.watch.clone(),
        kept: session.kept.clone(),
    };
    let shown = tui::live::watch(live, inspect::how(options));
    session.watch.stop();
    let ended = joined(thread);
    session.watch.said().iter().for_each(|line| complain(line));
    let whole = summary::say(&session.watch, None, session.kept.as_deref(), options.quiet);
    match shown {
        Ok(()) => ended.map(|_| whole),
        Err(tui::Error::Open(error)) => Err(error.into()),
        Err(tui::Error::Terminal(error)) => Err(Failure::terminal(&error)),
    }
}

/// The first signal ends the capture, the second the program.
#[cfg(unix)]
fn end_on_signals(watch: &Watch) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        let flag = watch.stop_flag();
        // Where a signal cannot be caught it does what it does by itself: it ends the program.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, watch.stop_flag());
        let _ = signal_hook::flag::register(signal, flag);
    }
}

#[cfg(not(unix))]
fn end_on_signals(_: &Watch) {}
