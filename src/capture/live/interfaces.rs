//! Where one can listen.
//!
//! In: what the system says of its interfaces; no right is needed for it. Out: one [`Interface`] each, in the system's
//! order, and on Linux `any` at the end. What cannot be found out of an interface is left empty.

use super::error::Error;
use super::interface::Interface;

/// All interfaces of this machine (on Linux: of this network namespace).
///
/// # Errors
/// [`Error::List`] where the system refuses; off Linux [`Error::NoLibrary`] where no capture library is installed.
pub fn list() -> Result<Vec<Interface>, Error> {
    #[cfg(target_os = "linux")]
    return linux::list();
    #[cfg(not(target_os = "linux"))]
    return super::library::Library::get()?.interfaces();
}

/// The interface with this name, alternative name (Linux) or number.
///
/// # Errors
/// As [`list`], and [`Error::UnknownInterface`] with the nearest name.
pub fn find(name: &str) -> Result<Interface, Error> {
    let all = list()?;
    if let Some(found) = all.iter().find(|interface| interface.name == name) {
        return Ok(found.clone());
    }
    let number = name.parse().ok().or_else(|| alternative(name)).filter(|index| *index != 0);
    if let Some(found) = all.iter().find(|interface| Some(interface.index) == number) {
        return Ok(found.clone());
    }
    let nearest = nearest(name, all.iter().map(|interface| interface.name.as_str())).map(str::to_owned);
    Err(Error::UnknownInterface { name: name.to_owned(), nearest })
}

/// The number of an interface by one of its other names.
fn alternative(name: &str) -> Option<u32> {
    #[cfg(target_os = "linux")]
    return nix::net::if_::if_nametoindex(name).ok();
    #[cfg(not(target_os = "linux"))]
    return name.strip_prefix('#')?.parse().ok();
}

/// The name most like `wanted`, where one is like it at all.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(2) / 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Edits that lead from one word to the other: insert, remove, change, swap two neighbours.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let mut previous = None;
    for (row, a) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in to.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let change = at(&last, column).saturating_add(usize::from(a != *b));
            let insert = at(&current, column).saturating_add(1);
            let remove = at(&last, column + 1).saturating_add(1);
            let mut best = change.min(insert).min(remove);
            let neighbour = column.checked_sub(1).and_then(|c| to.get(c));
            if previous == Some(*b) && neighbour == Some(&a) {
                best = best.min(at(&before_last, column - 1).saturating_add(1));
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(target_os = "linux")]
mod linux {
    //! getifaddrs(3) for what every interface has, sysfs for a description where it is there.

    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::path::Path;

    use nix::ifaddrs::{InterfaceAddress, getifaddrs};
    use nix::net::if_::InterfaceFlags;
    use nix::sys::socket::SockaddrStorage;

    use super::{Error, Interface};
    use crate::base::LinkType;
    use crate::capture::live::frame::link_of;
    use crate::capture::live::interface::{ANY, Address};

    pub(super) fn list() -> Result<Vec<Interface>, Error> {
        let entries = getifaddrs().map_err(|errno| Error::List(errno.into()))?;
        let mut found: Vec<Interface> = Vec::new();
        for entry in entries {
            add(&mut found, &entry);
        }
        found.sort_by_key(|interface| interface.index);
        found.push(any());
        Ok(found)
    }

    fn any() -> Interface {
        Interface {
            name: ANY.to_owned(),
            index: 0,
            up: true,
            running: true,
            loopback: false,
            link: Some(LinkType::LINUX_SLL2),
            addresses: Vec::new(),
            description: "every interface, also those that appear later".to_owned(),
        }
    }

    /// The first entry of each interface tells what it is, the others one address each.
    fn add(found: &mut Vec<Interface>, entry: &InterfaceAddress) {
        // An address with a label ("eth0:1") belongs to the interface before the colon.
        let name = entry.interface_name.split(':').next().unwrap_or_default();
        if let Some(link) = entry.address.as_ref().and_then(SockaddrStorage::as_link_addr) {
            let loopback = entry.flags.contains(InterfaceFlags::IFF_LOOPBACK);
            found.push(Interface {
                name: entry.interface_name.clone(),
                index: u32::try_from(link.ifindex()).unwrap_or(0),
                up: entry.flags.contains(InterfaceFlags::IFF_UP),
                running: entry.flags.contains(InterfaceFlags::IFF_RUNNING),
                loopback,
                link: Some(link_of(link.hatype()).0),
                addresses: Vec::new(),
                description: description(name, loopback),
            });
        } else if let Some(ip) = entry.address.as_ref().and_then(ip) {
            let prefix = entry.netmask.as_ref().and_then(self::ip).and_then(prefix);
            if let Some(interface) = found.iter_mut().find(|interface| interface.name == name) {
                interface.addresses.push(Address { ip, prefix });
            }
        }
    }

    fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
        let v4 = address.as_sockaddr_in().map(|a| IpAddr::V4(Ipv4Addr::from(a.ip().to_bits())));
        v4.or_else(|| address.as_sockaddr_in6().map(|a| IpAddr::V6(Ipv6Addr::from(a.ip().to_bits()))))
    }

    fn prefix(mask: IpAddr) -> Option<u8> {
        let ones = match mask {
            IpAddr::V4(mask) => mask.to_bits().count_ones(),
            IpAddr::V6(mask) => mask.to_bits().count_ones(),
        };
        u8::try_from(ones).ok()
    }

    /// The alias the administrator gave it, else its kind or its driver.
    fn description(name: &str, loopback: bool) -> String {
        let directory = Path::new("/sys/class/net").join(name);
        let read = |file: &str| fs::read_to_string(directory.join(file)).ok().map(|text| text.trim().to_owned());
        let alias = read("ifalias").filter(|alias| !alias.is_empty());
        let kind = || {
            let uevent = read("uevent")?;
            uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE=").map(str::to_owned))
        };
        let driver = || {
            let link = fs::read_link(directory.join("device/driver")).ok()?;
            Some(link.file_name()?.to_string_lossy().into_owned())
        };
        let tun = || directory.join("tun_flags").exists().then(|| "tun".to_owned());
        let fixed = loopback.then(|| "loopback".to_owned());
        alias.or(fixed).or_else(kind).or_else(tun).or_else(driver).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LinkType;
    use crate::capture::live::interface::ANY;

    #[test]
    fn the_nearest_name_is_offered_and_far_ones_are_not() {
        let names = ["lo", "eth0", "eth1", "wlp2s0", "docker0", "any"];
        let near = |wanted| nearest(wanted, names.into_iter());
        assert_eq!(near("eht0"), Some("eth0"));
        assert_eq!(near("eth"), Some("eth0"));
        assert_eq!(near("ETH1"), Some("eth1"));
        assert_eq!(near("wlp3s0"), Some("wlp2s0"));
        assert_eq!(near("doker0"), Some("docker0"));
        assert_eq!(near("lo0"), Some("lo"));
        assert_eq!(near("en-USB-ethernet"), None);
        assert_eq!(near(""), None);
    }

    #[test]
    fn distance_counts_edits() {
        let pairs =
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "acb", 1), ("kitten", "sitting", 3), ("ab", "ba", 1)];
        for (from, to, edits) in pairs {
            assert_eq!(distance(from, to), edits, "{from} {to}");
            assert_eq!(distance(to, from), edits, "{to} {from}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn loopback_is_listed_without_any_right() {
        let all = list().unwrap();
        let loopback = all.iter().find(|interface| interface.loopback).expect("every Linux has a loopback interface");
        assert_eq!(loopback.link, Some(LinkType::ETHERNET));
        assert_eq!(all.last().map(|interface| interface.name.as_str()), Some(ANY));
        assert_eq!(find(&loopback.index.to_string()).unwrap(), *loopback);
        let unknown = find("loo").unwrap_err();
        assert!(matches!(unknown, Error::UnknownInterface { nearest: Some(_), .. }), "{unknown}");
    }
}
