//! The whole life of a proposal as one scenario, to be run on every forge.

use std::sync::Arc;
use std::time::Duration;

use glu::core::forge::{Fate, Forge};
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::forge::{Outcome, Way};
use glu::testing::{Hosted, Images, Remote, Run, World};

/// What moves.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
pub struct App {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

/// A shop whose production is proposed to, and the forge behind it.
pub struct Stage {
    /// The world.
    pub world: World,
    /// Where versions are published.
    pub images: Images,
    /// The repository with the files.
    pub repository: Remote,
    /// What the forge keeps.
    pub forge: Arc<Hosted>,
    /// The forge as it is spoken to.
    pub connection: Arc<dyn Forge>,
}

/// Makes the forge of the git source `environments`, and gives what is behind it, and what it is spoken to by.
pub type Install<'a> = &'a dyn Fn(&World, &Remote) -> (Arc<Hosted>, Arc<dyn Forge>);

/// A forge in memory, spoken to without a dialect.
pub fn in_memory(_: &World, remote: &Remote) -> (Arc<Hosted>, Arc<dyn Forge>) {
    let hosted = Hosted::new("acme/environments", remote);
    (hosted.clone(), hosted)
}

impl Stage {
    /// Version 1.0.0 everywhere.
    pub fn new(install: Install<'_>, production: fn() -> glu::core::author::GitPhase) -> Self {
        let world = World::new();
        let images = world.layout("app");
        let repository = world.remote("environments");
        world.pipelines(move |_| {
            Pipeline::<App>::from(oci("app")).then(git("staging")).then(production()).named("shop")
        });
        let first = manifest(images.publish("latest", "1.0.0"), 3);
        repository.commit(
            "Set the shop up",
            [("env/staging/app.yaml", first.as_str()), ("env/production/app.yaml", first.as_str())],
        );
        let (forge, connection) = install(&world, &repository);
        world.forge("environments", connection.clone());
        let stage = Self { world, images, repository, forge, connection };
        stage.pass_an_hour();
        stage
    }

    /// Publishes a version and brings it to staging.
    pub fn stage(&self, version: &str) -> ImageRef {
        let image = self.images.publish("latest", version);
        self.pass_an_hour();
        self.world.run("promote staging").success();
        self.pass_an_hour();
        image
    }

    /// Runs a command line an hour later.
    pub fn run(&self, command: &str) -> Run {
        self.pass_an_hour();
        self.world.run(command)
    }

    /// What production's file says on `main`.
    pub fn production(&self) -> String {
        self.repository.read("env/production/app.yaml")
    }

    /// What production's file says on the branch that is proposed.
    pub fn proposed(&self) -> String {
        self.repository.read_on(HEAD, "env/production/app.yaml")
    }

    fn pass_an_hour(&self) {
        self.world.wait(Duration::from_secs(3600));
    }
}

/// The branch that production's proposals come from.
pub const HEAD: &str = "glu/shop/production";

/// A file of one phase, with bytes around the value that have to survive.
pub fn manifest(image: impl std::fmt::Display, replicas: u32) -> String {
    format!(
        "# By hand; keep.\nspec:\n  replicas: {replicas}\n  image: {image}  # pinned\n  port: 80\n  tier: web\n  owner: shop\n"
    )
}

/// What a forge has not of all that the scenario asks for; it is left out there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lacks {
    /// Labels.
    pub labels: bool,
    /// Teams that are asked for reviews.
    pub teams: bool,
}

/// Opened, kept up to date on a moved base, brought to a newer state, changed by hand, closed, reopened, merged, and closed when it is no longer
/// wanted.
///
/// # Panics
/// When anything is not as it has to be.
pub fn life(install: Install<'_>) {
    life_without(Lacks::default(), install);
}

/// The same on a forge that lacks something.
///
/// # Panics
/// When anything is not as it has to be.
pub fn life_without(lacks: Lacks, install: Install<'_>) {
    let stage = Stage::new(install, || {
        git("production").propose_with(proposal().labels(["release"]).reviewers(["@grace", "team/platform"]))
    });
    let old = stage.production();

    // Opened: a branch and a proposal, and nothing on `main`.
    let first = stage.stage("1.1.0");
    let opened = stage.run("promote production");
    opened.success();
    let proposal = stage.forge.proposal(1);
    assert_eq!((proposal.head.as_str(), proposal.base.as_str()), (HEAD, "main"));
    assert!(proposal.title.starts_with("Promote shop to production: "), "{}", proposal.title);
    assert!(proposal.body.contains(&format!("`{first}`")), "{}", proposal.body);
    assert_eq!(proposal.labels.contains("release"), !lacks.labels, "{:?}", proposal.labels);
    assert!(proposal.reviewers.contains("grace"), "{proposal:?}");
    assert_eq!(proposal.teams.contains("platform"), !lacks.teams, "{proposal:?}");
    assert_eq!((stage.production(), stage.proposed()), (old.clone(), manifest(&first, 3)));
    assert!(opened.out.contains("proposed") && opened.out.contains("#1"), "{opened}");

    // Looked at again, it waits, and nothing is done twice.
    let again = stage.run("promote production");
    assert!(again.success().contains("waiting"), "{again}");
    assert_eq!(stage.forge.proposal(1).commit, proposal.commit);
    assert_eq!(stage.forge.open_numbers(), [1]);

    // People's own words stay, ours are renewed.
    stage.forge.reword_by_hand(1, "Ship it", |body| format!("Please look.\n\n{body}\n\nThanks!"));

    // What else happens on `main` does not concern it, until it is in its way.
    stage.repository.commit("Elsewhere", [("README.md", "hello\n")]);
    stage.run("promote production").success();
    assert_eq!(stage.forge.proposal(1).commit, proposal.commit);
    stage.repository.commit_to(
        "main",
        "Grace Example",
        "Scale by hand",
        [("env/production/app.yaml", old.replace("replicas: 3", "replicas: 5").as_str())],
    );
    let rebuilt = stage.run("promote production");
    assert!(rebuilt.success().contains("updated"), "{rebuilt}");
    let moved = stage.forge.proposal(1);
    assert_ne!(moved.commit, proposal.commit);
    assert_eq!(stage.proposed(), manifest(&first, 5));
    assert_eq!(stage.forge.open_numbers(), [1]);

    // A newer state takes its place.
    let second = stage.stage("1.2.0");
    stage.run("promote production").success();
    let newer = stage.forge.proposal(1);
    assert_eq!(stage.proposed(), manifest(&second, 5));
    assert_eq!(newer.title, "Ship it");
    assert!(newer.body.starts_with("Please look.\n") && newer.body.ends_with("\nThanks!"), "{}", newer.body);
    assert!(newer.body.contains(&format!("`{second}`")) && !newer.body.contains(&format!("`{first}`")));
    assert_eq!(stage.forge.open_numbers(), [1]);

    // Checks and reviews are shown.
    stage.forge.fail_check(1, "ci/build");
    stage.forge.approve_by("grace", 1);
    for verb in ["status", "plan", "explain"] {
        let shown = stage.run(&format!("{verb} production"));
        let words = ["#1", "ci/build failed", "approved by grace"];
        assert!(words.iter().all(|word| shown.success().contains(word)), "{verb}: {shown}");
    }

    // What somebody has added is never overwritten, unless it is said that it shall be.
    let by_hand = manifest(&second, 9);
    stage.forge.push_by_hand("linus", 1, "env/production/app.yaml", &by_hand);
    let third = stage.stage("1.3.0");
    let held = stage.run("promote production");
    assert!(held.code(Code::Held).contains("commits by Linus Example"), "{held}");
    assert_eq!(stage.proposed(), by_hand);
    stage.run("promote production --force --reason mistake").success();
    assert_eq!(stage.proposed(), manifest(&third, 5));

    // Closed by hand, the state is held until a newer one comes.
    stage.forge.close_by("grace", 1);
    let closed = stage.run("promote production");
    assert!(closed.code(Code::Held).contains("was closed"), "{closed}");
    assert!(stage.forge.open_numbers().is_empty());
    let fourth = stage.stage("1.4.0");
    stage.run("promote production").success();
    assert_eq!(stage.forge.open_numbers(), [2]);

    // Reopened, it waits again.
    stage.forge.close_by("grace", 2);
    stage.run("promote production").code(Code::Held);
    stage.forge.reopen(2);
    assert!(stage.run("promote production").success().contains("waiting"));
    assert_eq!(stage.proposed(), manifest(&fourth, 5));

    // Merged, the phase has it, and the branch goes.
    let merged = stage.forge.merge("grace", 2, Way::Squash);
    let told = stage.connection.find(HEAD, "main").unwrap().unwrap();
    assert_eq!(told.number, 2);
    let Fate::Merged { commit: Some(commit), .. } = told.fate else { panic!("{told:?}") };
    assert!(commit.len() == 40 && commit == merged, "`{commit}` is told, and `{merged}` was made");
    assert_eq!(stage.repository.log()[0].id, commit);
    assert_eq!(stage.production(), manifest(&fourth, 5));
    assert!(stage.run("plan production").success().contains("up to date"));
    stage.run("promote production").success();
    assert!(!stage.forge.has_branch(HEAD));
    let history = stage.run("history production");
    assert!(history.success().contains("promotion"), "{history}");

    // No longer wanted, it is closed with a reason.
    stage.stage("1.5.0");
    stage.run("promote production").success();
    assert_eq!(stage.forge.open_numbers(), [3]);
    stage.run("rollback staging").success();
    let cleaned = stage.run("promote production");
    assert!(cleaned.success().contains("cleaned up"), "{cleaned}");
    let unwanted = stage.forge.proposal(3);
    assert!(matches!(unwanted.outcome, Outcome::Closed { .. }), "{unwanted:?}");
    let said: Vec<&str> = unwanted.comments.iter().map(|comment| comment.body.as_str()).collect();
    assert!(said.iter().any(|body| body.contains("nothing is left to propose")), "{said:?}");
    assert!(!stage.forge.has_branch(HEAD));

    // That was not by hand: the same state is proposed again when it is wanted again.
    stage.run("unpin staging --reason better").success();
    stage.run("promote staging").success();
    stage.run("promote production").success();
    assert_eq!(stage.forge.open_numbers(), [4]);
}
