//! What live capture can fail with, and what may happen to an interface while it runs.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Live capture cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kernel refuses: the right to capture is lacking.
    #[error(
        "capturing on {interface} is not permitted: run it as root (sudo sockeye live {interface}), or give the \
         program the right once: sudo setcap cap_net_raw=ep {}", program.display()
    )]
    NotPermitted {
        /// The interface as it was asked for.
        interface: String,
        /// This program's file.
        program: PathBuf,
    },
    /// No interface has this name.
    #[error("there is no interface {name}{}; 'sockeye interfaces' lists those there are", did_you_mean(nearest.as_deref()))]
    UnknownInterface {
        /// The name asked for.
        name: String,
        /// The name most like it, where one is.
        nearest: Option<String>,
    },
    /// No interface was named.
    #[error("no interface was named; 'sockeye interfaces' lists those there are")]
    NoInterface,
    /// A call of the system or of the capture library failed.
    #[error("cannot capture on {interface}: {call}: {source}{}", way_out(call))]
    Open {
        /// The interface as it was asked for.
        interface: String,
        /// The call.
        call: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The capture library refused or failed; its own words.
    #[error("cannot capture on {interface}: {message}")]
    Library {
        /// The interface as it was asked for.
        interface: String,
        /// What the library said.
        message: String,
    },
    /// The capture library is not installed, and this system has no other way to capture.
    #[error(transparent)]
    NoLibrary(#[from] Missing),
    /// The capture filter.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The interfaces cannot be listed.
    #[error("cannot list the interfaces: {0}")]
    List(#[source] io::Error),
    /// Every interface has gone.
    #[error("no interface is left to capture on")]
    NoneLeft,
    /// Waiting for packets failed.
    #[error("waiting for packets failed: {0}")]
    Wait(#[source] io::Error),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean {name}?)"))
}

fn way_out(call: &str) -> &'static str {
    match call {
        "PACKET_RX_RING" | "mmap" => "; a smaller ring may fit",
        _ => "",
    }
}

/// The capture library is not installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the capture library is not installed: {}", INSTALL)]
pub struct Missing;

/// What to install, on the system this was built for.
pub const INSTALL: &str = if cfg!(windows) {
    "install Npcap (npcap.com)"
} else if cfg!(target_os = "macos") {
    "libpcap belongs to macOS; /usr/lib/libpcap.A.dylib could not be opened"
} else {
    "install libpcap (Debian, Ubuntu: apt install libpcap0.8; Fedora: dnf install libpcap; Alpine: apk add libpcap)"
};

/// A capture filter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// libpcap refused it.
    #[error("capture filter '{expression}': {message}")]
    Refused {
        /// The filter.
        expression: String,
        /// libpcap's words, or those of the subset where the filter is wrong in itself.
        message: String,
    },
    /// The subset does not know a word, and libpcap is not installed.
    #[error(
        "capture filter '{expression}': {word} needs libpcap, which is not installed: {INSTALL}; without it, tcp, udp, \
         host, net, port, portrange, vlan with numbers, and, or, not and parentheses are known"
    )]
    NeedsLibpcap {
        /// The filter.
        expression: String,
        /// The word, quoted, or a description.
        word: String,
    },
}

impl FilterError {
    pub(super) fn refused(expression: &str, message: impl Into<String>) -> FilterError {
        FilterError::Refused { expression: expression.to_owned(), message: message.into() }
    }
}

/// Something happened to an interface; capture goes on for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It was brought down. Capture goes on when it comes up again.
    Down {
        /// Its name.
        interface: String,
    },
    /// It is up again.
    Up {
        /// Its name.
        interface: String,
    },
    /// It was removed. Its capture is over.
    Gone {
        /// The name it had.
        interface: String,
    },
    /// It has another name now. Capture goes on.
    Renamed {
        /// The name it had.
        from: String,
        /// The name it has.
        to: String,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Down { interface } => write!(f, "{interface} is down; waiting for it to come up"),
            Event::Up { interface } => write!(f, "{interface} is up again"),
            Event::Gone { interface } => write!(f, "{interface} has disappeared; its capture is over"),
            Event::Renamed { from, to } => write!(f, "{from} is called {to} now; capture goes on"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_way_out() {
        let error = Error::NotPermitted { interface: "eth0".into(), program: "/opt/sockeye".into() };
        let text = error.to_string();
        assert!(text.contains("sudo sockeye live eth0") && text.contains("sudo setcap cap_net_raw=ep /opt/sockeye"));
        let error = Error::UnknownInterface { name: "eht0".into(), nearest: Some("eth0".into()) };
        assert!(error.to_string().contains("did you mean eth0?"));
    }
}
