//! Real servers for tests, each with a configuration of its own on a free port, gone with the test.

pub mod api_server;
pub mod certificates;
pub mod docker_registry;
pub mod http_git;
pub mod scripted;
pub mod sshd;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A server's process; dropping it ends it.
pub struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts a program. It is looked for where servers are installed, and its absence names the Debian package.
    pub fn start(name: &'static str, package: &str, arguments: &[&str], directory: &Path) -> Self {
        let log = directory.join(format!("{name}.out"));
        let output = std::fs::File::create(&log).expect("the server's log can be created");
        let mut command = command(&find(name, package));
        // Its own children go down with it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the server's log can be shared"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child, log }
    }

    /// Waits until `ready` says so.
    pub fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !ready() {
            let ended = self.child.try_wait().expect("the server's process can be asked");
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                panic!("{} is not ready ({ended:?}): {log}", self.name);
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = self.child.id();
        let signal = |name: &str| {
            let script = format!("kill -s {name} -- -{group} 2>/dev/null");
            let _ = command(Path::new("/bin/sh")).args(["-c", &script]).status();
        };
        signal("TERM");
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(5));
        }
        signal("KILL");
        let _ = self.child.wait();
    }
}

/// Runs a program to its end, which must be a good one.
pub fn run(name: &str, package: &str, arguments: &[&str]) {
    let output = command(&find(name, package)).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// Whether somebody listens on the port.
pub fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Finds a program on the path or where the system's own are.
pub fn find(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories =
        std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    let found = directories.map(|directory| directory.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("this test needs `{name}`: install the package {package}"))
}

#[expect(clippy::disallowed_methods, reason = "a server outlives the call that starts it")]
fn command(program: &Path) -> Command {
    Command::new(program)
}
