use super::super::signature::Key;
use crate::credential::Secret;

fn sign(secret: &str, id: &str, timestamp: i64, body: &str) -> String {
    Key::parse(&Secret::new(secret)).unwrap().sign(id, timestamp, body.as_bytes())
}

#[test]
fn the_published_example_holds() {
    // docs.svix.com, "Verifying webhooks manually", by those who wrote the scheme.
    let body = r#"{"event_type":"ping","data":{"success":true}}"#;
    assert_eq!(
        sign("whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1_731_705_121, body),
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
    );
}

#[test]
fn any_other_text_is_the_key_itself() {
    // By `openssl dgst -sha256 -hmac 'shared words' -binary | base64`.
    let expected = "v1,SP0CFESQdGeFQ3ocIN3flr1N/xGkk9SHYfpiBuaM+AM=";
    assert_eq!(sign("shared words", "01J", 1_767_268_800, r#"{"a":"é"}"#), expected);
    assert_eq!(sign(" shared words\n", "01J", 1_767_268_800, r#"{"a":"é"}"#), expected);
}

#[test]
fn keys_that_are_none_are_refused() {
    for wrong in ["", "  ", "whsec_", "whsec_not base64", "whsec_YWJj="] {
        assert!(Key::parse(&Secret::new(wrong)).is_err(), "{wrong:?}");
    }
}
