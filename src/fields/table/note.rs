//! Fields of notes, as JSON and the tree have them.

fields! {
    /// A field of a note.
    NoteField, FieldId::Note:
    Whole = group "a note", "note".label("note");
    Code = text "its stable name", "code".part();
    Severity = text "how much it matters: chat, note, warning, error", "severity".part();
    Clause = text "the clause it rests on", "clause".part();
    Detail = text "what is particular to this one", "detail".part();
    Packet = number "the packet in which it happened", "packet".part();
    Span = group "the bytes that it is about", "span";
    SpanSource = text "what those bytes are counted in", "span.source" as "source".part();
    SpanStart = number "the first of them", "span.start" as "start".part();
    SpanLength = length "how many they are", "span.len" as "len".part();
}
