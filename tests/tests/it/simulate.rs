//! Simulations: what they say, and that they write nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use glu::core::gate::{Asked, Check};
use glu::core::ledger::Sample;
use glu::exit::Code;
use glu::prelude::*;
use glu::testing::fail;

use crate::shop::{App, Shop};

/// A check that a simulation must not run.
struct Untouched;

impl Check for Untouched {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        panic!("a simulation runs no check")
    }
}

fn shop() -> Shop {
    Shop::with(|| {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").automatic())
            .then(
                git("production")
                    .automatic()
                    .gate(soak(hours(24)))
                    .gate(window("Mon-Fri 09:00-16:00", "UTC"))
                    .gate(check(Untouched).tolerate(10_000)),
            )
            .named("shop")
    })
}

#[test]
fn a_month_in_a_moment() {
    let shop = shop();
    let before = shop.repository.log();
    let run = shop.world.run("simulate --for 10d --publish app=1.1.0 --expect production=1.1.0");
    shown!(run, @"
    from 2026-01-01T13:00:00Z for 10d, looking every 1m; nothing is written

      AFTER  TIME                  PHASE            WHAT
      0s     2026-01-01T13:00:00Z  shop/app         published 1.1.0
      0s     2026-01-01T13:00:00Z  shop/staging     40f372c1942a -> 1.1.0
      1m     2026-01-01T13:01:00Z  shop/production  1.1.0 held: gate `soak` says pending: 1 day in staging; it opens at 2026-01-02 13:00 UTC
      1d     2026-01-02T13:00:00Z  shop/production  40f372c1942a -> 1.1.0

    in the end
      PHASE            STATE  STANDING
      shop/app         1.1.0  origin
      shop/staging     1.1.0  up to date
      shop/production  1.1.0  up to date

    from publication to the last phase
      STATE  PUBLISHED TO  AFTER  TOOK
      1.1.0  shop/app      0s     1d
      1 of 1 published arrived; half of them within 1d, the slowest in 1d

    answers of `smoke` in shop/production: 1 assumed to pass
    --- exit 0
    ");
    // Neither a commit nor an entry in the ledger.
    assert_eq!(shop.repository.log().len(), before.len());
    let ledger = shop.world.run("ledger -o json").json();
    assert_eq!(ledger["events"].as_array().map(Vec::len), Some(0), "{ledger}");
    // And the same again, to the byte.
    let again = shop.world.run("simulate --for 10d --publish app=1.1.0 --expect production=1.1.0");
    assert_eq!(run.out, again.out);
}

#[test]
fn the_forms_say_the_same() {
    let shop = shop();
    shop.world.env("GLU_ACTOR", "Grace <grace@example.com>");
    shop.world.run("pin production --reason audit --for 3d").success();
    let scenario = r#"
for = "6d"
every = "1h"

[[publish]]
at = "1h"
phase = "app"
state = "1.1.0"

[[answer]]
gate = "smoke"
phase = "production"
says = "fail"
reason = "it smokes"
until = "4d"

[[freeze]]
at = "2d"
for = "1h"
reason = "moving house"

[[expect]]
phase = "production"
state = "1.1.0"
by = "3d"
"#;
    std::fs::write(shop.world.path().join("release.toml"), scenario).unwrap();
    let markdown = shop.world.run("simulate --scenario release.toml -o markdown");
    shown!(markdown, @"
    from 2026-01-01T13:00:00Z for 6d, looking every 1h; nothing is written

    **missed**

    - shop/production was to get 1.1.0 by 2026-01-04T13:00:00.001Z, and got it at 2026-01-05T13:00:00.001Z

    **timeline**

    | AFTER | TIME | PHASE | WHAT |
    | --- | --- | --- | --- |
    | 1h | 2026-01-01T14:00:00Z | shop/app | published 1.1.0 |
    | 1h | 2026-01-01T14:00:00Z | shop/staging | 40f372c1942a -> 1.1.0 |
    | 2h | 2026-01-01T15:00:00Z | shop/production | 1.1.0 held: pinned to 40f372c1942a until 2026-01-04T13:00:00Z by Grace &lt;grace@example.com>: audit; gate `soak` says pending: 1 day in staging; it opens at 2026-01-02 14:00 UTC; gate `smoke` says pending: it smokes (1 failure so far, tolerated) |
    | 3h | 2026-01-01T16:00:00Z | shop/production | 1.1.0 held: gate `window` says pending: closed; it opens 2026-01-02 09:00 UTC |
    | 1d 3h | 2026-01-02T16:00:00Z | shop/production | 1.1.0 held: gate `window` says pending: closed; it opens 2026-01-05 09:00 UTC |
    | 2d | 2026-01-03T13:00:00Z |  | frozen by somebody: moving house |
    | 2d | 2026-01-03T13:00:00Z | shop/production | 1.1.0 held: the line is stopped until 2026-01-03T14:00:00Z by somebody: moving house |
    | 4d | 2026-01-05T13:00:00Z | shop/production | 40f372c1942a -> 1.1.0 |

    **in the end**

    | PHASE | STATE | STANDING |
    | --- | --- | --- |
    | shop/app | 1.1.0 | origin |
    | shop/staging | 1.1.0 | up to date |
    | shop/production | 1.1.0 | up to date |

    **from publication to the last phase**

    | STATE | PUBLISHED TO | AFTER | TOOK |
    | --- | --- | --- | --- |
    | 1.1.0 | shop/app | 1h | 3d 23h |

    1 of 1 published arrived; half of them within 3d 23h, the slowest in 3d 23h

    **how**

    - answers of `smoke` in shop/production: 1 assumed to pass, 94 told
    --- exit 1
    ");
    let json = shop.world.run("simulate --scenario release.toml -o json");
    json.code(Code::Failed);
    insta::assert_snapshot!(json.out, @r#"
    {
      "format_version": "1.0",
      "began": "2026-01-01T13:00:00Z",
      "ended": "2026-01-07T13:00:00Z",
      "every": "1h",
      "changes": [
        {
          "at": "2026-01-01T14:00:00Z",
          "after": "1h",
          "pipeline": "shop",
          "phase": "app",
          "change": "published",
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          }
        },
        {
          "at": "2026-01-01T14:00:00Z",
          "after": "1h",
          "pipeline": "shop",
          "phase": "staging",
          "change": "moved",
          "from": {
            "name": "40f372c1942a",
            "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
          },
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          }
        },
        {
          "at": "2026-01-01T15:00:00Z",
          "after": "2h",
          "pipeline": "shop",
          "phase": "production",
          "change": "held",
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "reason": "pinned to 40f372c1942a until 2026-01-04T13:00:00Z by Grace <grace@example.com>: audit; gate `soak` says pending: 1 day in staging; it opens at 2026-01-02 14:00 UTC; gate `smoke` says pending: it smokes (1 failure so far, tolerated)"
        },
        {
          "at": "2026-01-01T16:00:00Z",
          "after": "3h",
          "pipeline": "shop",
          "phase": "production",
          "change": "held",
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "reason": "gate `window` says pending: closed; it opens 2026-01-02 09:00 UTC"
        },
        {
          "at": "2026-01-02T16:00:00Z",
          "after": "1d 3h",
          "pipeline": "shop",
          "phase": "production",
          "change": "held",
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "reason": "gate `window` says pending: closed; it opens 2026-01-05 09:00 UTC"
        },
        {
          "at": "2026-01-03T13:00:00Z",
          "after": "2d",
          "change": "told",
          "reason": "frozen by somebody: moving house"
        },
        {
          "at": "2026-01-03T13:00:00Z",
          "after": "2d",
          "pipeline": "shop",
          "phase": "production",
          "change": "held",
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "reason": "the line is stopped until 2026-01-03T14:00:00Z by somebody: moving house"
        },
        {
          "at": "2026-01-05T13:00:00Z",
          "after": "4d",
          "pipeline": "shop",
          "phase": "production",
          "change": "moved",
          "from": {
            "name": "40f372c1942a",
            "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
          },
          "to": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          }
        }
      ],
      "phases": [
        {
          "pipeline": "shop",
          "phase": "app",
          "state": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "standing": "origin"
        },
        {
          "pipeline": "shop",
          "phase": "staging",
          "state": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "standing": "up to date"
        },
        {
          "pipeline": "shop",
          "phase": "production",
          "state": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "standing": "up to date"
        }
      ],
      "leads": [
        {
          "state": {
            "name": "1.1.0",
            "digest": "sha256:e0f4c4bc859e3b11bd43186e591e7a52da9cd3aef2eb7693fa4dedc1ae2c62c7"
          },
          "origin": "shop/app",
          "published": "2026-01-01T14:00:00Z",
          "arrived": "2026-01-05T13:00:00Z",
          "seconds": 342000
        }
      ],
      "checks": [
        {
          "phase": "shop/production",
          "gate": "smoke",
          "assumed": 1,
          "told": 94,
          "recorded": 0
        }
      ],
      "missed": [
        "shop/production was to get 1.1.0 by 2026-01-04T13:00:00.002Z, and got it at 2026-01-05T13:00:00.002Z"
      ],
      "notes": []
    }
    "#);
}

#[test]
fn mistakes_are_told() {
    let shop = shop();
    let failed = |command: &str| {
        let run = shop.world.run(&format!("simulate {command}"));
        run.code(Code::Usage);
        run.err
    };
    assert!(failed("--publish staging=2").contains("fed by others"));
    assert!(failed("--publish ap=2").contains("did you mean `app`"));
    assert!(failed("--publish app=2,chart=3").contains("`chart` is neither"));
    assert!(failed("--scenario none.toml").contains("none.toml"));
    assert!(failed("--since 2027-01-01").contains("not in the past"));
    std::fs::write(shop.world.path().join("odd.toml"), "[[freeze]]\nwhen = \"2d\"\n").unwrap();
    assert!(failed("--scenario odd.toml").contains("unknown field `when`"));
    let unasked = shop.world.run("simulate --answer smok=fail");
    unasked.success();
    assert!(unasked.err.contains("no check called `smok`"), "{unasked}");
}

#[test]
fn the_kit_has_the_same() {
    let shop = shop();
    let simulation = shop
        .world
        .simulate()
        .publish(hours(1), "app", "1.1.0")
        .publish(days(2), "app", "1.2.0")
        .answer("smoke", fail().in_phase("shop/production").between(hours(0), days(4)))
        .expect("staging", "1.2.0", days(2))
        .run(days(10));
    assert_eq!(simulation.arrivals("shop/staging"), [(hours(1), "1.1.0"), (days(2), "1.2.0")]);
    // Thursday at 13:00 and four days are Monday at 13:00, in the window.
    assert_eq!(simulation.arrivals("shop/production"), [(days(4), "1.2.0")]);
    assert_eq!(simulation.state("production"), "1.2.0");
}

/// A check that fails as often as it is told to, and counts how often it is asked.
#[derive(Clone)]
struct Recovering(Arc<AtomicU32>);

impl Check for Recovering {
    fn kind(&self) -> &'static str {
        "smoke"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, _: &Asked<'_>) -> Sample {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0..3 => Sample::fail("it smokes"),
            _ => Sample::pass("all is well"),
        }
    }
}

#[test]
fn a_past_goes_by_again_under_the_gates_of_now() {
    let (asked, soaked) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU64::new(2)));
    let (smoke, length) = (Recovering(asked.clone()), soaked.clone());
    let shop = Shop::with(move || {
        Pipeline::<App>::from(oci("app"))
            .then(git("staging").automatic())
            .then(
                git("production")
                    .automatic()
                    .gate(soak(hours(length.load(Ordering::SeqCst))))
                    .gate(check(smoke.clone()).tolerate(5)),
            )
            .named("shop")
    });
    // A look every two hours. It smokes at 15, 17 and 19 o'clock; at 21 it is well, and the line is stopped until midnight.
    shop.images.publish("latest", "1.1.0");
    for round in 0..8 {
        if round == 4 {
            shop.images.publish("latest", "1.2.0");
            shop.world.run("freeze --everything --reason incident --for 3h").success();
        }
        shop.world.run("run --once").success();
        shop.pass_hours(2);
    }
    let asked_before = asked.load(Ordering::SeqCst);
    let moved = |command: &str| -> Vec<(String, String)> {
        let json = shop.world.run(command).json();
        let changes = json["changes"].as_array().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        changes
            .filter(|change| change["change"] == "moved")
            .map(|change| (text(&change["phase"]), text(&change["at"])[11..16].to_owned()))
            .collect()
    };
    let came = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected.iter().map(|(phase, at)| ((*phase).to_owned(), (*at).to_owned())).collect()
    };
    // Nothing is known of the registry but what came to staging, and when.
    let since = "simulate --since 2026-01-01T13:00:00Z --every 2h -o json";
    assert_eq!(moved(since), came(&[("staging", "01:00"), ("production", "01:00"), ("production", "03:00")]));
    soaked.store(9, Ordering::SeqCst);
    assert_eq!(moved(since), came(&[("staging", "01:00"), ("production", "01:00")]));
    assert_eq!(asked.load(Ordering::SeqCst), asked_before);
    let json = shop.world.run(since).json();
    assert_eq!(json["checks"][0]["assumed"], 0, "{json:#}");
}
