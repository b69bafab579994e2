//! Prometheus' HTTP interface: instant and range queries, with limits.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use ureq::http::Uri;

use super::Prometheus;
use crate::gate::check::evidence::{Evidence, excerpt};
use crate::gate::check::exchange::{HeaderError, Question, Reply, ask};
use crate::http::form;

/// How large an answer may be.
const BODY: usize = 4 << 20;
/// How many series an answer may have.
const SERIES: usize = 1000;
/// How many points Prometheus gives for a series at most.
pub(super) const POINTS: u64 = 11_000;

/// When a query is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate::check) enum Time {
    At(Timestamp),
    Range { start: Timestamp, end: Timestamp, step: Duration },
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gate::check) struct Answer {
    pub(in crate::gate::check) series: Vec<Series>,
    /// What the server had to remark.
    pub(in crate::gate::check) remarks: Vec<String>,
}

/// One series: a single point where the query was for an instant.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gate::check) struct Series {
    pub(in crate::gate::check) labels: String,
    pub(in crate::gate::check) values: Vec<f64>,
}

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// A variable of the environment that a header needs is not there, or unfit.
    #[error("{0}")]
    Header(String),
    /// The address cannot be asked.
    #[error("`{0}` is no HTTP address")]
    Address(String),
    /// Nobody answered.
    #[error("Prometheus did not answer: {0}")]
    Unreachable(String),
    /// The answer is too large.
    #[error("the answer has more than {0}; aggregate in the query")]
    TooLarge(String),
    /// The server understood the question and refused it.
    #[error("Prometheus refuses the query with status {status} ({kind}): {message}")]
    Refused {
        /// The HTTP status: 400 for a wrong query, 422 for one that cannot be evaluated, 503 for one that took too long.
        status: u16,
        /// The sort of error, such as `bad_data`.
        kind: String,
        /// What is wrong, in its words.
        message: String,
    },
    /// Something else answered, such as a proxy.
    #[error("the status is {status}: {body}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// The answer is not what the interface promises.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// The query gives something else than numbers.
    #[error("the query gives {0}, not numbers")]
    NoNumbers(&'static str),
}

impl ApiError {
    /// Whether asking the same again may help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { kind, .. } => kind != "bad_data",
            Self::Address(_) | Self::NoNumbers(_) => false,
            Self::Header(_)
            | Self::Unreachable(_)
            | Self::TooLarge(_)
            | Self::Status { .. }
            | Self::Malformed(_) => true,
        }
    }
}

impl Prometheus {
    /// Evaluates a query; the whole answer has to be there in time.
    pub(in crate::gate::check) fn ask(
        &self,
        promql: &str,
        time: Time,
        until: Instant,
        evidence: &mut Evidence,
    ) -> Result<Answer, ApiError> {
        let mut headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        for header in &self.headers {
            let resolved = header.resolve(evidence, |value| Ok::<_, Infallible>(value.to_owned()));
            let refused = |error: HeaderError<Infallible>| ApiError::Header(error.to_string());
            headers.push(resolved.map_err(refused)?);
        }
        // Durations are whole numbers of a unit there.
        let left = until.saturating_duration_since(Instant::now()).as_millis();
        let left = format!("{}ms", left.max(1));
        let (endpoint, mut fields) = match time {
            Time::At(at) => ("query", vec![("time", seconds(at))]),
            Time::Range { start, end, step } => {
                let step = format!("{}", step.as_secs_f64());
                ("query_range", vec![("start", seconds(start)), ("end", seconds(end)), ("step", step)])
            }
        };
        fields.push(("query", promql.to_owned()));
        fields.push(("timeout", left));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // In the body a query has no limit of length, and stays out of logs of addresses.
        let body = form(&fields);
        let uri = format!("{}/api/v1/{endpoint}", self.base);
        let uri: Uri = uri.parse().map_err(|_| ApiError::Address(uri))?;
        let question = Question {
            method: "POST",
            uri: &uri,
            headers: &headers,
            body: Some(body.as_bytes()),
            until,
            limit: BODY,
        };
        read(&ask(&question).map_err(ApiError::Unreachable)?)
    }
}

/// The answer's frame, of errors too.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    status: String,
    data: Option<Data>,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<Point>,
    values: Option<Vec<Point>>,
}

/// A time and a number as text, which may be `NaN` or `+Inf`.
type Point = (f64, String);

fn read(reply: &Reply) -> Result<Answer, ApiError> {
    if reply.is_cut {
        return Err(ApiError::TooLarge(format!("{BODY} bytes")));
    }
    let frame = serde_json::from_slice::<Frame>(&reply.body);
    if !(200..300).contains(&reply.status) {
        return Err(match frame {
            Ok(Frame { status, error_type: kind, error: message, .. }) if status == "error" => {
                ApiError::Refused { status: reply.status, kind, message }
            }
            _ => {
                let redirected = reply.location.as_ref().map(|location| format!("redirected to {location}"));
                let body = redirected.unwrap_or_else(|| excerpt(&reply.body).trim().to_owned());
                ApiError::Status { status: reply.status, body }
            }
        });
    }
    let frame = frame.map_err(|error| ApiError::Malformed(error.to_string()))?;
    let data = frame.data.ok_or_else(|| ApiError::Malformed("it has no data".to_owned()))?;
    let remarks = frame.warnings.into_iter().chain(frame.infos).take(10).collect();
    let malformed = |error: serde_json::Error| ApiError::Malformed(error.to_string());
    let series = match data.result_type.as_str() {
        "scalar" => {
            let point: Point = serde_json::from_value(data.result).map_err(malformed)?;
            vec![Series { labels: String::new(), values: vec![number(&point)?] }]
        }
        "string" => return Err(ApiError::NoNumbers("a text")),
        "vector" | "matrix" => {
            let found: Vec<Found> = serde_json::from_value(data.result).map_err(malformed)?;
            if found.len() > SERIES {
                return Err(ApiError::TooLarge(format!("{SERIES} series")));
            }
            found.into_iter().map(series).collect::<Result<_, _>>()?
        }
        other => return Err(ApiError::Malformed(format!("`{other}` is no known type of result"))),
    };
    Ok(Answer { series, remarks })
}

fn series(found: Found) -> Result<Series, ApiError> {
    let points = match (found.value, found.values) {
        (Some(point), _) => vec![point],
        (None, Some(points)) => points,
        (None, None) => return Err(ApiError::NoNumbers("histograms")),
    };
    let labels: Vec<_> = found
        .metric
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| format!("{name}={}", Value::from(value.as_str())))
        .collect();
    let name = found.metric.get("__name__").map_or("", String::as_str);
    let labels = format!("{name}{{{}}}", labels.join(","));
    Ok(Series { labels, values: points.iter().map(number).collect::<Result<_, _>>()? })
}

fn number(point: &Point) -> Result<f64, ApiError> {
    point.1.parse().map_err(|_| ApiError::Malformed(format!("`{}` is no number", point.1)))
}

/// A time as the interface takes it: seconds, with milliseconds.
fn seconds(time: Timestamp) -> String {
    let milliseconds = time.as_millisecond();
    format!("{}.{:03}", milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(status: u16, body: &str) -> Result<Answer, ApiError> {
        let body = body.as_bytes().to_vec();
        read(&Reply { status, location: None, body, is_cut: false })
    }

    #[test]
    fn numbers_come_as_text() {
        let found = read_text(
            200,
            r#"{"status":"success","warnings":["w"],"infos":["i"],"data":{"resultType":"vector","result":[
                {"metric":{"__name__":"up","job":"a\"b"},"value":[1.5,"NaN"]},{"metric":{},"value":[1,"+Inf"]}]}}"#,
        )
        .unwrap();
        assert_eq!(found.series[0].labels, "up{job=\"a\\\"b\"}");
        assert!(found.series[0].values[0].is_nan());
        assert_eq!(found.series[1].values, [f64::INFINITY]);
        assert_eq!(found.remarks, ["w", "i"]);
        let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"-2.5e3"]}}"#;
        assert_eq!(read_text(200, scalar).unwrap().series[0].values, [-2500.0]);
    }

    #[test]
    fn what_is_no_answer_is_an_error_of_its_sort() {
        let refused = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
        let error = read_text(400, refused).unwrap_err();
        assert!(!error.is_retryable() && error.to_string().contains("parse error"), "{error}");
        let failed = r#"{"status":"error","errorType":"execution","error":"many-to-many"}"#;
        let error = read_text(422, failed).unwrap_err();
        assert!(error.is_retryable() && error.to_string().contains("many-to-many"), "{error}");
        let error = read_text(502, "<html>Bad gateway</html>").unwrap_err();
        assert!(error.is_retryable() && error.to_string().contains("Bad gateway"), "{error}");
        assert!(matches!(read_text(200, "<html>Sign in</html>"), Err(ApiError::Malformed(_))));
        let histogram = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#;
        assert_eq!(read_text(200, histogram), Err(ApiError::NoNumbers("histograms")));
    }

    #[test]
    fn times_are_exact_to_the_millisecond_also_before_1970() {
        assert_eq!(seconds(Timestamp::from_millisecond(1_700_000_000_007).unwrap()), "1700000000.007");
        assert_eq!(seconds(Timestamp::from_millisecond(-1).unwrap()), "-1.999");
    }
}
