//! What a live capture came to, in a line or two on standard error.

use crate::capture::live::watch::Counts;
use crate::cli::failure::complain;
use crate::dissect;

/// Says it. With `quiet` only losses are said, which are never silent.
pub(super) fn say(counts: &Counts, found: Option<&dissect::Counts>, kept: Option<&str>, quiet: bool) {
    if !quiet || counts.dropped + counts.unkept > 0 {
        complain(&line(counts, found, kept.is_some()));
    }
    if let Some(kept) = kept.filter(|_| !quiet) {
        complain(&format!("kept in {kept}"));
    }
}

/// Where nothing was to be kept, "0 not kept" would sound as if all of it were.
fn line(counts: &Counts, found: Option<&dissect::Counts>, keeps: bool) -> String {
    let mut line = format!("{} packets received, {} dropped by the kernel", counts.packets, counts.dropped);
    if counts.removed > 0 {
        line.push_str(&format!(", {} gone with files that the ring removed", counts.removed));
    }
    if keeps || counts.unkept > 0 {
        line.push_str(&format!(", {} not kept", counts.unkept));
    }
    if let Some(found) = found {
        let of = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let parts =
            [of(found.frames, "frame"), of(found.messages, "message"), of(found.tcp.connections, "TCP connection")];
        line.push_str(&format!("; {}", parts.join(", ")));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_every_loss() {
        let counts = Counts { packets: 10, dropped: 2, removed: 3, unkept: 4, ..Counts::default() };
        let text = line(&counts, None, true);
        assert_eq!(
            text,
            "10 packets received, 2 dropped by the kernel, 3 gone with files that the ring removed, 4 not kept"
        );
        let found = dissect::Counts { frames: 7, messages: 5, ..dissect::Counts::default() };
        assert!(line(&counts, Some(&found), true).ends_with("; 7 frames, 5 messages, 0 TCP connections"));
        assert_eq!(line(&counts, None, true), line(&counts, None, false), "a loss is said in any case");
    }

    #[test]
    fn what_was_not_to_be_kept_is_not_said_to_be_kept() {
        let counts = Counts { packets: 10, ..Counts::default() };
        assert_eq!(line(&counts, None, false), "10 packets received, 0 dropped by the kernel");
        assert_eq!(line(&counts, None, true), "10 packets received, 0 dropped by the kernel, 0 not kept");
    }
}
