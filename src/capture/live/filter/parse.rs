//! The grammar of capture filters, and what each primitive looks at.
//!
//! In: tokens, and what packets start with. Out: a [`Condition`] whose tests stand in the order in which libpcap makes
//! them: a load past the captured bytes rejects the packet whatever stands around it, so the order shows on packets
//! that a snap length has cut. `and` and `or` bind alike, from the left. `vlan` moves everything to its right behind
//! one more tag, whatever the parentheses. Source: grammar.y and gencode.c of libpcap 1.10, pcap-filter(7).

use std::net::Ipv6Addr;

use super::code::{Condition, Load, Test};
use super::lex::Token;
use super::{Problem, unknown, wrong};
use crate::base::LinkType;

/// Parentheses and nots inside one another; more is not a filter a person wrote.
const DEPTH: u32 = 200;
/// Primitives in one filter: more than the longest program holds.
const PRIMITIVES: u32 = 2000;

const IPV4: u32 = 0x0800;
const ARP: u32 = 0x0806;
const RARP: u32 = 0x8035;
const IPV6: u32 = 0x86dd;
/// Protocol numbers of IPv4 and IPv6.
const ICMP: u32 = 1;
const TCP: u32 = 6;
const UDP: u32 = 17;
const IPV6_FRAGMENT: u32 = 44;
const ICMP6: u32 = 58;
const SCTP: u32 = 132;

/// The words before a value, which a bare value after it takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Qualifier {
    protocol: Protocol,
    direction: Direction,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Any,
    Ip,
    Ip6,
    Arp,
    Rarp,
    /// On IPv4 and IPv6.
    Transport(u32),
    /// On one of them.
    Control(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Either,
    Source,
    Destination,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No word: a host, or an IPv6 host.
    Default,
    Host,
    Net,
    Port,
    PortRange,
}

/// Parses a whole expression. No tokens accept everything.
pub(super) fn parse(tokens: &[Token], link: LinkType) -> Result<Condition, Problem> {
    let (payload, kind) = match link {
        LinkType::ETHERNET => (14, Some(12)),
        LinkType::LINUX_SLL2 => (20, Some(0)),
        LinkType::RAW => (0, None),
        LinkType(other) => return Err(Problem::Unknown(format!("a filter for link type {other}"))),
    };
    if tokens.is_empty() {
        return Ok(Condition::Constant(true));
    }
    let mut parser = Parser { tokens, link, kind, payload, depth: 0, primitives: 0 };
    let (condition, _) = parser.expression(None)?;
    match parser.tokens.first() {
        None => Ok(condition),
        Some(token) => wrong(format!("{} is not expected there", shown(token))),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    link: LinkType,
    /// Where the type of the payload stands, where there is one.
    kind: Option<u32>,
    /// Where the network header starts.
    payload: u32,
    depth: u32,
    primitives: u32,
}

type Parsed = (Condition, Option<Qualifier>);

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first.clone())
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.first() == Some(token);
        if found {
            self.next();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.first(), Some(Token::Word(first)) if first == word);
        if found {
            self.next();
        }
        found
    }

    /// Terms joined by `and` and `or`. `inherited` is what a bare value takes over.
    fn expression(&mut self, inherited: Option<Qualifier>) -> Result<Parsed, Problem> {
        let (mut condition, mut qualifier) = self.term(inherited, false)?;
        loop {
            let and = match self.tokens.first() {
                Some(Token::And) => true,
                Some(Token::Or) => false,
                _ => return Ok((condition, qualifier)),
            };
            self.next();
            let (right, next) = self.term(qualifier, true)?;
            condition = if and { condition.and(right) } else { condition.or(right) };
            qualifier = next;
        }
    }

    /// One primitive, a negation or a parenthesis. `bare`: a value without words may stand here.
    fn term(&mut self, inherited: Option<Qualifier>, bare: bool) -> Result<Parsed, Problem> {
        if bare && self.value_ahead() {
            let Some(qualifier) = inherited else {
                return wrong("a value needs a word such as port or host before it");
            };
            return Ok((self.value(qualifier)?, Some(qualifier)));
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return wrong("the filter is nested too deeply");
        }
        let parsed = if self.take(&Token::Not) {
            let (condition, qualifier) = self.term(inherited, false)?;
            (condition.not(), qualifier)
        } else if self.take(&Token::Open) {
            let (condition, _) = self.expression(inherited)?;
            self.close()?;
            (condition, inherited)
        } else {
            self.primitive()?
        };
        self.depth -= 1;
        Ok(parsed)
    }

    fn close(&mut self) -> Result<(), Problem> {
        if self.take(&Token::Close) { Ok(()) } else { wrong("a closing parenthesis is missing") }
    }

    /// Whether what stands here, behind any `(` and `not`, is a value and not a primitive.
    fn value_ahead(&self) -> bool {
        let first = self.tokens.iter().find(|token| !matches!(token, Token::Open | Token::Not));
        matches!(first, Some(Token::Number(_) | Token::Range(..) | Token::V4(..) | Token::V6(_)))
    }

    fn primitive(&mut self) -> Result<Parsed, Problem> {
        self.primitives += 1;
        if self.primitives > PRIMITIVES {
            return wrong("the filter is too long");
        }
        if self.take_word("vlan") {
            return self.vlan().map(|condition| (condition, None));
        }
        if self.take_word("less") {
            return Ok((self.length(Test::at_most)?, None));
        }
        if self.take_word("greater") {
            return Ok((self.length(Test::at_least)?, None));
        }
        let protocol = self.protocol();
        let direction = self.direction();
        let kind = self.kind_of_value();
        if let (Some(protocol), None, None) = (protocol, direction, kind) {
            return Ok((self.whole_protocol(protocol), None));
        }
        if let (None, None, None) = (protocol, direction, kind) {
            return self.unexpected();
        }
        let qualifier = Qualifier {
            protocol: protocol.unwrap_or(Protocol::Any),
            direction: direction.unwrap_or(Direction::Either),
            kind: kind.unwrap_or(Kind::Default),
        };
        Ok((self.value(qualifier)?, Some(qualifier)))
    }

    fn unexpected<T>(&self) -> Result<T, Problem> {
        match self.tokens.first() {
            Some(Token::Word(word)) => unknown(word),
            Some(token) => wrong(format!("{} is not expected there", shown(token))),
            None => wrong("something is missing at the end"),
        }
    }

    fn protocol(&mut self) -> Option<Protocol> {
        let Some(Token::Word(word)) = self.tokens.first() else { return None };
        let protocol = match word.as_str() {
            "ip" => Protocol::Ip,
            "ip6" => Protocol::Ip6,
            "arp" => Protocol::Arp,
            "rarp" => Protocol::Rarp,
            "tcp" => Protocol::Transport(TCP),
            "udp" => Protocol::Transport(UDP),
            "sctp" => Protocol::Transport(SCTP),
            "icmp" => Protocol::Control(ICMP),
            "icmp6" => Protocol::Control(ICMP6),
            _ => return None,
        };
        self.next();
        Some(protocol)
    }

    fn direction(&mut self) -> Option<Direction> {
        let (first, second) = if self.take_word("src") {
            (Direction::Source, "dst")
        } else if self.take_word("dst") {
            (Direction::Destination, "src")
        } else {
            return None;
        };
        let joined = match (self.tokens.first(), self.tokens.get(1)) {
            (Some(joint @ (Token::And | Token::Or)), Some(Token::Word(word))) if word == second => joint.clone(),
            _ => return Some(first),
        };
        self.next();
        self.next();
        Some(if joined == Token::And { Direction::Both } else { Direction::Either })
    }

    fn kind_of_value(&mut self) -> Option<Kind> {
        let kinds = [("host", Kind::Host), ("net", Kind::Net), ("port", Kind::Port), ("portrange", Kind::PortRange)];
        kinds.into_iter().find(|(word, _)| self.take_word(word)).map(|(_, kind)| kind)
    }

    /// A value, or values in parentheses joined by `and` and `or`.
    fn value(&mut self, qualifier: Qualifier) -> Result<Condition, Problem> {
        self.depth += 1;
        self.primitives += 1;
        if self.depth > DEPTH || self.primitives > PRIMITIVES {
            return wrong("the filter is nested too deeply or too long");
        }
        let condition = if self.take(&Token::Not) {
            self.value(qualifier)?.not()
        } else if self.take(&Token::Open) {
            let condition = self.values(qualifier)?;
            self.close()?;
            condition
        } else {
            self.one_value(qualifier)?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn values(&mut self, qualifier: Qualifier) -> Result<Condition, Problem> {
        let mut condition = self.value(qualifier)?;
        loop {
            if self.take(&Token::And) {
                condition = condition.and(self.value(qualifier)?);
            } else if self.take(&Token::Or) {
                condition = condition.or(self.value(qualifier)?);
            } else {
                return Ok(condition);
            }
        }
    }

    fn one_value(&mut self, q: Qualifier) -> Result<Condition, Problem> {
        if !matches!(self.tokens.first(), Some(Token::Number(_) | Token::Range(..) | Token::V4(..) | Token::V6(_))) {
            return self.unexpected();
        }
        match (self.next(), q.kind) {
            (Some(Token::Number(number)), Kind::Port | Kind::PortRange) => match u16::try_from(number) {
                Ok(port) => self.ports(q, port, port),
                Err(_) => wrong(format!("port {number} is above 65535")),
            },
            (Some(Token::Range(low, high)), Kind::PortRange) => self.ports(q, low.min(high), low.max(high)),
            (Some(Token::Number(0)), Kind::Net) => self.host(q, 0, u32::MAX),
            (Some(Token::Number(number)), Kind::Net) => {
                let shift = number.leading_zeros() & !7;
                self.host(q, number << shift, u32::MAX << shift)
            }
            (Some(Token::Number(number)), Kind::Host | Kind::Default) => self.host(q, number, u32::MAX),
            (Some(Token::V4(address, parts)), kind) => self.v4(q, kind, address, parts),
            (Some(Token::V6(address)), kind) => self.v6(q, kind, address),
            (Some(token), _) => wrong(format!("{} does not fit the word before it", shown(&token))),
            (None, _) => self.unexpected(),
        }
    }

    fn v4(&mut self, q: Qualifier, kind: Kind, address: u32, parts: u8) -> Result<Condition, Problem> {
        if matches!(kind, Kind::Port | Kind::PortRange) {
            return wrong("an address is no port");
        }
        let mask = match self.mask(32)? {
            Some(Mask::Bits(bits)) => {
                u32::try_from(u64::from(u32::MAX) << (32 - bits.min(32)) & 0xffff_ffff).unwrap_or(0)
            }
            Some(Mask::Address(mask)) => mask,
            None => return self.host(q, address, u32::MAX << (32 - 8 * u32::from(parts.min(4)))),
        };
        if kind != Kind::Net {
            return wrong("a mask is for net only");
        }
        if address & !mask != 0 {
            return wrong("the network has bits outside its mask");
        }
        self.host(q, address, mask)
    }

    fn v6(&mut self, q: Qualifier, kind: Kind, address: Ipv6Addr) -> Result<Condition, Problem> {
        if matches!(kind, Kind::Port | Kind::PortRange) {
            return wrong("an address is no port");
        }
        if !matches!(q.protocol, Protocol::Any | Protocol::Ip6) {
            return wrong("an IPv6 address goes with ip6 only");
        }
        let bits = match self.mask(128)? {
            None => 128,
            Some(Mask::Bits(bits)) if kind == Kind::Net || bits == 128 => bits,
            Some(_) => return wrong("a mask is for net only"),
        };
        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
        if address.to_bits() & !mask != 0 {
            return wrong("the network has bits outside its mask");
        }
        let words = |value: u128| [96, 64, 32, 0].map(|shift| u32::try_from(value >> shift & 0xffff_ffff).unwrap_or(0));
        let (address, mask, payload) = (words(address.to_bits()), words(mask), self.payload);
        let side = |offset: u32| {
            let word =
                |i: u32, address: u32, mask: u32| Test::masked(Load::Word(payload + offset + 4 * i), mask, address);
            let tests = (0..).zip(address).zip(mask).map(|((i, address), mask)| word(i, address, mask));
            tests.fold(Condition::Constant(true), Condition::and)
        };
        Ok(self.is(IPV6).and(either_side(q.direction, side(8), side(24))))
    }

    /// `/N` or `mask A.B.C.D`.
    fn mask(&mut self, longest: u32) -> Result<Option<Mask>, Problem> {
        if self.take(&Token::Slash) {
            return match self.next() {
                Some(Token::Number(bits)) if bits <= longest => Ok(Some(Mask::Bits(bits))),
                _ => wrong(format!("a mask is a number up to {longest}")),
            };
        }
        if self.take_word("mask") {
            return match self.next() {
                Some(Token::V4(mask, _)) if longest == 32 => Ok(Some(Mask::Address(mask))),
                _ => wrong("mask needs an IPv4 mask"),
            };
        }
        Ok(None)
    }

    /// Whether the payload is of an Ethernet type.
    fn is(&self, ethertype: u32) -> Condition {
        match (self.kind, ethertype) {
            (Some(at), _) => Test::equal(Load::Half(at), ethertype),
            (None, IPV4) => Test::masked(Load::Byte(0), 0xf0, 0x40),
            (None, IPV6) => Test::masked(Load::Byte(0), 0xf0, 0x60),
            (None, _) => Condition::Constant(false),
        }
    }

    fn whole_protocol(&self, protocol: Protocol) -> Condition {
        match protocol {
            Protocol::Any => Condition::Constant(true),
            Protocol::Ip => self.is(IPV4),
            Protocol::Ip6 => self.is(IPV6),
            Protocol::Arp => self.is(ARP),
            Protocol::Rarp => self.is(RARP),
            Protocol::Transport(number) => self.carried_by_v6(number).or(self.carried_by_v4(number)),
            Protocol::Control(ICMP) => self.carried_by_v4(ICMP),
            Protocol::Control(number) => self.carried_by_v6(number),
        }
    }

    fn carried_by_v4(&self, protocol: u32) -> Condition {
        self.is(IPV4).and(Test::equal(Load::Byte(self.payload + 9), protocol))
    }

    /// Directly, or behind a fragment header.
    fn carried_by_v6(&self, protocol: u32) -> Condition {
        let next = |number| Test::equal(Load::Byte(self.payload + 6), number);
        let behind = next(IPV6_FRAGMENT).and(Test::equal(Load::Byte(self.payload + 40), protocol));
        self.is(IPV6).and(next(protocol).or(behind))
    }

    /// An IPv4 address in IPv4, ARP and RARP.
    fn host(&self, q: Qualifier, address: u32, mask: u32) -> Result<Condition, Problem> {
        let within = |ethertype, source: u32, destination: u32| {
            let test = |offset| Test::masked(Load::Word(self.payload + offset), mask, address);
            self.is(ethertype).and(either_side(q.direction, test(source), test(destination)))
        };
        match q.protocol {
            Protocol::Any => Ok(within(IPV4, 12, 16).or(within(ARP, 14, 24)).or(within(RARP, 14, 24))),
            Protocol::Ip => Ok(within(IPV4, 12, 16)),
            Protocol::Arp => Ok(within(ARP, 14, 24)),
            Protocol::Rarp => Ok(within(RARP, 14, 24)),
            Protocol::Ip6 => wrong("an IPv4 address does not go with ip6"),
            Protocol::Transport(_) | Protocol::Control(_) => wrong("an address goes with ip, ip6, arp or rarp"),
        }
    }

    /// Ports of TCP, UDP and SCTP, in IPv6 without extension headers and in first fragments of IPv4.
    fn ports(&self, q: Qualifier, low: u16, high: u16) -> Result<Condition, Problem> {
        let protocols: &[u32] = match q.protocol {
            Protocol::Any => &[SCTP, TCP, UDP],
            Protocol::Transport(TCP) => &[TCP],
            Protocol::Transport(UDP) => &[UDP],
            Protocol::Transport(_) => &[SCTP],
            _ => return wrong("a port goes with tcp, udp or sctp"),
        };
        let port = |load: Load| match low == high {
            true => Test::equal(load, low.into()),
            false => Test::at_least(load, low.into()).and(Test::at_most(load, high.into())),
        };
        let v6 = Load::Half(self.payload + 40);
        let v6_end = Load::Half(self.payload + 42);
        let next = |number: &u32| Test::equal(Load::Byte(self.payload + 6), *number);
        let in_v6 = |number| next(number).and(either_side(q.direction, port(v6), port(v6_end)));
        let v4 = Load::Transport { network: self.payload, offset: 0 };
        let v4_end = Load::Transport { network: self.payload, offset: 2 };
        let first_fragment = || Test::no_bits(Load::Half(self.payload + 6), 0x1fff);
        let carried = |number: &u32| Test::equal(Load::Byte(self.payload + 9), *number).and(first_fragment());
        let in_v4 = |number| carried(number).and(either_side(q.direction, port(v4), port(v4_end)));
        let any = |tests: &mut dyn Iterator<Item = Condition>| tests.fold(Condition::Constant(false), Condition::or);
        let v6 = self.is(IPV6).and(any(&mut protocols.iter().map(in_v6)));
        let v4 = self.is(IPV4).and(any(&mut protocols.iter().map(in_v4)));
        Ok(v6.or(v4))
    }

    fn vlan(&mut self) -> Result<Condition, Problem> {
        let (LinkType::ETHERNET, Some(kind)) = (self.link, self.kind) else {
            return wrong("vlan is for Ethernet only");
        };
        let tagged = self.is(0x8100).or(self.is(0x88a8)).or(self.is(0x9100));
        let identifier = match self.tokens.first() {
            Some(Token::Number(number)) => Some(*number),
            _ => None,
        };
        let condition = match identifier {
            None => tagged,
            Some(number) if number > 0x0fff => return wrong(format!("VLAN {number} is above 4095")),
            Some(number) => {
                self.next();
                tagged.and(Test::masked(Load::Half(self.payload), 0x0fff, number))
            }
        };
        self.kind = Some(kind + 4);
        self.payload += 4;
        Ok(condition)
    }

    fn length(&mut self, test: fn(Load, u32) -> Condition) -> Result<Condition, Problem> {
        match self.next() {
            Some(Token::Number(number)) => Ok(test(Load::WireLength, number)),
            _ => wrong("a length has to be a number"),
        }
    }
}

enum Mask {
    Bits(u32),
    Address(u32),
}

fn either_side(direction: Direction, source: Condition, destination: Condition) -> Condition {
    match direction {
        Direction::Source => source,
        Direction::Destination => destination,
        Direction::Either => source.or(destination),
        Direction::Both => source.and(destination),
    }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("'{word}'"),
        Token::Number(number) => format!("'{number}'"),
        Token::Range(low, high) => format!("'{low}-{high}'"),
        Token::V4(address, _) => format!("'{}'", std::net::Ipv4Addr::from(*address)),
        Token::V6(address) => format!("'{address}'"),
        Token::And => "'and'".to_owned(),
        Token::Or => "'or'".to_owned(),
        Token::Not => "'not'".to_owned(),
        Token::Open => "'('".to_owned(),
        Token::Close => "')'".to_owned(),
        Token::Slash => "'/'".to_owned(),
    }
}
