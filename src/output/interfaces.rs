//! Where one can listen, as lines.
//!
//! In: interfaces as the system tells them. Out: an aligned line each, or a JSON object each. Names and descriptions are
//! chosen by administrators and drivers, so they are made safe to show like anything else.

use super::json::{self, Object, member};
use super::style::{Style, Tint};
use crate::base::DisplaySafe;
use crate::capture::live::Interface;

/// Appends a line for each interface.
pub fn table(out: &mut Vec<u8>, style: Style, all: &[Interface]) {
    let name = |interface: &Interface| DisplaySafe::text(&interface.name).to_string();
    let width = all.iter().map(|interface| name(interface).chars().count()).max().unwrap_or(0);
    for interface in all {
        let (name, state) = (name(interface), interface.state());
        let tint = if interface.running { Tint::Strong } else { Tint::Faint };
        style.say(out, tint, &format!("{name:width$}"));
        out.extend_from_slice(format!("  {state:10}").as_bytes());
        let addresses: Vec<String> = interface.addresses.iter().map(ToString::to_string).collect();
        let description = DisplaySafe::text(&interface.description).to_string();
        let rest: Vec<&str> = [description.as_str()].into_iter().chain(addresses.iter().map(String::as_str)).collect();
        let line = rest.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        out.extend_from_slice(if line.is_empty() { "" } else { "  " }.as_bytes());
        out.extend_from_slice(line.as_bytes());
        while out.last() == Some(&b' ') {
            out.pop();
        }
        out.push(b'\n');
    }
}

/// Appends an interface as a JSON object and a line end. `link_type` is a LINKTYPE_ number, `index` the system's, both
/// null where only opening the interface would tell.
pub fn json(out: &mut Vec<u8>, interface: &Interface) {
    let mut object = Object::open(out, "interface");
    member!(object, "name", text, &interface.name);
    member!(object, "index", maybe_number, (interface.index != 0).then_some(u64::from(interface.index)));
    member!(object, "state", word, interface.state());
    member!(object, "up", flag, interface.up);
    member!(object, "running", flag, interface.running);
    member!(object, "loopback", flag, interface.loopback);
    member!(object, "link_type", maybe_number, interface.link.map(|link| u64::from(link.0)));
    let addresses = object.raw(",\"addresses\":").buffer();
    json::list(addresses, &interface.addresses, |out, address| json::string(out, &address.to_string()));
    member!(object, "description", text, &interface.description);
    object.close();
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::capture::live::interface::Address;

    fn one() -> Interface {
        Interface {
            name: "eth\u{1b}0".into(),
            index: 2,
            up: true,
            running: false,
            loopback: false,
            link: Some(LinkType::ETHERNET),
            addresses: vec![Address { ip: "10.0.0.1".parse().unwrap(), prefix: Some(24) }],
            description: "uplink \"A\"".into(),
        }
    }

    #[test]
    fn a_line_holds_what_is_known_and_nothing_a_terminal_obeys() {
        let mut out = Vec::new();
        let bare = Interface { addresses: Vec::new(), description: String::new(), name: "lo".into(), ..one() };
        table(&mut out, Style::default(), &[one(), bare]);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "eth␛0  no carrier  uplink \"A\"  10.0.0.1/24\nlo     no carrier\n");
    }

    #[test]
    fn an_object_reads_back() {
        let mut out = Vec::new();
        json(&mut out, &one());
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["name"], "eth\u{1b}0");
        assert_eq!((&value["state"], &value["addresses"][0]), (&"no carrier".into(), &"10.0.0.1/24".into()));
        assert_eq!((value["link_type"].as_u64(), value["index"].as_u64()), (Some(1), Some(2)));
    }
}
