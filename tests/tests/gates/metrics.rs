//! A real Prometheus with metrics that were loaded by `promtool`.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::asked::NOW;

const NEED: &str = "this test needs `prometheus` and `promtool`: on Debian, the package `prometheus`";
/// Seconds between points.
const STEP: i64 = 15;
/// For how long there are points.
const HOURS: i64 = 7;

/// A running server. It ends with this value.
pub struct Server {
    child: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with this web configuration.
    pub fn start_with(web: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(blocks(), &directory.path().join("data"));
        std::fs::write(directory.path().join("prometheus.yml"), "global: {}\n").unwrap();
        std::fs::write(directory.path().join("web.yml"), web).unwrap();
        // Between asking for a free port and taking it, somebody else may.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = Command::new("prometheus")
                .current_dir(directory.path())
                .args(["--config.file=prometheus.yml", "--web.config.file=web.yml", "--log.level=error"])
                .args(["--storage.tsdb.path=data", "--storage.tsdb.retention.time=100y"])
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|error| panic!("{NEED}: {error}"));
            let deadline = Instant::now() + Duration::from_secs(60);
            while Instant::now() < deadline && child.try_wait().unwrap().is_none() {
                if is_ready(port) {
                    return Self { child, port, _directory: directory };
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("Prometheus does not start");
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Whether the server has read its data; one that wants a login says so no sooner.
fn is_ready(port: u16) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = "GET /-/ready HTTP/1.0\r\nAuthorization: Basic Z2x1LXRlc3RzOmdsdS10ZXN0cw==\r\n\r\n";
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.lines().next().is_some_and(|line| line.contains(" 200 "))
}

/// The metrics as blocks, made once in a test run.
fn blocks() -> &'static Path {
    static BLOCKS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = BLOCKS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let text = directory.path().join("metrics.txt");
        std::fs::write(&text, metrics()).unwrap();
        let output = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .arg(&text)
            .arg(directory.path().join("blocks"))
            .output()
            .unwrap_or_else(|error| panic!("{NEED}: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        directory
    });
    static PATH: OnceLock<std::path::PathBuf> = OnceLock::new();
    PATH.get_or_init(|| directory.path().join("blocks"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Everything that the tests ask for, in the OpenMetrics format.
fn metrics() -> String {
    let now = NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let times: Vec<i64> = (-HOURS * 3600 / STEP..=0).map(|number| number * STEP).collect();
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, series: &[(&str, &dyn Fn(i64) -> String)]| {
        writeln!(text, "# TYPE {} {kind}", name.strip_suffix("_total").unwrap_or(name)).unwrap();
        for (labels, value) in series {
            for time in &times {
                writeln!(text, "{name}{{{labels}}} {} {}", value(*time), now + time).unwrap();
            }
        }
    };
    let always = |value: &'static str| move |_: i64| value.to_owned();
    family(
        "error_ratio",
        "gauge",
        &[("version=\"1.2\"", &always("0.001")), ("version=\"1.3\"", &always("0.2"))],
    );
    family(
        "pod_latency",
        "gauge",
        &[("pod=\"a\"", &always("1")), ("pod=\"b\"", &always("5")), ("pod=\"c\"", &always("NaN"))],
    );
    family("nothing_counted", "gauge", &[("", &always("NaN"))]);
    family("overflown", "gauge", &[("", &always("+Inf"))]);
    // Ten minutes ago it went from 1 to 3.
    family("queue_length", "gauge", &[("", &|time| if time < -600 { "1" } else { "3" }.to_owned())]);
    // Answers with a spread that repeats every 20 points; one version is slower by half.
    let spread = |time: i64| 100.0 + ((time / STEP).rem_euclid(20) * 7 % 20) as f64;
    family(
        "answer_ms",
        "gauge",
        &[
            ("version=\"1.2\"", &|time| spread(time).to_string()),
            ("version=\"1.3\"", &|time| spread(time + 7 * STEP).to_string()),
            ("version=\"slow\"", &|time| (spread(time) * 1.5).to_string()),
        ],
    );
    // Ten requests a second, and once a minute where nobody comes.
    let rate = |time: i64| 10 * (time + HOURS * 3600);
    family(
        "requests_total",
        "counter",
        &[
            ("service=\"good\"", &|time| rate(time).to_string()),
            ("service=\"burning\"", &|time| rate(time).to_string()),
            ("service=\"smouldering\"", &|time| rate(time).to_string()),
            ("service=\"recovered\"", &|time| rate(time).to_string()),
            ("service=\"quiet\"", &|time| ((time + HOURS * 3600) / 60).to_string()),
        ],
    );
    let part = |per_mille: i64| move |time: i64| (10 * (time + HOURS * 3600) * per_mille / 1000).to_string();
    family(
        "errors_total",
        "counter",
        &[
            ("service=\"good\"", &always("0")),
            // 5 % is 50 times as fast as a budget of 0.1 % lasts; 0.8 % is 8 times.
            ("service=\"burning\"", &part(50)),
            ("service=\"smouldering\"", &part(8)),
            // 5 % from 55 to 20 minutes ago.
            ("service=\"recovered\"", &|time| ((time.clamp(-55 * 60, -20 * 60) + 55 * 60) / 2).to_string()),
            ("service=\"quiet\"", &|time| ((time + HOURS * 3600) / 600).to_string()),
        ],
    );
    text.push_str("# EOF\n");
    text
}
