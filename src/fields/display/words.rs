//! Words for numbers: `websocket.opcode == "Text"`.

/// Which words the values of a name have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Opcodes of RFC 6455 section 11.8, as Wireshark writes them.
    Opcode,
    /// Status codes of close frames, RFC 6455 section 7.4.1, as Wireshark writes them.
    CloseCode,
    /// How much a note matters.
    Severity,
    /// True and false.
    Truth,
}

const OPCODES: &[(u64, &str)] =
    &[(0, "Continuation"), (1, "Text"), (2, "Binary"), (8, "Connection Close"), (9, "Ping"), (10, "Pong")];

const CLOSE_CODES: &[(u64, &str)] = &[
    (1000, "Normal Closure"),
    (1001, "Going Away"),
    (1002, "Protocol error"),
    (1003, "Unsupported Data"),
    (1004, "---Reserved----"),
    (1005, "No Status Rcvd"),
    (1006, "Abnormal Closure"),
    (1007, "Invalid frame payload data"),
    (1008, "Policy Violation"),
    (1009, "Message Too Big"),
    (1010, "Mandatory Ext."),
    (1011, "Internal Server"),
    (1015, "TLS handshake"),
];

const SEVERITIES: &[(u64, &str)] = &[(1, "chat"), (2, "note"), (3, "warning"), (4, "error")];

const TRUTH: &[(u64, &str)] = &[(1, "True"), (0, "False")];

impl Words {
    /// All of them, with their numbers.
    #[must_use]
    pub fn all(self) -> &'static [(u64, &'static str)] {
        match self {
            Words::Opcode => OPCODES,
            Words::CloseCode => CLOSE_CODES,
            Words::Severity => SEVERITIES,
            Words::Truth => TRUTH,
        }
    }

    /// The number of a word, any case.
    #[must_use]
    pub fn number(self, word: &str) -> Option<u64> {
        self.all().iter().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(number, _)| *number)
    }
}

/// The word for a number.
#[must_use]
pub fn word_of(words: Words, number: u64) -> Option<&'static str> {
    words.all().iter().find(|(known, _)| *known == number).map(|(_, word)| *word)
}
