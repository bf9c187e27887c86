//! What a live capture came to, in a line or two on standard error.

use crate::capture::live::Watch;
use crate::capture::live::watch::Counts;
use crate::cli::failure::{Status, complain};
use crate::dissect;

/// Says it, and whether all of it went well. With `quiet` only losses are said, which are never silent.
pub(super) fn say(watch: &Watch, found: Option<&dissect::Counts>, kept: Option<&str>, quiet: bool) -> Status {
    let counts = watch.counts();
    if !quiet || counts.dropped + counts.unkept > 0 {
        complain(&line(&counts, found, kept.is_some()));
    }
    if let Some(kept) = kept.filter(|_| !quiet || counts.unkept > 0) {
        complain(&kept_line(&counts, kept, watch.is_renamed()));
    }
    if counts.unkept > 0 { Status::PartWay } else { Status::Done }
}

/// Where the packets are now: no more is claimed than is so.
fn kept_line(counts: &Counts, name: &str, is_renamed: bool) -> String {
    let left = counts.packets.saturating_sub(counts.unkept).saturating_sub(counts.removed);
    match (counts.unkept, left, is_renamed) {
        (0, _, false) => format!("kept in {name}"),
        (0, _, true) => format!("kept, and no longer in {name}: somebody else renamed or replaced the file meanwhile"),
        (_, 0, _) => format!("nothing is kept in {name}"),
        (_, _, false) => format!("kept in {name}: {left} of {} packets", counts.packets),
        (_, _, true) => format!("no longer kept in {name}: somebody else renamed, replaced or removed the file"),
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

    #[test]
    fn no_more_is_said_to_be_kept_than_is() {
        let counts = |unkept| Counts { packets: 10, removed: 2, unkept, ..Counts::default() };
        assert_eq!(kept_line(&counts(0), "x", false), "kept in x");
        assert_eq!(kept_line(&counts(3), "x", false), "kept in x: 5 of 10 packets");
        assert_eq!(kept_line(&counts(8), "x", false), "nothing is kept in x");
        assert!(kept_line(&counts(0), "x", true).starts_with("kept, and no longer in x"));
        assert!(kept_line(&counts(3), "x", true).starts_with("no longer kept in x"));
    }
}
