#!/usr/bin/env bash
# Makes registries and a git remote in `demo/`, then rolls a new version of one service out, region by region.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo build --package monorepo --bins
target=${CARGO_TARGET_DIR:-../../target}
"$target/debug/prepare-monorepo"

say() { printf '\n# %s\n' "$*"; }
glu() {
  printf '$ glu %s\n' "$*"
  "$target/debug/monorepo" "$@"
}

say 'Three services, one shape: this one was found as a directory of the repository.'
glu graph cart
say 'Its registry has a new version, which goes to staging and then to one region.'
glu promote --yes cart/staging
glu promote --yes cart/eu-west
say 'The rest of the world waits until a second region runs it.'
glu status cart
glu promote --yes cart/us-east
glu promote --yes cart/global
say 'The search service keeps its image in a shell file; its resource is written by hand.'
glu promote --yes search/staging
git --no-pager --git-dir demo/remote.git show --format=%s main
say 'Where everything is now:'
glu status
printf '\nGo on in %s: `cargo run -- plan`, `cargo run -- promote --all`, `cargo run -- history cart/global`.\n' "$PWD"
