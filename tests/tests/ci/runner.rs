//! A runner of GitHub's, played: jobs by their conditions, steps one after another, the files they write to, and two actions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use glu::core::document::{Format, to_value};
use serde_json::Value;

use crate::newcomer::Machine;

/// What starts a workflow.
pub struct Event {
    pub name: &'static str,
    pub inputs: BTreeMap<&'static str, &'static str>,
}

/// What became of a job.
#[derive(Debug, Default)]
pub struct Job {
    /// The log of its commands.
    pub log: String,
    /// The summaries of its steps.
    pub summary: String,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// The exit code of the command that failed; 0 where none did.
    pub code: i32,
}

/// A runner with a directory for caches, whose machine is clean for each job.
pub struct Runner<'a> {
    pub machine: &'a Machine,
    /// What is checked out.
    pub origin: PathBuf,
    /// Where jobs work.
    pub workspace: PathBuf,
    /// Where caches are kept.
    pub caches: PathBuf,
    /// Variables of the machine.
    pub environment: Vec<(String, String)>,
    /// The token of jobs that may write to pull requests.
    pub token: &'static str,
}

/// What expressions speak of.
struct Context<'a> {
    event: &'a Event,
    workspace: &'a Path,
    steps: BTreeMap<String, BTreeMap<String, String>>,
    token: &'static str,
}

impl Runner<'_> {
    /// Runs the workflow as it is on the origin's branch; gives the jobs that ran.
    pub fn run(&self, file: &str, event: &Event) -> BTreeMap<String, Job> {
        let text = self.machine.git(&self.origin, &["show", &format!("main:{file}")]);
        let workflow = to_value(Format::Yaml, &text).unwrap();
        assert!(workflow["on"].get(event.name).is_some(), "the workflow knows {}", event.name);
        let offered = &workflow["on"]["workflow_dispatch"]["inputs"];
        for (name, value) in &event.inputs {
            let options = offered[name]["options"].as_array().unwrap();
            assert!(options.iter().any(|option| option == value), "{value} is offered");
        }
        let jobs = workflow["jobs"].as_object().unwrap();
        let mut ran = BTreeMap::new();
        for (name, job) in jobs {
            let permissions = job.get("permissions").unwrap_or(&workflow["permissions"]);
            let token =
                if permissions["pull-requests"] == "write" { self.token } else { "ghs_may_only_read" };
            let context = Context { event, workspace: &self.workspace, steps: BTreeMap::new(), token };
            if job["if"].as_str().is_none_or(|condition| context.holds(condition)) {
                ran.insert(name.clone(), self.job(&workflow, job, context));
            }
        }
        ran
    }

    fn job(&self, workflow: &Value, job: &Value, mut context: Context<'_>) -> Job {
        let _ = fs::remove_dir_all(&self.workspace);
        let mut done = Job::default();
        let mut posts = Vec::new();
        for step in job["steps"].as_array().unwrap() {
            match step["uses"].as_str() {
                Some(action) if action.starts_with("actions/checkout@") => self.checkout(step),
                Some(action) if action.starts_with("actions/cache@") => {
                    posts.extend(self.restore(step, &context, &mut done));
                }
                Some(other) => panic!("nobody plays {other}"),
                None => self.command(workflow, job, step, &mut context, &mut done),
            }
            if done.code != 0 {
                return done;
            }
        }
        for (key, paths) in posts {
            self.save(&key, &paths);
        }
        if let Some(outputs) = job["outputs"].as_object() {
            for (name, value) in outputs {
                done.outputs.insert(name.clone(), context.fill(value.as_str().unwrap()));
            }
        }
        done
    }

    /// A clone with its whole history, on a detached head, in which every file is new.
    fn checkout(&self, step: &Value) {
        assert_eq!(step["with"]["fetch-depth"], 0, "histories are read");
        let (origin, workspace) = (self.origin.to_string_lossy(), self.workspace.to_string_lossy());
        self.machine.git(Path::new("/"), &["clone", "--quiet", &origin, &workspace]);
        self.machine.git(&self.workspace, &["checkout", "--quiet", "--detach"]);
    }

    /// Unpacks the newest cache that fits; gives what is to be packed at the end where it was not the very one.
    fn restore(&self, step: &Value, context: &Context<'_>, done: &mut Job) -> Option<(String, Vec<String>)> {
        let with = |name: &str| context.fill(step["with"][name].as_str().unwrap());
        let key = with("key");
        let prefixes = with("restore-keys");
        let mut kept: Vec<PathBuf> =
            fs::read_dir(&self.caches).unwrap().map(|entry| entry.unwrap().path()).collect();
        kept.sort_by_key(|path| std::cmp::Reverse(fs::metadata(path).unwrap().modified().unwrap()));
        let name = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        let exact = kept.iter().find(|path| name(path) == key);
        let fits = |path: &&PathBuf| prefixes.lines().any(|prefix| name(path).starts_with(prefix.trim()));
        if let Some(found) = exact.or_else(|| kept.iter().find(fits)) {
            done.log.push_str(&format!("restored {}\n", name(found)));
            self.tar(&["-xf", &found.to_string_lossy()]);
        }
        // What is in the home directory is the machine's own here.
        let paths = with("path")
            .lines()
            .map(str::trim)
            .filter(|path| !path.starts_with('~'))
            .map(str::to_owned)
            .collect();
        exact.is_none().then_some((key, paths))
    }

    /// Packs files with times in whole seconds, as some caches do.
    fn save(&self, key: &str, paths: &[String]) {
        let file = self.caches.join(format!("{key}.tar")).to_string_lossy().into_owned();
        let mut arguments = vec!["--format=gnu", "-cf", &file];
        arguments.extend(paths.iter().map(String::as_str));
        self.tar(&arguments);
    }

    fn tar(&self, arguments: &[&str]) {
        self.machine.run(&self.workspace, Path::new("tar"), arguments).success();
    }

    fn command(
        &self,
        workflow: &Value,
        job: &Value,
        step: &Value,
        context: &mut Context<'_>,
        done: &mut Job,
    ) {
        let files = ["output", "summary"].map(|name| self.caches.with_extension(name));
        for file in &files {
            fs::write(file, "").unwrap();
        }
        let mut environment: Vec<(String, String)> = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTOR", "octocat"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_EVENT_NAME", context.event.name),
            ("GITHUB_OUTPUT", files[0].to_str().unwrap()),
            ("GITHUB_STEP_SUMMARY", files[1].to_str().unwrap()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        if context.event.name == "pull_request" {
            environment.push(("GITHUB_REF".to_owned(), "refs/pull/1/merge".to_owned()));
        }
        // Nobody has told git of themselves.
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            environment.push((name.to_owned(), String::new()));
        }
        environment.extend(self.environment.iter().cloned());
        for layer in [workflow, job, step] {
            let variables = layer["env"].as_object().into_iter().flatten();
            environment
                .extend(variables.map(|(name, value)| (name.clone(), context.fill(value.as_str().unwrap()))));
        }
        let script = self.caches.with_extension("sh");
        fs::write(&script, context.fill(step["run"].as_str().unwrap())).unwrap();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let ended = self.machine.run_with(
            &self.workspace,
            &environment,
            Path::new("bash"),
            &["-e", &script.to_string_lossy()],
        );
        done.log.push_str(&ended.err);
        done.log.push_str(&ended.out);
        done.code = ended.code;
        done.summary.push_str(&fs::read_to_string(&files[1]).unwrap());
        if let Some(id) = step["id"].as_str() {
            context.steps.insert(id.to_owned(), outputs(&fs::read_to_string(&files[0]).unwrap()));
        }
    }
}

/// `name<<DELIMITER`, the value, `DELIMITER`.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut lines = text.lines();
    let mut outputs = BTreeMap::new();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}

impl Context<'_> {
    /// Fills in `${{ expressions }}`.
    fn fill(&self, text: &str) -> String {
        let mut pieces = text.split("${{");
        let mut filled = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (expression, rest) = piece.split_once("}}").unwrap();
            filled.push_str(&self.value(expression.trim()));
            filled.push_str(rest);
        }
        filled
    }

    /// Whether a condition holds; `&&` binds more than `||`.
    fn holds(&self, condition: &str) -> bool {
        let compared = |text: &str| match (text.split_once("=="), text.split_once("!=")) {
            (Some((left, right)), _) => self.value(left.trim()) == self.value(right.trim()),
            (_, Some((left, right))) => self.value(left.trim()) != self.value(right.trim()),
            _ => panic!("nobody reads {text}"),
        };
        condition.split("||").any(|all| all.split("&&").all(compared))
    }

    fn value(&self, expression: &str) -> String {
        if let Some(text) = expression.strip_prefix('\'') {
            return text.strip_suffix('\'').unwrap().to_owned();
        }
        if let Some(patterns) = expression.strip_prefix("hashFiles(") {
            return self.hash(patterns.strip_suffix(')').unwrap());
        }
        let path: Vec<&str> = expression.split('.').collect();
        match path.as_slice() {
            ["github", "event_name"] => self.event.name.to_owned(),
            ["github", "token"] => self.token.to_owned(),
            ["runner", "arch"] => "X64".to_owned(),
            ["inputs", name] => self.event.inputs.get(name).copied().unwrap_or_default().to_owned(),
            ["steps", step, "outputs", name] => {
                self.steps.get(*step).and_then(|outputs| outputs.get(*name)).cloned().unwrap_or_default()
            }
            _ => panic!("nobody knows {expression}"),
        }
    }

    /// A digest of the contents of the files that patterns such as `**/*.rs` match.
    fn hash(&self, patterns: &str) -> String {
        let ends: Vec<String> = patterns
            .split(',')
            .map(|pattern| pattern.trim().trim_matches('\'').strip_prefix("**/").unwrap().to_owned())
            .collect();
        let matches = |name: &str| {
            ends.iter().any(|end| match (end.strip_prefix('*'), end.strip_suffix('*')) {
                (Some(tail), _) => name.ends_with(tail),
                (_, Some(head)) => name.starts_with(head),
                _ => name == end,
            })
        };
        let mut found = Vec::new();
        collect(self.workspace, &mut found);
        found.retain(|path| matches(&path.file_name().unwrap().to_string_lossy()));
        found.sort();
        let mut hash = std::hash::DefaultHasher::new();
        for path in found {
            std::hash::Hash::hash(&fs::read(path).unwrap(), &mut hash);
        }
        format!("{:016x}", std::hash::Hasher::finish(&hash))
    }
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}
