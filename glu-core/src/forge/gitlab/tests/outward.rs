//! What is said of commits, and where they are.

use super::{place, wording};
use crate::forge::{Deployment, DeploymentState, Forge as _, ForgeProblem, Status, StatusState};

fn status(state: StatusState, description: &str) -> Status {
    Status {
        name: "glu/checkout/production".to_owned(),
        state,
        description: description.to_owned(),
        url: Some("https://example.com/run".to_owned()),
    }
}

#[test]
fn statuses_of_all_pages_are_read_and_one_is_set() {
    for by_cursor in [false, true] {
        let place = place();
        if by_cursor {
            place.server.page_by_cursor();
        }
        let opened = place.gitlab.open("change", "main", &wording("x")).unwrap();
        place.hosted.begin_check(1, "ci/build");
        place.hosted.fail_check(1, "ci/build");
        place.hosted.begin_check(1, "ci/test");
        for number in 0..12 {
            place.hosted.pass_check(1, &format!("lint {number:02}"));
        }
        let long = format!("promoted {}", "x".repeat(300));
        place.gitlab.set_status(&opened.commit, &status(StatusState::Passed, &long)).unwrap();
        place.server.longest_page(5);
        let said = place.gitlab.statuses(&opened.commit).unwrap();
        assert_eq!(said, place.hosted.statuses(&opened.commit).unwrap());
        let states: Vec<_> = said.iter().take(3).map(|status| (status.name.as_str(), status.state)).collect();
        assert_eq!(
            states,
            [
                ("ci/build", StatusState::Failed),
                ("ci/test", StatusState::Pending),
                ("glu/checkout/production", StatusState::Passed)
            ]
        );
        assert_eq!(said[2].description.chars().count(), 255);
        assert_eq!(said[2].url.as_deref(), Some("https://example.com/run"));
    }
}

#[test]
fn a_status_goes_on_and_may_be_said_twice() {
    let place = place();
    let commit = place.remote.commit("promoted", [("file", "three\n")]);
    for state in [
        StatusState::Pending,
        StatusState::Pending,
        StatusState::Failed,
        StatusState::Failed,
        StatusState::Pending,
        StatusState::Passed,
    ] {
        place.gitlab.set_status(&commit, &status(state, "soaking")).unwrap();
        assert_eq!(place.gitlab.statuses(&commit).unwrap()[0].state, state);
    }
    // An address that does not fit is left out.
    let url = Some(format!("https://example.com/{}", "x".repeat(300)));
    place.gitlab.set_status(&commit, &Status { url, ..status(StatusState::Passed, "well") }).unwrap();
    assert_eq!(place.gitlab.statuses(&commit).unwrap()[0].url, None);
    for result in [
        place.gitlab.set_status(&"0".repeat(40), &status(StatusState::Passed, "x")),
        place.gitlab.statuses(&"0".repeat(40)).map(drop),
    ] {
        assert!(matches!(result.unwrap_err().problem, ForgeProblem::NotFound { .. }));
    }
}

#[test]
fn a_deployment_goes_on_until_it_ends_and_then_another_begins() {
    let place = place();
    let commit = place.remote.commit("promoted", [("file", "three\n")]);
    let other = place.remote.commit("elsewhere", [("file", "four\n")]);
    let deploy = |commit: &str, state, environment: &str| {
        let deployment = Deployment {
            environment: environment.to_owned(),
            commit: commit.to_owned(),
            branch: "main".to_owned(),
            state,
            description: "soaking".to_owned(),
            url: Some("https://example.com/run".to_owned()),
            environment_url: None,
        };
        place.gitlab.deploy(&deployment).unwrap();
    };
    place.server.longest_page(1);
    use DeploymentState::{Failed, Running, Succeeded};
    let production = "checkout/production";
    deploy(&commit, Running, production);
    deploy(&other, Running, production);
    deploy(&commit, Running, production);
    deploy(&commit, Succeeded, production);
    deploy(&commit, Failed, production);
    deploy(&commit, Running, production);
    deploy(&commit, Failed, "checkout/staging");
    let kept = place.hosted.with(|state| state.deployments.clone());
    let steps: Vec<_> =
        kept.iter().map(|(_, step)| (step.commit == commit, step.environment.as_str(), step.state)).collect();
    assert_eq!(
        steps,
        [
            (true, production, Running),
            (false, production, Running),
            (true, production, Succeeded),
            (true, production, Failed),
            (true, production, Running),
            (true, "checkout/staging", Failed),
        ]
    );
    let asked = place.server.server().take_asked();
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("POST")).count(), 4);
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("PUT")).count(), 2);
}

#[test]
fn an_environment_is_told_once_where_it_is() {
    let place = place();
    let commit = place.remote.commit("promoted", [("file", "three\n")]);
    let deploy = |state, url: &str| {
        let deployment = Deployment {
            environment: "checkout/production".to_owned(),
            commit: commit.clone(),
            branch: "main".to_owned(),
            state,
            description: "soaking".to_owned(),
            url: None,
            environment_url: Some(url.to_owned()),
        };
        place.server.server().take_asked();
        place.gitlab.deploy(&deployment).unwrap();
        let asked = place.server.server().take_asked();
        let urls = place.hosted.with(|state| state.deployments.last().unwrap().1.environment_url.clone());
        (urls.unwrap_or_default(), asked.iter().filter(|asked| asked.contains("/environments/")).count())
    };
    use DeploymentState::{Running, Succeeded};
    let (old, new) = ("https://old.example.com", "https://shop.example.com");
    assert_eq!(deploy(Running, old), (old.to_owned(), 1));
    assert_eq!(deploy(Running, old), (old.to_owned(), 0));
    assert_eq!(deploy(Succeeded, new), (new.to_owned(), 1));
    assert_eq!(deploy(Running, new), (new.to_owned(), 0));
    // An address that does not fit is left out.
    let long = format!("https://example.com/{}", "x".repeat(300));
    assert_eq!(deploy(Running, &long), (new.to_owned(), 0));
}

#[test]
fn a_deployment_of_what_is_not_there_is_refused() {
    let place = place();
    let deployment = Deployment {
        environment: "production".to_owned(),
        commit: "0".repeat(40),
        branch: "main".to_owned(),
        state: DeploymentState::Running,
        description: String::new(),
        url: None,
        environment_url: None,
    };
    let problem = place.gitlab.deploy(&deployment).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::NotFound { .. }), "{problem}");
    let branch = "nowhere".to_owned();
    let problem = place.gitlab.deploy(&Deployment { branch, ..deployment }).unwrap_err().problem;
    assert!(matches!(problem, ForgeProblem::Invalid { .. }), "{problem}");
}
