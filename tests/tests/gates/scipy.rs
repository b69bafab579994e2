//! The judge against SciPy: thousands of pairs of samples, judged by both.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use glu::core::gate::judge::{Criteria, Direction, Effect, Label, Missing, judge, statistic};
use serde_json::{Value, json};

const CASES: usize = 5000;

#[test]
fn the_judge_agrees_with_scipy() {
    let mut random = Random(0x5eed);
    let cases: Vec<Case> = (0..CASES).map(|number| Case::invent(number, &mut random)).collect();
    let verdicts = referee(&cases);
    assert_eq!(verdicts.len(), CASES);

    let mut labels = BTreeMap::new();
    let (mut p_values, mut intervals, mut exact) = (0, 0, 0);
    for (case, theirs) in cases.iter().zip(&verdicts) {
        let ours = judge(&case.candidate, &case.baseline, &case.criteria);
        let context = || format!("{case:?}\nours: {ours:?}\ntheirs: {theirs}");
        let number = |name: &str| theirs[name].as_u64().map(f64::from_bits);
        if let (Some(p), Some(ours)) = (number("p"), number("ours")) {
            assert!((p - ours).abs() <= 1e-9 * p, "p {p} and {ours}: {}", context());
            p_values += 1;
        }
        let label = serde_json::to_value(ours.label).unwrap();
        assert_eq!(label, theirs["label"], "{}", context());
        *labels.entry(label.to_string()).or_insert(0) += 1;
        assert_eq!(ours.shift.is_some(), theirs.get("low").is_some(), "{}", context());
        let Some(shift) = ours.shift else { continue };
        let scale = case.scale();
        for (name, found) in [("low", shift.low), ("high", shift.high), ("estimate", shift.estimate)] {
            let expected = number(name).unwrap();
            assert!(
                (found - expected).abs() <= 4.0 * f64::EPSILON * scale,
                "{name} {found} and {expected}: {}",
                context()
            );
            exact += usize::from(found == expected);
        }
        intervals += 1;
    }
    println!(
        "{p_values} p-values, {intervals} intervals, {exact} of {} ends exact, {labels:?}",
        3 * intervals
    );
    // A referee that never had anything to say proves nothing.
    assert!(p_values > CASES / 2 && intervals > CASES / 2, "{p_values} {intervals}");
    assert!(exact * 100 > 3 * intervals * 99, "{exact} of {}", 3 * intervals);
    for label in ["\"pass\"", "\"high\"", "\"low\"", "\"no_data\""] {
        assert!(labels.get(label).is_some_and(|count| *count > CASES / 50), "{label}: {labels:?}");
    }
}

#[derive(Debug)]
struct Case {
    candidate: Vec<f64>,
    baseline: Vec<f64>,
    criteria: Criteria,
}

impl Case {
    fn invent(number: usize, random: &mut Random) -> Self {
        let largest = random.pick(&[3, 8, 30, 200]);
        let (n, m) = (1 + random.below(largest), 1 + random.below(largest));
        let shift = random.pick(&[0.0, 0.0, 0.2, 1.0, 5.0, -1.0, -5.0]);
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = match number % 14 {
            // Continuous.
            0 => (random.normals(n, 10.0 + shift), random.normals(m, 10.0)),
            // Few distinct values: ties everywhere.
            1 => (random.whole(n, 4, shift), random.whole(m, 4, 0.0)),
            2 => (random.whole(n, 40, shift), random.whole(m, 40, 0.0)),
            // Constants, on one side or both.
            3 => (vec![3.0 + shift; n], vec![3.0; m]),
            4 => (vec![3.0; n], random.whole(m, 5, -shift)),
            // Tiny, huge, and small differences of huge values.
            5 => (scaled(random.normals(n, 5.0 + shift), 1e-9), scaled(random.normals(m, 5.0), 1e-9)),
            6 => (scaled(random.normals(n, 5.0 + shift), 1e12), scaled(random.normals(m, 5.0), 1e12)),
            7 => (random.whole(n, 16, 1e12 + shift), random.whole(m, 16, 1e12)),
            // A long tail.
            8 => (
                random.normals(n, shift).into_iter().map(|value| (3.0 * value).exp()).collect(),
                random.normals(m, 0.0).into_iter().map(|value| (3.0 * value).exp()).collect(),
            ),
            // Both signs.
            9 => (random.normals(n, shift), random.normals(m, 0.0)),
            // Mostly zeros.
            10 => (random.sparse(n, shift), random.sparse(m, 0.0)),
            // The same values in another order, and nearly the same.
            11 | 12 => {
                let y = random.whole(m, 10, 0.0);
                let mut x: Vec<f64> = y.iter().rev().copied().collect();
                if number % 14 == 12 {
                    x[0] += 1.0;
                }
                (x, y)
            }
            // One wild value.
            _ => {
                let mut x = random.normals(n, 10.0 + shift);
                x[0] = 1e6;
                (x, random.normals(m, 10.0))
            }
        };
        if random.below(4) == 0 {
            for values in [&mut x, &mut y] {
                let gaps = random.pick(&[2, 5, 20]);
                values.iter_mut().filter(|_| random.below(gaps) == 0).for_each(|value| *value = f64::NAN);
            }
        }
        Self { candidate: x, baseline: y, criteria: random.criteria() }
    }

    /// The largest value: what rounding is measured by.
    fn scale(&self) -> f64 {
        let all = self.candidate.iter().chain(&self.baseline).filter(|value| !value.is_nan());
        all.fold(0.0, |largest, value| value.abs().max(largest))
    }

    fn to_json(&self) -> Value {
        // JSON has no NaN; it becomes null.
        let mut case = serde_json::to_value(self.criteria).unwrap();
        let prepare = |values: &[f64]| {
            let missing = |value: &f64| match self.criteria.missing {
                Missing::Drop => (!value.is_nan()).then_some(*value),
                Missing::Zero => Some(if value.is_nan() { 0.0 } else { *value }),
            };
            let mut values: Vec<f64> = values.iter().filter_map(missing).collect();
            values.sort_by(f64::total_cmp);
            match self.criteria.outliers {
                Some(factor) => glu::core::gate::judge::without_outliers(&values, factor),
                None => values,
            }
        };
        let (x, y) = (prepare(&self.candidate), prepare(&self.baseline));
        let statistic = if x.is_empty() || y.is_empty() { 0.0 } else { statistic(&x, &y) };
        case["candidate"] = json!(self.candidate);
        case["baseline"] = json!(self.baseline);
        case["statistic"] = json!(statistic);
        case
    }
}

fn scaled(values: Vec<f64>, factor: f64) -> Vec<f64> {
    values.into_iter().map(|value| value * factor).collect()
}

/// SplitMix64 by Sebastiano Vigna: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    /// Box and Muller's method.
    fn normals(&mut self, count: usize, mean: f64) -> Vec<f64> {
        let one = |_| {
            let (radius, angle) = (self.unit(), self.unit());
            mean + (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
        };
        (0..count).map(one).collect()
    }

    fn whole(&mut self, count: usize, distinct: usize, offset: f64) -> Vec<f64> {
        (0..count).map(|_| offset.round() + self.below(distinct) as f64).collect()
    }

    fn sparse(&mut self, count: usize, shift: f64) -> Vec<f64> {
        let often = if shift > 0.0 { 2 } else { 8 };
        (0..count).map(|_| if self.below(often) == 0 { 1.0 + self.below(3) as f64 } else { 0.0 }).collect()
    }

    fn criteria(&mut self) -> Criteria {
        let effects = [
            None,
            None,
            Some(Effect::MeanRatio { increase: 1.1, decrease: 0.9 }),
            Some(Effect::Cles { increase: 0.7, decrease: 0.3 }),
        ];
        Criteria {
            direction: self.pick(&[Direction::Increase, Direction::Decrease, Direction::Either]),
            confidence: self.pick(&[0.9, 0.95, 0.98, 0.99]),
            tolerance: self.pick(&[0.0, 0.1, 0.25, 0.5]),
            missing: self.pick(&[Missing::Drop, Missing::Zero]),
            outliers: self.pick(&[None, None, Some(1.5), Some(3.0)]),
            effect: self.pick(&effects),
        }
    }
}

/// Lets SciPy judge, all cases in one process.
fn referee(cases: &[Case]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gates/referee.py");
    let mut child = Command::new(python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter that was just installed starts");
    let input: String = cases.iter().map(|case| format!("{}\n", case.to_json())).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the referee gave up: {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A Python that has SciPy, in an environment of its own below the target directory; made once.
fn python() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scipy");
    let python = directory.join("bin/python");
    let ready = directory.join("ready");
    std::fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let lock = File::create(directory.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if ready.exists() && python.exists() {
        return python;
    }
    run(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory),
        "this test needs python3 with the module venv: on Debian, the packages `python3` and `python3-venv`",
    );
    run(
        Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "numpy",
            "scipy",
        ]),
        "this test needs numpy and scipy from PyPI, or a mirror that pip is configured for",
    );
    File::create(ready).unwrap();
    python
}

fn run(command: &mut Command, need: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{need}: {error}"));
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{need}: {}{}", words(&output.stdout), words(&output.stderr));
}

#[test]
fn labels_have_the_names_that_the_referee_uses() {
    assert_eq!(json!([Label::Pass, Label::NoData]), json!(["pass", "no_data"]));
}
