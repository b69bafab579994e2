//! The client against a server that says what a test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Authorization, Authorize, Client, Limits, Method, Paging, Request};
use crate::clock::{Clock as _, FakeClock};
use crate::credential::Secret;
use crate::forge::ForgeProblem;
use crate::testing::forge::server::{Fault, Reply, Request as Asked, Server};

const START: i64 = 1_767_268_800;
const TOKEN: &str = "ghp_s3cr3t";

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::at(Timestamp::from_second(START).unwrap()))
}

fn client(server: &Server, clock: &Arc<FakeClock>) -> Client {
    Client::new(&format!("{}/api/v3/", server.url()), clock.clone())
        .unwrap()
        .authorized(Arc::new(Authorization::bearer(&Secret::new(TOKEN))))
}

fn seconds_passed(clock: &FakeClock) -> i64 {
    clock.now().as_second() - START
}

fn read(client: &Client) -> Result<Value, ForgeProblem> {
    client.get("reading", "/thing")
}

#[test]
fn a_request_says_who_asks_and_an_answer_is_read() {
    let server = Server::start(|_| Reply::json(200, &json!({"a": 1})));
    let client = client(&server, &clock()).header("x-version", "7");
    assert_eq!(read(&client), Ok(json!({"a": 1})));
    let nothing: Value = client.send("adding", Method::Post, "/things?x=a%20b", &json!({"b": 2})).unwrap();
    assert_eq!(nothing, json!({"a": 1}));
    let [get, post] = server.requests().try_into().unwrap();
    assert_eq!((get.method.as_str(), get.path.as_str()), ("GET", "/api/v3/thing"));
    assert_eq!(get.header("authorization"), Some("Bearer ghp_s3cr3t"));
    assert_eq!(get.header("x-version"), Some("7"));
    assert!(get.header("user-agent").unwrap().starts_with("glu/"));
    assert_eq!(post.parameter("x"), Some("a b"));
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert_eq!(post.json(), json!({"b": 2}));
}

#[test]
fn an_empty_answer_is_null_and_a_strange_one_a_problem() {
    let server = Server::start(|request| match request.path.as_str() {
        "/api/v3/empty" => Reply::status(204),
        _ => Reply::text(200, "text/html", "<html>"),
    });
    let client = client(&server, &clock());
    assert_eq!(client.get::<Value>("reading", "/empty"), Ok(Value::Null));
    let problem = read(&client).unwrap_err();
    assert_eq!(problem.to_string(), "no useful answer while reading: a web page came instead of an answer");
}

#[test]
fn who_knows_the_forge_explains_pages_and_moves_as_well() {
    let server = Server::start(|request| match request.path.as_str() {
        "/api/v3/page" => Reply::text(203, "Text/HTML; charset=utf-8", "<html>sign in</html>"),
        _ => Reply::status(302).header("location", "https://elsewhere.example/_signin"),
    });
    let client = client(&server, &clock()).explained(|answer, _| ForgeProblem::Unauthorized {
        doing: "signing in".to_owned(),
        reason: answer.header("location").unwrap_or("a page").to_owned(),
    });
    for (path, expected) in [("/page", "a page"), ("/moved", "https://elsewhere.example/_signin")] {
        let problem = client.get::<Value>("reading", path).unwrap_err();
        assert!(problem.to_string().ends_with(expected), "{problem}");
    }
}

#[test]
fn statuses_are_problems_in_the_forges_words_without_secrets() {
    let server = Server::start(|request| {
        let status: u16 = request.segments().last().unwrap().parse().unwrap();
        Reply::json(status, &json!({"message": format!("no, {TOKEN}\n::error::")}))
    });
    let client = client(&server, &clock());
    let problem = |status: u16| client.get::<Value>("reading", &format!("/{status}")).unwrap_err();
    let doing = || "reading".to_owned();
    let reason = || "no, *** ::error::".to_owned();
    for (status, expected) in [
        (401, ForgeProblem::Unauthorized { doing: doing(), reason: reason() }),
        (403, ForgeProblem::Forbidden { doing: doing(), reason: reason() }),
        (404, ForgeProblem::NotFound { doing: doing() }),
        (409, ForgeProblem::Conflict { doing: doing(), reason: reason() }),
        (422, ForgeProblem::Invalid { doing: doing(), reason: reason() }),
        (
            501,
            ForgeProblem::Unavailable { doing: doing(), reason: "status 501, no, *** ::error::".to_owned() },
        ),
    ] {
        assert_eq!(problem(status), expected);
    }
    assert_eq!(client.get_if_there::<Value>("reading", "/404"), Ok(None));
}

#[test]
fn a_refusal_can_be_explained_by_who_knows_the_forge() {
    let server =
        Server::start(|_| Reply::json(403, &json!({"message": "no"})).header("x-wanted", "contents=write"));
    let client = client(&server, &clock()).explained(|answer, problem| match problem {
        ForgeProblem::Forbidden { doing, .. } => ForgeProblem::Forbidden {
            doing,
            reason: format!("{}; wants {}", answer.said(), answer.header("x-wanted").unwrap()),
        },
        other => other,
    });
    assert_eq!(
        read(&client).unwrap_err().to_string(),
        "the credential may not go on reading: no; wants contents=write"
    );
}

#[test]
fn the_credential_goes_nowhere_else() {
    let elsewhere = Server::start(|_| Reply::json(200, &json!([])));
    let (moved, next) = (format!("{}/x", elsewhere.url()), elsewhere.url());
    let server = Server::start(move |request| match request.path.as_str() {
        "/api/v3/moved" => Reply::status(307).header("location", moved.clone()),
        "/api/v3/renamed" => Reply::status(301).header("location", "/api/v3/repositories/1"),
        "/api/v3/list" => {
            Reply::json(200, &json!([1])).header("link", format!("<{next}/api/v3/rest?page=2>; rel=\"next\""))
        }
        "/api/v3/rest" => Reply::json(200, &json!([2])),
        _ => Reply::json(200, &json!("here")),
    });
    let client = client(&server, &clock());
    let problem = client.get::<Value>("reading", "/moved").unwrap_err();
    assert!(problem.to_string().contains("it has moved to"), "{problem}");
    let outside = format!("{}/x", elsewhere.url());
    assert!(client.get::<Value>("reading", &outside).is_err());
    assert_eq!(client.get::<Value>("reading", "/renamed"), Ok(json!("here")));
    // A server that does not know its own name still has a next page.
    assert_eq!(client.pages::<u64>("listing", "/list", Paging::LINK), Ok(vec![1, 2]));
    assert!(elsewhere.requests().is_empty());
    // What adds something does not turn into reading something.
    assert!(client.send::<Value>("adding", Method::Post, "/renamed", &json!({})).is_err());
}

#[test]
fn lists_are_read_to_their_end_each_in_its_way() {
    let server = Server::start(|request: &Asked| {
        let at = |name| request.parameter(name).unwrap_or("1").parse::<u64>().unwrap();
        let here = format!("http://{}{}", request.header("host").unwrap(), request.path);
        match request.segments().last().unwrap().as_str() {
            "header" => {
                let page = at("page");
                let next = if page < 3 { (page + 1).to_string() } else { String::new() };
                Reply::json(200, &json!([page])).header("x-next-page", next)
            }
            "address" => match at("page") {
                3 => Reply::json(200, &json!({"values": [3]})),
                page => {
                    Reply::json(200, &json!({"values": [page], "next": format!("{here}?page={}", page + 1)}))
                }
            },
            "field" => match at("start") {
                3 => Reply::json(200, &json!({"values": [3], "nextPageStart": null, "isLastPage": true})),
                start => Reply::json(200, &json!({"values": [start], "nextPageStart": start + 1})),
            },
            // Counted, with null for an empty page; only one of them has links.
            "total" | "numbered" => {
                let page = at("page");
                let body = if page <= 3 { json!([page]) } else { Value::Null };
                let counted = if request.path.ends_with("total") { "3" } else { "1" };
                Reply::json(200, &body).header("x-total-count", counted)
            }
            "uncounted" => Reply::json(200, &if at("page") <= 3 { json!([at("page")]) } else { json!([]) }),
            "linked" => match at("page") {
                3 => Reply::json(200, &json!([3])).header("link", "<x>; rel=prev"),
                page => Reply::json(200, &json!([page]))
                    .header("link", format!("<{here}?page={}>; rel=next", page + 1)),
            },
            "offset" => {
                let skip = request.parameter("$skip").unwrap_or("0").parse::<usize>().unwrap();
                let values: Vec<u64> = (1..=5).skip(skip).take(2).collect();
                Reply::json(200, &json!({"value": values}))
            }
            "loop" => Reply::json(200, &json!([1])).header("link", format!("<{here}>; rel=next")),
            "long" => {
                let next = format!("<{here}?page={}>; rel=next", at("page") + 1);
                Reply::json(200, &json!([1])).header("link", next)
            }
            _ => Reply::json(200, &json!({"message": "no list"})),
        }
    });
    let client = client(&server, &clock());
    let all = |path: &str, paging| client.pages::<u64>("listing", path, paging);
    assert_eq!(all("/header?n=1", Paging::header("x-next-page", "page")), Ok(vec![1, 2, 3]));
    assert_eq!(all("/address", Paging::address("next").items("values")), Ok(vec![1, 2, 3]));
    assert_eq!(all("/field", Paging::field("nextPageStart", "start").items("values")), Ok(vec![1, 2, 3]));
    let total = Paging::total("x-total-count", "page");
    assert_eq!(all("/total?n=1", total), Ok(vec![1, 2, 3]));
    assert_eq!(all("/linked", total), Ok(vec![1, 2, 3]));
    assert_eq!(all("/uncounted", total), Ok(vec![1, 2, 3]));
    assert_eq!(all("/numbered?page=2", Paging::until_empty("page")), Ok(vec![2, 3]));
    assert!(all("/none", total).is_err());
    assert_eq!(all("/offset?$top=2", Paging::offset("$skip", 2).items("value")), Ok(vec![1, 2, 3, 4, 5]));
    for path in ["/loop", "/long", "/none"] {
        assert!(matches!(all(path, Paging::LINK), Err(ForgeProblem::Unavailable { .. })), "{path}");
    }
}

#[test]
fn what_may_be_said_twice_is_and_nothing_else() {
    let server = Server::start(|_| Reply::json(200, &json!(1)));
    let clock = clock();
    let client = client(&server, &clock);
    for fault in [Reply::status(502), Reply::hang_up()] {
        server.inject(Fault::next(|_| true, fault.clone()).times(2));
        assert_eq!(read(&client), Ok(json!(1)));
        assert_eq!(server.take_asked().len(), 3);

        server.inject(Fault::next(|_| true, fault.clone()));
        let problem = client.send::<Value>("adding", Method::Post, "/things", &json!({})).unwrap_err();
        assert!(matches!(problem, ForgeProblem::Unavailable { .. }), "{problem}");
        assert_eq!(server.take_asked().len(), 1);

        server.inject(Fault::next(|_| true, fault));
        let body = json!({});
        let query = Request::new(Method::Post, "asking", "/graphql").body(&body).repeatable();
        assert!(client.ask(&query).is_ok());
        assert_eq!(server.take_asked().len(), 2);
    }
    assert!(seconds_passed(&clock) > 0);
}

#[test]
fn nobody_there_is_asked_again_even_to_add_something() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let clock = clock();
    let client = Client::new(&format!("http://127.0.0.1:{port}"), clock.clone()).unwrap();
    let problem = client.send::<Value>("adding", Method::Post, "/things", &json!({})).unwrap_err();
    assert!(problem.to_string().contains("cannot reach"), "{problem}");
    assert_eq!(seconds_passed(&clock), 6, "0.5 + 1.5 + 4.5 seconds");
}

#[test]
fn limits_are_waited_for_and_the_request_is_made_then() {
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&Timestamp::from_second(START + 40).unwrap())
        .unwrap();
    let reset = |after: i64| (START + after).to_string();
    let secondary =
        json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."});
    for (refusal, expected) in [
        (Reply::status(429).header("retry-after", "30"), 30),
        (Reply::status(403).header("retry-after", "30"), 30),
        (Reply::status(429).header("retry-after", date.clone()), 41),
        (Reply::status(403).header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", reset(50)), 51),
        (Reply::status(429).header("ratelimit-remaining", "0").header("ratelimit-reset", "20"), 20),
        (Reply::json(403, &secondary), 60),
        (Reply::status(503).header("retry-after", "7"), 7),
        // The server's clock is an hour ahead of ours.
        (
            Reply::status(429)
                .header("date", "Thu, 01 Jan 2026 13:00:00 GMT")
                .header("x-ratelimit-remaining", "0")
                .header("x-ratelimit-reset", reset(3600 + 10)),
            11,
        ),
    ] {
        let server = Server::start(|_| Reply::json(200, &json!(1)));
        let clock = clock();
        let client = client(&server, &clock);
        let method = if expected == 7 { Method::Put } else { Method::Post };
        server.inject(Fault::next(|_| true, refusal.clone()));
        assert_eq!(client.send("adding", method, "/things", &json!({})), Ok(json!(1)), "{refusal:?}");
        assert_eq!(seconds_passed(&clock), expected, "{refusal:?}");
    }
}

#[test]
fn secondary_limits_are_waited_for_longer_each_time_and_not_for_ever() {
    let secondary = json!({"message": "You have triggered an abuse detection mechanism"});
    let server = Server::start(move |_| Reply::json(403, &secondary));
    let clock = clock();
    let problem = read(&client(&server, &clock)).unwrap_err();
    assert_eq!(server.requests().len(), 3);
    assert_eq!(seconds_passed(&clock), 60 + 120);
    let until = Timestamp::from_second(START + 60 + 120 + 240).unwrap();
    assert_eq!(problem, ForgeProblem::RateLimited { until: Some(until) });
}

#[test]
fn a_limit_that_lasts_is_an_error_that_says_until_when_and_nobody_is_asked_again() {
    let server = Server::start(|_| {
        Reply::json(200, &json!(1))
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", (START + 3600).to_string())
    });
    let clock = clock();
    let limits = Limits::default();
    let first = client(&server, &clock).limits(limits.clone());
    let second = client(&server, &clock).limits(limits.clone());
    let stranger = Client::new(&server.url(), clock.clone()).unwrap().limits(limits);
    assert_eq!(read(&first), Ok(json!(1)));
    let until = Timestamp::from_second(START + 3601).unwrap();
    assert_eq!(read(&second), Err(ForgeProblem::RateLimited { until: Some(until) }));
    assert_eq!((server.requests().len(), seconds_passed(&clock)), (1, 0));
    // Somebody else's limit is their own, and GraphQL has another one.
    assert_eq!(read(&stranger), Ok(json!(1)));
    assert!(first.get::<Value>("asking", "/graphql").is_ok());
    clock.advance(Duration::from_secs(3500));
    assert_eq!(read(&second), Ok(json!(1)));
}

#[test]
fn who_wants_to_be_left_alone_is_left_alone_in_both_languages() {
    let server = Server::start(|_| Reply::json(200, &json!(1)).header("retry-after", "30"));
    let clock = clock();
    let client = client(&server, &clock);
    assert_eq!(read(&client), Ok(json!(1)));
    assert_eq!(seconds_passed(&clock), 0);
    assert!(client.get::<Value>("asking", "/graphql").is_ok());
    assert_eq!(seconds_passed(&clock), 30);
}

#[test]
fn what_is_known_is_asked_about_for_free() {
    let server = Server::start(|request| match request.header("if-none-match") {
        Some("W/\"1\"") => Reply::status(304).header("x-ratelimit-remaining", "7"),
        _ => {
            Reply::json(200, &json!([1])).header("etag", "W/\"1\"").header("link", "<?page=2>; rel=\"prev\"")
        }
    });
    let client = client(&server, &clock());
    for _ in 0..3 {
        assert_eq!(client.pages::<u64>("listing", "/list", Paging::LINK), Ok(vec![1]));
    }
    assert_eq!(client.get::<Value>("listing", "/other"), Ok(json!([1])));
    let asked = server.requests();
    let tags: Vec<_> = asked.iter().map(|request| request.header("if-none-match")).collect();
    assert_eq!(tags, [None, Some("W/\"1\""), Some("W/\"1\""), None]);
}

#[test]
fn a_token_that_ran_out_is_replaced_once() {
    struct Rotating(AtomicU32);
    impl Authorize for Rotating {
        fn authorization(&self) -> Result<Authorization, ForgeProblem> {
            let token = format!("token-{}", self.0.load(Ordering::SeqCst));
            Ok(Authorization::header("private-token", &Secret::new(token)))
        }
        fn renew(&self) -> bool {
            self.0.fetch_add(1, Ordering::SeqCst);
            true
        }
    }
    let server = Server::start(|request| match request.header("private-token") {
        Some("token-1") => Reply::json(200, &json!(1)),
        _ => Reply::json(401, &json!({"message": "expired"})),
    });
    let client =
        Client::new(&server.url(), clock()).unwrap().authorized(Arc::new(Rotating(AtomicU32::new(0))));
    assert_eq!(read(&client), Ok(json!(1)));
    let client =
        Client::new(&server.url(), clock()).unwrap().authorized(Arc::new(Rotating(AtomicU32::new(5))));
    server.take_asked();
    assert!(matches!(read(&client), Err(ForgeProblem::Unauthorized { .. })));
    assert_eq!(server.take_asked().len(), 2);
}

#[test]
fn credentials_show_nothing() {
    let basic = Authorization::basic("ada", &Secret::new("s3cret"));
    assert_eq!(format!("{basic:?}"), "authorization: ***");
    assert_eq!(basic.redact("bad s3cret or YWRhOnMzY3JldA=="), "bad *** or ***");
    assert_eq!(basic.value().expose(), "Basic YWRhOnMzY3JldA==");
}
