//! Text with something else in the place of some of its bytes, straight into the bytes that are written.

/// Writes a text with what is written instead of some bytes; `None`: they are written as they are.
///
/// `instead` is given the rest of the text from such a byte on, and says of how many bytes it is in the place.
pub(super) fn escaped(
    out: &mut Vec<u8>,
    text: &str,
    is_special: impl Fn(u8) -> bool,
    instead: impl Fn(&[u8]) -> (Option<&'static [u8]>, usize),
) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    // Nearly all of a text is as it is, and is copied in long pieces.
    while let Some(found) = first(&bytes[at..], &is_special) {
        let special = at + found;
        let (new, length) = instead(&bytes[special..]);
        at = special + length;
        if let Some(new) = new {
            out.extend_from_slice(&bytes[from..special]);
            out.extend_from_slice(new);
            from = at;
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Where the first such byte is. Many are looked at at once, without a branch for each, which the compiler makes a few
/// wide instructions of.
pub(super) fn first(bytes: &[u8], is_special: impl Fn(u8) -> bool) -> Option<usize> {
    let (chunks, _) = bytes.as_chunks::<32>();
    let plain = chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | is_special(*byte)));
    let at = 32 * plain.count();
    bytes[at..].iter().position(|byte| is_special(*byte)).map(|found| at + found)
}
