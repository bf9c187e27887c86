//! The helper, as the process has it that captures and may not look itself.
//!
//! In: questions whose connections are. Out: answers, when they come: nobody waits for one, and a question that finds no room is
//! not asked. For `run` it keeps the key log too, and sends signals to the program.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{HELPER, Question, Whom, look, text_of};
use crate::cli::keys::table::{self, Kind};
use crate::cli::rights::Heir;

/// Whose a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Whose {
    /// That of a process that is asked for: any, or the program or a process below it.
    Own(Process),
    /// Another's, or that of no process of this machine.
    Other,
    /// Another's, unless it is that of a process below the program which does not let itself be looked into.
    Unlikely,
    /// Nobody knows: its socket is gone, or not yet anybody's.
    Unknown,
}

/// A process with a socket.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Process {
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
pub(in crate::cli) struct Helper {
    child: Child,
    input: Arc<Mutex<Option<ChildStdin>>>,
    output: Option<BufReader<ChildStdout>>,
    key_log: Option<PathBuf>,
    answers: Arc<Mutex<HashMap<Question, Whose>>>,
}

impl Helper {
    /// Starts it. To be called while all rights are there.
    pub fn start(heir: Heir, whom: Whom) -> io::Result<Helper> {
        let heir = match heir {
            // It makes nothing that would be somebody's.
            Heir::Nobody(uid, gid) if whom == Whom::Anybody => Heir::User(uid, gid),
            heir => heir,
        };
        let mut command = Command::new("/proc/self/exe");
        // A group of its own: Ctrl-C is not for it.
        command.args([HELPER, &text_of(heir), whom.name()]).process_group(0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut output = BufReader::new(output.ok_or(ErrorKind::BrokenPipe)?);
        let mut folder = String::new();
        output.read_line(&mut folder)?;
        let folder = folder.strip_suffix('\n').ok_or(ErrorKind::UnexpectedEof)?;
        // A question that it cannot take is asked again; nobody waits for it.
        if let Some(input) = &input {
            rustix::io::ioctl_fionbio(input, true)?;
        }
        let key_log =
            Some(folder).filter(|folder| !folder.is_empty()).map(|folder| Path::new(folder).join(look::KEY_LOG));
        let input = Arc::new(Mutex::new(input));
        Ok(Helper { child, input, output: Some(output), key_log, answers: Arc::default() })
    }

    /// The key log that it keeps, where it keeps one.
    pub fn key_log(&self) -> Option<&Path> {
        self.key_log.as_deref()
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
                if let Some((question, owner)) = answer_of(&line) {
                    answers.lock().unwrap_or_else(PoisonError::into_inner).insert(question, owner);
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

    /// BothEnds it, and waits until the key log is gone.
    pub fn end(mut self) {
        drop(self.input.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.child.wait();
    }
}

/// The way to ask the helper, and to have it do what this process may not.
#[derive(Clone)]
pub(in crate::cli) struct Questions {
    input: Arc<Mutex<Option<ChildStdin>>>,
    answers: Arc<Mutex<HashMap<Question, Whose>>>,
}

impl Questions {
    /// Asks whose a connection is.
    pub fn ask(&self, question: Question) {
        tell(&self.input, &format!("whose {question}"));
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: i32) {
        tell(&self.input, &format!("signal {signal}"));
    }

    /// The answer, once it is there.
    pub fn answer(&self, question: Question) -> Option<Whose> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&question)
    }
}

fn tell(input: &Mutex<Option<ChildStdin>>, line: &str) {
    if let Some(input) = input.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        // Where it is gone, or has no room, no answer comes: that is what asking again, and not knowing, are for.
        let _ = input.write_all(format!("{line}\n").as_bytes());
    }
}

/// `tcp 127.0.0.1:1 127.0.0.1:2 own 77 Node node`, `... other`, `... unknown`.
fn answer_of(line: &str) -> Option<(Question, Whose)> {
    let mut words = line.splitn(7, ' ');
    let question = Question::of(words.by_ref())?;
    let owner = match words.next()? {
        "own" => {
            let (id, kind, name) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
            Whose::Own(Process { id, name: name.to_owned(), kind: table::named(kind) })
        }
        "other" => Whose::Other,
        "unlikely" => Whose::Unlikely,
        _ => Whose::Unknown,
    };
    Some((question, owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::owners::Protocol;

    #[test]
    fn answers_are_read_as_they_are_written() {
        let question =
            Question { protocol: Protocol::Udp, ends: ("127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()) };
        let (heard, owner) = answer_of("udp 127.0.0.1:1 [::1]:2 own 77 Node a name").unwrap();
        assert_eq!(heard, question);
        assert_eq!(Question::of(question.to_string().split(' ')), Some(question));
        let Whose::Own(process) = owner else { panic!("{owner:?}") };
        assert_eq!((process.id, process.name.as_str(), process.kind.unwrap().name), (77, "a name", "Node"));
        assert_eq!(answer_of("udp 127.0.0.1:1 [::1]:2 other"), Some((question, Whose::Other)));
        assert_eq!(answer_of("udp 127.0.0.1:1 [::1]:2 unknown"), Some((question, Whose::Unknown)));
        assert_eq!(answer_of("tcp 127.0.0.1:1 own 77 - x"), None);
    }
}
