//! `glu status`

use crate::shop::{Shop, manifest};

#[test]
fn all_in_one_state() {
    let shop = Shop::new();
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE       BY                        STANDING
      app         40f372c1942a
      staging     40f372c1942a  1 hour ago  Ada Example, outside glu  up to date
      production  40f372c1942a  1 hour ago  Ada Example, outside glu  up to date
    --- exit 0
    ");
}

#[test]
fn a_phase_behind_by_several_states_says_by_how_many() {
    let shop = Shop::new();
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        shop.stage(version);
    }
    shop.images.publish("latest", "1.4.0");
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE        BY                        STANDING
      app         5c3dad681c8e
      staging     e488066b93a9  1 hour ago   Ada Example               behind app
      production  40f372c1942a  7 hours ago  Ada Example, outside glu  3 behind staging
    --- exit 0
    ");
    shown!(shop.world.run("status production"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE        BY                        STANDING
      production  40f372c1942a  7 hours ago  Ada Example, outside glu  3 behind staging
    --- exit 0
    ");
    shown!(shop.world.run("status --depth 2"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE        BY                        STANDING
      app         5c3dad681c8e
      staging     e488066b93a9  1 hour ago   Ada Example               behind app
      production  40f372c1942a  7 hours ago  Ada Example, outside glu  behind staging
    --- exit 0
    ");
    shown!(shop.world.run("status -o markdown"), @"
    Status at 2026-01-01T19:00:00Z

    | PIPELINE | PHASE | STATE | SINCE | BY | STANDING |
    | --- | --- | --- | --- | --- | --- |
    | shop | app | 5c3dad681c8e |  |  |  |
    | shop | staging | e488066b93a9 | 1 hour ago | Ada Example | behind app |
    | shop | production | 40f372c1942a | 7 hours ago | Ada Example, outside glu | 3 behind staging |
    --- exit 0
    ");
    shown!(shop.world.run("status production -o json"), @r#"
    {
      "format_version": "1.0",
      "at": "2026-01-01T19:00:00Z",
      "pipelines": [
        {
          "name": "shop",
          "description": "Ships the shop.",
          "phases": [
            {
              "name": "production",
              "source": "git",
              "seen": {
                "files": {
                  "source": "environments",
                  "branch": "main",
                  "commit": "05d5557d09b7d6829a6a796814ff5c67b8631ec6",
                  "files": [
                    "env/production/app.yaml"
                  ]
                }
              },
              "state": {
                "digest": "sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f",
                "label": "40f372c1942a",
                "fields": {
                  "image": "registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f"
                }
              },
              "problem": null,
              "arrival": {
                "since": "2026-01-01T12:00:00Z",
                "author": "Ada Example",
                "commit": "c805cca9c526014edfaa343bfb520f97fc6a5f76",
                "promotion": null,
                "outside_glu": true
              },
              "upstreams": [
                {
                  "phase": "staging",
                  "standing": "behind",
                  "behind": 3
                }
              ]
            }
          ]
        }
      ]
    }
    --- exit 0
    "#);
}

#[test]
fn a_change_outside_glu_is_told_with_its_author() {
    let shop = Shop::new();
    shop.stage("1.1.0");
    let by_hand = shop.images.publish("hotfix", "1.0.1");
    shop.edit("production", &manifest(by_hand));
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE       BY                          STANDING
      app         a09fe52d4805
      staging     a09fe52d4805  1 hour ago  Ada Example                 up to date
      production  906a8263fcbb  just now    Grace Example, outside glu  behind staging
    --- exit 0
    ");
}

#[test]
fn what_is_unknown_does_not_hide_the_rest() {
    let shop = Shop::new();
    shop.edit("production", "spec:\n  replicas: 3\n");
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE       BY                          STANDING
      app         40f372c1942a
      staging     40f372c1942a  1 hour ago  Ada Example, outside glu    up to date
      production  unknown       just now    Grace Example, outside glu  env/production/app.yaml: `spec.image` (line 2): `spec` has no key `image` (in `environments:main` at 312565e62f)
    --- exit 1
    ");
    shop.repository.commit_to("main", "Grace Example", "Break it", [("env/staging/app.yaml", ": [")]);
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE     BY                          STANDING
      app         40f372c1942a
      staging     unknown       just now  Grace Example, outside glu  env/staging/app.yaml: line 1: the text cannot be parsed: unclosed bracket '[' (in `environments:main` at 5609b91781)
      production  unknown       just now  Grace Example, outside glu  env/production/app.yaml: `spec.image` (line 2): `spec` has no key `image` (in `environments:main` at 5609b91781)
    --- exit 1
    ");
}

#[test]
fn a_registry_that_cannot_be_asked_leaves_the_phases_readable() {
    let shop = Shop::new();
    std::fs::remove_dir_all(shop.world.path().join("app.oci")).unwrap();
    shown!(shop.world.run("status"), @"
    shop  Ships the shop.
      PHASE       STATE         SINCE       BY                        STANDING
      app         unknown                                             image layout: cannot read `[world]/app.oci/oci-layout`: it does not exist
      staging     40f372c1942a  1 hour ago  Ada Example, outside glu  app is unknown
      production  40f372c1942a  1 hour ago  Ada Example, outside glu  up to date
    --- exit 1
    ");
    let json = shop.world.run("status -o json").json();
    assert_eq!(json["pipelines"][0]["phases"][1]["upstreams"][0]["standing"], "unknown");
    assert_eq!(json["pipelines"][0]["phases"][2]["upstreams"][0]["standing"], "current");
}

#[test]
fn nothing_is_written_and_no_state_is_kept() {
    let shop = Shop::new();
    let before = shop.repository.log();
    let first = shop.world.run("status").to_string();
    assert_eq!(shop.world.run("status").to_string(), first);
    assert_eq!(shop.repository.log(), before);
}
