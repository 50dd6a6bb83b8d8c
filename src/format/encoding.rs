//! Bytes as text: UTF-8, and for everything else what it is, or which encoding it probably is.

use std::fmt;

/// How many bytes the guess of an encoding looks at.
const SAMPLE: usize = 1 << 16;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// What it is instead, with the line where that shows, and how to mend it: a table is often a sheet of a workbook.
pub(super) fn text(bytes: &[u8], is_table: bool) -> Result<&str, String> {
    if let Some(other) = packed(bytes) {
        return Err(other.told(is_table).into());
    }
    if let Some(order) = utf_16(bytes) {
        return Err(format!("the file is UTF-16; save it as UTF-8 (its bytes are in {order} order)"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes[at];
        let what = match declared(bytes) {
            Some(name) => format!("it says that it is {name}"),
            None => format!("it looks like {}", guess(&bytes[at..])),
        };
        format!("the file is not UTF-8: line {line} has the byte 0x{byte:02X}; save it as UTF-8 ({what})")
    })
}

/// The encoding that an XML file says it is in, where that is another than UTF-8.
fn declared(bytes: &[u8]) -> Option<&str> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let head = head.get(..head.len().min(200))?;
    let head = std::str::from_utf8(&head[..head.windows(2).position(|end| end == b"?>")?]).ok()?;
    let rest = head.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let name = rest.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    let good = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    (good && name.len() <= 40 && !name.eq_ignore_ascii_case("utf-8")).then_some(name)
}

/// A kind of file that is no text at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    /// A zip archive, as workbooks (.xlsx, .ods) are.
    Zip,
    /// One with nothing in it.
    EmptyZip,
    /// A workbook of old (.xls).
    Workbook,
    /// Compressed with gzip.
    Gzip,
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with xz.
    Xz,
    /// Compressed with zstd.
    Zstd,
    /// A 7z archive.
    SevenZip,
    /// A PDF document.
    Pdf,
}

impl Packed {
    /// What the file is, and what to do where it should be a table or where it should not.
    fn told(self, is_table: bool) -> &'static str {
        match self {
            Self::Zip if is_table => {
                "the file is a zip archive, which a workbook (.xlsx, .ods) is too; save the sheet as CSV in UTF-8"
            }
            Self::Zip => "the file is a zip archive; unpack it and give the file that is in it",
            Self::EmptyZip => "the file is an empty zip archive; unpacked files are read",
            Self::Workbook if is_table => "the file is an old workbook (.xls); save the sheet as CSV in UTF-8",
            Self::Workbook => "the file is an old Office document (.xls or .doc), which is not read",
            Self::Gzip => "the file is compressed (gzip); unpack it first",
            Self::Bzip2 => "the file is compressed (bzip2); unpack it first",
            Self::Xz => "the file is compressed (xz); unpack it first",
            Self::Zstd => "the file is compressed (zstd); unpack it first",
            Self::SevenZip => "the file is a 7z archive; unpack it and give the file that is in it",
            Self::Pdf => "the file is a PDF document, which is not read",
        }
    }
}

/// What it is and what to do, where nobody has said what it should be.
impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zip => {
                "the file is a zip archive, which a workbook (.xlsx, .ods) is too; save the sheet as CSV in UTF-8, or unpack \
                 the archive"
            }
            Self::EmptyZip
            | Self::Workbook
            | Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::Zstd
            | Self::SevenZip
            | Self::Pdf => self.told(true),
        })
    }
}

/// What is no text at all, by what it begins with.
pub(crate) fn packed(bytes: &[u8]) -> Option<Packed> {
    let signs: [(&[u8], Packed); 9] = [
        (b"PK\x03\x04", Packed::Zip),
        (b"PK\x05\x06", Packed::EmptyZip),
        (b"\xD0\xCF\x11\xE0", Packed::Workbook),
        (b"\x1F\x8B", Packed::Gzip),
        (b"BZh", Packed::Bzip2),
        (b"\xFD7zXZ\0", Packed::Xz),
        (b"\x28\xB5\x2F\xFD", Packed::Zstd),
        (b"7z\xBC\xAF\x27\x1C", Packed::SevenZip),
        (b"%PDF", Packed::Pdf),
    ];
    signs.into_iter().find(|(sign, _)| bytes.starts_with(sign)).map(|(_, packed)| packed)
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
        let said = text(bytes, true).unwrap_err();
        assert!(said.contains(expected), "{said}");
    }

    #[test]
    fn the_encoding_is_named() {
        assert_eq!(text("\u{FEFF}Ши".as_bytes(), true), Ok("Ши"));
        assert_eq!(text("Ши".as_bytes(), true), Ok("Ши"));
        assert_eq!(text(b"", true), Ok(""));
        says(b"\xFF\xFEa\0", "UTF-16; save it as UTF-8 (its bytes are in little-endian order)");
        says(b"\xFE\xFF\0a", "big-endian");
        says(b"k\0e\0y\0", "little-endian");
        says(b"\0k\0e\0y", "big-endian");
        says(
            b"key,name\n1,caf\xE9\n",
            "line 2 has the byte 0xE9; save it as UTF-8 (it looks like Windows-1252 or Latin-1, where that is \"é\")",
        );
        says(b"key\n\x93a\x94", "line 2 has the byte 0x93; save it as UTF-8 (it looks like Windows-1252)");
        for (head, what) in [
            ("<?xml version='1.0' encoding='windows-1251'?>", "(it says that it is windows-1251)"),
            ("<?xml version=\"1.0\" encoding = \"KOI8-R\" ?>", "(it says that it is KOI8-R)"),
            ("<?xml version='1.0' encoding='UTF-8'?>", "(it looks like Windows-1251)"),
            ("<?xml version='1.0' encoding='\u{1b}[2J'?>", "(it looks like Windows-1251)"),
            ("<?xml version='1.0'?><a encoding='x'>", "(it looks like Windows-1251)"),
        ] {
            says(&[head.as_bytes(), b"\n\xCF\xF0\xEE\xE3\xF0\xE0\xEC\xEC\xE0"].concat(), what);
        }
        // "Программа" as Windows has it in Cyrillic.
        says(b"key\n\xCF\xF0\xEE\xE3\xF0\xE0\xEC\xEC\xE0", "(it looks like Windows-1251)");
    }

    #[test]
    fn what_is_packed_is_refused() {
        says(b"PK\x03\x04\x14\0", "workbook (.xlsx, .ods)");
        says(b"PK\x05\x06\0\0", "zip");
        says(b"\xD0\xCF\x11\xE0\xA1\xB1", ".xls");
        says(b"\x1F\x8B\x08", "compressed (gzip); unpack it first");
        assert!(
            packed(b"PK\x03\x04")
                .unwrap()
                .to_string()
                .ends_with("save the sheet as CSV in UTF-8, or unpack the archive")
        );
        // Nobody has a sheet where a program was zipped.
        assert_eq!(
            text(b"PK\x03\x04\x14\0", false).unwrap_err(),
            "the file is a zip archive; unpack it and give the file that is in it"
        );
    }
}
