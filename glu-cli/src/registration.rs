//! Pipeline functions: what `#[pipeline]` writes down before `main`, and the pipelines that come of calling them.

use std::fmt;

use glu_core::author::{Draft, PipelineError};
use glu_core::model::Declared;

use crate::discovery::Discovery;

/// A function marked `#[pipeline]`.
#[derive(Debug)]
pub struct Registration {
    /// The function's name.
    pub function: &'static str,
    /// The pipeline's name, where the attribute has one.
    pub name: Option<&'static str>,
    /// The doc comment.
    pub description: &'static str,
    /// The attribute's labels.
    pub labels: &'static [(&'static str, &'static str)],
    /// The attribute's annotations.
    pub annotations: &'static [(&'static str, &'static str)],
    /// Where the function is.
    pub declared: Declared,
    /// Calls the function.
    pub pipelines: fn(&Discovery) -> Result<Vec<Draft>, PipelineError>,
}

inventory::collect!(Registration);

/// Why there are no pipelines to work with.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// No function is registered.
    #[error("the program has no pipelines")]
    NoPipelines,
    /// Functions failed.
    #[error("{}", lines(.0))]
    Failed(Vec<Failure>),
}

/// A pipeline function that returned an error.
#[derive(Debug, thiserror::Error)]
#[error("{}:{}: pipeline function `{function}` failed: {error}", declared.file(), declared.line())]
pub struct Failure {
    /// The function's name.
    pub function: &'static str,
    /// Where it is.
    pub declared: Declared,
    /// What it said.
    pub error: PipelineError,
}

/// Calls every registered function, in the order of their places in the source, since the linker's means nothing.
///
/// A name, description, label or annotation that the function set itself wins over the attribute's and the doc comment's.
/// One of several pipelines gets no name from its function: it has to have its own.
///
/// # Errors
/// When no function is registered, or some fail: all failures at once.
pub fn collect(discovery: &Discovery) -> Result<Vec<Draft>, CollectError> {
    call(inventory::iter::<Registration>.into_iter().collect(), discovery)
}

fn call(mut registrations: Vec<&Registration>, discovery: &Discovery) -> Result<Vec<Draft>, CollectError> {
    if registrations.is_empty() {
        return Err(CollectError::NoPipelines);
    }
    registrations.sort_by_key(|registration| {
        let at = registration.declared;
        (at.file(), at.line(), at.column(), registration.function)
    });
    let mut pipelines = Vec::new();
    let mut failures = Vec::new();
    for registration in registrations {
        match (registration.pipelines)(discovery) {
            Ok(drafts) => {
                let single = drafts.len() == 1;
                pipelines.extend(drafts.into_iter().map(|draft| registration.complete(draft, single)));
            }
            Err(error) => failures.push(Failure {
                function: registration.function,
                declared: registration.declared,
                error,
            }),
        }
    }
    if failures.is_empty() { Ok(pipelines) } else { Err(CollectError::Failed(failures)) }
}

impl Registration {
    /// Fills in what the function left open.
    fn complete(&self, mut draft: Draft, single: bool) -> Draft {
        if draft.name.is_none() && single {
            draft.name = Some(self.name.map_or_else(|| self.function.replace('_', "-"), str::to_owned));
        }
        if draft.description.is_empty() {
            self.description.clone_into(&mut draft.description);
        }
        for (given, own) in [(self.labels, &mut draft.labels), (self.annotations, &mut draft.annotations)] {
            for (name, value) in given {
                own.entry((*name).to_owned()).or_insert_with(|| (*value).to_owned());
            }
        }
        draft.declared = self.declared;
        draft
    }
}

fn lines(failures: &[Failure]) -> impl fmt::Display {
    failures.iter().map(Failure::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use glu_core::author::{IntoPipelines, Pipeline, own};
    use glu_core::model::{ObserveState, ResourceError, State};

    use super::*;

    #[derive(glu_macros::Resource)]
    #[resource(file = "app.yaml")]
    struct App {
        #[resource(digest, at = "replicas")]
        replicas: u32,
    }

    struct Feed;

    impl ObserveState for Feed {
        fn kind(&self) -> &'static str {
            "feed"
        }

        fn observe(&self) -> Result<State, ResourceError> {
            Err(ResourceError::Other("nothing".to_owned()))
        }
    }

    fn one() -> Pipeline<App> {
        Pipeline::from(own("feed", Feed))
    }

    #[track_caller]
    fn registration(
        function: &'static str,
        pipelines: fn(&Discovery) -> Result<Vec<Draft>, PipelineError>,
    ) -> Registration {
        Registration {
            function,
            name: None,
            description: "From the comment.",
            labels: &[("team", "platform"), ("tier", "1")],
            annotations: &[("runbook", "attribute")],
            declared: Location::caller(),
            pipelines,
        }
    }

    fn names(registrations: Vec<&Registration>) -> Vec<Option<String>> {
        let drafts = call(registrations, &Discovery::default()).expect("nothing fails");
        drafts.into_iter().map(|draft| draft.name).collect()
    }

    #[test]
    fn a_single_pipeline_is_called_as_it_says_else_as_the_attribute_says_else_as_the_function() {
        let function = registration("check_out_all", |_| one().into_pipelines());
        let attribute =
            Registration { name: Some("Shop_1"), ..registration("f", |_| one().into_pipelines()) };
        let own_name =
            Registration { name: Some("shop"), ..registration("f", |_| one().named("own").into_pipelines()) };
        let expected = ["check-out-all", "Shop_1", "own"];
        assert_eq!(names(vec![&function, &attribute, &own_name]), expected.map(|name| Some(name.to_owned())));
    }

    #[test]
    fn several_pipelines_keep_their_names_or_have_none() {
        let several = Registration {
            name: Some("shop"),
            ..registration("several", |_| vec![one().named("a"), one()].into_pipelines())
        };
        let none = registration("none", |_| Vec::<Pipeline<App>>::new().into_pipelines());
        assert_eq!(names(vec![&several, &none]), [Some("a".to_owned()), None]);
    }

    #[test]
    fn what_the_function_says_wins_and_the_place_is_the_registration() {
        let plain = registration("plain", |_| one().into_pipelines());
        let own = registration("own", |_| {
            one().described("By hand.").label("team", "shop").annotation("runbook", "code").into_pipelines()
        });
        let drafts = call(vec![&plain, &own], &Discovery::default()).expect("nothing fails");
        let seen: Vec<_> = drafts
            .iter()
            .map(|draft| {
                let labels = (draft.labels["team"].as_str(), draft.labels["tier"].as_str());
                (draft.description.as_str(), labels, draft.annotations["runbook"].as_str())
            })
            .collect();
        assert_eq!(
            seen,
            [("From the comment.", ("platform", "1"), "attribute"), ("By hand.", ("shop", "1"), "code")]
        );
        assert_eq!([drafts[0].declared, drafts[1].declared], [plain.declared, own.declared]);
    }

    #[test]
    fn the_order_is_that_of_the_source() {
        let [first, second] = ["first", "second"].map(|name| registration(name, |_| one().into_pipelines()));
        let third = registration("third", |_| one().into_pipelines());
        assert_eq!(first.declared, second.declared, "one place, so that the later lines decide");
        let expected = ["first", "second", "third"].map(|name| Some(name.to_owned()));
        assert_eq!(names(vec![&third, &first, &second]), expected);
    }

    #[test]
    fn all_failures_are_told_with_function_and_place() {
        let good = registration("good", |_| one().into_pipelines());
        let bad = registration("bad", |_| Err("no network".into()));
        let worse = registration("worse", |_| Err("no disk".into()));
        let error =
            call(vec![&worse, &good, &bad], &Discovery::default()).err().expect("two fail").to_string();
        let at = |registration: &Registration| {
            format!("{}:{}", registration.declared.file(), registration.declared.line())
        };
        let expected = format!(
            "{}: pipeline function `bad` failed: no network\n{}: pipeline function `worse` failed: no disk",
            at(&bad),
            at(&worse)
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn no_registration_is_a_case_of_its_own() {
        assert!(matches!(call(Vec::new(), &Discovery::default()), Err(CollectError::NoPipelines)));
    }
}
