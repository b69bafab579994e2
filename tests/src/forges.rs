//! Every forge there is, each speaking its dialect over HTTP: one scenario runs on all of them, with lists so short that they have several pages.

use std::sync::Arc;

use glu::core::forge::Forge;
use glu::testing::Hosted;
use glu::testing::forge::azure::AzureServer;
use glu::testing::forge::bitbucket::{BitbucketCloudServer, BitbucketDataCenterServer};
use glu::testing::forge::gitea::GiteaServer;
use glu::testing::forge::github::GitHubServer;
use glu::testing::forge::gitlab::GitLabServer;
use glu::testing::forge::server::Server;

use crate::proposals::Lacks;

/// A forge's way to speak.
pub struct Dialect {
    /// What its owner calls it.
    pub name: &'static str,
    /// The name of a repository there.
    pub repository: &'static str,
    /// What it has not.
    pub lacks: Lacks,
    start: fn(Arc<Hosted>) -> Spoken,
}

/// A forge that is connected to. What it was asked wrongly fails when it goes.
pub struct Spoken {
    /// The connection.
    pub forge: Arc<dyn Forge>,
    take_asked: Box<dyn Fn() -> Vec<String>>,
}

impl Dialect {
    /// Speaks so over a forge in memory.
    pub fn over(&self, hosted: Arc<Hosted>) -> Spoken {
        (self.start)(hosted)
    }
}

impl Spoken {
    /// What was asked since somebody last asked this, as `METHOD /path`; nothing of one that is in memory.
    pub fn take_asked(&self) -> Vec<String> {
        (self.take_asked)()
    }
}

fn spoken<S: 'static>(server: S, forge: impl Forge + 'static, of: fn(&S) -> &Server) -> Spoken {
    Spoken { forge: Arc::new(forge), take_asked: Box::new(move || of(&server).take_asked()) }
}

/// In memory, without a dialect.
pub const MEMORY: Dialect = Dialect {
    name: "memory",
    repository: "acme/environments",
    lacks: Lacks { labels: false, teams: false },
    start: |hosted| Spoken { forge: hosted, take_asked: Box::new(Vec::new) },
};

/// GitHub.
pub const GITHUB: Dialect = Dialect {
    name: "GitHub",
    start: |hosted| {
        let server = GitHubServer::start(hosted);
        server.longest_page(1);
        let forge = server.connect();
        spoken(server, forge, GitHubServer::server)
    },
    ..MEMORY
};

/// GitLab.
pub const GITLAB: Dialect = Dialect {
    name: "GitLab",
    repository: "acme/platform/environments",
    lacks: Lacks { labels: false, teams: true },
    start: |hosted| {
        let server = GitLabServer::start(hosted);
        server.longest_page(1);
        let forge = server.connect();
        spoken(server, forge, GitLabServer::server)
    },
};

/// Gitea.
pub const GITEA: Dialect =
    Dialect { name: "Gitea", start: |hosted| gitea(GiteaServer::start(hosted)), ..MEMORY };

/// Forgejo.
pub const FORGEJO: Dialect =
    Dialect { name: "Forgejo", start: |hosted| gitea(GiteaServer::forgejo(hosted)), ..MEMORY };

/// Azure DevOps.
pub const AZURE: Dialect = Dialect {
    name: "Azure DevOps",
    repository: "acme/shop/environments",
    start: |hosted| {
        let server = AzureServer::start(hosted);
        server.longest_page(1);
        let forge = server.connect();
        spoken(server, forge, AzureServer::server)
    },
    ..MEMORY
};

/// Bitbucket Cloud.
pub const BITBUCKET: Dialect = Dialect {
    name: "Bitbucket",
    lacks: Lacks { labels: true, teams: true },
    start: |hosted| {
        let server = BitbucketCloudServer::start(hosted);
        server.longest_page(1);
        let forge = server.connect();
        spoken(server, forge, BitbucketCloudServer::server)
    },
    ..MEMORY
};

/// Bitbucket Data Center.
pub const BITBUCKET_DATA_CENTER: Dialect = Dialect {
    name: "Bitbucket Data Center",
    repository: "ACME/environments",
    lacks: Lacks { labels: true, teams: true },
    start: |hosted| {
        let server = BitbucketDataCenterServer::start(hosted);
        server.longest_page(1);
        let forge = server.connect();
        spoken(server, forge, BitbucketDataCenterServer::server)
    },
};

/// All of them.
pub const DIALECTS: &[Dialect] =
    &[MEMORY, GITHUB, GITLAB, GITEA, FORGEJO, AZURE, BITBUCKET, BITBUCKET_DATA_CENTER];

fn gitea(server: GiteaServer) -> Spoken {
    server.longest_page(1);
    let forge = server.connect();
    spoken(server, forge, GiteaServer::server)
}
