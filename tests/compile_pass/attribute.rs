// What the attribute and the doc comment say ends up in the pipeline; its place is the function's name.
#![deny(warnings)]

use glu::prelude::*;
use glu::registration::collect;

#[derive(Resource)]
#[resource(file = "app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

const LINE: u32 = line!() + 7;
/// Ships the shop
/// to its customers.
///
/// By night.
#[pipeline(name = "shop", labels(team = "platform", "app.kubernetes.io/part-of" = "shop", type = "web"),
    annotations(runbook = "https://example.com"))]
pub(crate) fn r#loop() -> Pipeline<App> {
    Pipeline::from(git("staging")).label("team", "payments")
}

mod declared_elsewhere {
    use super::*;

    // Names that the macro's own code might have used.
    #[pipeline]
    fn discovery(discovery: &Discovery) -> Pipeline<App> {
        let _ = discovery;
        Pipeline::from(git("staging")).described("By hand.")
    }
}

fn main() {
    let drafts = collect(&Discovery::default()).expect("every function succeeds");
    let [shop, discovery] = drafts.as_slice() else { panic!("two pipelines") };
    assert_eq!(shop.name.as_deref(), Some("shop"));
    assert_eq!(shop.description, "Ships the shop to its customers.\n\nBy night.");
    let labels: Vec<(&str, &str)> =
        shop.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(labels, [("app.kubernetes.io/part-of", "shop"), ("team", "payments"), ("type", "web")]);
    assert_eq!(shop.annotations["runbook"], "https://example.com");
    assert!(shop.declared.file().ends_with("attribute.rs"), "{}", shop.declared);
    let column = "pub(crate) fn ".len() as u32 + 1;
    assert_eq!((shop.declared.line(), shop.declared.column()), (LINE, column));
    assert_eq!(discovery.name.as_deref(), Some("discovery"));
    assert_eq!(discovery.description, "By hand.");
}
