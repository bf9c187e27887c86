//! What is written to files, and the names that those files get.

/// Something to write to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// What it is, for people.
    pub what: String,
    /// The file.
    pub file: String,
    /// What goes in.
    pub content: Content,
}

/// What goes into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A picture of the screen.
    Screen,
}

/// A file that was not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// Why.
    pub why: String,
    /// What would have been, with a name that may do.
    pub write: Write,
}

/// The name that a file of this capture gets: what is no plain letter, digit, dot or dash becomes a dash.
#[must_use]
pub fn file_name(capture: &str, suffix: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let stem: String = capture.chars().map(plain).collect();
    let stem = stem.trim_matches('.');
    let suffix: String = suffix.chars().map(plain).collect();
    format!("{}.{suffix}", if stem.is_empty() { "sockeye" } else { stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_the_folder() {
        assert_eq!(file_name("../../etc/passwd", "frame1.bin"), "-..-etc-passwd.frame1.bin");
        assert_eq!(file_name("a b\x1b.pcap", "c/d"), "a-b-.pcap.c-d");
        assert_eq!(file_name("..", "x"), "sockeye.x");
    }
}
