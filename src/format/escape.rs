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
    let at = 32 * chunks.iter().take_while(|chunk| is_plain(chunk, &is_special)).count();
    if at == 32 * chunks.len() && ends_plain(bytes, &is_special) {
        return None;
    }
    bytes[at..].iter().position(|byte| is_special(*byte)).map(|found| at + found)
}

/// The first byte, read to have the text at hand when it is written.
pub(super) fn start(text: &str) -> u8 {
    text.as_bytes().first().copied().unwrap_or(0)
}

/// Whether the last bytes, as many as no chunk has, are all plain. Those before them may be looked at once more, which
/// costs less than looking at each of the last on its own.
fn ends_plain(bytes: &[u8], is_special: &impl Fn(u8) -> bool) -> bool {
    fn both<const N: usize>(bytes: &[u8], is_special: &impl Fn(u8) -> bool) -> bool {
        let ends = bytes.first_chunk::<N>().zip(bytes.last_chunk::<N>());
        ends.is_some_and(|(first, last)| is_plain(first, is_special) & is_plain(last, is_special))
    }
    match bytes.len() {
        32.. => bytes.last_chunk::<32>().is_some_and(|last| is_plain(last, is_special)),
        16.. => both::<16>(bytes, is_special),
        8.. => both::<8>(bytes, is_special),
        4.. => both::<4>(bytes, is_special),
        _ => !bytes.iter().any(|byte| is_special(*byte)),
    }
}

fn is_plain<const N: usize>(chunk: &[u8; N], is_special: &impl Fn(u8) -> bool) -> bool {
    !chunk.iter().fold(false, |any, byte| any | is_special(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_first_is_found(text in "[ab]{0,70}", at in 0usize..100) {
            let mut bytes = text.into_bytes();
            proptest::prop_assert_eq!(first(&bytes, |byte| byte == b'!'), None);
            if at < bytes.len() {
                bytes[at..].fill(b'!');
                proptest::prop_assert_eq!(first(&bytes, |byte| byte == b'!'), Some(at));
                bytes[at + 1..].fill(b'a');
                proptest::prop_assert_eq!(first(&bytes, |byte| byte == b'!'), Some(at));
            }
        }
    }
}
