//! `glu graph`

use glu::prelude::*;

use crate::shop::{App, Shop};

fn with_regions() -> Shop {
    let shop = Shop::new();
    shop.world.pipelines(|_| {
        Pipeline::<App>::from(oci("app"))
            .then_each(["eu", "us", "ap"].map(git))
            .then(git("world").join(Join::AtLeast(2)))
            .named("regions")
    });
    shop
}

#[test]
fn every_form() {
    let shop = with_regions();
    shown!(shop.world.run("graph"), @"
    regions
      app (oci)
      ├─ eu (git)
      │  └─ world (git) joins at least 2 of eu, us, ap
      ├─ us (git)
      │  └─ world (git) joins at least 2 of eu, us, ap
      └─ ap (git)
         └─ world (git) joins at least 2 of eu, us, ap

    shop
      app (oci)
      └─ staging (git)
         └─ production (git)
    --- exit 0
    ");
    shown!(shop.world.run("graph regions --format mermaid"), @r#"
    flowchart LR
      subgraph p0 ["regions"]
        p0n0(["app (oci)"])
        p0n1["eu (git)"]
        p0n2["us (git)"]
        p0n3["ap (git)"]
        p0n4["world (git, at least 2)"]
        p0n0 --> p0n1
        p0n0 --> p0n2
        p0n0 --> p0n3
        p0n1 --> p0n4
        p0n2 --> p0n4
        p0n3 --> p0n4
      end
    --- exit 0
    "#);
    shown!(shop.world.run("graph shop -f dot"), @r#"
    digraph glu {
      rankdir=LR;
      node [shape=box, style=rounded];
      subgraph cluster_0 {
        label="shop";
        "shop/app" [label="app (oci)"];
        "shop/staging" [label="staging (git)"];
        "shop/production" [label="production (git)"];
        "shop/app" -> "shop/staging";
        "shop/staging" -> "shop/production";
      }
    }
    --- exit 0
    "#);
    shown!(shop.world.run("graph shop -o json"), @r#"
    {
      "format_version": "1.0",
      "pipelines": [
        {
          "name": "shop",
          "phases": [
            {
              "name": "app",
              "source": "oci",
              "join": null,
              "depth": 0
            },
            {
              "name": "staging",
              "source": "git",
              "join": null,
              "depth": 1
            },
            {
              "name": "production",
              "source": "git",
              "join": null,
              "depth": 2
            }
          ],
          "edges": [
            {
              "from": "app",
              "to": "staging"
            },
            {
              "from": "staging",
              "to": "production"
            }
          ]
        }
      ]
    }
    --- exit 0
    "#);
    shown!(shop.world.run("graph shop -o markdown"), @r#"
    ```mermaid
    flowchart LR
      subgraph p0 ["shop"]
        p0n0(["app (oci)"])
        p0n1["staging (git)"]
        p0n2["production (git)"]
        p0n0 --> p0n1
        p0n1 --> p0n2
      end
    ```
    --- exit 0
    "#);
    shown!(shop.world.run("graph shop --format svg"), @r#"
    <svg xmlns="http://www.w3.org/2000/svg" width="536" height="126" viewBox="0 0 536 126">
    <style>text{font:13px ui-monospace,monospace;fill:#1f2328}.title{font-weight:bold}rect{fill:#f6f8fa;stroke:#59636e}.origin{stroke-dasharray:4 2}path{fill:none;stroke:#59636e}marker path{fill:#59636e}@media(prefers-color-scheme:dark){text{fill:#f0f6fc}rect{fill:#151b23;stroke:#9198a1}path{stroke:#9198a1}marker path{fill:#9198a1}}</style>
    <defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
    <text class="title" x="20" y="36">shop</text>
    <path d="M116 68C146 68 146 68 176 68" marker-end="url(#arrow)"/>
    <path d="M304 68C334 68 334 68 364 68" marker-end="url(#arrow)"/>
    <rect class="origin" x="20" y="50" width="96" height="36" rx="6"/>
    <text x="32" y="73">app (oci)</text>
    <rect x="176" y="50" width="128" height="36" rx="6"/>
    <text x="188" y="73">staging (git)</text>
    <rect x="364" y="50" width="152" height="36" rx="6"/>
    <text x="376" y="73">production (git)</text>
    </svg>
    --- exit 0
    "#);
}

#[test]
fn a_phase_names_its_pipeline() {
    let shop = with_regions();
    assert_eq!(shop.world.run("graph staging").success(), shop.world.run("graph shop").success());
}
