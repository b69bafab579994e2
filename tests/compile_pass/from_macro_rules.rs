// Literals and types that come through another macro's fragments.
#![deny(warnings)]

use glu::prelude::*;

macro_rules! service {
    ($name:ident, $function:ident, $title:literal, $at:literal, $type:ty) => {
        #[derive(Resource)]
        #[resource(file = "app.yaml")]
        struct $name {
            #[resource(digest, at = $at)]
            value: $type,
        }

        #[doc = $title]
        #[pipeline(name = $title, labels(title = $title))]
        fn $function() -> Pipeline<$name> {
            Pipeline::from(git("staging"))
        }
    };
}

service!(First, first, "one", "spec.image", ImageRef);
service!(Second, second, "two", "spec.replicas", u32);

fn main() {
    let drafts = glu::registration::collect(&Discovery::default()).expect("every function succeeds");
    let names: Vec<_> = drafts.iter().map(|draft| (draft.name.as_deref(), draft.description.as_str())).collect();
    assert_eq!(names, [(Some("one"), "one"), (Some("two"), "two")]);
}
