//! The whole life of a proposal on every forge: over HTTP, in each one's dialect, with lists so short that they have several pages.

use std::cell::RefCell;

use glu::testing::Hosted;
use glu_tests::forges::{
    AZURE, BITBUCKET, BITBUCKET_DATA_CENTER, Dialect, FORGEJO, GITEA, GITHUB, GITLAB, MEMORY,
};
use glu_tests::proposals::life_without;

#[test]
fn in_memory() {
    on(&MEMORY);
}

#[test]
fn on_github() {
    assert!(on(&GITHUB) > 0, "nobody was asked");
}

#[test]
fn on_gitlab() {
    assert!(on(&GITLAB) > 0, "nobody was asked");
}

#[test]
fn on_gitea_and_forgejo() {
    for dialect in [&GITEA, &FORGEJO] {
        assert!(on(dialect) > 0, "nobody was asked");
    }
}

#[test]
fn on_azure_devops() {
    assert!(on(&AZURE) > 0, "nobody was asked");
}

#[test]
fn on_bitbucket_cloud() {
    assert!(on(&BITBUCKET) > 0, "nobody was asked");
}

#[test]
fn on_bitbucket_data_center() {
    assert!(on(&BITBUCKET_DATA_CENTER) > 0, "nobody was asked");
}

/// Lives a proposal's life over a dialect, and counts what was asked; what was asked wrongly fails when the server is dropped.
fn on(dialect: &Dialect) -> usize {
    let spoken = RefCell::new(Vec::new());
    life_without(dialect.lacks, &|_, remote| {
        let hosted = Hosted::new(dialect.repository, remote);
        let speaking = dialect.over(hosted.clone());
        let connection = speaking.forge.clone();
        spoken.borrow_mut().push(speaking);
        (hosted, connection)
    });
    spoken.into_inner().iter().map(|speaking| speaking.take_asked().len()).sum()
}
