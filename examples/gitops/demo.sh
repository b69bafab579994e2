#!/usr/bin/env bash
# Makes a registry and a git remote in `demo/`, then promotes a new version to staging and shows every step.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --package gitops --bins
target=${CARGO_TARGET_DIR:-../../target}
"$target/debug/prepare-gitops"

say() { printf '\n# %s\n' "$*"; }
glu() {
  printf '$ glu %s\n' "$*"
  "$target/debug/gitops" "$@"
}

say 'The registry has a new version of the app, and both environments run the old one.'
glu status
say 'It would go to staging, by this patch.'
glu plan
say 'Make it so.'
glu promote --yes staging
say 'That was one commit, which says what it is:'
printf '$ git log -1 --stat main\n'
git --no-pager --git-dir demo/remote.git log -1 --stat main
printf '\n'
glu status
printf '\nGo on in %s: `cargo run -- promote production`, `cargo run -- history staging`.\n' "$PWD"
