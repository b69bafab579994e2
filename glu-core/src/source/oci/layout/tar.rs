//! A layer's archive, in the oldest format that every tool reads (POSIX.1-1988 `ustar`).

use std::collections::BTreeMap;

const BLOCK: usize = 512;

/// Packs files into an archive without times or owners.
pub(super) fn archive(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, String> {
    let mut archive = Vec::new();
    for (path, content) in files {
        let is_relative = path.split('/').all(|component| !matches!(component, "" | "." | ".."));
        if !is_relative || path.len() > 100 {
            return Err(format!("`{path}` is no relative path of at most 100 bytes"));
        }
        archive.extend(header(path, content.len()));
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    Ok(archive)
}

fn header(path: &str, size: usize) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut put =
        |offset: usize, text: &str| header[offset..offset + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "00000000000\0");
    // The checksum counts its own field as blanks.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
