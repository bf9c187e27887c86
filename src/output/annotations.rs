//! Annotations, a line each: what somebody wrote, and about what.
//!
//! In: an [`Annotation`] and the address of its place in the capture as it is read now. Out: a line of text, or an object of
//! JSON. An annotation whose place is not there says so: it is kept, and comes back when its frame does.

use super::json::{Object, member};
use super::style::{Style, Tint};
use crate::base::DisplaySafe;
use crate::teach::sidecar::Annotation;
use crate::trace::Address;

/// `5f0c21aa  #12.mask  [why?] A client must mask, so that ...  (R. Teacher)`: the text on one line.
pub fn push_text(out: &mut Vec<u8>, style: Style, annotation: &Annotation, address: Option<&Address>) {
    let safe = |text: &str| DisplaySafe::text(text).to_string();
    style.say(out, Tint::Faint, &safe(&annotation.id));
    out.extend_from_slice(b"  ");
    match address {
        Some(address) => style.say(out, Tint::Strong, &safe(&address.to_string())),
        None => style.say(
            out,
            Tint::Faint,
            &format!("({}: not there as the capture is read now)", safe(&annotation.at.to_string())),
        ),
    }
    out.extend_from_slice(b"  ");
    if !annotation.label.is_empty() {
        out.extend_from_slice(format!("[{}] ", safe(&annotation.label)).as_bytes());
    }
    out.extend_from_slice(safe(&annotation.text).as_bytes());
    if !annotation.author.is_empty() {
        style.say(out, Tint::Faint, &format!("  ({})", safe(&annotation.author)));
    }
}

/// One object; docs/FORMATS.md names its members.
pub fn push_json(out: &mut Vec<u8>, annotation: &Annotation, address: Option<&Address>) {
    let mut object = Object::open(out, "annotation");
    member!(object, "id", text, &annotation.id);
    member!(object, "at", text, &annotation.at.to_string());
    member!(object, "address", maybe_text, address.map(ToString::to_string).as_deref());
    member!(object, "text", text, &annotation.text);
    member!(object, "label", text, &annotation.label);
    member!(object, "colour", text, annotation.colour.name());
    member!(object, "author", text, &annotation.author);
    member!(object, "made", text, &annotation.made);
    // Numbers beyond 2^53 are strings everywhere; nobody orders so many.
    object.raw(",\"order\":").buffer().extend_from_slice(annotation.order.to_string().as_bytes());
    object.close();
}
