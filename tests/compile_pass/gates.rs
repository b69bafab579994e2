//! The gates that the README shows.

use glu::prelude::*;

#[derive(Resource)]
#[resource(file = "env/{phase}/app.yaml")]
struct App {
    #[resource(digest, at = "image")]
    image: ImageRef,
}

#[pipeline]
fn guarded() -> Pipeline<App> {
    let smoke = http("https://staging.example.com/healthz").faster_than(seconds(1));
    let errors = prometheus("http://prometheus:9090")
        .query("sum(rate(errors[5m])) / sum(rate(requests[5m]))")
        .below(0.01);
    Pipeline::from(oci("app"))
        .then(git("staging").automatic().verify(check(smoke).samples(3).every(minutes(1))))
        .then(
            git("production")
                .automatic()
                .gate(soak(hours(24)))
                .gate(any_of([window("Mon-Thu 09:00-16:00", "Europe/Vienna"), approval(2)]))
                .gate(check(errors).deadline(hours(2)))
                .gate(command(["smoke-test", "--quick"])),
        )
}

fn main() {
    let drafts = glu::registration::collect(&Discovery::default()).expect("every function succeeds");
    glu::core::model::System::new(drafts).expect("every gate makes sense");
}
