//! Bytes as text: UTF-8, and for everything else which encoding it probably is.

/// How many bytes the guess of an encoding looks at.
const SAMPLE: usize = 1 << 16;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// What it is instead, with the line where that shows, and how to mend it.
pub(super) fn text(bytes: &[u8]) -> Result<&str, String> {
    if let Some(what) = packed(bytes) {
        return Err(what.into());
    }
    if let Some(order) = utf_16(bytes) {
        return Err(format!("the file is UTF-16; save it as UTF-8 (its bytes are in {order} order)"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes[at];
        let guess = guess(&bytes[at..]);
        format!(
            "the file is not UTF-8: line {line} has the byte 0x{byte:02X}; save it as UTF-8 (it looks like {guess})"
        )
    })
}

/// What is no text at all, by what it begins with: what it is, and how to mend it.
pub(crate) fn packed(bytes: &[u8]) -> Option<&'static str> {
    [
        (
            &b"PK\x03\x04"[..],
            "the file is a zip archive, which a workbook (.xlsx, .ods) is too; save the sheet as CSV in UTF-8, or unpack \
             the archive",
        ),
        (b"PK\x05\x06", "the file is an empty zip archive; unpacked files are read"),
        (b"\xD0\xCF\x11\xE0", "the file is an old workbook (.xls); save the sheet as CSV in UTF-8"),
        (b"\x1F\x8B", "the file is compressed (gzip); unpack it first"),
        (b"BZh", "the file is compressed (bzip2); unpack it first"),
        (b"\xFD7zXZ\0", "the file is compressed (xz); unpack it first"),
        (b"\x28\xB5\x2F\xFD", "the file is compressed (zstd); unpack it first"),
    ]
    .into_iter()
    .find(|(start, _)| bytes.starts_with(start))
    .map(|(_, what)| what)
}

/// The order of the bytes of what is UTF-16: by its mark, or by the zeros that half of plain text is then.
fn utf_16(bytes: &[u8]) -> Option<&'static str> {
    match *bytes {
        [0xFF, 0xFE, ..] => Some("little-endian"),
        [0xFE, 0xFF, ..] => Some("big-endian"),
        [a, 0, b, 0, ..] if a != 0 && b != 0 => Some("little-endian"),
        [0, a, 0, b, ..] if a != 0 && b != 0 => Some("big-endian"),
        _ => None,
    }
}

/// Which encoding of one byte a character it looks like. Of western texts few letters have one of the high bytes, and
/// they rarely stand side by side; of Cyrillic ones almost all do.
fn guess(bytes: &[u8]) -> String {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let high = sample.iter().filter(|byte| **byte >= 0x80).count();
    let pairs = sample.windows(2).filter(|pair| pair.iter().all(|byte| *byte >= 0xC0)).count();
    if high >= 4 && pairs * 2 > high {
        return "Windows-1251".into();
    }
    match bytes.first().copied() {
        // The same in both.
        Some(byte @ 0xA0..) => format!("Windows-1252 or Latin-1, where that is \"{}\"", char::from(byte)),
        _ => "Windows-1252".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(bytes: &[u8], expected: &str) {
        let said = text(bytes).unwrap_err();
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn the_encoding_is_named() {
        assert_eq!(text("\u{FEFF}Ши".as_bytes()), Ok("Ши"));
        assert_eq!(text("Ши".as_bytes()), Ok("Ши"));
        assert_eq!(text(b""), Ok(""));
        says(b"\xFF\xFEa\0", "UTF-16; save it as UTF-8 (its bytes are in little-endian order)");
        says(b"\xFE\xFF\0a", "big-endian");
        says(b"k\0e\0y\0", "little-endian");
        says(b"\0k\0e\0y", "big-endian");
        says(
            b"key,name\n1,caf\xE9\n",
            "line 2 has the byte 0xE9; save it as UTF-8 (it looks like Windows-1252 or Latin-1, where that is \"é\")",
        );
        says(b"key\n\x93a\x94", "line 2 has the byte 0x93; save it as UTF-8 (it looks like Windows-1252)");
        // "Программа" as Windows has it in Cyrillic.
        says(b"key\n\xCF\xF0\xEE\xE3\xF0\xE0\xEC\xEC\xE0", "(it looks like Windows-1251)");
    }

    #[test]
    fn what_is_packed_is_refused() {
        says(b"PK\x03\x04\x14\0", "workbook (.xlsx, .ods)");
        says(b"PK\x05\x06\0\0", "zip");
        says(b"\xD0\xCF\x11\xE0\xA1\xB1", ".xls");
        says(b"\x1F\x8B\x08", "gzip");
    }
}
