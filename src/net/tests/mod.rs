//! Tests of the whole stage; each module's own stand in it.

mod builders;
mod captures;
mod fragments;
mod observed;
mod outer;
mod packets;
mod shims;
mod truncation;
mod udp;
