//! Signatures in a real registry: as the cosign program has pushed them, and, where they have to be wrong, as `openssl` signs.
//!
//! What is in `fixtures/cosign` is what cosign 2.6.5 left in a registry; its keys were thrown away.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use glu::core::gate::check::{Signed, key, signed_by};
use glu::core::gate::{Check, Verdict};
use glu::core::ledger::Sample;
use glu::core::model::{Fields, State, StateDigest};
use glu::core::settings::{OciSettings, Settings};
use glu::core::source::oci::Digest;
use glu::core::source::oci::layout::{ImageContent, publish};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::asked::{ERROR, MISTAKE, expect, sample_of};
use glu_tests::server::docker_registry::{CONFIG, DockerRegistry, INDEX, MANIFEST};
use glu_tests::server::scripted::{Answer, ScriptedServer};
use glu_tests::server::{certificates, find, free_port};

const P256: &str = include_str!("../../fixtures/cosign/p256.pub");
/// The image that all fixtures are about.
const DIGEST: &str = "sha256:8c4767c4c286092ede8a5328fb89b2959c4dca0ea191c760e746420f3c58327a";
const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn state(image: &str) -> State {
    let mut fields = Fields::new();
    fields.push("name", "shop".to_owned());
    fields.push("image", image.to_owned());
    State { digest: StateDigest::new("sha256:state"), label: "1".to_owned(), fields, drift: Vec::new() }
}

fn ask(check: &Signed, image: &str) -> Sample {
    sample_of(check, None, &state(image), Settings::default())
}

struct World {
    registry: DockerRegistry,
    home: TempDir,
}

impl World {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        Self { registry: DockerRegistry::start(&home.path().join("storage")), home }
    }

    /// Pushes what cosign left in a registry, and gives the image's reference.
    fn fixture(&self, name: &str) -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/cosign/{name}.json"));
        let fixture: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        self.registry.push_blob(name, "", &[0; 1024]);
        for blob in fixture["blobs"].as_array().unwrap() {
            self.registry.push_blob(name, "", blob.as_str().unwrap().as_bytes());
        }
        for manifest in fixture["manifests"].as_array().unwrap() {
            let text = |key: &str| manifest[key].as_str().unwrap();
            self.registry.push_text(name, text("reference"), text("media_type"), text("content"));
        }
        format!("{}/{name}@{DIGEST}", self.registry.host())
    }

    /// An image without a signature, by its reference and digest.
    fn image(&self, name: &str) -> (String, String) {
        let digest = self.registry.push_image(name, "1", &json!({"for": name})).digest.to_string();
        (format!("{}/{name}@{digest}", self.registry.host()), digest)
    }

    /// Pushes signatures as cosign does: payloads, with what is signed beside them.
    fn sign(&self, name: &str, digest: &str, signed: &[(String, Vec<u8>)]) {
        let layers: Vec<Value> = signed
            .iter()
            .map(|(payload, signature)| {
                let mut layer = self.registry.push_blob(name, PAYLOAD, payload.as_bytes());
                layer["annotations"] =
                    json!({"dev.cosignproject.cosign/signature": STANDARD.encode(signature)});
                layer
            })
            .collect();
        let config = self.registry.push_blob(name, CONFIG, b"{}");
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        let tag = digest.replace(':', "-") + ".sig";
        self.registry.push_manifest(name, &tag, MANIFEST, &manifest);
    }

    fn signer(&self) -> Signer {
        Signer::new(self.home.path())
    }
}

/// A key that `openssl` made and signs with.
struct Signer {
    private: PathBuf,
    public: String,
}

impl Signer {
    fn new(home: &std::path::Path) -> Self {
        let private = home.join(format!("{}.pem", std::fs::read_dir(home).unwrap().count()));
        let text = private.to_str().unwrap();
        openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", text], b"");
        let public = String::from_utf8(openssl(&["pkey", "-in", text, "-pubout"], b"")).unwrap();
        Self { private, public }
    }

    fn sign(&self, message: &str) -> (String, Vec<u8>) {
        let arguments = ["dgst", "-sha256", "-sign", self.private.to_str().unwrap()];
        (message.to_owned(), openssl(&arguments, message.as_bytes()))
    }

    fn check(&self) -> Signed {
        signed_by(key(&self.public))
    }
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(find("openssl", "openssl"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

fn payload(digest: &str) -> String {
    json!({
        "critical": {
            "identity": {"docker-reference": "r.io/app"}, "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        },
        "optional": null,
    })
    .to_string()
}

#[test]
fn what_cosign_signed_is_signed() {
    let world = World::new();
    let stranger = world.signer();
    for name in ["classic", "bundle", "referrer"] {
        let image = world.fixture(name);
        let signed = ask(&signed_by(key(P256)), &image);
        expect(&signed, Verdict::Pass, &format!("{image} is signed"));
        assert_eq!(signed.evidence["signatures"][0]["worth"], "it is good", "{signed:?}");
        let other = ask(&stranger.check(), &image);
        expect(&other, Verdict::Fail, "has one signature, and it is not by the key, or was tampered with");
        expect(&ask(&stranger.check().or(key(P256)), &image), Verdict::Pass, "is signed");
    }
}

#[test]
fn an_attestation_is_no_signature() {
    let world = World::new();
    let image = world.fixture("attested");
    expect(
        &ask(&signed_by(key(P256)), &image),
        Verdict::Fail,
        "it is no signature of an image, but `https://cosign",
    );
}

#[test]
fn a_signature_is_of_one_image_alone() {
    let world = World::new();
    let (signer, stranger) = (world.signer(), world.signer());
    let (image, digest) = world.image("app");
    expect(&ask(&signer.check(), &image), Verdict::Fail, "has no signature");

    world.sign("app", &digest, &[stranger.sign(&payload(&digest))]);
    expect(&ask(&signer.check(), &image), Verdict::Fail, "not by the key, or was tampered with");
    world.sign("app", &digest, &[stranger.sign(&payload(&digest)), signer.sign(&payload(&digest))]);
    expect(&ask(&signer.check(), &image), Verdict::Pass, "is signed");

    // A good signature of another image, put where this one's would be.
    let (other, other_digest) = world.image("other");
    world.sign("other", &other_digest, &[signer.sign(&payload(&digest))]);
    let moved = ask(&signer.check(), &other);
    expect(&moved, Verdict::Fail, &format!("it is by the key, but of {digest}"));

    // What was signed, changed afterwards.
    let (_, signature) = signer.sign(&payload(&digest));
    world.sign("other", &other_digest, &[(payload(&other_digest), signature)]);
    expect(&ask(&signer.check(), &other), Verdict::Fail, "tampered with");

    // Not what it says it is.
    let wrong = payload(&digest).replace("cosign container image signature", "a receipt");
    world.sign("app", &digest, &[signer.sign(&wrong)]);
    expect(&ask(&signer.check(), &image), Verdict::Fail, "no signature of an image, but `a receipt`");
    world.sign("app", &digest, &[signer.sign("{}")]);
    expect(&ask(&signer.check(), &image), Verdict::Fail, "its payload is malformed");
    let (text, mut signature) = signer.sign(&payload(&digest));
    signature.truncate(20);
    world.sign("app", &digest, &[(text, signature)]);
    expect(&ask(&signer.check(), &image), Verdict::Fail, "not by the key");
}

#[test]
fn a_bundle_is_about_its_subject_and_of_its_kind() {
    let world = World::new();
    let signer = world.signer();
    let (image, digest) = world.image("app");
    let bundle = |statement: &Value, kind: &str| {
        let statement = statement.to_string();
        let encoded = format!("DSSEv1 {} {kind} {} {statement}", kind.len(), statement.len());
        let (_, signature) = signer.sign(&encoded);
        let envelope = json!({
            "payload": STANDARD.encode(&statement), "payloadType": kind, "signatures": [{"sig": STANDARD.encode(signature)}],
        });
        json!({"mediaType": BUNDLE, "verificationMaterial": {"publicKey": {"hint": "x"}}, "dsseEnvelope": envelope})
    };
    let attach = |bundle: &Value| {
        let layer = world.registry.push_blob("app", BUNDLE, bundle.to_string().as_bytes());
        let config = world.registry.push_blob("app", "application/vnd.oci.empty.v1+json", b"{}");
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
        let pushed = world.registry.push_manifest("app", "bundle", MANIFEST, &manifest);
        let entry = json!({"mediaType": MANIFEST, "digest": pushed.digest, "size": pushed.size});
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
        world.registry.push_manifest("app", &digest.replace(':', "-"), INDEX, &index);
        ask(&signer.check(), &image)
    };
    let statement = |hex: &str, predicate: &str| {
        json!({
            "_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": hex}}], "predicateType": predicate,
        })
    };
    let (hex, sign) = (&digest["sha256:".len()..], "https://sigstore.dev/cosign/sign/v1");
    let in_toto = "application/vnd.in-toto+json";
    let good = bundle(&statement(hex, sign), in_toto);
    expect(&attach(&good), Verdict::Pass, "is signed");
    let other = bundle(&statement(&"0".repeat(64), sign), in_toto);
    expect(&attach(&other), Verdict::Fail, "by the key, but of sha256:0000");
    let provenance = bundle(&statement(hex, "https://slsa.dev/provenance/v1"), in_toto);
    expect(&attach(&provenance), Verdict::Fail, "but `https://slsa.dev/provenance/v1`");
    expect(&attach(&bundle(&statement(hex, sign), "text/plain")), Verdict::Fail, "but `text/plain`");
    let mut swapped = good.clone();
    swapped["dsseEnvelope"]["payload"] = json!(STANDARD.encode(statement(hex, sign).to_string() + " "));
    expect(&attach(&swapped), Verdict::Fail, "tampered with");
    expect(&attach(&json!({"mediaType": BUNDLE})), Verdict::Fail, "no statement in an envelope");
}

#[test]
fn every_image_of_the_state_has_to_be_signed() {
    let world = World::new();
    let signer = world.signer();
    let ((one, digest), (two, other)) = (world.image("one"), world.image("two"));
    world.sign("one", &digest, &[signer.sign(&payload(&digest))]);
    let mut state = state(&one);
    state.fields.push("sidecar", two.clone());
    let ask = |check: &Signed| sample_of(check, None, &state, Settings::default());
    expect(&ask(&signer.check()), Verdict::Fail, &format!("{two} has no signature"));
    expect(&ask(&signer.check().image("{image}")), Verdict::Pass, "is signed");
    world.sign("two", &other, &[signer.sign(&payload(&other))]);
    expect(&ask(&signer.check()), Verdict::Pass, "2 images are signed");
    expect(&ask(&signer.check().image("r.io/app:1")), MISTAKE, "is not pinned to a digest");
    expect(&ask(&signer.check().image("{nothing}")), MISTAKE, "no placeholder");
}

#[test]
fn what_cannot_be_looked_at_is_an_error_and_no_verdict() {
    let home = TempDir::new().unwrap();
    let signer = Signer::new(home.path());
    let dead = format!("localhost:{}/app@{DIGEST}", free_port());
    expect(&ask(&signer.check(), &dead), ERROR, "cannot reach");
    expect(
        &ask(&signer.check(), "r.io/app:1"),
        MISTAKE,
        "no field of the state names an image by its digest",
    );
    expect(&ask(&signed_by(key("no/such.pub")), &dead), ERROR, "the key `no/such.pub` cannot be read");
    let private = signed_by(key("-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----"));
    let refused = ask(&private, &dead);
    expect(&refused, MISTAKE, "a private key");
    assert!(!format!("{refused:?} {}", private.specification()).contains("s3cret"));
}

#[test]
fn a_source_says_how_to_reach_the_registry_that_its_images_are_in() {
    let home = TempDir::new().unwrap();
    let storage = home.path().join("storage");
    let authority = certificates::authority(home.path(), "authority");
    let server = certificates::localhost(home.path(), &authority);
    let signer = Signer::new(home.path());
    let plain = World { registry: DockerRegistry::start(&storage), home: TempDir::new().unwrap() };
    let (_, digest) = plain.image("app");
    plain.sign("app", &digest, &[signer.sign(&payload(&digest))]);
    drop(plain);
    let tls = json!({"tls": {"certificate": server.certificate, "key": server.key}});
    let registry = DockerRegistry::start_with(&storage, &tls, &json!({}));
    let image = format!("{}/app@{digest}", registry.host());
    expect(&ask(&signer.check(), &image), ERROR, "");
    let source = OciSettings {
        reference: format!("{}/app:latest", registry.host()),
        ca_cert_path: Some(authority.certificate.clone()),
        ..OciSettings::default()
    };
    let settings = Settings { oci: [("app".to_owned(), source)].into(), ..Settings::default() };
    expect(&sample_of(&signer.check(), None, &state(&image), settings), Verdict::Pass, "is signed");
}

#[test]
fn an_image_of_a_layout_is_looked_for_there() {
    let home = TempDir::new().unwrap();
    let signer = Signer::new(home.path());
    let directory = home.path().join("images").join("shop");
    let digest = publish(&directory, "latest", &ImageContent::default()).unwrap();
    let source = OciSettings {
        reference: "oci:images/shop".to_owned(),
        base: home.path().to_owned(),
        ..OciSettings::default()
    };
    let settings = Settings { oci: [("app".to_owned(), source)].into(), ..Settings::default() };
    let unsigned = sample_of(&signer.check(), None, &state(&format!("shop@{digest}")), settings);
    expect(&unsigned, Verdict::Fail, &format!("shop@{digest} has no signature"));
}

#[test]
fn a_signature_that_cannot_be_read_might_have_been_the_good_one() {
    let home = TempDir::new().unwrap();
    let signer = Signer::new(home.path());
    let answer = |blob: u16, list: u16| {
        let content = payload(DIGEST);
        let layer = json!({"mediaType": PAYLOAD, "digest": Digest::sha256_of(content.as_bytes()), "size": content.len()});
        let config = json!({"mediaType": CONFIG, "digest": Digest::sha256_of(b"{}"), "size": 2});
        let manifest =
            json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]});
        let server = ScriptedServer::start(move |_, asked| match asked.target.as_str() {
            target if target.ends_with(".sig") => {
                Answer::new(200, manifest.to_string()).header("content-type", MANIFEST)
            }
            target if target.contains("/blobs/") => Answer::new(blob, "tampered with"),
            _ => Answer::new(list, ""),
        });
        ask(&signer.check(), &format!("{}/app@{DIGEST}", server.host()))
    };
    expect(&answer(410, 404), ERROR, "answered with status 410");
    expect(&answer(403, 404), ERROR, "forbids");
    // What comes, and is not what its digest says, was no signature.
    expect(&answer(200, 404), Verdict::Fail, "bytes where");
    // Nor is the image unsigned where nobody may look.
    expect(&answer(200, 403), ERROR, "forbids");
}
