//! Signing in to real registries, one with passwords of its own, one with a token service.

use std::fs;
use std::path::Path;
use std::process::Command;

use glu::core::credential::{Credential, Secret};
use glu::core::settings::OciSettings;
use glu::core::source::oci::{Digest, DockerLocation, Image, OciError, open_with};
use serde_json::json;
use tempfile::TempDir;

use super::{basic, open_as};
use glu_tests::server::certificates::{self, Pair};
use glu_tests::server::docker_registry::DockerRegistry;
use glu_tests::server::scripted::{Answer, Asked, ScriptedServer};

/// The user `reader` with the password `s3cret`, by `htpasswd -B`.
const READER: &str = "reader:$2y$05$w.01d4ZnzEOPqmrAhSq27.SG4wAjFbGNZ6ffw0yRLsTX1g19sgWhW";
/// `reader:s3cret`, by coreutils' base64.
const BASIC: &str = "Basic cmVhZGVyOnMzY3JldA==";

struct Fixture {
    registry: DockerRegistry,
    digest: Digest,
    home: TempDir,
    _storage: TempDir,
}

fn password_registry() -> Fixture {
    let (storage, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let digest = DockerRegistry::start(storage.path()).push_image("org/app", "latest", &json!({})).digest;
    let passwords = home.path().join("htpasswd");
    fs::write(&passwords, READER).unwrap();
    let auth = json!({ "htpasswd": { "realm": "test", "path": passwords } });
    let registry = DockerRegistry::start_with(storage.path(), &json!({}), &auth);
    Fixture { registry, digest, home, _storage: storage }
}

impl Fixture {
    fn reference(&self) -> String {
        format!("{}/org/app", self.registry.host())
    }

    fn resolve(&self, credential: Option<Credential>) -> Result<Image, OciError> {
        let images = open_as(&self.reference(), credential);
        images.resolve(images.selector())
    }

    fn resolve_with(
        &self,
        credential: Option<Credential>,
        docker: DockerLocation,
    ) -> Result<Image, OciError> {
        let settings = OciSettings { reference: self.reference(), credential, ..OciSettings::default() };
        let images = open_with(&settings, docker)?;
        images.resolve(images.selector())
    }

    /// Docker's configuration with some content.
    fn docker(&self, content: &serde_json::Value) -> DockerLocation {
        let path = self.home.path().join("config.json");
        fs::write(&path, content.to_string()).unwrap();
        DockerLocation { files: vec![path], helpers: Some(self.home.path().to_owned()) }
    }
}

/// A credential helper that writes what it was asked into a file and prints an answer.
fn write_helper(directory: &Path, name: &str, answer: &str, status: i32) {
    let path = directory.join(format!("docker-credential-{name}"));
    let asked = directory.join("asked");
    let script =
        format!("#!/bin/sh\necho \"$1 $(cat)\" > '{}'\necho '{answer}'\nexit {status}\n", asked.display());
    // Another process writes the program: a file that this one had open for writing could be inherited by a process which another
    // test starts meanwhile, and could not be executed until that one is gone.
    let source = directory.join("script");
    fs::write(&source, script).unwrap();
    assert!(Command::new("install").arg("-m755").args([source, path]).status().unwrap().success());
}

#[test]
fn passwords_open_a_registry() {
    let fixture = password_registry();
    let images = open_as(&fixture.reference(), basic("reader", "s3cret"));
    assert_eq!(images.resolve(images.selector()).unwrap().digest, fixture.digest);
    assert_eq!(images.tags().unwrap(), ["latest"]);
}

#[test]
fn a_refusal_says_who_was_refused_and_what_to_do() {
    let fixture = password_registry();
    let host = fixture.registry.host();
    let refused = |credential, tried: &str| {
        let error = fixture.resolve(credential).unwrap_err();
        let expected = format!(
            "`{host}/org/app:latest`: the registry refused {tried}; \
             run `docker login {host}` or give the source a `credential`"
        );
        assert_eq!(error.to_string(), expected);
    };
    refused(None, "anonymous access");
    refused(basic("reader", "wr0ng"), "the user `reader`");
    refused(Some(Credential::AccessToken(Secret::new("t0ken"))), "the access token");
    refused(Some(Credential::DockerLocal), "anonymous access, since Docker knows no login for it");
}

#[test]
fn what_docker_login_wrote_opens_a_registry() {
    let fixture = password_registry();
    let host = fixture.registry.host();
    let docker = fixture.docker(&json!({ "auths": { host: { "auth": &BASIC["Basic ".len()..] } } }));
    for credential in [Some(Credential::DockerLocal), None] {
        assert_eq!(fixture.resolve_with(credential, docker.clone()).unwrap().digest, fixture.digest);
    }
}

#[test]
fn a_credential_helper_opens_a_registry() {
    let fixture = password_registry();
    let host = fixture.registry.host();
    write_helper(fixture.home.path(), "vault", r#"{"Username": "reader", "Secret": "s3cret"}"#, 0);
    for content in [json!({ "credsStore": "vault" }), json!({ "credHelpers": { (host.as_str()): "vault" } })]
    {
        let docker = fixture.docker(&content);
        let image = fixture.resolve_with(Some(Credential::DockerLocal), docker).unwrap();
        assert_eq!(image.digest, fixture.digest);
        let asked = fixture.home.path().join("asked");
        assert_eq!(fs::read_to_string(&asked).unwrap(), format!("get {host}\n"));
        fs::remove_file(asked).unwrap();
    }
}

#[test]
fn a_credential_helper_that_fails_is_named() {
    let fixture = password_registry();
    let docker = fixture.docker(&json!({ "credsStore": "vault" }));
    write_helper(fixture.home.path(), "vault", "credentials not found in native keychain", 1);
    let error = fixture.resolve_with(None, docker.clone()).unwrap_err();
    assert!(error.to_string().contains("refused anonymous access;"), "{error}");

    write_helper(fixture.home.path(), "vault", "the vault is sealed", 1);
    let error = fixture.resolve_with(None, docker.clone()).unwrap_err();
    assert!(matches!(error, OciError::Unauthorized { .. }), "{error}");
    assert!(error.to_string().contains("`docker-credential-vault` failed: the vault is sealed"), "{error}");
    let error = fixture.resolve_with(Some(Credential::DockerLocal), docker).unwrap_err();
    assert!(matches!(error, OciError::DockerConfiguration { .. }), "{error}");
}

const SERVICE: &str = "the registry";
const ISSUER: &str = "the token service";
const SCOPE: &str = "scope=repository%3Aorg%2Fapp%3Apull";

/// A token service as the registry's documentation describes one, for the user `reader`, her identity token, and the access token `t0ken`.
fn token_service(signer: Pair) -> ScriptedServer {
    ScriptedServer::start(move |_, asked: &Asked| {
        let is_reader = match (asked.method.as_str(), asked.header("authorization")) {
            ("GET", Some(authorization)) => {
                // The second is `oauth2accesstoken:t0ken`.
                if ![BASIC, "Basic b2F1dGgyYWNjZXNzdG9rZW46dDBrZW4="].contains(&authorization) {
                    return Answer::new(401, "{}");
                }
                true
            }
            ("GET", None) => false,
            _ => {
                if !asked.body.contains("grant_type=refresh_token")
                    || !asked.body.contains("refresh_token=1dentity")
                {
                    return Answer::new(401, "{}");
                }
                true
            }
        };
        let asks = asked.target.contains(SCOPE) || asked.body.contains(SCOPE);
        let token = certificates::token(&signer, SERVICE, ISSUER, (is_reader && asks).then_some("org/app"));
        let key = if asked.method == "GET" { "token" } else { "access_token" };
        Answer::new(200, json!({ (key): token }).to_string())
    })
}

fn token_registry() -> (Fixture, ScriptedServer) {
    let (storage, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let digest = DockerRegistry::start(storage.path()).push_image("org/app", "latest", &json!({})).digest;
    let signer = certificates::authority(home.path(), "signer");
    let service = token_service(signer.clone());
    let auth = json!({ "token": {
        "realm": format!("http://{}/token", service.host()), "service": SERVICE, "issuer": ISSUER,
        "rootcertbundle": signer.certificate,
    }});
    let registry = DockerRegistry::start_with(storage.path(), &json!({}), &auth);
    (Fixture { registry, digest, home, _storage: storage }, service)
}

#[test]
fn a_token_is_fetched_once_and_kept() {
    let (fixture, service) = token_registry();
    let images = open_as(&fixture.reference(), basic("reader", "s3cret"));
    assert_eq!(images.resolve(images.selector()).unwrap().digest, fixture.digest);
    assert_eq!(images.tags().unwrap(), ["latest"]);
    let asked = service.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].target, format!("/token?service=the%20registry&{SCOPE}"));
}

#[test]
fn an_access_token_and_an_identity_token_are_exchanged() {
    let (fixture, service) = token_registry();
    let token = Some(Credential::AccessToken(Secret::new("t0ken")));
    assert_eq!(fixture.resolve(token).unwrap().digest, fixture.digest);

    let docker =
        fixture.docker(&json!({ "auths": { (fixture.registry.host()): { "identitytoken": "1dentity" } } }));
    assert_eq!(fixture.resolve_with(None, docker).unwrap().digest, fixture.digest);
    write_helper(fixture.home.path(), "vault", r#"{"Username": "<token>", "Secret": "1dentity"}"#, 0);
    let docker = fixture.docker(&json!({ "credsStore": "vault" }));
    assert_eq!(fixture.resolve_with(None, docker).unwrap().digest, fixture.digest);
    let methods: Vec<String> = service.asked().into_iter().map(|asked| asked.method).collect();
    assert_eq!(methods, ["GET", "POST", "POST"]);
}

#[test]
fn a_token_service_that_refuses_ends_in_a_refusal() {
    let (fixture, _service) = token_registry();
    for credential in [None, basic("reader", "wr0ng"), Some(Credential::AccessToken(Secret::new("0ther")))] {
        let error = fixture.resolve(credential).unwrap_err();
        assert!(matches!(error, OciError::Unauthorized { .. }), "{error}");
    }
}
