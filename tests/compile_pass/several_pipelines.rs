// One function, several pipelines, in a `Result`, found by looking around.
#![deny(warnings)]
#![forbid(unsafe_code)]

use glu::prelude::*;
use glu::registration::collect;

#[derive(Resource)]
struct App {
    #[resource(digest, file = "{pipeline}/{phase}.yaml", at = "image")]
    image: ImageRef,
}

#[pipeline(labels(team = "platform"), name = "unused")]
fn services(discovery: &Discovery) -> Result<Vec<Pipeline<App>>, std::num::ParseIntError> {
    let _ = discovery;
    let replicas: u8 = "2".parse()?;
    Ok((0..replicas)
        .map(|number| Pipeline::from(oci("app")).then(git("production")).named(format!("service-{number}")))
        .collect())
}

#[pipeline]
fn listed() -> Vec<Pipeline<App>> {
    vec![Pipeline::from(git("only"))]
}

#[pipeline]
fn no_luxury() -> Result<Pipeline<App>, String> {
    Ok(Pipeline::from(git("only")))
}

#[pipeline]
fn hidden_type(_: &Discovery) -> impl glu::__private::IntoPipelines + use<> {
    Pipeline::<App>::from(git("only"))
}

fn main() {
    let names: Vec<Option<String>> = collect(&Discovery::default())
        .expect("every function succeeds")
        .into_iter()
        .map(|draft| {
            assert_eq!(draft.labels.contains_key("team"), draft.phases.len() == 2);
            draft.name
        })
        .collect();
    let expected = ["service-0", "service-1", "listed", "no-luxury", "hidden-type"];
    assert_eq!(names, expected.map(|name| Some(name.to_owned())));
}
