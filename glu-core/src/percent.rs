//! Percent-encoding, undone.

/// What a text says whose odd bytes are written as `%` and two digits. What only looks like that stays.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_the_rest_stays() {
        assert_eq!(decode("my%20shop%2fa"), "my shop/a");
        assert_eq!(decode("%C3%BC%c3%bc ü"), "üü ü");
        assert_eq!(decode("100%, %zz, %4"), "100%, %zz, %4");
    }
}
