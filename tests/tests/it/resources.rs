//! What moves: derived resources with several fields and places, other formats, and resources and phases of one's own.

use glu::core::model::ObserveState;
use glu::prelude::*;
use glu::testing::World;

/// An image in two files and three places, and what an annotation says of it.
#[derive(Resource)]
#[resource(file = "env/{phase}/deployment.yaml")]
struct Service {
    #[resource(
        digest,
        at = "spec.containers[name=app].image",
        also(at = "spec.containers[name=app].env[name=DIGEST].value", part = digest),
        also(at = "images[name=app].digest", file = "env/{phase}/kustomization.yaml", part = digest)
    )]
    image: ImageRef,
    #[resource(label, at = "metadata.labels.version", from = annotation("org.opencontainers.image.version"))]
    version: String,
}

const DEPLOYMENT: &str = "\
metadata:
  labels:
    version: VERSION # shown on the dashboard
spec:
  containers:
  - name: proxy
    image: proxy:1
  - name: app
    image: \"IMAGE\"
    env:
    - {name: DIGEST, value: DIGEST}
";

const KUSTOMIZATION: &str = "images:\n- name: app\n  digest: DIGEST\n";

fn files(phase: &str, image: &ImageRef, version: &str) -> [(String, String); 2] {
    let digest = image.digest.as_ref().unwrap().to_string();
    let fill = |text: &str| {
        text.replace("VERSION", version)
            .replace("IMAGE", &image.to_string())
            .replace("value: DIGEST", &format!("value: {digest}"))
            .replace("digest: DIGEST", &format!("digest: {digest}"))
    };
    [
        (format!("env/{phase}/deployment.yaml"), fill(DEPLOYMENT)),
        (format!("env/{phase}/kustomization.yaml"), fill(KUSTOMIZATION)),
    ]
}

#[test]
fn several_fields_and_places_move_together_in_one_commit() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| Pipeline::<Service>::from(oci("app")).then(git("staging")).named("shop"));
    let old = images.publish("latest", "1.0.0");
    let start = files("staging", &old, "1.0.0");
    repository.commit("Set up", start.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    let new = images.publish("latest", "1.1.0");
    shown!(world.run("plan"), @r#"
    shop/staging  1.0.0 (40f372c1942a) -> 1.1.0 (a09fe52d4805)  from app, commit to main
      image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      version: 1.0.0 -> 1.1.0
      diff --git a/env/staging/deployment.yaml b/env/staging/deployment.yaml
      --- a/env/staging/deployment.yaml
      +++ b/env/staging/deployment.yaml
      @@ -1,11 +1,11 @@
       metadata:
         labels:
      -    version: 1.0.0 # shown on the dashboard
      +    version: 1.1.0 # shown on the dashboard
       spec:
         containers:
         - name: proxy
           image: proxy:1
         - name: app
      -    image: "registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
      +    image: "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
           env:
      -    - {name: DIGEST, value: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f}
      +    - {name: DIGEST, value: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3}
      diff --git a/env/staging/kustomization.yaml b/env/staging/kustomization.yaml
      --- a/env/staging/kustomization.yaml
      +++ b/env/staging/kustomization.yaml
      @@ -1,3 +1,3 @@
       images:
       - name: app
      -  digest: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
      +  digest: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    "#);
    world.run("promote staging").success();
    for (file, text) in files("staging", &new, "1.1.0") {
        assert_eq!(repository.read(&file), text);
    }
    assert_eq!(repository.log().len(), 2);
    insta::assert_snapshot!(repository.log()[0].message, @"
    Promote shop to staging: 1.1.0 (a09fe52d4805)

    image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    version: 1.0.0 -> 1.1.0

    Glu-Pipeline: shop
    Glu-Phase: staging
    Glu-Promotion: 01KDWPVNG1BK0VXTWDM5JRXV37
    Glu-Cause: promotion
    Glu-State: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    Glu-Previous: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    Glu-From: app
    Glu-Actor: Ada Example <ada.example@example.com>
    ");
}

#[test]
fn a_place_that_disagrees_is_drift_and_a_promotion_mends_it() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| Pipeline::<Service>::from(oci("app")).then(git("staging")).named("shop"));
    let image = images.publish("latest", "1.0.0");
    let right = files("staging", &image, "1.0.0");
    let mut wrong = right.clone();
    let digest = image.digest.as_ref().unwrap().to_string();
    wrong[1].1 = wrong[1].1.replace(&digest, "sha256:0000");
    repository.commit("Set up", wrong.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    shown!(world.run("status"), @"
    shop
      PHASE    STATE                 SINCE     BY                        STANDING
      app      1.0.0 (40f372c1942a)
      staging  1.0.0 (40f372c1942a)  just now  Ada Example, outside glu  `images[name=app].digest` in env/staging/kustomization.yaml is `sha256:0000`, not `sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f`
    --- exit 0
    ");
    shown!(world.run("plan"), @"
    shop/staging  1.0.0 (40f372c1942a)  mended  from app, commit to main
      `images[name=app].digest` in env/staging/kustomization.yaml is `sha256:0000`, not `sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f`
      diff --git a/env/staging/kustomization.yaml b/env/staging/kustomization.yaml
      --- a/env/staging/kustomization.yaml
      +++ b/env/staging/kustomization.yaml
      @@ -1,3 +1,3 @@
       images:
       - name: app
      -  digest: sha256:0000
      +  digest: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    shown!(world.run("promote staging"), @"
    shop/staging  promoted: 1.0.0 (40f372c1942a) (main at 70c3c39237)
    --- exit 0
    ");
    assert_eq!(repository.read(&right[1].0), right[1].1);
    insta::assert_snapshot!(repository.log()[0].message, @"
    Mend shop in staging: 1.0.0 (40f372c1942a)

    `images[name=app].digest` in env/staging/kustomization.yaml is `sha256:0000`, not `sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f`

    Glu-Pipeline: shop
    Glu-Phase: staging
    Glu-Promotion: 01KDWPVNG2BK0VXTWDM5JRXV37
    Glu-Cause: promotion
    Glu-State: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    Glu-Previous: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    Glu-From: app
    Glu-Actor: Ada Example <ada.example@example.com>
    ");
    shown!(world.run("status"), @"
    shop
      PHASE    STATE                 SINCE     BY                        STANDING
      app      1.0.0 (40f372c1942a)
      staging  1.0.0 (40f372c1942a)  just now  Ada Example, outside glu  up to date
    --- exit 0
    ");
}

#[test]
fn an_image_without_the_annotation_says_which_and_of_which_image() {
    /// Wants an annotation that images do not have.
    #[derive(Resource)]
    #[resource(file = "env/{phase}/app.yaml")]
    struct Wanting {
        #[resource(digest, at = "revision", from = annotation("org.opencontainers.image.revision"))]
        revision: String,
    }

    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| Pipeline::<Wanting>::from(oci("app")).then(git("staging")).named("shop"));
    images.publish("latest", "1.0.0");
    repository.commit("Set up", [("env/staging/app.yaml", "revision: abc\n")]);
    shown!(world.run("status"), @"
    shop
      PHASE    STATE               SINCE     BY                        STANDING
      app      unknown                                                 field `revision` wants the annotation `org.opencontainers.image.revision`, which registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f does not have
      staging  abc (ba7816bf8f01)  just now  Ada Example, outside glu  app is unknown
    --- exit 1
    ");
    images.publish_with("latest", "1.0.1", [("org.opencontainers.image.revision", "def")]);
    world.run("promote staging").success();
    assert_eq!(repository.read("env/staging/app.yaml"), "revision: def\n");
}

/// A tag in TOML, and a tagged reference and a digest in JSON.
#[derive(Resource)]
#[resource(file = "{phase}.toml")]
struct Elsewhere {
    #[resource(digest, at = "image.digest", also(at = "spec.digest", file = "{phase}.json"))]
    digest: Digest,
    #[resource(label, at = "image.tag", from = tag)]
    tag: String,
    #[resource(at = "spec.image", file = "{phase}.json", from = tagged)]
    image: ImageRef,
}

#[test]
fn toml_and_json_keep_their_bytes() {
    let world = World::new();
    let images = world.layout("app");
    let repository = world.remote("environments");
    world.pipelines(|_| {
        Pipeline::<Elsewhere>::from(oci("app").tag("stable")).then(git("staging")).named("shop")
    });
    let old = images.publish("stable", "1.0.0");
    let digest = old.digest.as_ref().unwrap();
    let toml = format!("# Keep.\n[image]\ndigest = '{digest}'  # pinned\ntag=\"stable\"\n");
    let json = format!(
        "{{\"spec\": {{ \"image\": \"registry.example/app:stable@{digest}\",\n  \"digest\" : \"{digest}\" }}}}\n"
    );
    repository.commit("Set up", [("staging.toml", toml.as_str()), ("staging.json", json.as_str())]);
    shown!(world.run("status"), @"
    shop
      PHASE    STATE                  SINCE     BY                        STANDING
      app      stable (40f372c1942a)
      staging  stable (40f372c1942a)  just now  Ada Example, outside glu  up to date
    --- exit 0
    ");
    let new = images.publish("stable", "1.1.0");
    images.publish("latest", "2.0.0");
    world.run("promote staging").success();
    let moved = |text: &str| text.replace(&digest.to_string(), &new.digest.as_ref().unwrap().to_string());
    assert_eq!(repository.read("staging.toml"), moved(&toml));
    assert_eq!(repository.read("staging.json"), moved(&json));
}

/// A version in a file of its own, written by hand; the file is made where there is none.
struct Version(String);

impl Version {
    fn file(scope: &Scope) -> String {
        format!("{}/{}/VERSION", scope.pipeline, scope.phase)
    }
}

impl Resource for Version {
    fn fields(&self) -> Fields {
        Fields::new().with("version", &self.0)
    }

    fn from_fields(fields: &Fields) -> Result<Self, ResourceError> {
        Ok(Self(fields.parse("version")?))
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(self.0.clone())
    }

    fn read(tree: &dyn Tree, scope: &Scope) -> Result<Self, ResourceError> {
        let bytes = tree.file(&Self::file(scope))?.unwrap_or_else(|| b"none\n".to_vec());
        Ok(Self(String::from_utf8_lossy(&bytes).trim_end().to_owned()))
    }

    fn write(&self, edit: &mut Edit<'_>, scope: &Scope) -> Result<(), ResourceError> {
        edit.write(&Self::file(scope), format!("{}\n", self.0).into_bytes());
        Ok(())
    }
}

/// A release feed: a file in the test's directory.
struct Feed(std::path::PathBuf);

impl ObserveState for Feed {
    fn kind(&self) -> &'static str {
        "feed"
    }

    fn observe(&self) -> Result<State, ResourceError> {
        let text = std::fs::read_to_string(&self.0)
            .map_err(|_| ResourceError::Other("the feed is silent".to_owned()))?;
        Ok(Version(text.trim().to_owned()).state())
    }
}

#[test]
fn a_resource_and_a_phase_of_ones_own() {
    let world = World::new();
    let repository = world.remote("environments");
    repository.commit("Set up", [("README", "hello")]);
    let feed = world.path().join("feed");
    let at = feed.clone();
    world.pipelines(move |_| {
        Pipeline::<Version>::from(own("releases", Feed(at.clone()))).then(git("staging")).named("tool")
    });
    shown!(world.run("status"), @"
    tool
      PHASE     STATE    STANDING
      releases  unknown  the feed is silent
      staging   none     releases is unknown
    --- exit 1
    ");
    std::fs::write(&feed, "v1\n").unwrap();
    shown!(world.run("plan"), @"
    tool/staging  none -> v1  from releases, commit to main
      version: none -> v1
      diff --git a/tool/staging/VERSION b/tool/staging/VERSION
      new file mode 100644
      --- /dev/null
      +++ b/tool/staging/VERSION
      @@ -0,0 +1 @@
      +v1

    1 to move
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    shown!(world.run("promote staging"), @"
    tool/staging  promoted: v1 (main at 4d3b2893b7)
    --- exit 0
    ");
    std::fs::write(&feed, "v2\n").unwrap();
    world.run("promote staging").success();
    assert_eq!(repository.read("tool/staging/VERSION"), "v2\n");
    shown!(world.run("history staging"), @"
    tool/staging
      STATE  SINCE                            BY           HOW        COMMIT      SUBJECT
      v2     2026-01-01T12:00:00Z (just now)  Ada Example  promotion  9534394b8d  Promote tool to staging: v2
      v1     2026-01-01T12:00:00Z (just now)  Ada Example  promotion  4d3b2893b7  Promote tool to staging: v1
    --- exit 0
    ");
    world.run("rollback staging --to v1").success();
    assert_eq!(repository.read("tool/staging/VERSION"), "v1\n");
}

/// Forgets what it wrote.
struct Forgetful;

impl Resource for Forgetful {
    fn fields(&self) -> Fields {
        Fields::new()
    }

    fn from_fields(_: &Fields) -> Result<Self, ResourceError> {
        Ok(Self)
    }

    fn digest(&self) -> StateDigest {
        StateDigest::new(format!("{:?}", std::time::Instant::now()))
    }

    fn read(_: &dyn Tree, _: &Scope) -> Result<Self, ResourceError> {
        Ok(Self)
    }

    fn write(&self, edit: &mut Edit<'_>, _: &Scope) -> Result<(), ResourceError> {
        edit.write("x", b"y".to_vec());
        Ok(())
    }
}

#[test]
fn a_resource_that_does_not_read_back_what_it_wrote_is_refused() {
    let world = World::new();
    let repository = world.remote("environments");
    repository.commit("Set up", [("README", "hello")]);
    world.pipelines(|_| Pipeline::<Forgetful>::from(git("one")).then(git("two")).named("odd"));
    let run = world.run("promote two");
    assert_eq!(run.code as u8, 1);
    assert!(run.out.contains("its `write` and `read` do not agree"), "{run}");
    assert_eq!(repository.log().len(), 1);
}
