//! One Ethernet packet with a TCP segment in IPv4, checksums included (RFC 791, RFC 9293).

/// One end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// IPv4 address.
    pub address: [u8; 4],
    /// TCP port.
    pub port: u16,
}

/// What a segment says besides its payload.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    /// Who sends it.
    pub from: Endpoint,
    /// To whom.
    pub to: Endpoint,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgement number.
    pub acknowledgement: u32,
    /// Flag bits.
    pub flags: u8,
    /// IP identification.
    pub identification: u16,
    /// The sender's time stamp, milliseconds.
    pub stamp: u32,
}

/// FIN, SYN, PSH, ACK.
pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const PSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

/// Puts the packet into `out`, which is emptied first.
pub fn build(out: &mut Vec<u8>, segment: &Segment, payload: &[u8]) {
    let syn = segment.flags & SYN != 0;
    let options = if syn { 20 } else { 12 };
    let tcp_len = 20 + options + payload.len();
    out.clear();

    // Locally administered addresses, made from the IPv4 ones.
    for endpoint in [&segment.to, &segment.from] {
        out.extend_from_slice(&[0x02, 0x00]);
        out.extend_from_slice(&endpoint.address);
    }
    out.extend_from_slice(&[0x08, 0x00]);

    out.extend_from_slice(&[0x45, 0x00]);
    out.extend_from_slice(&((20 + tcp_len) as u16).to_be_bytes());
    out.extend_from_slice(&segment.identification.to_be_bytes());
    out.extend_from_slice(&[0x40, 0x00, 64, 6, 0, 0]);
    out.extend_from_slice(&segment.from.address);
    out.extend_from_slice(&segment.to.address);
    let sum = checksum(0, &out[14..34]);
    out[24..26].copy_from_slice(&sum.to_be_bytes());

    out.extend_from_slice(&segment.from.port.to_be_bytes());
    out.extend_from_slice(&segment.to.port.to_be_bytes());
    out.extend_from_slice(&segment.sequence.to_be_bytes());
    out.extend_from_slice(&segment.acknowledgement.to_be_bytes());
    out.extend_from_slice(&[(((20 + options) / 4) as u8) << 4, segment.flags, 0xfa, 0xf0, 0, 0, 0, 0]);
    if syn {
        // Maximum segment size 1460, SACK permitted, time stamps, no operation, window scale 10.
        out.extend_from_slice(&[2, 4, 0x05, 0xb4, 4, 2, 8, 10]);
    } else {
        out.extend_from_slice(&[1, 1, 8, 10]);
    }
    out.extend_from_slice(&segment.stamp.to_be_bytes());
    out.extend_from_slice(&if segment.flags & ACK != 0 { segment.stamp } else { 0 }.to_be_bytes());
    if syn {
        out.extend_from_slice(&[1, 3, 3, 10]);
    }
    out.extend_from_slice(payload);
    // The pseudo-header: both addresses, protocol, length.
    let pseudo = 6 + tcp_len as u32;
    let sum = checksum(pseudo, &out[26..]);
    out[50..52].copy_from_slice(&sum.to_be_bytes());
}

/// The Internet checksum (RFC 1071) of `bytes`, which follow what `start` sums up.
fn checksum(start: u32, bytes: &[u8]) -> u16 {
    // Eight bytes at a time; the carries are added back at the end.
    let mut sum = u128::from(start);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        sum += u128::from(u64::from_be_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    sum += u128::from(u64::from_be_bytes(last));
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
