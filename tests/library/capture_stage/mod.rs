//! The capture stage: whatever the container, its packets come out; whatever is broken, the rest does.

mod build;
mod copy;
mod damage;
mod files;
mod input;
mod pcap;
mod pcapng;
mod write;
