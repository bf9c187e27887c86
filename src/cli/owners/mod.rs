//! Whose connections are: the process that looks, and the way to ask it (Linux).
//!
//! In: connections, by both their ends. Out: the process that has the socket of each. Who captures gives up the right to look
//! into processes, so another process of this program is begun before that ([`look`]), which can do nothing else and parses
//! no packets; [`helper`] is how it is asked. `run` asks for what is its program's, `live` for whatever it shows ([`asking`]).

pub(super) mod asking;
mod cached;
mod diag;
pub(super) mod helper;
mod look;
mod processes;
mod sockets;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

use super::rights::Heir;
use crate::base::BothEnds;

/// The name by which this program starts itself as the helper.
const HELPER: &str = "--owners-helper";

/// Of whose connections something is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Of processes below the one that asks, for whose secrets there is a key log.
    Below,
    /// Of all.
    Anybody,
}

impl Whom {
    fn name(self) -> &'static str {
        match self {
            Whom::Below => "below",
            Whom::Anybody => "anybody",
        }
    }
}

/// What a connection is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// A connection whose process is asked for, its near end first where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub protocol: Protocol,
    pub ends: BothEnds,
}

impl Question {
    /// One of TCP.
    pub fn tcp(ends: BothEnds) -> Question {
        Question { protocol: Protocol::Tcp, ends }
    }

    /// The same, from the other end.
    fn turned(self) -> Question {
        Question { ends: (self.ends.1, self.ends.0), ..self }
    }

    /// Both ways to look at it.
    fn both(self) -> [Question; 2] {
        [self, self.turned()]
    }

    /// `tcp 127.0.0.1:1 127.0.0.1:2`.
    fn of<'t>(mut words: impl Iterator<Item = &'t str>) -> Option<Question> {
        let name = words.next()?;
        let protocol = [Protocol::Tcp, Protocol::Udp].into_iter().find(|known| known.name() == name)?;
        Some(Question { protocol, ends: (words.next()?.parse().ok()?, words.next()?.parse().ok()?) })
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.protocol.name(), self.ends.0, self.ends.1)
    }
}

/// Does the helper's part, where this process was started for that.
pub(super) fn part(arguments: &[OsString]) -> Option<ExitCode> {
    let [kind, heir, whom] = arguments else { return None };
    let (heir, whom) = (heir.to_str()?, whom.to_str()?);
    let whom = [Whom::Below, Whom::Anybody].into_iter().find(|known| known.name() == whom)?;
    (kind == HELPER).then(|| look::run(user_of(heir), whom))
}

/// A user and a group, as one part tells the other.
pub(super) fn user_of(text: &str) -> Option<(u32, u32)> {
    let (uid, gid) = text.split_once(':')?;
    Some((uid.parse().ok()?, gid.parse().ok()?))
}

/// The same as text; for nobody but whoever it is anyway, something that is none.
pub(super) fn text_of(heir: Heir) -> String {
    match heir {
        Heir::User(uid, gid) => format!("{uid}:{gid}"),
        // Root that nobody called runs programs as root.
        Heir::Same | Heir::Nobody(..) => "same".to_owned(),
    }
}
