//! `glu diff`

use std::io::Write as _;

use crate::shop::{Shop, manifest};

#[test]
fn the_patch_is_what_git_apply_takes() {
    let shop = Shop::new();
    let image = shop.images.publish("latest", "1.1.0");
    let run = shop.world.run("diff");
    shown!(run, @"
    diff --git a/env/staging/app.yaml b/env/staging/app.yaml
    --- a/env/staging/app.yaml
    +++ b/env/staging/app.yaml
    @@ -1,4 +1,4 @@
     # By hand; keep.
     spec:
       replicas: 3
    -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
    +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
    --- exit 0
    ");
    let work = shop.world.path().join("work");
    let git = crate::programs::git(&work);
    git(&["clone", "--quiet", "../environments.git", "."]);
    let mut file = std::fs::File::create(work.join("change.patch")).unwrap();
    file.write_all(run.out.as_bytes()).unwrap();
    git(&["apply", "change.patch"]);
    assert_eq!(std::fs::read_to_string(work.join("env/staging/app.yaml")).unwrap(), manifest(image));
}

#[test]
fn every_form() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shown!(shop.world.run("diff -o markdown"), @"
    ### shop/staging

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
    --- exit 0
    ");
    shown!(shop.world.run("diff -o json"), @r#"
    {
      "format_version": "1.0",
      "moves": [
        {
          "pipeline": "shop",
          "phase": "staging",
          "source": "environments",
          "branch": "main",
          "patch": "diff --git a/env/staging/app.yaml b/env/staging/app.yaml\n--- a/env/staging/app.yaml\n+++ b/env/staging/app.yaml\n@@ -1,4 +1,4 @@\n # By hand; keep.\n spec:\n   replicas: 3\n-  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned\n+  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned\n"
        }
      ]
    }
    --- exit 0
    "#);
}

#[test]
fn no_difference_is_no_output() {
    let shop = Shop::new();
    shown!(shop.world.run("diff --exit-code"), @"--- exit 0");
}

#[test]
fn a_broken_phase_fails_and_the_others_are_shown() {
    let shop = Shop::new();
    shop.images.publish("latest", "1.1.0");
    shop.edit("production", "{}\n");
    shown!(shop.world.run("diff --exit-code"), @"
    diff --git a/env/staging/app.yaml b/env/staging/app.yaml
    --- a/env/staging/app.yaml
    +++ b/env/staging/app.yaml
    @@ -1,4 +1,4 @@
     # By hand; keep.
     spec:
       replicas: 3
    -  image: registry.example/app@sha256:40f372c1942a066ab2f9cd5bb0e0cc89d5cc7d2c2997f8b4c6a2d46dd713e45f  # pinned
    +  image: registry.example/app@sha256:a09fe52d4805801be2005b605b33c5c64cb9183dbf5f0f0017cea8b2be7e19b3  # pinned
    --- stderr
    error: shop/production: env/production/app.yaml: `spec.image` (line 1): the document has no key `spec` (in `environments:main` at 2acca291f2)
    --- exit 1
    ");
}
