//! `glu promote`

use crate::programs::hook;
use crate::shop::{Shop, manifest};

#[test]
fn a_promotion_is_one_commit_with_its_trailers() {
    let shop = Shop::new();
    let image = shop.images.publish("latest", "1.1.0");
    let before = shop.repository.log();
    shown!(shop.world.run("promote staging"), @"
    shop/staging  promoted: a09fe52d4805 (main at 7eb4f3d833)
    --- exit 0
    ");
    assert_eq!(shop.repository.read("env/staging/app.yaml"), manifest(image));
    let log = shop.repository.log();
    assert_eq!(log[1..], before);
    assert_eq!((log[0].author.as_str(), log[0].parents), ("glu", 1));
    insta::assert_snapshot!(log[0].message, @"
    Promote shop to staging: a09fe52d4805

    image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3

    Glu-Pipeline: shop
    Glu-Phase: staging
    Glu-Promotion: 01KDWT9H40BK0VXTWDM5JRXV37
    Glu-Cause: promotion
    Glu-State: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    Glu-Previous: sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    Glu-From: app
    Glu-Actor: Ada Example <ada.example@example.com>
    ");
}

#[test]
fn what_is_there_already_is_nothing_to_do() {
    let shop = Shop::new();
    let before = shop.repository.log();
    shown!(shop.world.run("promote staging"), @"
    shop/staging  up to date
    --- exit 0
    ");
    shown!(shop.world.run("promote --all"), @"
    shop/staging     up to date
    shop/production  up to date
    --- exit 0
    ");
    assert_eq!(shop.repository.log(), before);
}

#[test]
fn every_form() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shown!(shop.world.run("promote staging production -o json"), @r#"
    {
      "format_version": "1.0",
      "phases": [
        {
          "pipeline": "shop",
          "phase": "staging",
          "result": "promoted",
          "state": {
            "digest": "sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3",
            "label": "a09fe52d4805",
            "fields": {
              "image": "registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3"
            }
          },
          "promotion": "01KDWT9H40BK0VXTWDM5JRXV37",
          "branch": "main",
          "commit": "7eb4f3d833699c519cf2738a9be6dd30f6eaeb22",
          "attempts": 1
        },
        {
          "pipeline": "shop",
          "phase": "production",
          "result": "up_to_date"
        }
      ]
    }
    --- exit 0
    "#);
    shown!(shop.world.run("promote staging production -o markdown"), @"
    | PHASE | RESULT | DETAIL |
    | --- | --- | --- |
    | shop/staging | up to date |  |
    | shop/production | promoted | a09fe52d4805 (main at 27b3d4c362) |
    --- exit 0
    ");
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    let before = shop.repository.log();
    shown!(shop.world.run("promote staging --dry-run"), @"
    shop/staging  40f372c1942a -> a09fe52d4805  from app, commit to main
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

    1 to move
    --- exit 0
    ");
    assert_eq!(shop.repository.log(), before);
}

#[test]
fn all_moves_what_can_move_now_one_step_each() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.images.publish("latest", "1.2.0");
    let before = shop.repository.log().len();
    shown!(shop.world.run("promote --all"), @"
    shop/staging     promoted: c735125fc13c (main at 76e34aff08)
    shop/production  promoted: a09fe52d4805 (main at 219ea7c661)
    --- exit 0
    ");
    assert_eq!(shop.repository.log().len(), before + 2);
    // The next step: staging's state goes on.
    shown!(shop.world.run("promote --all"), @"
    shop/staging     up to date
    shop/production  promoted: c735125fc13c (main at 5a77d7128e)
    --- exit 0
    ");
    shown!(shop.world.run("promote --all"), @"
    shop/staging     up to date
    shop/production  up to date
    --- exit 0
    ");
}

#[test]
fn a_name_that_means_nothing_suggests_one_that_does() {
    let shop = Shop::new();
    shown!(shop.world.run("promote stagign"), @"
    --- stderr
    error: no pipeline and no phase is called `stagign`
    hint: did you mean `staging`?
    --- exit 2
    ");
    shown!(shop.world.run("promote shop/prod"), @"
    --- stderr
    error: no pipeline and no phase is called `shop/prod`
    hint: there are `app`, `production`, `shop`, `shop/app`, `shop/production`, `shop/staging`, `staging`
    --- exit 2
    ");
    shown!(shop.world.run("promote xyzzy"), @"
    --- stderr
    error: no pipeline and no phase is called `xyzzy`
    hint: there are `app`, `production`, `shop`, `staging`
    --- exit 2
    ");
}

#[test]
fn promoting_everything_has_to_be_said() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shown!(shop.world.run("promote"), @"
    --- stderr
    error: nothing was named to promote
    hint: name phases (`glu promote staging`), or say `--all`, or give a saved plan with `--plan FILE`
    --- exit 2
    ");
    assert_eq!(shop.repository.read("env/staging/app.yaml"), shop.repository.read("env/production/app.yaml"));
    shown!(shop.world.run("promote --all staging"), @"
    --- stderr
    error: the argument '--all' cannot be used with '[PHASE]...'

    Usage: glu promote --all [PHASE]...

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn what_somebody_else_promoted_meanwhile_is_already_there() {
    let shop = Shop::new();
    let image = shop.images.publish("latest", "1.1.0");
    // Between the look and the push, another makes the same move: the first push that reaches the remote finds it made.
    let theirs = manifest(&image);
    let ours = shop.repository.log()[0].id.clone();
    let their_commit = shop.repository.commit_to(
        "theirs",
        "Grace Example",
        "By hand",
        [("env/staging/app.yaml", theirs.as_str())],
    );
    let swap = format!(
        "test -e swapped && exit 0\ntouch swapped\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main {their_commit} {ours}\necho swapped"
    );
    hook(shop.repository.path(), "pre-receive", &swap);
    shown!(shop.world.run("promote staging"), @"
    shop/staging  already there: a09fe52d4805 (main at 751aa50067)
    --- exit 0
    ");
    assert_eq!(shop.repository.log()[0].id, their_commit);
}

#[test]
fn labels_name_pipelines_to_promote() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.world.run("promote --label team=web").success();
    assert_eq!(shop.repository.log().len(), 2);
    assert_eq!(shop.world.run("promote --label team=none").code as u8, 2);
}

#[test]
fn the_beginning_of_a_pipeline_cannot_be_promoted_to() {
    let shop = Shop::new();
    shown!(shop.world.run("promote app"), @"
    --- stderr
    error: nothing can be promoted to `shop/app`: states begin there
    hint: name the phases that states are to move into; `glu graph` shows them
    --- exit 2
    ");
}

#[test]
fn a_phase_that_cannot_be_read_fails_and_others_are_promoted() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.edit("production", "{}\n");
    shown!(shop.world.run("promote --all"), @"
    shop/staging     promoted: a09fe52d4805 (main at ca63eeb99e)
    shop/production  failed: env/production/app.yaml: `spec.image` (line 1): the document has no key `spec` (in `environments:main` at 2acca291f2)
    --- exit 1
    ");
    assert!(shop.repository.log()[0].message.starts_with("Promote shop to staging"));
}

#[test]
fn the_author_is_the_configured_one() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.world.env("GLU_COMMIT_NAME", "Delivery");
    shop.world.env("GLU_COMMIT_EMAIL", "delivery@example.com");
    shop.world.run("promote staging").success();
    assert_eq!(shop.repository.log()[0].author, "Delivery");
}
