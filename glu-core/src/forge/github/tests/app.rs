//! Apps, with a real key, whose signature somebody else verifies.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Place, place};
use crate::credential::{Credential, PrivateKey, Secret};
use crate::forge::Forge as _;
use crate::forge::client::Limits;
use crate::forge::github::{Connection, GitHub};
use crate::process::Process;
use crate::testing::forge::github::APP;

fn openssl(place: &Place, arguments: &str) {
    let process = Process::new("openssl", "making a key for a test", "install openssl");
    let finished = process.arguments(arguments.split(' ')).directory(place.directory.path()).run().unwrap();
    assert_eq!(finished.code, 0, "{arguments}");
}

fn app(key: PrivateKey) -> Credential {
    Credential::GithubApp { app_id: APP.0, installation_id: APP.1, key }
}

fn key(place: &Place) -> PrivateKey {
    openssl(place, "genrsa -traditional -out key.pem 2048");
    PrivateKey::Path(place.directory.path().join("key.pem"))
}

fn token_requests(place: &Place) -> usize {
    let requests = place.server.server().requests();
    requests.iter().filter(|request| request.path.ends_with("/access_tokens")).count()
}

#[test]
fn an_app_proves_itself_and_works_with_a_token_of_its_installation() {
    let place = place();
    let github = place.server.connect_as(app(key(&place)));
    assert_eq!(github.find("change", "main").unwrap(), None);
    github.find("change", "main").unwrap();
    assert_eq!(token_requests(&place), 1, "the token is kept");
    let requests = place.server.server().requests();
    assert_eq!(
        requests[0].json(),
        json!({
            "repositories": ["environments"],
            "permissions": {
                "checks": "read", "contents": "write", "deployments": "write", "pull_requests": "write",
                "statuses": "write",
            },
        })
    );
    assert!(requests[1].header("authorization").unwrap().starts_with("Bearer ghs_"));

    // Somebody else verifies the signature.
    let proof = requests[0].header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    let (message, signature) = proof.rsplit_once('.').unwrap();
    place.directory.write("message", message);
    place.directory.write("signature", URL_SAFE_NO_PAD.decode(signature).unwrap());
    openssl(&place, "rsa -in key.pem -pubout -out public.pem");
    openssl(&place, "dgst -sha256 -verify public.pem -signature signature message");
}

#[test]
fn a_token_is_replaced_before_it_runs_out_and_when_it_is_revoked() {
    let place = place();
    let github = place.server.connect_as(app(key(&place)));
    github.find("change", "main").unwrap();
    place.clock.advance(Duration::from_secs(54 * 60));
    github.find("change", "main").unwrap();
    assert_eq!(token_requests(&place), 1);
    place.clock.advance(Duration::from_secs(2 * 60));
    github.find("change", "main").unwrap();
    assert_eq!(token_requests(&place), 2);
    place.server.revoke_tokens();
    github.find("change", "main").unwrap();
    assert_eq!(token_requests(&place), 3);
}

#[test]
fn an_app_that_may_less_asks_for_less() {
    let place = place();
    place.server.revoke("deployments");
    let github = place.server.connect_as(app(key(&place)));
    github.find("change", "main").unwrap();
    let requests = place.server.server().requests();
    let last = requests.iter().rfind(|request| request.path.ends_with("/access_tokens")).unwrap();
    assert_eq!(
        last.json()["permissions"],
        json!({"checks": "read", "contents": "write", "pull_requests": "write", "statuses": "write"})
    );
}

#[test]
fn a_key_that_is_none_is_refused_before_anything_is_asked_and_not_shown() {
    let place = place();
    openssl(&place, "ecparam -name prime256v1 -genkey -noout -out curve.pem");
    openssl(&place, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pkcs8.pem");
    let file = |name: &str| std::fs::read_to_string(place.directory.path().join(name)).unwrap();
    let connect = |key: PrivateKey| {
        GitHub::connect(&Connection {
            api: place.server.api(),
            repository: "acme/environments".to_owned(),
            credential: Some(app(key)),
            ca_cert_path: None,
            insecure_skip_tls: false,
            clock: place.clock.clone(),
            limits: Limits::default(),
        })
        .map(Arc::new)
        .map_err(|error| error.to_string())
    };
    assert!(connect(PrivateKey::Text(Secret::new(file("pkcs8.pem")))).unwrap().find("a", "b").is_ok());
    let refused = |key: PrivateKey| connect(key).err().unwrap();
    assert!(refused(PrivateKey::Text(Secret::new(file("curve.pem")))).ends_with("it is no RSA key"));
    let text = refused(PrivateKey::Text(Secret::new("s3cr3t")));
    assert!(text.ends_with("it is no private key in PEM"), "{text}");
    assert!(refused(PrivateKey::Path("missing.pem".into())).contains("cannot read `missing.pem`"));
}
