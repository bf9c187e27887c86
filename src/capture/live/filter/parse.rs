//! The grammar of capture filters.
//!
//! In: tokens, and what packets start with. Out: a [`Condition`] whose tests stand in the order in which libpcap makes
//! them: a load past the captured bytes rejects the packet whatever stands around it, so the order shows on packets
//! that a snap length has cut. `and` and `or` bind alike, from the left. `vlan` moves everything to its right behind
//! one more tag, whatever the parentheses. Source: grammar.y and gencode.c of libpcap 1.10, pcap-filter(7).

use std::net::Ipv6Addr;

use super::code::{Condition, Load, Test};
use super::lex::Token;
use super::primitive::{Direction, Headers, ICMP, ICMP6, Kind, Protocol, Qualifier, SCTP, TCP, UDP};
use super::problem::{Problem, unknown, wrong};
use crate::base::LinkType;

/// Parentheses and nots inside one another; more is not a filter a person wrote.
const DEPTH: u32 = 200;
/// Primitives in one filter: more than the longest program holds.
const PRIMITIVES: u32 = 2000;

/// Parses a whole expression. No tokens accept everything.
pub(super) fn parse(tokens: &[Token], link: LinkType) -> Result<Condition, Problem> {
    let Some(headers) = Headers::of(link) else {
        return Err(Problem::Unknown(format!("a filter for link type {}", link.0)));
    };
    if tokens.is_empty() {
        return Ok(Condition::Constant(true));
    }
    let mut parser = Parser { tokens, headers, depth: 0, primitives: 0 };
    let (condition, _) = parser.expression(None)?;
    match parser.tokens.first() {
        None => Ok(condition),
        Some(token) => wrong(format!("{} is not expected there", shown(token))),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    headers: Headers,
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
            return Ok((self.headers.whole_protocol(protocol), None));
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
                Ok(port) => self.headers.ports(q, port, port),
                Err(_) => wrong(format!("port {number} is above 65535")),
            },
            (Some(Token::Range(low, high)), Kind::PortRange) => self.headers.ports(q, low.min(high), low.max(high)),
            (Some(Token::Number(0)), Kind::Net) => self.headers.host(q, 0, u32::MAX),
            (Some(Token::Number(number)), Kind::Net) => {
                let shift = number.leading_zeros() & !7;
                self.headers.host(q, number << shift, u32::MAX << shift)
            }
            (Some(Token::Number(number)), Kind::Host | Kind::Default) => self.headers.host(q, number, u32::MAX),
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
            None => return self.headers.host(q, address, u32::MAX << (32 - 8 * u32::from(parts.min(4)))),
        };
        if kind != Kind::Net {
            return wrong("a mask is for net only");
        }
        if address & !mask != 0 {
            return wrong("the network has bits outside its mask");
        }
        self.headers.host(q, address, mask)
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
        Ok(self.headers.host_v6(q, address, mask))
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

    fn vlan(&mut self) -> Result<Condition, Problem> {
        let identifier = match self.tokens.first() {
            Some(Token::Number(number)) => Some(*number),
            _ => None,
        };
        if identifier.is_some() {
            self.next();
        }
        self.headers.vlan(identifier)
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
