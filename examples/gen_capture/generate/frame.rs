//! WebSocket frames and the opening handshake, as bytes (RFC 6455 sections 4 and 5.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// Appends a frame to `out`; `first` is its first byte (FIN, RSV, opcode), the length is written the shortest way.
pub fn put_frame(out: &mut Vec<u8>, first: u8, key: Option<[u8; 4]>, payload: &[u8]) {
    let mask = if key.is_some() { 0x80 } else { 0 };
    out.push(first);
    match payload.len() {
        len @ 0..=125 => out.push(mask | len as u8),
        len @ 126..=0xffff => {
            out.push(mask | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(mask | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    match key {
        Some(key) => {
            out.extend_from_slice(&key);
            out.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]));
        }
        None => out.extend_from_slice(payload),
    }
}

/// The upgrade request of one client.
pub fn request(key: &str, extensions: Option<&str>) -> String {
    let extensions = extensions.map_or_else(String::new, |value| format!("Sec-WebSocket-Extensions: {value}\r\n"));
    format!(
        "GET /ticks HTTP/1.1\r\nHost: ticks.example:9700\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n"
    )
}

/// The response that accepts it.
pub fn response(key: &str, extensions: Option<&str>) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(hash.finalize());
    let extensions = extensions.map_or_else(String::new, |value| format!("Sec-WebSocket-Extensions: {value}\r\n"));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{extensions}\r\n"
    )
}

/// 16 bytes in base64.
pub fn key(high: u64, low: u64) -> String {
    STANDARD.encode(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
}
