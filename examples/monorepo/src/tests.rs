use glu::testing::{Images, Remote, World};

/// A world in which every phase of `cart` and `search` runs 1.0.0, and the registry offers 1.1.0.
fn world() -> (World, Remote, Images) {
    let world = World::new();
    let (cart, search) = (world.layout("cart"), world.layout("search"));
    let (old_cart, old_search) = (cart.publish("latest", "1.0.0"), search.publish("latest", "1.0.0"));
    let remote = world.remote("deployments");
    for phase in ["staging", "eu-west", "us-east", "ap-south", "global"] {
        let service = format!("services/cart/{phase}/release.yaml");
        let legacy = format!("legacy/search/{phase}.env");
        let release = format!("version: 1.0.0\nimage: {old_cart}\n");
        let script = format!("WORKERS=4\nIMAGE={old_search}\nDEBUG=0\n");
        remote.commit("Deploy", [(service.as_str(), release.as_str()), (legacy.as_str(), script.as_str())]);
    }
    cart.publish("latest", "1.1.0");
    (world, remote, search)
}

#[test]
fn two_regions_open_the_way_to_the_rest_of_the_world() {
    let (world, remote, _) = world();
    let runs_new = |phase: &str| {
        remote.read(&format!("services/cart/{phase}/release.yaml")).starts_with("version: 1.1.0\n")
    };
    world.run("promote cart/staging").success();
    world.run("promote cart/eu-west").success();
    // Two regions still agree on the old version, which the rest of the world has already.
    world.run("promote cart/global").success();
    assert!(runs_new("eu-west") && !runs_new("us-east") && !runs_new("global"));

    world.run("promote cart/ap-south").success();
    world.run("promote cart/global").success();
    assert!(runs_new("global") && !runs_new("us-east"));
}

#[test]
fn a_new_directory_is_a_new_pipeline() {
    let (world, remote, _) = world();
    world.layout("wishlist").publish("latest", "0.1.0");
    remote.commit("Add the wishlist", [("services/wishlist/staging/release.yaml", "image: app\n")]);
    let listed = world.run("list --output json").json();
    let names: Vec<_> =
        listed["pipelines"].as_array().into_iter().flatten().map(|one| &one["name"]).collect();
    assert_eq!(names, ["cart", "search", "wishlist"]);
}

#[test]
fn the_shell_file_keeps_its_other_lines() {
    let (world, remote, images) = world();
    let new = images.publish("latest", "1.1.0");
    world.run("promote search/staging").success();
    assert_eq!(remote.read("legacy/search/staging.env"), format!("WORKERS=4\nIMAGE={new}\nDEBUG=0\n"));
    assert!(!remote.read("legacy/search/eu-west.env").contains(&new.to_string()));
}
