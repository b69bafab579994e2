//! `glu rollback`

use crate::shop::{Shop, manifest};

/// A shop whose staging had 1.0.0, 1.1.0 and 1.2.0.
fn after_three() -> Shop {
    let shop = Shop::new();
    shop.stage("1.1.0");
    shop.stage("1.2.0");
    shop
}

fn states(shop: &Shop) -> Vec<serde_json::Value> {
    let json = shop.world.run("history staging -o json").json();
    json["phases"][0]["states"].as_array().unwrap().clone()
}

#[test]
fn without_a_state_it_is_the_one_before() {
    let shop = after_three();
    shown!(shop.world.run("rollback staging --dry-run"), @"
    shop/staging  c735125fc13c -> a09fe52d4805  rollback, commit to main
      image: registry.example/app@sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
      diff --git a/env/staging/app.yaml b/env/staging/app.yaml
      --- a/env/staging/app.yaml
      +++ b/env/staging/app.yaml
      @@ -1,4 +1,4 @@
       # By hand; keep.
       spec:
         replicas: 3
      -  image: registry.example/app@sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f  # pinned
      +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned

    1 to move
    --- exit 0
    ");
    shown!(shop.world.run("rollback staging"), @"
    shop/staging  rolled back: a09fe52d4805 (main at 702dd37c0f)
    --- stderr
    hint: it is pinned there; `glu unpin shop/staging --reason ...` lets it move again
    --- exit 0
    ");
    insta::assert_snapshot!(shop.repository.log()[0].message, @"
    Roll shop in staging back to a09fe52d4805

    image: registry.example/app@sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f -> registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3

    Glu-Pipeline: shop
    Glu-Phase: staging
    Glu-Promotion: 01KDX80ZM3PPWW6K8BZY81A0M0
    Glu-Cause: rollback
    Glu-State: sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3
    Glu-Previous: sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f
    Glu-Actor: Ada Example <ada.example@example.com>
    ");
    shop.pass_hours(1);
    shown!(shop.world.run("history staging"), @"
    shop/staging
      STATE         SINCE                               BY           HOW          COMMIT      SUBJECT
      a09fe52d4805  2026-01-01T17:00:00Z (1 hour ago)   Ada Example  rollback     702dd37c0f  Roll shop in staging back to a09fe52d4805
      c735125fc13c  2026-01-01T16:00:00Z (2 hours ago)  Ada Example  promotion    ca9063165c  Promote shop to staging: c735125fc13c
      a09fe52d4805  2026-01-01T14:00:00Z (4 hours ago)  Ada Example  promotion    8d8bd61815  Promote shop to staging: a09fe52d4805
      40f372c1942a  2026-01-01T12:00:00Z (6 hours ago)  Ada Example  outside glu  c805cca9c5  Set the shop up
    --- exit 0
    ");
    // Nobody goes back in order to be moved forward again: it is pinned, and the way forward opens when it is let go.
    assert!(shop.world.run("plan staging").success().ends_with("1 held\n"));
    shop.world.run("unpin staging --reason mended").success();
    let run = shop.world.run("plan staging");
    assert!(run.success().ends_with("1 to move\n"), "{run}");
}

#[test]
fn a_state_is_named_by_digest_commit_label_or_promotion() {
    let shop = after_three();
    let states = states(&shop);
    let (current, middle, first) = (&states[0], &states[1], &states[2]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let digest = text(&first["state"]["digest"]);
    let at = |expected: &str| {
        assert!(shop.repository.read("env/staging/app.yaml").contains(expected));
    };
    let middle_digest = text(&middle["state"]["digest"]);
    for wanted in [
        digest.clone(),
        digest["sha256:".len()..][..12].to_owned(),
        text(&first["commit"])[..10].to_owned(),
        text(&first["state"]["label"]),
    ] {
        shop.world.run(&format!("rollback staging --to {wanted}")).success();
        at(&digest);
        shop.world.run(&format!("rollback staging --to {}", text(&middle["promotion"]))).success();
        at(&middle_digest);
    }
    shop.world.run(&format!("rollback staging --to {}", text(&current["promotion"]))).success();
    at(&text(&current["state"]["digest"]));
}

#[test]
fn a_state_it_is_in_already_is_nothing_to_do() {
    let shop = after_three();
    let digest = states(&shop)[0]["state"]["digest"].as_str().unwrap().to_owned();
    let before = shop.repository.log();
    shown!(shop.world.run(&format!("rollback staging --to {digest}")), @"
    shop/staging  up to date
    --- stderr
    hint: `glu pin shop/staging --reason ...` makes it stay there
    --- exit 0
    ");
    assert_eq!(shop.repository.log(), before);
}

#[test]
fn what_it_never_had_and_what_may_be_several_is_refused() {
    let shop = after_three();
    shown!(shop.world.run("rollback staging --to 9.9.9"), @"
    --- stderr
    error: the phase has had no state `9.9.9`
    hint: `glu history shop/staging` lists the states it has had
    --- exit 2
    ");
    shown!(shop.world.run("rollback staging --to sha256:"), @"
    --- stderr
    error: `sha256:` may be any of sha256:c735125fc13c3d109d8a4ce2eddfbd13cb173772d04a1115d52ca3ae34b5b08f, sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3, sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f
    hint: `glu history shop/staging` lists the states it has had
    --- exit 2
    ");
    // Too short to be the beginning of anything.
    assert_eq!(shop.world.run("rollback staging --to sha").code as u8, 2);
}

#[test]
fn with_none_older_there_is_no_way_back() {
    let shop = Shop::new();
    shown!(shop.world.run("rollback staging"), @"
    --- stderr
    error: there is no older state to go back to
    hint: `glu history shop/staging` lists the states it has had
    --- exit 1
    ");
}

#[test]
fn it_is_of_one_phase_that_can_be_written_to() {
    let shop = Shop::new();
    shown!(shop.world.run("rollback shop"), @"
    --- stderr
    error: `shop` names 3 phases, and one is needed
    hint: name one of `shop/app`, `shop/production`, `shop/staging`
    --- exit 2
    ");
    shown!(shop.world.run("rollback app"), @"
    --- stderr
    error: nothing can be rolled back in `shop/app`: oci phases are only read
    hint: name a phase that states move into; `glu graph` shows them
    --- exit 2
    ");
    shown!(shop.world.run("rollback"), @"
    --- stderr
    error: the following required arguments were not provided:
      <PHASE>

    Usage: glu rollback <PHASE>

    For more information, try '--help'.
    --- exit 2
    ");
    shown!(shop.world.run("rollback stagin"), @"
    --- stderr
    error: no pipeline and no phase is called `stagin`
    hint: did you mean `staging`?
    --- exit 2
    ");
}

#[test]
fn the_file_of_today_is_kept_and_only_the_state_goes_back() {
    let shop = after_three();
    let now = shop.repository.read("env/staging/app.yaml").replace("replicas: 3", "replicas: 7");
    shop.edit("staging", &now);
    shop.world.run("rollback staging").success();
    let middle = states(&shop)[0]["state"]["fields"]["image"].as_str().unwrap().to_owned();
    assert_eq!(
        shop.repository.read("env/staging/app.yaml"),
        manifest(middle).replace("replicas: 3", "replicas: 7")
    );
}

#[test]
fn a_phase_whose_files_say_nothing_cannot_go_back_blindly() {
    let shop = after_three();
    shop.edit("staging", "{}\n");
    shown!(shop.world.run("rollback staging"), @"
    --- stderr
    error: env/staging/app.yaml: `spec.image` (line 1): the document has no key `spec` (in `environments:main` at 89034f101f)
    --- exit 1
    ");
}
