//! A server for fakes of forges: HTTP/1.1 on a free port, one thread a connection, gone with its value. What it answers is a function of the request;
//! a forge's dialect is one such function. What a real server may do wrong at any time (fail, hang up, limit) is said from outside, with a [`Fault`].

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value;

/// A running server.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the server is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path as it came, without the query.
    pub path: String,
    /// The query's parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// By name, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What goes wrong for requests that match.
pub struct Fault {
    matches: Box<dyn Fn(&Request) -> bool + Send>,
    skip: usize,
    times: usize,
    reply: Reply,
    comes_after: bool,
}

struct Shared {
    answer: Box<dyn Fn(&Request) -> Reply + Send + Sync>,
    requests: Mutex<Vec<Request>>,
    faults: Mutex<Vec<Fault>>,
    is_over: AtomicBool,
}

impl Server {
    /// Starts one that answers so.
    ///
    /// # Panics
    /// When there is no port for it.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            requests: Mutex::default(),
            faults: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let serving = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let serving = serving.clone();
                std::thread::spawn(move || {
                    // A client may hang up whenever it likes.
                    let _ = serve(stream, &serving);
                });
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was asked since somebody last asked this, as `METHOD /path`.
    pub fn take_asked(&self) -> Vec<String> {
        let requests =
            std::mem::take(&mut *self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner));
        requests.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }

    /// Lets something go wrong. Of several faults that match, the first that is not used up happens.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The listener sees that it is over when it is next connected to.
        let is_woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| is_woken) {
            let _ = thread.join();
        }
    }
}

impl Request {
    /// The pieces of the path, decoded: a project's path in one piece comes back with its slashes.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|piece| !piece.is_empty()).map(|piece| decode(piece, false)).collect()
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as JSON; null where there is none, or another thing.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Reply {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self { status: Some(status), headers: Vec::new(), body: Vec::new() }
    }

    /// A status and a text.
    pub fn text(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::status(status) }.header("content-type", media_type)
    }

    /// A status and JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// No answer: the connection ends.
    pub fn hang_up() -> Self {
        Self { status: None, headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Fault {
    /// Answers the next request that matches with this instead of the truth, as if the truth had never been asked.
    pub fn next(matches: impl Fn(&Request) -> bool + Send + 'static, reply: Reply) -> Self {
        Self { matches: Box::new(matches), skip: 0, times: 1, reply, comes_after: false }
    }

    /// Answers the next request of a method whose path ends so.
    pub fn on(method: &'static str, end: &'static str, reply: Reply) -> Self {
        Self::next(move |request| request.method == method && request.path.ends_with(end), reply)
    }

    /// Happens so often.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Happens only after this many that match have been answered truly.
    #[must_use]
    pub fn after(mut self, skip: usize) -> Self {
        self.skip = skip;
        self
    }

    /// Does what was asked, and only then goes wrong: the answer is lost.
    #[must_use]
    pub fn once_done(mut self) -> Self {
        self.comes_after = true;
        self
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let Some(request) = read(&mut reader)? else { return Ok(()) };
    shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    let fault = {
        let mut faults = shared.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = faults.iter_mut().find(|fault| fault.times > 0 && (fault.matches)(&request));
        fault.and_then(|fault| {
            if fault.skip > 0 {
                fault.skip -= 1;
                return None;
            }
            fault.times -= 1;
            Some((fault.reply.clone(), fault.comes_after))
        })
    };
    let reply = match fault {
        Some((reply, false)) => reply,
        Some((reply, true)) => {
            (shared.answer)(&request);
            reply
        }
        None => (shared.answer)(&request),
    };
    write(reader.into_inner(), &request, &reply)
}

fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.split('&').filter(|pair| !pair.is_empty()).map(parameter).collect(),
        headers: BTreeMap::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn write(mut stream: TcpStream, request: &Request, reply: &Reply) -> io::Result<()> {
    let Some(status) = reply.status else { return Ok(()) };
    let mut head = format!("HTTP/1.1 {status} Fake\r\nconnection: close\r\n");
    if !matches!(status, 204 | 304) {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    if request.method != "HEAD" && !matches!(status, 204 | 304) {
        stream.write_all(&reply.body)?;
    }
    stream.flush()
}

fn parameter(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (decode(name, true), decode(value, true))
}

/// Undoes percent-encoding. In a query a plus is a blank.
fn decode(text: &str, is_query: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (first, code.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
                continue;
            }
            (b'+', _) if is_query => bytes.push(b' '),
            _ => bytes.push(first),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
