//! Asks the helper for whatever is shown, while a capture goes on.
//!
//! In: the questions of a dissector ([`Owners`]). Out: the answers, there. Packets never wait for it; what takes long, or is asked
//! in vain, is given up. A socket may not be anybody's yet when it is asked for first.

use std::collections::HashMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::Question;
use super::helper::{Helper, Questions, Whose};
use crate::base::limits::OWNER_QUESTIONS;
use crate::base::{self, BothEnds, Owners};

/// How often answers are looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How often it is looked whether all is over, where none is to come.
const IDLE: Duration = Duration::from_millis(100);
/// How long it takes until nothing is to be hoped for from a question.
const PATIENCE: Duration = Duration::from_secs(6);
/// How soon it is asked again where nobody had the socket.
const AGAIN: Duration = Duration::from_millis(100);
/// How often it is asked at most.
const TRIES: u32 = 3;

/// Begins to ask, until nobody looks at `owners` any more or `is_over`.
pub(in crate::cli) fn begin(
    mut helper: Helper,
    owners: Owners,
    is_over: impl Fn() -> bool + Send + 'static,
) -> io::Result<()> {
    helper.listen()?;
    let ask = move || {
        let mut asking = Asking { questions: helper.questions(), owners, open: HashMap::new() };
        while !is_over() {
            asking.go_on();
        }
        // The helper ends with its input, when it is done with what it does.
        drop(helper);
    };
    thread::Builder::new().name("asking".to_owned()).spawn(ask).map(drop)
}

struct Asking {
    questions: Questions,
    owners: Owners,
    open: HashMap<BothEnds, Open>,
}

/// A question.
struct Open {
    asked: Instant,
    tries: u32,
    /// It was answered, in vain.
    vain: bool,
}

impl Asking {
    fn go_on(&mut self) {
        if self.open.len() >= OWNER_QUESTIONS {
            thread::sleep(LOOK);
        } else {
            let patience = if self.open.is_empty() { IDLE } else { LOOK };
            for ends in self.owners.questions(patience) {
                self.questions.ask(Question::tcp(ends));
                self.open.insert(ends, Open { asked: Instant::now(), tries: 1, vain: false });
            }
        }
        let Asking { questions, owners, open } = self;
        open.retain(|ends, question| match questions.answer(Question::tcp(*ends)) {
            Some(Whose::Own(process)) => {
                owners.add(*ends, base::Process { id: process.id, name: process.name });
                false
            }
            Some(Whose::Other) => false,
            Some(Whose::Unlikely | Whose::Unknown) => {
                question.vain = true;
                question.tries < TRIES
            }
            None if question.vain && question.asked.elapsed() >= AGAIN * question.tries => {
                questions.ask(Question::tcp(*ends));
                *question = Open { asked: Instant::now(), tries: question.tries + 1, vain: false };
                true
            }
            None => question.asked.elapsed() < PATIENCE,
        });
    }
}
