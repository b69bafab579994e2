//! `glu plan`

use glu::prelude::*;
use glu::testing::World;

use crate::shop::{App, Shop, manifest, pipeline};

#[test]
fn a_move_comes_with_its_patch_to_the_byte() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shown!(shop.world.run("plan"), @"
    shop/staging     40f372c1942a -> a09fe52d4805  from app, commit to main
      image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      diff --git a/env/staging/app.yaml b/env/staging/app.yaml
      --- a/env/staging/app.yaml
      +++ b/env/staging/app.yaml
      @@ -1,4 +1,4 @@
       # By hand; keep.
       spec:
         replicas: 3
      -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
      +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
    shop/production  40f372c1942a  up to date

    1 to move, 1 up to date
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    shown!(shop.world.run("plan staging -o markdown"), @"
    **1 to move**

    ### shop/staging: `40f372c1942a` → `a09fe52d4805`

    - image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3

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
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    ");
    shown!(shop.world.run("plan staging -o json"), @r#"
    {
      "format_version": "1.0",
      "at": "2026-01-01T13:00:00Z",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "staging",
          "standing": "moves",
          "cause": "promotion",
          "upstreams": [
            "app"
          ],
          "from": {
            "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f",
            "label": "40f372c1942a",
            "fields": {
              "image": "registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
            }
          },
          "to": {
            "digest": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
            "label": "a09fe52d4805",
            "fields": {
              "image": "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
            }
          },
          "source": "environments",
          "branch": "main",
          "tip": "c805cca9c526014edfaa343bfb520f97fc6a5f76",
          "files": [
            "env/staging/app.yaml"
          ],
          "patch": "diff --git a/env/staging/app.yaml b/env/staging/app.yaml\n--- a/env/staging/app.yaml\n+++ b/env/staging/app.yaml\n@@ -1,4 +1,4 @@\n # By hand; keep.\n spec:\n   replicas: 3\n-  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned\n+  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned\n"
        }
      ]
    }
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 0
    "#);
}

#[test]
fn with_nothing_to_move_it_says_so() {
    let shop = Shop::new();
    shown!(shop.world.run("plan"), @"
    shop/staging     40f372c1942a  up to date
    shop/production  40f372c1942a  up to date

    2 up to date
    --- exit 0
    ");
    shown!(shop.world.run("plan app"), @"
    nothing to move
    --- exit 0
    ");
    shown!(shop.world.run("plan --exit-code"), @"
    shop/staging     40f372c1942a  up to date
    shop/production  40f372c1942a  up to date

    2 up to date
    --- exit 0
    ");
}

#[test]
fn pending_changes_are_an_exit_code_only_where_asked_for() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    assert_eq!(shop.world.run("plan").code as u8, 0);
    assert_eq!(shop.world.run("plan --exit-code").code as u8, 5);
    assert_eq!(shop.world.run("diff --exit-code").code as u8, 5);
    assert_eq!(shop.world.run("plan production --exit-code").code as u8, 0);
}

#[test]
fn it_writes_nothing() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let before = shop.repository.log();
    shop.world.run("plan").success();
    assert_eq!(shop.repository.log(), before);
}

#[test]
fn a_missing_file_is_named_with_branch_and_commit() {
    let world = World::new();
    let image = world.layout("app").publish("latest", "1.0.0");
    let repository = world.remote("environments");
    world.pipelines(|_| pipeline());
    repository.commit("Only staging", [("env/staging/app.yaml", manifest(image).as_str())]);
    shown!(world.run("plan"), @"
    shop/staging     40f372c1942a  up to date
    shop/production  broken: env/production/app.yaml: no such file (in `environments:main` at 6e56a7af8d)

    1 up to date, 1 broken
    --- exit 1
    ");
}

#[test]
fn an_expression_that_matches_nothing_is_named_with_file_line_and_commit() {
    let shop = Shop::new();
    shop.edit("staging", "spec:\n  img: x\n");
    shown!(shop.world.run("plan staging"), @"
    shop/staging  broken: env/staging/app.yaml: `spec.image` (line 2): `spec` has no key `image` (in `environments:main` at c627c07afb)

    1 broken
    --- exit 1
    ");
}

/// One container of several.
#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct Chosen {
    #[resource(digest, at = "containers[name=app].image")]
    image: ImageRef,
}

#[test]
fn an_expression_that_matches_several_things_is_named_with_file_and_commit() {
    let world = World::new();
    let image = world.layout("app").publish("latest", "1.0.0");
    let repository = world.remote("environments");
    world.pipelines(|_| Pipeline::<Chosen>::from(oci("app")).then(git("staging")).named("shop"));
    let twice = format!("containers:\n- name: app\n  image: {image}\n- name: app\n  image: {image}\n");
    repository.commit("Twice", [("env/staging/app.yaml", twice.as_str())]);
    shown!(world.run("plan"), @"
    shop/staging  broken: env/staging/app.yaml: `containers[name=app].image` (line 2): several items of `containers` have `name=app`, at lines 2 and 4; name one by its index (in `environments:main` at 00a9405e8b)

    1 broken
    --- exit 1
    ");
}

#[test]
fn what_is_no_image_is_named_with_file_expression_and_commit() {
    let shop = Shop::new();
    shop.edit("staging", &manifest("Not An Image"));
    shown!(shop.world.run("plan staging"), @"
    shop/staging  broken: field `image` cannot be read from `spec.image` in env/staging/app.yaml: `Not An Image` is no image reference: the path has components that are not lower-case letters and digits, joined by `.`, `_`, `__` or dashes (in `environments:main` at 75a527a7a6)

    1 broken
    --- exit 1
    ");
}

#[test]
fn a_missing_branch_is_named_with_those_there_are() {
    let shop = Shop::new();
    shop.world
        .pipelines(|_| Pipeline::<App>::from(oci("app")).then(git("staging").branch("mian")).named("other"));
    shown!(shop.world.run("plan other"), @"
    other/staging  broken: git source `environments` ([world]/environments.git): there is no branch `mian`; there is `main`

    1 broken
    --- exit 1
    ");
}

#[test]
fn an_empty_remote_wants_a_first_commit() {
    let world = World::new();
    world.layout("app").publish("latest", "1.0.0");
    world.remote("environments");
    world.pipelines(|_| pipeline());
    shown!(world.run("plan"), @"
    shop/staging     broken: git source `environments` ([world]/environments.git): the repository is empty: push a first commit to it
    shop/production  broken: git source `environments` ([world]/environments.git): the repository is empty: push a first commit to it

    2 broken
    --- exit 1
    ");
    shown!(world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         STANDING
      app         40f372c1942a
      staging     unknown       git source `environments` ([world]/environments.git): the repository is empty: push a first commit to it
      production  unknown       git source `environments` ([world]/environments.git): the repository is empty: push a first commit to it
    --- exit 1
    ");
}

#[test]
fn a_remote_that_is_not_there_is_one_problem_of_its_phases() {
    let world = World::new();
    world.layout("app").publish("latest", "1.0.0");
    world.configure("[sources.git.environments]\nremote.url = \"nowhere.git\"");
    world.pipelines(|_| pipeline());
    shown!(world.run("plan"), @"
    shop/staging     broken: git source `environments` ([world]/nowhere.git): the remote has no such repository, or hides it from whoever signs in without a configured credential, as git itself does: '[world]/nowhere.git' does not appear to be a git repository
    shop/production  broken: git source `environments` ([world]/nowhere.git): the remote has no such repository, or hides it from whoever signs in without a configured credential, as git itself does: '[world]/nowhere.git' does not appear to be a git repository

    2 broken
    --- exit 1
    ");
}

#[test]
fn an_image_that_is_not_there_holds_what_it_feeds_and_no_more() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    std::fs::remove_dir_all(shop.world.path().join("app.oci")).unwrap();
    shown!(shop.world.run("plan"), @"
    shop/app         broken: image layout: cannot read `[world]/app.oci/oci-layout`: it does not exist
    shop/staging     a09fe52d4805  held: the state of `app` is not known: image layout: cannot read `[world]/app.oci/oci-layout`: it does not exist
    shop/production  40f372c1942a -> a09fe52d4805  from staging, commit to main
      image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      diff --git a/env/production/app.yaml b/env/production/app.yaml
      --- a/env/production/app.yaml
      +++ b/env/production/app.yaml
      @@ -1,4 +1,4 @@
       # By hand; keep.
       spec:
         replicas: 3
      -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
      +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned

    1 to move, 1 held, 1 broken
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 1
    ");
    shown!(shop.world.run("plan -o markdown"), @"
    **1 to move, 1 held, 1 broken**

    ### shop/app: broken

    image layout: cannot read `[world]/app.oci/oci-layout`: it does not exist

    ### shop/staging: held at `a09fe52d4805`

    the state of `app` is not known: image layout: cannot read `[world]/app.oci/oci-layout`: it does not exist

    ### shop/production: `40f372c1942a` → `a09fe52d4805`

    - image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3

    ```diff
    diff --git a/env/production/app.yaml b/env/production/app.yaml
    --- a/env/production/app.yaml
    +++ b/env/production/app.yaml
    @@ -1,4 +1,4 @@
     # By hand; keep.
     spec:
       replicas: 3
    -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
    +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
    ```
    --- stderr
    hint: `glu promote PHASE` makes a move, `glu promote --all` all of them
    --- exit 1
    ");
}

#[test]
fn several_moves_on_one_branch_are_patches_on_top_of_each_other() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.images.publish("latest", "1.2.0");
    let run = shop.world.run("plan");
    assert!(run.success().ends_with("\n2 to move\n"), "{run}");
}
