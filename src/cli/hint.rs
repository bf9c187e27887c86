//! What to say where a list came out empty, or totals are of nothing; and of connections beside those in a list that
//! nothing can be read of.
//!
//! In: the totals of a capture. Out: a line for standard error that says what was there instead, or besides, and the way
//! on.

use super::args::Options;
use super::failure::complain;
use super::read::Read;
use crate::dissect::TrafficGuess;
use crate::output::{List, Summary};

/// Says it, where there is something to say and somebody wants to hear it.
pub fn say(read: &Read, list: List, options: &Options) {
    let asked_for = !options.quiet && options.count != Some(0);
    if asked_for && let Some(line) = nothing_found(&read.summary, list, read.frames) {
        complain(&line);
    }
}

/// Says it of a list, and what it does not hold.
pub fn say_of_list(read: &Read, list: List, options: &Options) {
    let asked_for = !options.quiet && options.count.is_none();
    say(read, list, options);
    if asked_for && let Some(line) = besides(&read.summary, read.frames) {
        complain(&line);
    }
}

/// What may carry WebSocket, and cannot be read as it is.
const SEALED: [(TrafficGuess, &str); 1] =
    [(TrafficGuess::Tls, "; with its keys TLS is read: --keylog FILE (`sockeye keys-howto` says how to get them)")];

/// Connections that may carry WebSocket too, beside those that are in a list: `None` where there are none, or where
/// [`nothing_found`] names them.
fn besides(summary: &Summary, frames: u64) -> Option<String> {
    let others: u64 = summary.others.iter().map(|(_, count)| count).sum();
    if frames == 0 && others >= summary.connections {
        return None;
    }
    let count = |carried: TrafficGuess| summary.others.iter().find(|(name, _)| *name == carried.name());
    let met: Vec<(&str, u64)> = SEALED.into_iter().filter_map(|(carried, _)| count(carried).copied()).collect();
    let ways_on: String =
        SEALED.into_iter().filter(|(carried, _)| count(*carried).is_some()).map(|(_, way)| way).collect();
    let all: u64 = met.iter().map(|(_, count)| count).sum();
    let more = if all == 1 { "was" } else { "were" };
    (all > 0).then(|| format!("{}: {} {more} not read{ways_on}", summary.file, named(&met)))
}

/// `2 TLS connections`.
fn named(met: &[(&str, u64)]) -> String {
    let kinds: Vec<String> = met.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let plural = if met.iter().map(|(_, count)| count).sum::<u64>() == 1 { "" } else { "s" };
    format!("{} connection{plural}", kinds.join(" and "))
}

/// `None` where `list` had something to show, or would have: `frames` is how many frames were found.
fn nothing_found(summary: &Summary, list: List, frames: u64) -> Option<String> {
    if frames > 0 {
        return None;
    }
    let file = &summary.file;
    let (packets, connections) = (summary.packets, summary.connections);
    let others: u64 = summary.others.iter().map(|(_, count)| count).sum();
    if packets == 0 {
        return Some(format!("{file}: no packets, only a capture header"));
    }
    if connections == 0 {
        let quic = if summary.kinds.iter().any(|(name, _)| name == "QUIC") { QUIC } else { "" };
        return Some(format!("{file}: no TCP in {}{quic}", counted(packets, "packet", &summary.kinds)));
    }
    if others < connections {
        let asked = counted::<&str>(connections - others, "connection", &[]);
        return (list != List::Connections)
            .then(|| format!("{file}: no frames; `sockeye connections` lists {asked} that asked for WebSocket"));
    }
    let what = counted(connections, "TCP connection", &summary.others);
    let met = |carried: TrafficGuess| summary.others.iter().any(|(name, _)| *name == carried.name());
    let unknown = (TrafficGuess::Unknown, "; -d tcp.port==PORT,websocket reads a port as WebSocket all the same");
    let ways_on = [unknown].into_iter().chain(SEALED);
    let way_on: String = ways_on.filter(|(carried, _)| met(*carried)).map(|(_, way)| way).collect();
    Some(format!("{file}: no WebSocket in {what}{way_on}"))
}

/// The way on from QUIC.
const QUIC: &str =
    "; QUIC is not decrypted, and WebSocket inside HTTP/3 (RFC 9220) is not read: have the client speak HTTP/1.1";

/// `3 TCP connections: 2 TLS, 1 HTTP`.
fn counted<S: AsRef<str>>(count: u64, noun: &str, kinds: &[(S, u64)]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|(name, count)| format!("{count} {}", name.as_ref())).collect();
    let plural = if count == 1 { "" } else { "s" };
    let colon = if kinds.is_empty() { "" } else { ": " };
    format!("{count} {noun}{plural}{colon}{}", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(packets: u64, connections: u64, others: Vec<(&'static str, u64)>) -> Summary {
        let kinds = if connections > 0 { vec![] } else { vec![("UDP".to_owned(), packets)] };
        Summary { file: "a.pcap".into(), packets, kinds, connections, others, ..Summary::default() }
    }

    #[test]
    fn an_empty_list_says_what_was_there_instead() {
        let said = |summary, frames| nothing_found(&summary, List::Frames, frames);
        assert_eq!(said(summary(3, 1, vec![]), 2), None);
        assert_eq!(said(summary(0, 0, vec![]), 0).unwrap(), "a.pcap: no packets, only a capture header");
        assert_eq!(said(summary(1, 0, vec![]), 0).unwrap(), "a.pcap: no TCP in 1 packet: 1 UDP");
        assert_eq!(
            said(summary(9, 3, vec![("TLS", 2), ("HTTP", 1)]), 0).unwrap(),
            "a.pcap: no WebSocket in 3 TCP connections: 2 TLS, 1 HTTP; with its keys TLS is read: --keylog FILE \
             (`sockeye keys-howto` says how to get them)"
        );
        assert!(said(summary(9, 1, vec![("other", 1)]), 0).unwrap().contains("-d tcp.port=="));
        let both = said(summary(9, 3, vec![("TLS", 1), ("HTTP/2", 2)]), 0).unwrap();
        assert!(both.contains("1 TLS, 2 HTTP/2; with its keys TLS is read"), "{both}");
        let refused = summary(9, 3, vec![("HTTP", 1)]);
        assert_eq!(
            said(refused.clone(), 0).unwrap(),
            "a.pcap: no frames; `sockeye connections` lists 2 connections that asked for WebSocket"
        );
        assert_eq!(nothing_found(&refused, List::Connections, 0), None, "they are in the list");
    }

    #[test]
    fn quic_is_named() {
        let kinds = vec![("UDP".to_owned(), 5), ("QUIC".to_owned(), 2)];
        let said = nothing_found(&Summary { kinds, ..summary(7, 0, vec![]) }, List::Frames, 0).unwrap();
        assert!(said.starts_with("a.pcap: no TCP in 7 packets: 5 UDP, 2 QUIC; QUIC is not decrypted"), "{said}");
    }

    #[test]
    fn a_list_says_what_it_lacks() {
        let tls = besides(&summary(90, 3, vec![("TLS", 2)]), 7).unwrap();
        assert!(tls.starts_with("a.pcap: 2 TLS connections were not read; with its keys"), "{tls}");
        let one = besides(&summary(90, 3, vec![("TLS", 1), ("HTTP/2", 1), ("HTTP", 3)]), 7).unwrap();
        assert!(one.starts_with("a.pcap: 1 TLS connection was not read; with"), "{one}");
        assert_eq!(besides(&summary(90, 3, vec![("HTTP", 2), ("other", 1)]), 7), None);
        assert_eq!(besides(&summary(90, 2, vec![("TLS", 2)]), 0), None, "that was said where nothing was found");
    }
}
