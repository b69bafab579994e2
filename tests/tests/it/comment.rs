//! A plan as a comment on a pull request of the repository that holds the pipelines.

use std::sync::Arc;

use glu::core::forge::{Forge as _, Wording};
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::forge::Action;
use glu::testing::forge::github::{GitHubServer, TOKEN};
use glu::testing::{Hosted, Remote, World};
use glu_tests::forges::DIALECTS;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::programs::git;
use crate::shop::Shop;

/// The repository that holds the pipelines, with a pull request, on a GitHub of its own.
struct Home {
    _remote: Remote,
    forge: Arc<Hosted>,
    server: GitHubServer,
    number: u64,
}

impl Home {
    /// With a job of GitHub Actions for the pull request.
    fn of(world: &World) -> Self {
        let (remote, forge, number) = pull_request(world, "acme/delivery");
        let server = GitHubServer::start(forge.clone());
        for (name, value) in [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/delivery"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_REF", &format!("refs/pull/{number}/merge")),
            ("GITHUB_API_URL", &server.api()),
            ("GITHUB_TOKEN", TOKEN),
            ("NO_COLOR", "1"),
        ] {
            world.env(name, value);
        }
        Self { _remote: remote, forge, server, number }
    }

    fn comments(&self) -> Vec<String> {
        self.forge.proposal(self.number).comments.into_iter().map(|comment| comment.body).collect()
    }

    #[track_caller]
    fn only(&self) -> String {
        let comments = self.comments();
        let [comment] = comments.as_slice() else { panic!("{comments:#?}") };
        comment.clone()
    }
}

/// A repository on a forge, with a pull request in it.
fn pull_request(world: &World, repository: &str) -> (Remote, Arc<Hosted>, u64) {
    let remote = Remote::create(&world.path().join("delivery.git"), Arc::new(glu::core::clock::SystemClock));
    remote.commit("Begin", [("src/main.rs", "fn main() {}\n")]);
    remote.commit_to("change", "Ada Example", "Change it", [("src/main.rs", "fn main() { }\n")]);
    let forge = Hosted::new(repository, &remote);
    let wording = Wording { title: "Change it".to_owned(), ..Wording::default() };
    let number = forge.open("change", "main", &wording).unwrap().number;
    (remote, forge, number)
}

#[test]
fn a_plan_is_one_comment_that_is_renewed() {
    let shop = Shop::new();
    let home = Home::of(&shop.world);
    let quiet = shop.world.run("plan --comment");
    quiet.success();
    assert!(home.comments().is_empty(), "nothing moves: {quiet}");

    shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("plan --comment");
    run.success();
    assert!(run.err.contains("the plan is at https://"), "{run}");
    insta::assert_snapshot!(home.only(), @"
    <!-- glu:plan program=pipelines directory= of= -->

    ### `glu plan` of `pipelines`

    **1 to move, 1 up to date**

    #### `shop/staging`: `40f372c1942a` → `a09fe52d4805`

    - `commit to main`
    - `image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3`

    <details><summary>Patch of 1 file</summary>

    ```diff
    diff --git a/env/staging/app.yaml b/env/staging/app.yaml
    --- a/env/staging/app.yaml
    +++ b/env/staging/app.yaml
    @@ -1,4 +1,4 @@
     # By hand; keep.
     spec:
       replicas: 3
    -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
    +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
    ```

    </details>

    As of [this run](https://github.com/acme/delivery/actions/runs/7).
    ");
    shop.world.run("plan").success();
    home.server.server().take_asked();
    shop.world.run("plan --comment").success();
    assert_eq!(home.server.server().take_asked(), ["GET /api/v3/repos/acme/delivery/issues/1/comments"]);

    // Other phases are another plan, and have a comment of their own.
    shop.world.run("pin production --reason audit").success();
    shop.world.run("plan production --comment").success();
    assert_eq!(home.comments().len(), 1);
    shop.world.run("promote staging").success();
    shop.world.run("plan production --comment").success();
    assert_eq!(home.comments().len(), 2);
    assert!(home.comments()[1].contains("pinned to"), "{:?}", home.comments());

    // What is done is said where something was said before.
    shop.world.run("unpin production --reason audited").success();
    shop.world.run("promote production").success();
    shop.world.run("plan --comment").success();
    let comment = &home.comments()[0];
    assert!(comment.contains("**2 up to date**") && !comment.contains("####"), "{comment}");
}

#[test]
fn the_comment_is_posted_kept_and_renewed_on_every_forge() {
    for dialect in DIALECTS {
        let name = dialect.name;
        let phase = |name| glu::prelude::git(name).source("environments");
        let shop = Shop::with(move || {
            Pipeline::from(oci("app")).then(phase("staging")).then(phase("production")).named("shop")
        });
        let (_remote, forge, number) = pull_request(&shop.world, dialect.repository);
        let spoken = dialect.over(forge.clone());
        let address = format!("https://git.example/{}", dialect.repository);
        shop.world.configure(&format!("[sources.git.home]\nremote.url = \"{address}.git\""));
        shop.world.forge("home", spoken.forge.clone());
        let variables = [
            ("CI", "woodpecker"),
            ("CI_SYSTEM_NAME", "woodpecker"),
            ("CI_REPO_URL", &address),
            ("CI_COMMIT_PULL_REQUEST", &number.to_string()),
            ("NO_COLOR", "1"),
        ];
        variables.into_iter().for_each(|(variable, value)| shop.world.env(variable, value));
        let comments = || {
            let comments = forge.proposal(number).comments.into_iter();
            comments.map(|comment| comment.body).collect::<Vec<_>>()
        };
        let writes = || {
            let asked = spoken.take_asked().into_iter();
            asked.filter(|asked| !asked.starts_with("GET ")).collect::<Vec<_>>()
        };
        forge.comment_by("ada", number, "What about the canary?");
        // More than Azure's descriptions hold, and less than its comments do.
        let long = "By hand; keep. ".repeat(400);
        let file = shop.repository.read("env/staging/app.yaml");
        shop.edit("staging", &file.replace("By hand; keep.", &long));

        // Where nothing was said, nothing has to be said.
        shop.world.run("plan --comment").success();
        assert_eq!(comments().len(), 1, "{name}: {:?}", comments());

        let first = shop.images.publish("latest", "1.1.0");
        let posted = shop.world.run("plan --comment");
        posted.success();
        assert!(posted.err.contains("the plan is at http"), "{name}: {posted}");
        let said = comments();
        assert_eq!(said.len(), 2, "{name}: {said:?}");
        let is_whole = said[1].contains(&first.to_string()) && said[1].contains(long.trim_end());
        assert!(is_whole, "{name}: {}", said[1]);
        // Bitbucket shows tags to people, and hides the definition of a link.
        let is_bitbucket = name.starts_with("Bitbucket");
        let start = if is_bitbucket { "[//]: # \"glu:plan " } else { "<!-- glu:plan " };
        assert!(said[1].starts_with(start), "{name}: {}", said[1]);
        assert_eq!(said[1].contains("<!--") || said[1].contains("<details>"), !is_bitbucket, "{name}");

        // The same plan is not said again.
        writes();
        shop.world.run("plan --comment").success();
        assert_eq!((comments(), writes()), (said, Vec::new()), "{name}");

        let second = shop.images.publish("latest", "1.2.0");
        shop.world.run("plan --comment").success();
        let said = comments();
        assert_eq!(said.len(), 2, "{name}: {said:?}");
        assert!(said[1].contains(&second.to_string()) && !said[1].contains(&first.to_string()), "{name}");

        shop.world.run("promote --all").success();
        shop.world.run("promote --all").success();
        shop.world.run("plan --comment").success();
        let said = comments();
        assert_eq!(said.len(), 2, "{name}: {said:?}");
        assert!(said[1].contains("**2 up to date**"), "{name}: {}", said[1]);
        // It could be seen that the comment is there.
        assert_eq!(spoken.take_asked().is_empty(), name == "memory", "{name}");
    }
}

#[test]
fn what_cannot_be_commented_on_is_a_warning() {
    let shop = Shop::new();
    let home = Home::of(&shop.world);
    shop.images.publish("latest", "1.1.0");
    // A pull request from a fork: the token may only read.
    home.forge.forbid(Action::Comment);
    let run = shop.world.run("plan --comment --exit-code");
    run.code(Code::Pending);
    assert!(
        run.err.contains(
            "warning: the plan is not on pull request 1 of https://github.com/acme/delivery: acme/delivery on the GitHub of 127.0.0.1"
        ),
        "{run}"
    );
    assert!(run.err.contains("Resource not accessible by integration"), "{run}");
    assert!(run.err.contains("hint: give the job `pull-requests: write`"), "{run}");
    assert!(run.err.contains("`pull_request_target` is no way out"), "{run}");
    let by_hand = shop.world.run("plan --comment-on 1");
    by_hand.code(Code::Failed);

    shop.world.env("GITHUB_TOKEN", "wr0ng-t0ken-wr0ng");
    let run = shop.world.run("plan --comment");
    run.success();
    assert!(run.err.contains("the credential is not accepted"), "{run}");
    shop.world.env("GITHUB_TOKEN", "");
    let run = shop.world.run("plan --comment");
    run.success();
    assert!(run.err.contains("no credential is configured; set GITHUB_TOKEN or GH_TOKEN"), "{run}");

    // No pull request, and no CI at all.
    shop.world.env("GITHUB_REF", "refs/heads/main");
    let run = shop.world.run("plan --comment --exit-code");
    run.code(Code::Pending);
    assert!(run.err.contains("no comment is posted: this is no run for a pull request"), "{run}");
    assert!(home.comments().is_empty());
}

#[test]
fn a_comment_by_hand_goes_to_the_remote_of_the_working_directory() {
    let shop = Shop::with(|| {
        let staging = glu::prelude::git("staging").source("environments");
        Pipeline::from(oci("app")).then(staging).named("shop")
    });
    let home = Home::of(&shop.world);
    for name in ["CI", "GITHUB_ACTIONS"] {
        shop.world.env(name, "");
    }
    let run = shop.world.run("plan --comment-on 1");
    run.code(Code::Usage);
    assert!(run.err.contains("no repository around the working directory"), "{run}");
    git(shop.world.path())(&["init", "--quiet", "--initial-branch=main", "."]);
    let origin = home.server.server().url().replace("http://", "http://ada@") + "/acme/delivery.git";
    git(shop.world.path())(&["remote", "add", "origin", &origin]);
    let run = shop.world.run("plan --comment-on 1");
    run.code(Code::Failed);
    assert!(run.err.contains("what kind of forge 127.0.0.1:"), "{run}");
    // A source on the same host tells what it is.
    let address = origin.replace("delivery", "elsewhere");
    shop.world.configure(&format!(
        "[sources.git.other]\nremote.url = \"{address}\"\nproposals.type = \"github\"\n\n[ledger]\ntype = \"memory\""
    ));
    shop.images.publish("latest", "1.1.0");
    shop.world.run("plan staging --comment-on 1").success();
    assert!(home.only().contains("`shop/staging`"), "{}", home.only());
}

#[test]
fn a_long_plan_is_shortened_by_whole_sections() {
    let shop = Shop::new();
    let home = Home::of(&shop.world);
    let image = shop.images.publish("latest", "1.0.0");
    let names: Vec<String> = (0..120).map(|number| format!("shop-{number:03}")).collect();
    let text = format!("# ```\n# ```\nspec:\n  image: {image}\n");
    let files: Vec<(String, &str)> =
        names.iter().map(|name| (format!("{name}/staging.yaml"), text.as_str())).collect();
    shop.repository.commit("Set up", files.iter().map(|(path, text)| (path.as_str(), *text)));
    shop.world.pipelines(move |_| {
        let pipeline =
            |name: &String| Pipeline::<Many>::from(oci("app")).then(glu::prelude::git("staging")).named(name);
        names.iter().map(pipeline).collect::<Vec<_>>()
    });
    shop.images.publish("latest", "1.1.0");
    shop.world.run("plan --comment").success();
    let comment = home.only();
    assert!(comment.chars().count() <= 65_536, "{}", comment.chars().count());
    let count = |text: &str| comment.matches(text).count();
    // The shop is one of them.
    assert_eq!(count("\n#### "), 121);
    let folded = count("<details>");
    assert!(folded > 10 && folded < 121 && folded == count("</details>"), "{folded}");
    let left_out = format!("the patches of {} phases; the log of the run has it.**", 121 - folded);
    assert!(comment.contains(&left_out), "{left_out}");
    assert!(comment.find("**Left out") > comment.rfind("\n#### "), "{comment}");
    let visible = outside_of_code(&comment);
    assert!(!visible.contains("diff --git") && !visible.contains("spec:"), "{visible}");
}

/// A file for each pipeline.
#[derive(Resource)]
#[resource(file = "{pipeline}/{phase}.yaml")]
struct Many {
    #[resource(digest, at = "spec.image")]
    image: ImageRef,
}

/// A note whose text comes from outside.
#[derive(Resource)]
#[resource(file = "{phase}.yaml")]
struct Note {
    #[resource(digest, label, at = "text")]
    text: String,
}

const HOSTILE: &str = "evil@team\\n\\n/merge\\r\\r# evil1\\n```\\n</details><img src=evil> [evil](https://evil.example) #12 acme/x#1 \
                       https://evil.example/2 `evil` ``` | <!-- glu:plan program=evil -->";

#[test]
fn nothing_from_outside_gets_out_of_its_place() {
    let world = World::new();
    let home = Home::of(&world);
    let repository = world.remote("notes");
    world.pipelines(|_| {
        Pipeline::<Note>::from(glu::prelude::git("draft"))
            .then(glu::prelude::git("review"))
            .then(glu::prelude::git("final").gate(approval(1)))
            .named("notes")
    });
    let text = format!("text: \"{HOSTILE}\"\n");
    let patched =
        "evil: |\n  ```\n  <!-- glu:plan program=evil -->\n  </details>@team\n  ~~~\n# ````\ntext: b\n";
    repository.commit(
        "Begin",
        [("draft.yaml", text.as_str()), ("review.yaml", patched), ("final.yaml", "text: a\n")],
    );
    world.run("pin final --reason @evil-team</details><img/src=evil>`evil`").success();
    world.run("plan --comment").success();
    let comment = home.only();
    assert!(comment.contains("evil-team") && comment.contains("img src=evil"), "{comment}");
    let visible = outside_of_code(&comment);
    assert!(!visible.contains("evil") && !visible.contains('@') && !visible.contains("merge"), "{visible}");
    let marks = comment.matches("glu:plan").count();
    assert_eq!(marks, 1, "{comment}");
    // No line is a command to a forge.
    assert!(!comment.lines().any(|line| line.starts_with('/')), "{comment}");
}

/// Everything of a Markdown text that is no code: its words, its tags, its links.
fn outside_of_code(markdown: &str) -> String {
    let mut text = String::new();
    let mut is_code = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(_) if is_code => {}
            Event::Code(_) => {}
            other => text.push_str(&format!("{other:?}\n")),
        }
    }
    assert!(text.contains("<details>"), "{text}");
    text
}
