//! Promotions to a remote behind an ssh server that lets one key in.

use std::fs;

use glu_tests::program::Program;
use glu_tests::secrets::{argument_lists, expect_hidden, whole_promotion};
use glu_tests::server::sshd::{Agent, Sshd};
use glu_tests::site::{Site, deployment, manifest_of};

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");
const PASSPHRASE: &str = "open sesame 'n such";

struct Served {
    site: Site,
    new: String,
    server: Sshd,
}

impl Served {
    fn start(passphrase: Option<&str>) -> Self {
        let site = Site::new();
        site.deploy(&site.publish("1"));
        let new = site.publish("2");
        Self { site, new, server: Sshd::start(passphrase) }
    }

    fn key(&self) -> String {
        fs::read_to_string(self.server.client_key()).unwrap()
    }

    /// Configures the remote with an ssh credential of these keys.
    fn configure(&self, ssh: &str) {
        let url = self.server.url(self.site.remote().path());
        self.site.configure_remote(
            &url,
            "credential = \"deploy\"",
            &format!("[credentials.deploy]\ntype = \"ssh\"\n[credentials.deploy.ssh]\n{ssh}\n"),
        );
    }

    fn program(&self) -> Program {
        self.site.program(GITOPS)
    }

    /// A whole promotion, which must arrive and show none of these.
    #[track_caller]
    fn promotes(&self, program: &Program, secrets: &[&str]) {
        let (promoted, text) = whole_promotion(&self.site, program);
        promoted.success();
        assert_eq!(self.site.remote().read(&manifest_of("staging")), deployment(&self.new));
        let arguments = argument_lists(&self.site);
        assert!(arguments.contains("push --porcelain") && arguments.contains("ssh"), "{arguments}");
        expect_hidden(&self.site, secrets, &[&self.site.path().join("glu.toml")], &text);
        let left = fs::read_dir(self.site.cache().join("ssh")).into_iter().flatten().count();
        assert_eq!(left, 0, "a file with a secret was left behind");
    }

    #[track_caller]
    fn fails(&self, said: &str) {
        let before = self.site.remote().log();
        let ran = self.program().run("promote --yes staging");
        ran.exit(1);
        assert!(ran.text().contains(said), "{ran:?}");
        assert_eq!(self.site.remote().log(), before);
    }
}

/// A line of the key that is in no other.
fn middle(key: &str) -> &str {
    key.lines().nth(2).unwrap()
}

const ANY_HOST: &str = "insecure_ignore_host_key = true";

#[test]
fn a_key_in_a_file_promotes() {
    let served = Served::start(None);
    served.configure(&format!("{ANY_HOST}\nprivate_key_path = \"{}\"", served.server.client_key().display()));
    served.promotes(&served.program(), &[middle(&served.key())]);
}

#[test]
fn a_key_as_text_promotes_and_is_gone_afterwards() {
    let served = Served::start(None);
    served.configure(&format!("{ANY_HOST}\nprivate_key_bytes = '''{}'''", served.key()));
    served.promotes(&served.program(), &[middle(&served.key())]);
}

#[test]
fn a_key_in_a_variable_promotes_and_is_gone_afterwards() {
    let served = Served::start(None);
    served.configure(ANY_HOST);
    let program = served.program().environment("GLU_CREDENTIALS_DEPLOY_SSH_PRIVATE_KEY_BYTES", served.key());
    served.promotes(&program, &[middle(&served.key())]);
}

#[test]
fn a_passphrase_unlocks_a_key_and_shows_nowhere() {
    let served = Served::start(Some(PASSPHRASE));
    served.configure(&format!("{ANY_HOST}\nprivate_key_path = \"{}\"", served.server.client_key().display()));
    served.fails("signing in failed");
    let wrong = served.program().environment("GLU_CREDENTIALS_DEPLOY_SSH_PASSWORD", "wr0ngwr0ng");
    let ran = wrong.run("promote --yes staging");
    ran.exit(1);
    assert!(ran.text().contains("signing in failed") && !ran.text().contains("wr0ng"), "{ran:?}");
    let program = served.program().environment("GLU_CREDENTIALS_DEPLOY_SSH_PASSWORD", PASSPHRASE);
    served.promotes(&program, &[PASSPHRASE]);
}

#[test]
fn an_agents_key_promotes() {
    let served = Served::start(None);
    let agent = Agent::start(&served.server.client_key());
    served.configure(ANY_HOST);
    served.fails("signing in failed with the keys that ssh itself finds");
    let program = served.program().environment("SSH_AUTH_SOCK", agent.socket().to_str().unwrap());
    served.promotes(&program, &[]);
}

#[test]
fn the_users_own_ssh_command_promotes() {
    let served = Served::start(None);
    served.site.configure_remote(&served.server.url(served.site.remote().path()), "", "");
    let command = format!(
        "ssh -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile={} -i {}",
        served.server.known_hosts().display(),
        served.server.client_key().display()
    );
    served.promotes(&served.program().environment("GIT_SSH_COMMAND", command), &[]);
}

#[test]
fn an_unknown_host_is_refused() {
    let served = Served::start(None);
    served.configure(&format!("private_key_path = \"{}\"", served.server.client_key().display()));
    served.fails("the remote's ssh host key was not accepted");
}

#[test]
fn a_strangers_key_is_refused() {
    let served = Served::start(None);
    let stranger = Sshd::start(None);
    served.configure(&format!("{ANY_HOST}\nprivate_key_path = \"{}\"", stranger.client_key().display()));
    served.fails("signing in failed with the ssh key");
}
