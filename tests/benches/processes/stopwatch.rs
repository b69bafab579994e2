//! Whole processes, timed in turn: machines drift, and what runs in the same round drifts alike.

use std::fs;
use std::time::{Duration, Instant};

use glu::core::process::Process;

/// Something to time.
pub struct Contender<'a> {
    /// What it is called in the table.
    pub name: String,
    /// What happens before each run and is not timed.
    pub prepare: Box<dyn Fn() + 'a>,
    /// The processes of one run, one after the other.
    pub processes: Box<dyn Fn() -> Vec<Process> + 'a>,
    /// How often a run is repeated within one measurement: for those that are over in no time.
    pub times: u32,
}

/// What one run took.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: f64,
    /// User and system time of the processes and those they waited for.
    cpu: f64,
}

/// Times the contenders in turn, after a round that does not count, and gives a table of medians. Ratios are to the first contender's
/// run of the same round.
pub fn compare(title: &str, rounds: usize, contenders: &[Contender<'_>]) -> String {
    let mut taken: Vec<Vec<Took>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for (contender, taken) in contenders.iter().zip(&mut taken) {
            let took = contender.run();
            if round > 0 {
                taken.push(took);
            }
        }
    }
    let mut table = format!(
        "{title} ({rounds} rounds)\n  {:<44} {:>10} {:>10} {:>8} {:>8}\n",
        "", "wall ms", "cpu ms", "x wall", "x cpu"
    );
    for (contender, took) in contenders.iter().zip(&taken) {
        let median_of = |figure: &dyn Fn(&Took) -> f64| median(took.iter().map(figure).collect());
        let ratio_of = |figure: &dyn Fn(&Took) -> f64| {
            median(took.iter().zip(&taken[0]).map(|(one, first)| figure(one) / figure(first)).collect())
        };
        table.push_str(&format!(
            "  {:<44} {:>10.1} {:>10.1} {:>8.2} {:>8.2}\n",
            contender.name,
            median_of(&|took| took.wall * 1000.0),
            median_of(&|took| took.cpu * 1000.0),
            ratio_of(&|took| took.wall),
            ratio_of(&|took| took.cpu),
        ));
    }
    table
}

impl Contender<'_> {
    fn run(&self) -> Took {
        let mut took = Took { wall: 0.0, cpu: 0.0 };
        for _ in 0..self.times {
            (self.prepare)();
            let processes = (self.processes)();
            let (cpu, start) = (children(), Instant::now());
            for process in processes {
                let finished =
                    process.timeout(Duration::from_secs(600)).run().expect("the process can be run");
                assert!(finished.code == 0, "{}: code {}\n{}", self.name, finished.code, finished.stderr);
            }
            took.wall += start.elapsed().as_secs_f64() / f64::from(self.times);
            took.cpu += (children() - cpu) / f64::from(self.times);
        }
        took
    }
}

/// The user and system time of all children that have been waited for, in seconds: the 16th and 17th field of Linux's
/// `/proc/self/stat`, in hundredths (proc_pid_stat(5)). Nothing elsewhere.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let field = |number: usize| fields.split_whitespace().nth(number - 3)?.parse::<f64>().ok();
    (field(16).unwrap_or(f64::NAN) + field(17).unwrap_or(f64::NAN)) / 100.0
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
