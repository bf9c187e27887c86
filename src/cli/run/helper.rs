//! The process that looks whose sockets are, and keeps the key log: asked by the one that captures, which may not look.
//!
//! In: lines with what to do or to find out. Out: a line for each question. It is the program's user, with no right but to
//! look into processes, and it parses no packets. It sees by the end of its input that the capture is over, however it
//! ended, and removes the key log.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, getppid, getuid, kill_process};

use super::{HELPER, processes, sockets, text_of};
use crate::base::temporary;
use crate::cli::failure::complain;
use crate::cli::keys::table::{self, Kind};
use crate::cli::rights::{self, Heir};

/// A connection: its ends, the lower first.
pub(super) type Ends = (SocketAddr, SocketAddr);

/// Whose a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// The program's, or that of a process below it.
    Own(Process),
    /// Another's.
    Other,
    /// Another's, unless it is that of a process below the program which does not let itself be looked into.
    Unlikely,
    /// Nobody knows: its socket is gone, or not yet anybody's.
    Unknown,
}

/// A process with a socket.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub id: u32,
    pub name: String,
    /// What is known of programs like it.
    pub kind: Option<&'static Kind>,
}

impl PartialEq for Process {
    fn eq(&self, other: &Process) -> bool {
        (self.id, &self.name) == (other.id, &other.name)
    }
}

impl Eq for Process {}

/// The helper, as the capture has it.
pub(super) struct Helper {
    child: Child,
    input: Arc<Mutex<Option<ChildStdin>>>,
    output: Option<BufReader<ChildStdout>>,
    key_log: PathBuf,
    answers: Arc<Mutex<HashMap<Ends, Owner>>>,
}

impl Helper {
    /// Starts it. To be called while all rights are there.
    pub fn start(heir: Heir) -> io::Result<Helper> {
        let mut command = Command::new("/proc/self/exe");
        // A group of its own: Ctrl-C is not for it.
        command.arg(HELPER).arg(text_of(heir)).process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut output = BufReader::new(output.ok_or(ErrorKind::BrokenPipe)?);
        let mut folder = String::new();
        output.read_line(&mut folder)?;
        let folder = folder.strip_suffix('\n').filter(|folder| !folder.is_empty()).ok_or(ErrorKind::UnexpectedEof)?;
        // A question that it cannot take is asked again; nobody waits for it.
        if let Some(input) = &input {
            rustix::io::ioctl_fionbio(input, true)?;
        }
        let key_log = Path::new(folder).join(KEY_LOG);
        let input = Arc::new(Mutex::new(input));
        Ok(Helper { child, input, output: Some(output), key_log, answers: Arc::default() })
    }

    /// The key log that it keeps.
    pub fn key_log(&self) -> &Path {
        &self.key_log
    }

    /// A way to ask whose connections are.
    pub fn questions(&self) -> Questions {
        Questions { input: Arc::clone(&self.input), answers: Arc::clone(&self.answers) }
    }

    /// Hears its answers, on a thread of its own.
    pub fn listen(&mut self) -> io::Result<()> {
        let (output, answers) = (self.output.take(), Arc::clone(&self.answers));
        let hear = move || {
            for line in output.into_iter().flat_map(BufRead::lines).map_while(Result::ok) {
                if let Some((ends, owner)) = answer_of(&line) {
                    answers.lock().unwrap_or_else(PoisonError::into_inner).insert(ends, owner);
                }
            }
        };
        thread::Builder::new().name("owners".to_owned()).spawn(hear).map(drop)
    }

    /// A process that stops itself is there; it never goes on unless it is told to.
    pub fn hold(&self, id: u32) {
        tell(&self.input, &format!("wait {id}"));
    }

    /// Lets it go on, as soon as it has stopped.
    pub fn go_on(&self, id: u32) {
        tell(&self.input, &format!("go {id}"));
    }

    /// Ends it, and waits until the key log is gone.
    pub fn end(mut self) {
        drop(self.input.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.child.wait();
    }
}

/// The way to ask the helper, and to have it do what this process may not.
#[derive(Clone)]
pub(super) struct Questions {
    input: Arc<Mutex<Option<ChildStdin>>>,
    answers: Arc<Mutex<HashMap<Ends, Owner>>>,
}

impl Questions {
    /// Asks whose a connection is.
    pub fn ask(&self, ends: Ends) {
        tell(&self.input, &format!("whose {} {}", ends.0, ends.1));
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: i32) {
        tell(&self.input, &format!("signal {signal}"));
    }

    /// The answer, once it is there.
    pub fn answer(&self, ends: Ends) -> Option<Owner> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&ends)
    }
}

fn tell(input: &Mutex<Option<ChildStdin>>, line: &str) {
    if let Some(input) = input.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        // Where it is gone, or has no room, no answer comes: that is what asking again, and not knowing, are for.
        let _ = input.write_all(format!("{line}\n").as_bytes());
    }
}

/// `127.0.0.1:1 127.0.0.1:2 own 77 Node node`, `... other`, `... unknown`.
fn answer_of(line: &str) -> Option<(Ends, Owner)> {
    let mut words = line.splitn(6, ' ');
    let ends = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let owner = match words.next()? {
        "own" => {
            let (id, kind, name) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
            Owner::Own(Process { id, name: name.to_owned(), kind: table::named(kind) })
        }
        "other" => Owner::Other,
        "unlikely" => Owner::Unlikely,
        _ => Owner::Unknown,
    };
    Some((ends, owner))
}

/// The file in the folder of the key log.
const KEY_LOG: &str = "keys";

/// The helper itself.
pub(super) fn run(user: Option<(u32, u32)>) -> ExitCode {
    // It ends when its input does.
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register(signal, Arc::default());
    }
    // A socket may be gone soon: what is asked is looked at at once, where that can be had.
    let _ = rustix::process::nice(-10);
    let heir = user.map_or(Heir::Same, |(uid, gid)| Heir::User(uid, gid));
    if let Err(error) = rights::give_up_to_look(heir) {
        complain(&format!("{error:#}"));
        return ExitCode::FAILURE;
    }
    let folder = match key_log_folder(user) {
        Ok(folder) => folder,
        Err(error) => {
            complain(&format!("no folder for the key log can be made: {error}"));
            return ExitCode::FAILURE;
        }
    };
    println!("{}", folder.path().display());
    let mut stopped = None;
    let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs());
    let mut input = BufReader::new(io::stdin());
    let mut line = String::new();
    let mut questions = Vec::new();
    let mut program = None;
    while input.read_line(&mut line).is_ok_and(|count| count > 0) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match words.as_slice() {
            ["wait", id] => stopped = pid(id),
            ["go", id] => {
                stopped = None;
                program = pid(id);
                go_on(program);
            }
            ["signal", number] => {
                let signal = number.parse().ok().and_then(Signal::from_named_raw);
                if let (Some(program), Some(signal)) = (program, signal) {
                    let _ = kill_process(program, signal);
                }
            }
            ["whose", near, far] => questions.extend(near.parse().ok().zip(far.parse().ok())),
            _ => {}
        }
        line.clear();
        // All that wait are answered with one look.
        if !questions.is_empty() && !input.buffer().contains(&b'\n') {
            answer(&std::mem::take(&mut questions), parent, std::process::id());
        }
    }
    // What never began shall not begin.
    if let Some(stopped) = stopped {
        let _ = kill_process(stopped, Signal::KILL);
    }
    ExitCode::SUCCESS
}

fn pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

/// A process that stops itself may not have come so far.
fn go_on(program: Option<Pid>) {
    let Some(program) = program else { return };
    let id = program.as_raw_nonzero().get().unsigned_abs();
    while processes::is_stopped(id) == Some(false) {
        thread::sleep(Duration::from_millis(1));
    }
    let _ = kill_process(program, Signal::CONT);
}

/// A folder and an empty key log in it that only this user can look into: in memory where the system has such a place.
fn key_log_folder(user: Option<(u32, u32)>) -> io::Result<tempfile::TempDir> {
    let uid = user.map_or(getuid().as_raw(), |(uid, _)| uid);
    let in_memory = PathBuf::from(format!("/run/user/{uid}"));
    let is_own = fs::metadata(&in_memory).is_ok_and(|about| about.is_dir() && about.uid() == uid);
    let make = |place: &Path| {
        tempfile::Builder::new().prefix("sockeye-").permissions(Permissions::from_mode(0o700)).tempdir_in(place)
    };
    let folder =
        if is_own { make(&in_memory).or_else(|_| make(&temporary::folder())) } else { make(&temporary::folder()) }?;
    let log: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.path().join(KEY_LOG))?;
    log.set_permissions(Permissions::from_mode(0o600))?;
    Ok(folder)
}

/// Prints whose connections are, with one look for all.
fn answer(questions: &[Ends], root: u32, except: u32) {
    let wanted = |ends: &Ends| questions.iter().any(|asked| asked == ends || *asked == (ends.1, ends.0));
    let listed = sockets::listed(wanted);
    let below = processes::below(root, except);
    let (owned, hidden) = processes::sockets_of(&below);
    // A process that has ended meanwhile has no socket any more: that its socket is nobody's of these says nothing then.
    let after = if listed.is_empty() { sockets::Sockets::new() } else { sockets::listed(wanted) };
    let addresses = sockets::own_addresses();
    let mut text = String::new();
    for ends in questions {
        let both = [*ends, (ends.1, ends.0)];
        let near = || both.iter().filter_map(|ends| listed.get(ends)).filter(|socket| socket.inode != 0);
        let owner = near().find_map(|socket| owned.get(&socket.inode));
        let is_still = near().all(|socket| after.values().any(|other| other.inode == socket.inode));
        let is_here = addresses.contains(&ends.0.ip()) || addresses.contains(&ends.1.ip());
        let owner = match owner {
            Some(id) => {
                let name = processes::name(*id).unwrap_or_else(|| "?".to_owned());
                let kind = processes::kind(*id).map_or("-", |kind| kind.name);
                format!("own {id} {kind} {name}")
            }
            None if near().next().is_some() && is_still => if hidden { "unlikely" } else { "other" }.to_owned(),
            None if !is_here => "other".to_owned(),
            None => "unknown".to_owned(),
        };
        text.push_str(&format!("{} {} {owner}\n", ends.0, ends.1));
    }
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_are_written() {
        let ends: Ends = ("127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap());
        let (heard, owner) = answer_of("127.0.0.1:1 [::1]:2 own 77 Node a name").unwrap();
        assert_eq!(heard, ends);
        let Owner::Own(process) = owner else { panic!("{owner:?}") };
        assert_eq!((process.id, process.name.as_str(), process.kind.unwrap().name), (77, "a name", "Node"));
        assert_eq!(answer_of("127.0.0.1:1 [::1]:2 other"), Some((ends, Owner::Other)));
        assert_eq!(answer_of("127.0.0.1:1 [::1]:2 unknown"), Some((ends, Owner::Unknown)));
        assert_eq!(answer_of("127.0.0.1:1 own 77 - x"), None);
    }

    #[test]
    fn the_key_log_is_its_users_alone_and_gone_at_the_end() {
        let folder = key_log_folder(None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let log = folder.path().join(KEY_LOG);
        assert_eq!((mode(folder.path()), mode(&log)), (0o700, 0o600));
        drop(folder);
        assert!(!log.exists());
    }
}
