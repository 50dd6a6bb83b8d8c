//! From bytes to text, or words that say what the bytes are.

/// What files of other kinds begin with.
const OTHERS: [(&[u8], &str); 7] = [
    (b"PK\x03\x04", "a zip archive; unpack it and give the file that is in it"),
    (b"\x1F\x8B", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xFD7zXZ\0", "compressed with xz; unpack it first"),
    (b"\x28\xB5\x2F\xFD", "compressed with zstd; unpack it first"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it and give the file that is in it"),
    (b"%PDF", "a PDF document"),
];

/// The text of a file, which has to be UTF-8.
pub(super) fn text<'b>(bytes: &'b [u8], what: &str) -> Result<&'b str, String> {
    if let Some((_, other)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(format!("the file is {other}; {what}"));
    }
    // Without a mark at its beginning every other byte of what is ASCII is zero.
    let wide = matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, b'<' | b'{', ..] | [b'<' | b'{', 0, ..]);
    if wide {
        return Err("the file is UTF-16; save it as UTF-8".into());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (before, at) = bytes.split_at(error.valid_up_to());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = at.first().copied().unwrap_or_default();
        format!(
            "the file is not UTF-8 but probably Latin-1 (ISO 8859-1 or Windows-1252): line {line} has the byte \
             0x{byte:02X}; save it as UTF-8"
        )
    })?;
    if text.trim().is_empty() {
        return Err(format!("the file is empty; {what}"));
    }
    Ok(text)
}
