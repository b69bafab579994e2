//! A fleet to measure on: one repository with a directory for each app, and a registry for each.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use glu::core::process::{Finished, Process};
use glu::core::source::oci::layout::{ImageContent, publish};

const PHASES: [&str; 2] = ["staging", "production"];

/// A directory with a `glu.toml`, a git remote and image layouts. It can be put back to how it was.
pub struct World {
    directory: PathBuf,
    aside: PathBuf,
    apps: Vec<App>,
}

/// An app and the images of it.
pub struct App {
    /// Its name.
    pub name: String,
    /// The digest that runs everywhere.
    pub running: String,
    /// The newest digest in its registry: the running one, unless a release waits.
    pub newest: String,
}

impl World {
    /// Makes a fleet whose repository has this many commits. A release waits for every app whose number `waits`.
    pub fn new(parent: &Path, name: &str, apps: usize, commits: usize, waits: fn(usize) -> bool) -> Self {
        let directory = parent.join(name);
        fs::create_dir_all(&directory).expect("a directory can be made");
        let apps: Vec<App> = (0..apps)
            .map(|number| {
                let name = format!("app-{number:04}");
                let layout = directory.join("registry").join(&name);
                let running = image(&layout, &name, "1.0.0");
                let newest = if waits(number) { image(&layout, &name, "1.1.0") } else { running.clone() };
                App { name, running, newest }
            })
            .collect();
        let world = Self { aside: parent.join(format!("{name}.aside")), directory, apps };
        world.configure();
        let remote = world.remote();
        git(&["init", "--quiet", "--bare", "--initial-branch=main"], Some(&remote), None);
        world.git(&["fast-import", "--quiet"], Some(world.history(commits)));
        // As a server would have packed it.
        world.git(&["repack", "-adfq"], None);
        world
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Its git remote.
    pub fn remote(&self) -> PathBuf {
        self.directory.join("remote.git")
    }

    /// Its apps.
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The files that its phases live in.
    pub fn files(&self) -> impl Iterator<Item = String> {
        self.apps.iter().flat_map(|app| PHASES.map(|phase| file(&app.name, phase)))
    }

    /// Remembers how it is now.
    pub fn keep(&self) {
        copy(&self.directory, &self.aside);
    }

    /// Puts it back to how it was kept.
    pub fn restore(&self) {
        fs::remove_dir_all(&self.directory).expect("the world can be removed");
        copy(&self.aside, &self.directory);
    }

    /// Throws away what was fetched and learnt.
    pub fn forget(&self) {
        let cache = self.directory.join("cache");
        if cache.exists() {
            fs::remove_dir_all(cache).expect("the cache can be removed");
        }
    }

    /// Commits, as somebody else would, a change of one app each.
    pub fn commit(&self, commits: usize) {
        let mut stream = String::new();
        for number in 0..commits {
            let app = &self.apps[number % self.apps.len()];
            let text = deployment(&app.name, PHASES[0], &digest(number, usize::MAX));
            let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
            commit(&mut stream, 1_790_000_000 + number, from, [(file(&app.name, PHASES[0]), text)]);
        }
        self.git(&["fast-import", "--quiet"], Some(stream));
    }

    /// Commits that bring every waiting release to staging, as input of `git fast-import`.
    pub fn releases(&self) -> String {
        let mut stream = String::new();
        let waiting = self.apps.iter().filter(|app| app.newest != app.running);
        for (number, app) in waiting.enumerate() {
            let text = deployment(&app.name, PHASES[0], &app.newest);
            let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
            commit(&mut stream, 1_790_000_000, from, [(file(&app.name, PHASES[0]), text)]);
        }
        stream
    }

    /// Runs git on the remote.
    pub fn git(&self, arguments: &[&str], input: Option<String>) -> Finished {
        git(arguments, Some(&self.remote()), input)
    }

    fn configure(&self) {
        let mut text = "cache = \"cache\"\n\n[commit]\nname = \"glu\"\nemail = \"glu@example.com\"\n\n\
                        [sources.git.fleet]\nremote.url = \"remote.git\"\n"
            .to_owned();
        for App { name, .. } in &self.apps {
            let _ = write!(
                text,
                "\n[sources.oci.{name}]\nreference = \"oci:registry/{name}:latest\"\nname = \"{}\"\n",
                repository(name)
            );
        }
        fs::write(self.directory.join("glu.toml"), text).expect("the configuration can be written");
    }

    /// The first commit writes all files, each after it moves one app in one phase. The first app never moves again: most
    /// fleets have something that nobody has touched for years.
    fn history(&self, commits: usize) -> String {
        let places: Vec<(&App, &str)> =
            self.apps.iter().skip(1).flat_map(|app| PHASES.map(|phase| (app, phase))).collect();
        let moves = commits.saturating_sub(1);
        let text_after = |(app, phase): (&App, &str), index: usize, round: usize| {
            let last = index + (round + 1) * places.len() >= moves;
            let digest = if last { app.running.clone() } else { digest(index / PHASES.len(), round) };
            (file(&app.name, phase), deployment(&app.name, phase, &digest))
        };
        let first = &self.apps[0];
        let untouched =
            PHASES.map(|phase| (file(&first.name, phase), deployment(&first.name, phase, &first.running)));
        let start = places.iter().enumerate().map(|(index, place)| match index < moves {
            true => (file(&place.0.name, place.1), deployment(&place.0.name, place.1, &digest(index, 9_999))),
            false => text_after(*place, index, 0),
        });
        let mut stream = String::new();
        commit(&mut stream, 1_700_000_000, "", untouched.into_iter().chain(start));
        for number in 0..moves {
            let index = number % places.len();
            let change = text_after(places[index], index, number / places.len());
            commit(&mut stream, 1_700_000_060 + number * 60, "", [change]);
        }
        stream
    }
}

/// Runs git, which must succeed.
pub fn git(arguments: &[&str], directory: Option<&Path>, input: Option<String>) -> Finished {
    let mut process = Process::new("git", "measuring", "install git").timeout(Duration::from_secs(600));
    if let Some(directory) = directory {
        process = process.arguments(["--git-dir".as_ref(), directory.as_os_str()]);
    }
    process = process.arguments(arguments.iter().copied());
    if let Some(input) = input {
        process = process.input(input);
    }
    let finished = process.run().expect("git can be run");
    assert!(finished.code == 0, "git {arguments:?}: {}", finished.stderr);
    finished
}

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("a copy can be removed");
    }
    let process = Process::new("cp", "measuring", "install coreutils").arguments(["-a", "--"]);
    let finished = process.argument(from).argument(to).run().expect("cp can be run");
    assert!(finished.code == 0, "cp: {}", finished.stderr);
}

fn image(layout: &Path, app: &str, version: &str) -> String {
    let annotations = [("title", app), ("version", version)]
        .map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.to_owned()));
    let content = ImageContent { annotations: annotations.into(), ..ImageContent::default() };
    publish(layout, "latest", &content).expect("an image can be published to a layout").to_string()
}

/// A digest that no image has.
fn digest(app: usize, round: usize) -> String {
    format!("sha256:{app:032x}{round:032x}")
}

fn repository(app: &str) -> String {
    format!("registry.example/fleet/{app}")
}

fn file(app: &str, phase: &str) -> String {
    format!("apps/{app}/{phase}/deployment.yaml")
}

fn commit(stream: &mut String, time: usize, from: &str, files: impl IntoIterator<Item = (String, String)>) {
    let message = "Deploy a new version\n\nChange-Id: I0123456789abcdef\n";
    let _ = write!(
        stream,
        "commit refs/heads/main\nauthor Ada Example <ada@example.com> {time} +0000\n\
         committer Ada Example <ada@example.com> {time} +0000\ndata {}\n{message}\n{from}",
        message.len()
    );
    for (path, text) in files {
        let _ = write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    }
}

/// A deployment of sixty lines, as they are.
fn deployment(app: &str, phase: &str, digest: &str) -> String {
    let image = format!("{}@{digest}", repository(app));
    let replicas = if phase == "production" { 3 } else { 1 };
    format!(
        "\
# Managed by the platform team; ask in #platform before changing anything here by hand.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  namespace: {phase}
  labels:
    app.kubernetes.io/name: {app}
    app.kubernetes.io/part-of: fleet
    app.kubernetes.io/managed-by: glu
  annotations:
    reloader.stakater.com/auto: \"true\"
spec:
  replicas: {replicas}
  revisionHistoryLimit: 5
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%
      maxUnavailable: 0
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
        app.kubernetes.io/part-of: fleet
    spec:
      serviceAccountName: {app}
      containers:
        - name: proxy
          image: registry.example/platform/proxy:v1.31.2
          args: [\"--config\", \"/etc/proxy/config.yaml\"]
        - name: app
          image: {image}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: APP_IMAGE_DIGEST
              value: {digest}
            - name: LOG_LEVEL
              value: info
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 5
      volumes:
        - name: config
          configMap:
            name: {app}-config
      # Nodes of the general pool only.
      nodeSelector:
        pool: general
"
    )
}
