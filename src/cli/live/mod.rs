//! `live`: frames as they pass an interface, as lines or in the inspector.
//!
//! In: interfaces, a capture filter, where to keep packets. Everything is opened first (sockets, file, spool), then the
//! rights that opening needed are given up, then the capture begins on a thread of its own. The rest of the program
//! reads what it writes like any capture that is still being made.

pub(super) mod args;
pub(super) mod privilege;
mod summary;

use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::anyhow;

use self::args::Live as LiveArgs;
use super::args::Options;
use super::failure::{Failure, Status, complain};
use super::format::Format;
use super::printer::Counted;
use super::{Outcome, inspect, list, read, screen};
use crate::base::temporary;
use crate::capture::live::files::{self, Keep, Ring, Rotation};
use crate::capture::live::{self, GrowingFile, Live, Recorder, Stop, Watch};
use crate::capture::{self, Capture};
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
    let plan = Plan::of(args, options)?;
    if names.iter().any(|name| name == "-") {
        return plan.standard_input(&names, args, options);
    }
    let live = Live::open(&names, &plan.capture).map_err(Failure::interface)?;
    let opened: Vec<String> = live.interfaces().into_iter().map(|(name, _)| name).collect();
    // What is up when the capture begins, and goes down later, is told as it happens.
    for name in opened.iter().filter(|name| live::interfaces::find(name).is_ok_and(|interface| !interface.up)) {
        complain(&format!("{name} is down; waiting for it to come up"));
    }
    let shown = opened.join(", ");
    let files = Kept::open(&plan, args, options.quiet)?;
    let user = privilege::give_up(args.relinquish.as_deref(), &files.folders).map_err(Failure::privilege)?;
    if let Err(error) = temporary::file() {
        let folder = temporary::folder();
        complain(&format!("{}: no temporary file can be made there: {error}; memory has to do", folder.display()));
    }
    let (keep, path) = files.keep(&plan, args, user)?;
    let recorder = Recorder::new(live, args.snaplen, keep, path.clone(), plan.stop)
        .map_err(|error| Failure::file(anyhow!("the capture cannot be begun: {error}")))?;
    let kept = path.map(|path| match plan.rotation {
        Some(_) => format!("files named like {}", path.display()),
        None => path.display().to_string(),
    });
    let session = Session { watch: recorder.watch(), written: recorder.written(), name: shown, kept };
    let capture = capture::open_reader(&session.name, session.written.reader(), &capture::Options::default())?;
    let thread = thread::Builder::new().name("packets".to_owned()).spawn(move || recorder.run());
    let thread = thread.map_err(|error| Failure::file(anyhow!("no thread can be made: {error}")))?;
    match plan.output {
        Some(output) => lines(session, capture, thread, plan.list, output, options),
        None => inspector(&session, capture, thread, options),
    }
}

/// What the arguments ask for.
struct Plan {
    capture: live::Options,
    rotation: Option<Rotation>,
    stop: Stop,
    list: List,
    /// Where lines go; none for the inspector.
    output: Option<Box<dyn Output>>,
}

impl Plan {
    fn of(args: &LiveArgs, options: &Options) -> Result<Plan, Failure> {
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
        let list = if args.messages { List::Messages } else { List::Frames };
        let lines = args.lines || args.messages || args.format.is_some() || !args.fields.is_empty();
        let output = if lines || !screen::is_terminal() {
            let format = args.format.unwrap_or(if args.fields.is_empty() { Format::Text } else { Format::Fields });
            Some(list::output(&args.fields, args.width, list, format, options)?)
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
        Ok(Plan { capture, rotation, stop, list, output })
    }

    /// A capture that another program makes.
    fn standard_input(self, names: &[String], args: &LiveArgs, options: &Options) -> Outcome {
        let odd = [
            (names.len() > 1, "other interfaces"),
            (args.filter.is_some(), "-f"),
            (args.write.is_some(), "-w"),
            (!args.autostop.is_empty(), "-a"),
            (args.relinquish.is_some(), "-Z"),
        ];
        if let Some((_, what)) = odd.iter().find(|(given, _)| *given) {
            return Err(Failure::argument(anyhow!(
                "'-' is a capture that another program makes: {what} is for that program"
            )));
        }
        match self.output {
            Some(output) => list::print(Path::new("-"), self.list, options, output),
            None => inspect::run(Some(Path::new("-")), options),
        }
    }
}

/// What is opened before root is given up.
struct Kept {
    file: Option<(std::fs::File, PathBuf)>,
    spool: Option<std::fs::File>,
    folders: Vec<PathBuf>,
}

impl Kept {
    fn open(plan: &Plan, args: &LiveArgs, quiet: bool) -> Result<Kept, Failure> {
        let mut kept = Kept { file: None, spool: None, folders: vec![temporary::folder()] };
        match &args.write {
            Some(path) => {
                kept.folders.push(folder_of(path));
                // The files of a ring are made later, so the first is too: what cannot work fails at once.
                if plan.rotation.is_none() {
                    let was_there = std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0);
                    kept.file = Some((privilege::create(path).map_err(|error| unwritable(path, error))?, path.clone()));
                    if was_there && !quiet {
                        complain(&format!("{}: what was in this file is overwritten", path.display()));
                    }
                }
            }
            None if plan.output.is_none() => {
                let folder = files::spool_folder();
                let spool = files::spool().map_err(|error| unwritable(&folder, error))?;
                kept.spool = Some(spool);
                kept.folders.push(folder);
            }
            None => {}
        }
        if plan.output.is_none() {
            // Where the inspector writes what it is asked to.
            kept.folders.extend(std::env::current_dir());
        }
        Ok(kept)
    }

    fn keep(self, plan: &Plan, args: &LiveArgs, user: Option<u32>) -> Result<(Keep, Option<PathBuf>), Failure> {
        if let (Some(path), Some(rotation)) = (&args.write, plan.rotation) {
            let opened = Ring::open(path, rotation).map_err(|error| {
                let advice = ring_advice(path, user, &error);
                Failure::file(anyhow!(error).context(advice))
            })?;
            let (ring, file, path) = opened;
            return Ok((Keep::Ring(ring, file), Some(path)));
        }
        Ok(match (self.file, self.spool) {
            (Some((file, path)), _) => (Keep::One(file), Some(path)),
            (None, Some(spool)) => (Keep::One(spool), None),
            (None, None) => (Keep::Nothing, None),
        })
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn unwritable(path: &Path, error: std::io::Error) -> Failure {
    Failure::file(anyhow!("{}: cannot be written: {error}", path.display()))
}

/// Why no file of a ring can be made, and the option that helps.
fn ring_advice(path: &Path, user: Option<u32>, error: &std::io::Error) -> String {
    let folder = folder_of(path);
    match user.filter(|_| error.kind() == std::io::ErrorKind::PermissionDenied) {
        Some(user) => {
            let owner = privilege::owner(&folder).filter(|(id, _)| *id != user);
            let way_out = owner.map_or_else(
                || "-Z USER names one who can".to_owned(),
                |(_, name)| format!("with -Z {name} they are made by the user who owns it"),
            );
            format!(
                "{}: user {}, to whom root was given up, cannot make the files of a ring there; {way_out}",
                folder.display(),
                privilege::name_of(user)
            )
        }
        None => format!("{}: no file can be made there", folder.display()),
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

fn lines(
    session: Session,
    capture: Capture,
    thread: Thread,
    list: List,
    mut output: Box<dyn Output>,
    options: &Options,
) -> Outcome {
    end_on_signals(&session.watch);
    if !options.quiet {
        complain(&format!("listening on {}; Ctrl-C ends", session.name));
    }
    let watch = session.watch.clone();
    let teller = thread::spawn(move || tell(&watch));
    let counted = if list == List::Messages { Counted::Messages } else { Counted::Frames };
    let (summary, counts, result) = read::print(capture, options, counted, options.count, output.as_mut());
    session.watch.stop();
    let ended = joined(thread);
    let _ = teller.join();
    let outcome = read::done(options, &summary, output.as_ref(), result);
    // With -c the dissector may have seen more than was printed.
    let found = options.count.is_none().then_some(&counts);
    summary::say(&session.watch.counts(), found, session.kept.as_deref(), options.quiet);
    outcome?;
    ended
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
    summary::say(&session.watch.counts(), None, session.kept.as_deref(), options.quiet);
    match shown {
        Ok(()) => ended,
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
