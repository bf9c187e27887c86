//! Capture filters: libpcap's language, compiled before a packet is seen.
//!
//! In: an expression such as `tcp port 8080`, and what packets start with. Out: a program for [`super::bpf`]. libpcap
//! compiles it where it is installed; without it a subset is compiled here, exactly as libpcap would: what it accepts,
//! and what it rejects, packet by packet. Anything else is an [`FilterError`] that says what to install; a filter is never
//! guessed at.
//!
//! The subset: `tcp udp sctp icmp icmp6 ip ip6 arp rarp`; `host net port portrange` with `src`, `dst`, `src or dst`,
//! `src and dst` and a protocol before them; numeric IPv4 and IPv6 addresses, networks and ports; `vlan [N]`;
//! `less N`, `greater N`; `and or not && || !` and parentheses; a bare value takes the words of the one before it
//! (`port 80 or 443`). Source: pcap-filter(7), libpcap 1.10.

mod code;
mod lex;
mod parse;
mod primitive;
mod problem;

use super::bpf::Program;
use super::error::FilterError;
use super::library::Library;
use crate::base::LinkType;

/// Who compiled a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compiler {
    /// libpcap, loaded at run time.
    Libpcap,
    /// The subset in this module.
    Subset,
}

/// A compiled filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Decides on packets as a capture file holds them, with VLAN tags in place.
    pub program: Program,
    /// Who compiled it.
    pub compiler: Compiler,
    /// The expression looks at VLAN tags. Linux takes them off before its own filter runs, so this one has to run on
    /// the finished packet.
    pub looks_at_tags: bool,
}

/// Compiles with libpcap where it is installed, else with the subset.
///
/// # Errors
/// [`FilterError::Refused`] where the filter is wrong, [`FilterError::NeedsLibpcap`] where only libpcap would know it.
pub fn compile(expression: &str, link: LinkType) -> Result<Filter, FilterError> {
    let Ok(library) = Library::get() else {
        return compile_subset(expression, link);
    };
    let program = library.compile(expression, link).map_err(|message| FilterError::refused(expression, message))?;
    Ok(Filter { program, compiler: Compiler::Libpcap, looks_at_tags: looks_at_tags(expression) })
}

/// Compiles with the subset alone.
///
/// # Errors
/// As [`compile`].
///
/// ```
/// use sockeye::base::LinkType;
/// use sockeye::capture::live::filter::compile_subset;
/// assert!(compile_subset("tcp port 80 or 443", LinkType::ETHERNET).is_ok());
/// let error = compile_subset("tcp[13] & 2 != 0", LinkType::ETHERNET).unwrap_err();
/// assert!(error.to_string().contains("needs libpcap"));
/// ```
pub fn compile_subset(expression: &str, link: LinkType) -> Result<Filter, FilterError> {
    let condition = lex::tokens(expression)
        .and_then(|tokens| parse::parse(&tokens, link))
        .map_err(|problem| problem.into_error(expression))?;
    let program =
        code::generate(&condition).ok_or_else(|| FilterError::refused(expression, "the filter is too long"))?;
    Ok(Filter { program, compiler: Compiler::Subset, looks_at_tags: looks_at_tags(expression) })
}

fn looks_at_tags(expression: &str) -> bool {
    expression.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "vlan")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_means_tags() {
        assert!(looks_at_tags("(vlan)&&tcp") && looks_at_tags("not vlan 3"));
        assert!(!looks_at_tags("host vlan3") && !looks_at_tags("wlan host 1"));
    }

    #[test]
    fn what_only_libpcap_knows_says_what_to_install() {
        for expression in
            ["tcp[13] = 2", "host example.com", "port http", "ether host 1:2:3:4:5:6", "mpls", "gateway x"]
        {
            let error = compile_subset(expression, LinkType::ETHERNET).unwrap_err();
            assert!(matches!(error, FilterError::NeedsLibpcap { .. }), "{expression}: {error}");
            assert!(error.to_string().contains("install"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_says_so() {
        let wrong = [
            "tcp port",
            "port 65536",
            "host 1.2.3.4/24",
            "net 10.0.0.1/8",
            "net ::1/64",
            "tcp host 1.2.3.4",
            "ip port 80",
            "(tcp",
            "tcp)",
            "tcp or",
            "or tcp",
            "80",
            "tcp or 80",
            "ip host ::1",
            "ip6 host 1.2.3.4",
            "vlan 4096",
            "src",
            "net 10.0.0.0/33",
            "net ::/129",
            "host ::1/64",
            "not",
            "()",
            "port 80 tcp",
            "portrange 1-70000",
            "less",
            "portrange ::1",
            "port 1.2.3.4",
            "src port 80 or host",
            "tcp and and udp",
        ];
        for expression in wrong {
            let error = compile_subset(expression, LinkType::ETHERNET).unwrap_err();
            assert!(matches!(error, FilterError::Refused { .. }), "{expression}: {error}");
        }
        let error = compile_subset("vlan", LinkType::RAW).unwrap_err();
        assert!(matches!(error, FilterError::Refused { .. }), "{error}");
    }

    #[test]
    fn deep_and_long_expressions_are_refused_not_run_into() {
        let deep = format!("{}tcp{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(compile_subset(&deep, LinkType::ETHERNET).is_err());
        let nots = format!("{}tcp", "not ".repeat(100_000));
        assert!(compile_subset(&nots, LinkType::ETHERNET).is_err());
        let long = vec!["port 80"; 100_000].join(" or ");
        assert!(compile_subset(&long, LinkType::ETHERNET).is_err());
    }
}
