//! Commits signed by the keys that git's own configuration names; git itself judges them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use glu_tests::program::Program;
use glu_tests::site::{Site, executable};

const GITOPS: &str = env!("CARGO_BIN_EXE_gitops-under-test");
const ADDRESS: &str = "glu@example.com";

/// A site with one version deployed and the next published.
struct Signed {
    site: Site,
    environment: Vec<(String, String)>,
}

impl Signed {
    fn new() -> Self {
        let site = Site::new();
        site.deploy(&site.publish("1"));
        site.publish("2");
        Self { site, environment: Vec::new() }
    }

    fn home(&self) -> PathBuf {
        self.site.path().join("home")
    }

    /// Writes the user's git configuration.
    fn git_config(&self, text: &str) {
        fs::write(self.home().join(".gitconfig"), text).unwrap();
    }

    /// Adds to the section `[commit]`.
    fn commit(&self, lines: &str) {
        let file = self.site.path().join("glu.toml");
        let text = fs::read_to_string(&file).unwrap().replace("[commit]\n", &format!("[commit]\n{lines}\n"));
        fs::write(file, text).unwrap();
    }

    fn program(&self) -> Program {
        self.environment
            .iter()
            .fold(self.site.program(GITOPS), |program, (name, value)| program.environment(name, value))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).env("HOME", self.home()).env("GIT_CONFIG_NOSYSTEM", "1");
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.output().unwrap_or_else(|error| panic!("this test needs `{program}` ({error})"))
    }

    #[track_caller]
    fn succeed(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let remote = self.site.remote().path().to_str().unwrap().to_owned();
        self.succeed("git", &[["-C", &remote].as_slice(), arguments].concat())
    }

    /// What git says of the signatures on `main`, newest first: `G` is good, `N` is none.
    fn signatures(&self) -> Vec<String> {
        self.git(&["log", "--format=%G?", "main"]).lines().map(str::to_owned).collect()
    }

    /// An ssh key, known to git as one whose signatures are good.
    fn ssh_key(&self, passphrase: &str) -> PathBuf {
        let key = self.home().join("key");
        let file = key.to_str().unwrap();
        self.succeed("ssh-keygen", &["-q", "-t", "ed25519", "-N", passphrase, "-C", ADDRESS, "-f", file]);
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(self.home().join("signers"), format!("{ADDRESS} {public}")).unwrap();
        self.git_config(&format!(
            "[gpg]\nformat = ssh\n[gpg \"ssh\"]\nallowedSignersFile = {}\n[user]\nsigningkey = {file}\n",
            self.home().join("signers").display()
        ));
        key
    }
}

#[test]
fn every_commit_of_a_push_is_signed_by_ssh_and_reads_as_before() {
    let signed = Signed::new();
    signed.ssh_key("");
    signed.commit("sign = true\nsign_off = true");
    signed.program().run("promote --yes staging").success();
    signed.program().run("promote --yes production").success();
    assert_eq!(signed.signatures(), ["G", "G", "N"]);
    let message = signed.git(&["log", "-1", "--format=%(trailers:key=Signed-off-by,key=Glu-Phase)", "main"]);
    assert_eq!(message.trim(), format!("Glu-Phase: production\nSigned-off-by: glu <{ADDRESS}>"));
    // A rollback is a commit like any other, and the history is read as it was.
    signed.program().run("rollback --yes production").success();
    assert_eq!(signed.signatures(), ["G", "G", "G", "N"]);
    let history = signed.program().run("history production --output json").json();
    assert_eq!(history["phases"][0]["states"].as_array().map(Vec::len), Some(3), "{history}");
}

#[test]
fn gits_own_configuration_decides_where_ours_is_silent() {
    let signed = Signed::new();
    signed.ssh_key("");
    signed.program().run("promote --yes staging").success();
    let config = fs::read_to_string(signed.home().join(".gitconfig")).unwrap();
    signed.git_config(&format!("{config}[commit]\ngpgsign = true\n"));
    signed.program().run("promote --yes production").success();
    signed.commit("sign = false");
    signed.program().run("rollback --yes production").success();
    assert_eq!(signed.signatures(), ["N", "G", "N", "N"]);
}

#[test]
fn gpg_signs_too() {
    let mut signed = Signed::new();
    let directory = signed.home().join("gnupg");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    signed.environment.push(("GNUPGHOME".to_owned(), directory.to_str().unwrap().to_owned()));
    let _agent = Agent(directory.clone());
    let uid = format!("glu <{ADDRESS}>");
    signed.succeed("gpg", &["--batch", "-q", "--passphrase", "", "--quick-gen-key", &uid, "ed25519", "sign"]);
    signed.git_config(&format!("[user]\nsigningkey = {ADDRESS}\n[commit]\ngpgsign = true\n"));
    signed.program().run("promote --yes staging").success();
    assert_eq!(signed.signatures(), ["G", "N"]);
}

#[test]
fn a_key_that_cannot_sign_stops_the_promotion_before_anything_is_pushed() {
    let signed = Signed::new();
    let key = signed.ssh_key("a passphrase that nobody types");
    signed.commit("sign = true");
    let locked = signed.program().run("promote --yes staging");
    locked.exit(1);
    assert!(locked.text().contains("the commit cannot be signed: "), "{locked:?}");
    fs::remove_file(key).unwrap();
    let missing = signed.program().run("promote --yes staging");
    missing.exit(1);
    assert!(missing.text().contains("`commit.sign = false` goes without"), "{missing:?}");
    assert_eq!(signed.signatures(), ["N"]);
}

#[test]
fn a_lost_race_is_run_again_and_signed_again() {
    let signed = Signed::new();
    signed.ssh_key("");
    signed.commit("sign = true");
    // The first push finds that somebody was faster.
    let remote = signed.site.remote().path().display().to_string();
    let once = signed.site.path().join("once");
    let wrapper = signed.site.path().join("bin/git");
    let git = signed.succeed("sh", &["-c", "command -v git"]);
    executable(
        &wrapper,
        &format!(
            "case \" $* \" in *' push '*) mkdir {} 2>/dev/null && {} -C {remote} update-ref refs/heads/main $(GIT_AUTHOR_NAME=a \
             GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b {} -C {remote} commit-tree -m other -p main 'main^{{tree}}');; \
             esac\nexec {} \"$@\"\n",
            once.display(),
            git.trim(),
            git.trim(),
            git.trim()
        ),
    );
    signed.program().path_first(wrapper.parent().unwrap()).run("promote --yes staging").success();
    assert!(once.exists());
    assert_eq!(signed.signatures(), ["G", "N", "N"]);
}

/// Ends the agent that gpg starts for a directory.
struct Agent(PathBuf);

impl Drop for Agent {
    fn drop(&mut self) {
        let home = |directory: &Path| directory.display().to_string();
        let _ = Command::new("gpgconf").args(["--homedir", &home(&self.0), "--kill", "all"]).status();
    }
}
