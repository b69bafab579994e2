//! What checks are told of the commits that brought a state: to the phase itself, and to the upstreams of one.

use std::sync::{Arc, Mutex};

use glu::core::gate::{Asked, Check};
use glu::core::ledger::Sample;
use glu::core::source::git::CommitId;
use glu::exit::Code;
use glu::prelude::*;

use crate::shop::Shop;

/// A controller that has deployed a revision, and what it was asked about.
#[derive(Clone, Default)]
struct Controller {
    revision: Arc<Mutex<String>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Check for Controller {
    fn kind(&self) -> &'static str {
        "controller"
    }

    fn specification(&self) -> String {
        "the test's own".to_owned()
    }

    fn sample(&self, asked: &Asked<'_>) -> Sample {
        let revision = self.revision.lock().unwrap();
        let Some(revision) = CommitId::parse(&revision) else { return Sample::pending(None, "nothing yet") };
        for landing in asked.landings {
            self.asked.lock().unwrap().push((landing.phase.clone(), landing.commit.to_string()));
            match asked.has(&revision, landing) {
                Some(true) => {}
                Some(false) => return Sample::pending(None, "an older revision"),
                None => return Sample::inconclusive("another repository's revision"),
            }
        }
        if asked.landings.is_empty() { Sample::broken("nothing landed") } else { Sample::pass("deployed") }
    }
}

fn waits_for_the_revision(pipeline: impl Fn(&Controller) -> Pipeline<crate::shop::App> + 'static) {
    let controller = Controller::default();
    let inner = controller.clone();
    let shop = Shop::with(move || pipeline(&inner));
    let before = shop.repository.log()[0].id.clone();
    let image = shop.stage("1.1.0");
    let landed = shop.repository.log()[0].id.clone();
    shop.repository.commit("Something else", [("README", "hello")]);
    let after = shop.repository.log()[0].id.clone();
    let promote = |revision: &str| {
        *controller.revision.lock().unwrap() = revision.to_owned();
        shop.pass_hours(1);
        shop.world.run("promote production")
    };
    assert!(promote("").code(Code::Held).contains("nothing yet"));
    assert!(promote(&before).code(Code::Held).contains("an older revision"));
    assert!(promote(&"f".repeat(40)).code(Code::Held).contains("another repository's revision"));
    promote(&after).success();
    assert_eq!(shop.repository.read("env/production/app.yaml"), crate::shop::manifest(image));
    let asked = controller.asked.lock().unwrap();
    assert!(asked.iter().all(|asked| *asked == ("staging".to_owned(), landed.clone())), "{asked:?} {landed}");
}

#[test]
fn a_gate_on_the_way_in_goes_by_the_upstreams_commit() {
    waits_for_the_revision(|controller| {
        Pipeline::from(oci("app"))
            .then(git("staging"))
            .then(git("production").gate(check(controller.clone())))
            .named("shop")
    });
}

#[test]
fn a_verification_goes_by_the_phases_own_commit() {
    waits_for_the_revision(|controller| {
        Pipeline::from(oci("app"))
            .then(git("staging").verify(check(controller.clone())))
            .then(git("production"))
            .named("shop")
    });
}
