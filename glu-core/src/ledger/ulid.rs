//! The time that an event's identifier carries (github.com/ulid/spec).

use jiff::Timestamp;

/// The time in an identifier, or nothing where it is no ULID in its canonical form.
pub(crate) fn time(identifier: &str) -> Option<Timestamp> {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    let bytes = identifier.as_bytes();
    // 26 digits of five bits are two bits more than an identifier has.
    if bytes.len() != 26 || bytes[0] > b'7' || !bytes.iter().all(|byte| digit(*byte).is_some()) {
        return None;
    }
    let milliseconds =
        bytes[..10].iter().try_fold(0_i64, |time, byte| Some(time * 32 + digit(*byte)? as i64))?;
    Timestamp::from_millisecond(milliseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_identifiers_have_a_time() {
        // The specification's own example.
        let time_of = |identifier: &str| time(identifier).map(Timestamp::as_millisecond);
        assert_eq!(time_of("01ARYZ6S41TSV4RRFFQ69G5FAV"), Some(1_469_918_176_385));
        for wrong in [
            "",
            "01ARYZ6S41",
            "01aryz6s41tsv4rrffq69g5fav",
            "81ARYZ6S41TSV4RRFFQ69G5FAV",
            "01ARYZ6S41TSV4RRFFQ69G5FAU",
        ] {
            assert_eq!(time_of(wrong), None, "{wrong}");
        }
    }
}
