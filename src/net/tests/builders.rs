//! Packets by hand. Lengths are right, checksums are zero: the stage does not look at them.

/// Addresses that the builders write.
pub const CLIENT: [u8; 4] = [10, 0, 0, 1];
pub const SERVER: [u8; 4] = [10, 0, 0, 2];

/// A TCP segment: ports 1111 to 80, sequence 1000, acknowledgement 2000, window 500.
pub fn tcp(flags: u8, payload: &[u8]) -> Vec<u8> {
    tcp_with_options(flags, &[], payload)
}

pub fn tcp_with_options(flags: u8, options: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = [1111u16.to_be_bytes(), 80u16.to_be_bytes()].concat();
    out.extend(1000u32.to_be_bytes());
    out.extend(2000u32.to_be_bytes());
    out.extend([((20 + options.len()) / 4 * 16) as u8, flags]);
    out.extend(500u16.to_be_bytes());
    out.extend([0; 4]);
    [&out[..], options, payload].concat()
}

pub fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_fragment(protocol, 0, 0, false, payload)
}

/// `offset` in bytes.
pub fn ipv4_fragment(protocol: u8, identification: u16, offset: u16, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x45, 0];
    out.extend((20 + payload.len() as u16).to_be_bytes());
    out.extend(identification.to_be_bytes());
    out.extend(((offset / 8) | (u16::from(more) << 13)).to_be_bytes());
    out.extend([64, protocol, 0, 0]);
    [&out[..], &CLIENT, &SERVER, payload].concat()
}

pub fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x60, 0, 0, 0];
    out.extend((payload.len() as u16).to_be_bytes());
    out.extend([next, 64]);
    out.extend([[0x20; 16], [0x30; 16]].concat());
    [&out[..], payload].concat()
}

pub fn ipv6_fragment(next: u8, identification: u32, offset: u16, more: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![next, 0];
    out.extend((offset | u16::from(more)).to_be_bytes());
    out.extend(identification.to_be_bytes());
    ipv6(44, &[&out[..], payload].concat())
}

pub fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let length = 8 + payload.len() as u16;
    [&[0x30, 0x39][..], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload].concat()
}

pub fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &ether_type.to_be_bytes(), payload].concat()
}

/// A tag, without the type before it.
pub fn tag(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[0, 7][..], &ether_type.to_be_bytes(), payload].concat()
}

/// A label, without the type before it.
pub fn label(last: bool, payload: &[u8]) -> Vec<u8> {
    [&[0, 1, u8::from(last), 64][..], payload].concat()
}
