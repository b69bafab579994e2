use glu::testing::World;

fn deployment(reference: &str, digest: &str) -> String {
    format!(
        "\
spec:
  template:
    spec:
      containers:
        - name: app
          image: {reference}
          env:
            - name: APP_IMAGE_DIGEST
              value: \"{digest}\"
"
    )
}

#[test]
fn a_new_image_reaches_staging_but_not_production() {
    let world = World::new();
    let images = world.layout("app");
    let file = |image: &glu::prelude::ImageRef| {
        deployment(&image.to_string(), &image.digest.as_ref().map(ToString::to_string).unwrap_or_default())
    };
    let old = file(&images.publish("latest", "1.0.0"));
    let remote = world.remote("checkout");
    let (staging, production) = ("env/staging/deployment.yaml", "env/production/deployment.yaml");
    remote.commit("Deploy", [(staging, old.as_str()), (production, old.as_str())]);

    let new = file(&images.publish("latest", "1.1.0"));
    world.run("promote staging").success();
    assert_eq!(remote.read(staging), new);
    assert_eq!(remote.read(production), old);

    world.run("promote production").success();
    assert_eq!(remote.read(production), new);
}
