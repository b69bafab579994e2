// The crate `glu` behind another crate's name.
mod platform {
    pub(crate) use ::glu as delivery;
}

mod program {
    use crate::platform::delivery::prelude::*;

    // Shadows the crate for everything in here.
    #[allow(dead_code)]
    mod glu {}

    #[derive(Resource)]
    #[resource(crate = crate::platform::delivery, file = "app.yaml")]
    struct App {
        #[resource(digest, at = "image")]
        image: ImageRef,
    }

    #[pipeline(crate = crate::platform::delivery)]
    fn checkout() -> Pipeline<App> {
        Pipeline::from(oci("app")).then(git("staging"))
    }
}

fn main() {
    let drafts = platform::delivery::registration::collect(&platform::delivery::Discovery::default());
    assert_eq!(drafts.expect("the function succeeds").len(), 1);
}
