//! An ssh server that lets one key in.

use std::path::{Path, PathBuf};

use super::{Server, free_port, listens, run};

/// A server for whoever runs the test, with host and client keys of its own.
pub struct Sshd {
    _server: Server,
    directory: tempfile::TempDir,
    port: u16,
}

impl Sshd {
    /// Starts with a fresh client key, locked by a passphrase if one is given.
    pub fn start(passphrase: Option<&str>) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let home = directory.path();
        for (name, passphrase) in [("host", ""), ("client", passphrase.unwrap_or(""))] {
            let file = text(&home.join(name));
            run("ssh-keygen", "openssh-client", &["-q", "-t", "ed25519", "-N", passphrase, "-f", &file]);
        }
        let port = free_port();
        let home_text = text(home);
        let configuration = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {home_text}/host\nAuthorizedKeysFile {home_text}/client.pub\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\n"
        );
        let file = home.join("sshd_config");
        std::fs::write(&file, configuration).expect("a configuration can be written");
        // Where Debian's sshd, started by root, gives up its rights. Others need none.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut server = Server::start("sshd", "openssh-server", &["-D", "-e", "-f", &text(&file)], home);
        server.wait_until(|| listens(port));
        Self { _server: server, directory, port }
    }

    /// The private key that is let in.
    pub fn client_key(&self) -> PathBuf {
        self.directory.path().join("client")
    }

    /// A file that knows this server's key.
    pub fn known_hosts(&self) -> PathBuf {
        let key =
            std::fs::read_to_string(self.directory.path().join("host.pub")).expect("the host has a key");
        let file = self.directory.path().join("known_hosts");
        std::fs::write(&file, format!("[127.0.0.1]:{} {key}", self.port))
            .expect("known hosts can be written");
        file
    }

    /// The address of a repository on this machine.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://127.0.0.1:{}{}", self.port, text(repository))
    }
}

/// An agent that holds one key.
pub struct Agent {
    _server: Server,
    directory: tempfile::TempDir,
}

impl Agent {
    /// Starts an agent and gives it a key without a passphrase.
    pub fn start(key: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let socket = directory.path().join("agent");
        let mut server =
            Server::start("ssh-agent", "openssh-client", &["-D", "-a", &text(&socket)], directory.path());
        server.wait_until(|| socket.exists());
        // `ssh-add` finds its agent in the environment.
        run("env", "coreutils", &[&format!("SSH_AUTH_SOCK={}", text(&socket)), "ssh-add", "-q", &text(key)]);
        Self { _server: server, directory }
    }

    /// What `SSH_AUTH_SOCK` is to be.
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("agent")
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("temporary paths are plain text").to_owned()
}
