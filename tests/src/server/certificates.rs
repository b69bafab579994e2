//! Keys, certificates and signed tokens, made by the `openssl` program.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A private key and a certificate, PEM.
#[derive(Clone)]
pub struct Pair {
    /// The key's file.
    pub key: PathBuf,
    /// The certificate's file.
    pub certificate: PathBuf,
}

/// Makes a certificate authority.
pub fn authority(directory: &Path, name: &str) -> Pair {
    let pair = pair(directory, name);
    let mut command = openssl("req -x509 -newkey rsa:2048 -nodes -days 2");
    command
        .arg("-subj")
        .arg(format!("/CN={name}"))
        .arg("-keyout")
        .arg(&pair.key)
        .arg("-out")
        .arg(&pair.certificate);
    run(command, b"");
    pair
}

/// Makes a certificate for `localhost` that an authority has signed.
pub fn localhost(directory: &Path, authority: &Pair) -> Pair {
    let pair = pair(directory, "localhost");
    let mut command = openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost");
    command.args([
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    command.arg("-CA").arg(&authority.certificate).arg("-CAkey").arg(&authority.key);
    command.arg("-keyout").arg(&pair.key).arg("-out").arg(&pair.certificate);
    run(command, b"");
    pair
}

/// Makes a certificate by which an authority knows a client, a member of some group.
pub fn client(directory: &Path, authority: &Pair, name: &str, group: &str) -> Pair {
    let pair = pair(directory, name);
    let mut command = openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2");
    command.arg("-subj").arg(format!("/O={group}/CN={name}"));
    command.args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=clientAuth"]);
    command.arg("-CA").arg(&authority.certificate).arg("-CAkey").arg(&authority.key);
    command.arg("-keyout").arg(&pair.key).arg("-out").arg(&pair.certificate);
    run(command, b"");
    pair
}

/// Signs a token that lets its bearer read one repository.
pub fn token(signer: &Pair, service: &str, issuer: &str, repository: Option<&str>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let certificate = fs::read_to_string(&signer.certificate).unwrap();
    let certificate: String = certificate.lines().filter(|line| !line.starts_with('-')).collect();
    let access: Vec<Value> = repository
        .map(|name| json!({ "type": "repository", "name": name, "actions": ["pull"] }))
        .into_iter()
        .collect();
    let header = json!({ "typ": "JWT", "alg": "RS256", "x5c": [certificate] });
    let claims = json!({
        "iss": issuer, "sub": "reader", "aud": service, "jti": "1",
        "exp": now + 300, "nbf": now - 10, "iat": now - 10, "access": access,
    });
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let mut command = openssl("dgst -sha256 -sign");
    command.arg(&signer.key);
    let signature = run(command, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn pair(directory: &Path, name: &str) -> Pair {
    Pair { key: directory.join(format!("{name}.key")), certificate: directory.join(format!("{name}.pem")) }
}

fn openssl(arguments: &str) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' '));
    command
}

fn run(mut command: Command, input: &[u8]) -> Vec<u8> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let spawned = command.spawn();
    let mut child = spawned.unwrap_or_else(|error| {
        panic!("cannot start `openssl` ({error}); install the Debian package `openssl`")
    });
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
