//! The names as a page and as lines: `docs/FIELDS.md` and `sockeye fields filter` are printed from here.

use std::fmt::Write as _;

use super::{Level, Name, all};

/// The page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# The names of display filters\n\n\
         Printed by `sockeye fields filter --markdown`; [FILTER.md](FILTER.md) says what can be done with them. *Of* is what a name \
         belongs to: a frame has also what its connection and the packet of its last byte have, and, where it ends a message, what \
         the message has. *Read* is what must be read for it, the least first: header, handshake, packet, payload, inflated.\n",
    );
    for (level, title) in [
        (Level::Frame, "Frames"),
        (Level::Message, "Messages"),
        (Level::Connection, "Connections"),
        (Level::Closed, "Connections that are over"),
        (Level::Packet, "Packets"),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(page, "\n## {title}\n\n| name | type | read | what it holds |\n|---|---|---|---|\n");
        for name in all().filter(|name| name.level == level) {
            let names: Vec<String> = name.names.iter().map(|name| format!("`{name}`")).collect();
            let (kind, need) = (name.kind.describe(), name.need.name());
            let _ = writeln!(page, "| {} | {kind} | {need} | {} |", names.join(" "), about(&name).replace('|', "\\|"));
        }
    }
    page
}

/// A line a name.
#[must_use]
pub fn lines() -> String {
    let width = all().map(|name| name.name().len()).max().unwrap_or(0);
    let line = |name: Name| {
        let others = name.names.get(1..).unwrap_or_default();
        let others = if others.is_empty() { String::new() } else { format!(" (also {})", others.join(", ")) };
        format!("{:width$}  {}{others}\n", name.name(), about(&name))
    };
    all().map(line).collect()
}

fn about(name: &Name) -> String {
    match name.words {
        Some(words) if name.kind != super::Type::Flag => {
            let words: Vec<String> = words.all().iter().map(|(number, word)| format!("{number} {word}")).collect();
            format!("{}: {}", name.about, words.join(", "))
        }
        _ => name.about.to_owned(),
    }
}
