//! `glu plan --out` and `glu promote --plan`: exactly what was planned, or nothing.

use std::fs;

use glu::prelude::*;
use glu::testing::World;

use crate::shop::{App, Shop, manifest};

/// A shop with a saved plan to move 1.1.0 to staging.
fn planned() -> Shop {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.world.run("plan --out plan.json").success();
    shop
}

fn text(world: &World) -> String {
    fs::read_to_string(world.path().join("plan.json")).unwrap()
}

fn nothing_written(shop: &Shop, commits: usize) {
    assert_eq!(shop.repository.log().len(), commits);
}

#[test]
fn the_file_says_what_would_be_done_and_nothing_of_the_machine() {
    let shop = planned();
    shown!(shop.world.run("plan --out plan.json"), @"
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
    hint: `glu promote --plan plan.json` makes exactly these moves
    --- exit 0
    ");
    insta::assert_snapshot!(text(&shop.world), @r#"
    {
      "format_version": "1.1",
      "created": "2026-01-01T13:00:00Z",
      "pipelines": "sha256:f65126f72c450e83faa6435c554d714566973b15feda1160c5685772dc8ed046",
      "tips": {
        "environments:main": "c805cca9c526014edfaa343bfb520f97fc6a5f76"
      },
      "states": {
        "shop/app": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
        "shop/staging": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
      },
      "moves": [
        {
          "pipeline": "shop",
          "phase": "staging",
          "from": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f",
          "to": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
          "branch": "environments:main",
          "files": [
            {
              "path": "env/staging/app.yaml",
              "before": "sha256:a864c4f44df719e8dc7093bf55911b45932af0afb9bfff8be7fe67df572303e3",
              "after": "sha256:e26fb2d55f9257c3b8f3cec0ae494b224d7f51e697f861c531cf1fdd4f8ee40d"
            }
          ],
          "patch": "diff --git a/env/staging/app.yaml b/env/staging/app.yaml\n--- a/env/staging/app.yaml\n+++ b/env/staging/app.yaml\n@@ -1,4 +1,4 @@\n # By hand; keep.\n spec:\n   replicas: 3\n-  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned\n+  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned\n"
        }
      ]
    }
    "#);
    assert!(!text(&shop.world).contains(&shop.world.path().display().to_string()));
    let files: Vec<String> = fs::read_dir(shop.world.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("plan"))
        .collect();
    assert_eq!(files, ["plan.json"], "nothing is left of the writing");
}

#[test]
fn it_is_made_true() {
    let shop = planned();
    shown!(shop.world.run("promote --plan plan.json"), @"
    shop/staging  promoted: a09fe52d4805 (main at b0db5cad26)
    --- exit 0
    ");
    nothing_written(&shop, 2);
    // Once more it is stale: what it names has moved, by its own hand.
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      branch environments:main was c805cca9c526014edfaa343bfb520f97fc6a5f76 and is b0db5cad26a23e01af01afdc02526c09add7805e
      the state of shop/staging was sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f and is sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      shop/staging would not move now
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 2);
}

#[test]
fn it_moves_nothing_that_it_does_not_name() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.world.run("plan production --out plan.json").success();
    shop.images.publish("latest", "1.2.0");
    shown!(shop.world.run("promote --plan plan.json"), @"
    shop/production  promoted: a09fe52d4805 (main at 41ebe0fada)
    --- exit 0
    ");
}

#[test]
fn a_new_image_makes_it_stale() {
    let shop = planned();
    shop.images.publish("latest", "1.2.0");
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      the state of shop/app was sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3 and is sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f
      shop/staging would move to sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f now, not to sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 1);
}

#[test]
fn a_commit_elsewhere_on_the_branch_makes_it_stale() {
    let shop = planned();
    shop.repository.commit("Unrelated", [("README", "hello")]);
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      branch environments:main was c805cca9c526014edfaa343bfb520f97fc6a5f76 and is eae020b709108d5ee83c3713217820f34f53c3bc
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 2);
}

#[test]
fn a_change_of_the_file_makes_it_stale() {
    let shop = planned();
    let hotfix = shop.images.publish("hotfix", "1.0.1");
    shop.edit("staging", &manifest(hotfix));
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      branch environments:main was c805cca9c526014edfaa343bfb520f97fc6a5f76 and is 1a33e40331b4a38d7f99381358e9a447d4007ea3
      the state of shop/staging was sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f and is sha256:906a8263fcbbe53fbac3ebbd53ff5e3fcecebc6c448272c04d2fbfeff954db8c
      the patch of shop/staging would be another now
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 2);
}

#[test]
fn other_pipelines_make_it_stale() {
    let shop = planned();
    shop.world.pipelines(|_| Pipeline::<App>::from(oci("app")).then(git("staging")).named("second"));
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      the pipelines themselves have changed
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 1);
}

#[test]
fn an_empty_plan_is_nothing_to_do() {
    let shop = Shop::new();
    shop.world.run("plan --out plan.json").success();
    shown!(shop.world.run("promote --plan plan.json"), @"
    nothing to move
    --- exit 0
    ");
}

#[test]
fn a_dry_run_checks_it() {
    let shop = planned();
    shop.world.run("promote --plan plan.json --dry-run").success();
    shop.repository.commit("Unrelated", [("README", "hello")]);
    assert_eq!(shop.world.run("promote --plan plan.json --dry-run").code as u8, 4);
}

#[test]
fn what_is_no_plan_is_refused() {
    let shop = planned();
    let whole = text(&shop.world);
    let write = |text: &str| fs::write(shop.world.path().join("plan.json"), text).unwrap();
    write(&whole[..whole.len() / 2]);
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: [world]/plan.json: not a saved plan: EOF while parsing a string at line 18 column 26
    --- exit 2
    ");
    write(&whole.replace("\"format_version\": \"1.1\"", "\"format_version\": \"2.0\""));
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: [world]/plan.json: format 2.0 is not 1.1
    hint: make the plan again with this version of glu
    --- exit 2
    ");
    write("{}");
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: [world]/plan.json: not a saved plan: missing field `format_version` at line 1 column 2
    --- exit 2
    ");
    shown!(shop.world.run("promote --plan missing.json"), @"
    --- stderr
    error: [world]/missing.json: No such file or directory (os error 2)
    --- exit 2
    ");
    shown!(shop.world.run("plan --out no/such/directory.json"), @"
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
    error: [world]/no/such/directory.json: No such file or directory (os error 2)
    --- exit 1
    ");
    nothing_written(&shop, 1);
}

#[test]
fn a_tampered_plan_is_refused() {
    let shop = planned();
    let whole = text(&shop.world);
    let other = whole.replace("\"phase\": \"staging\"", "\"phase\": \"production\"");
    fs::write(shop.world.path().join("plan.json"), other).unwrap();
    shown!(shop.world.run("promote --plan plan.json"), @"
    --- stderr
    error: the plan of 2026-01-01T13:00:00Z is stale:
      shop/production would not move now
    hint: nothing was written; `glu plan --out FILE` makes it again
    --- exit 4
    ");
    nothing_written(&shop, 1);
}
