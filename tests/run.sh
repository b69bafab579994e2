#!/usr/bin/env bash
# Installs what the tests need and this machine lacks (Debian's own packages), then runs every test of the workspace.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PATH:/usr/sbin:/sbin"

# A program, and the package that has it.
needed=(
  cc:build-essential
  docker-registry:docker-registry
  fcgiwrap:fcgiwrap
  git:git
  gpg:gpg
  gpg-agent:gpg-agent
  kubectl:kubernetes-client
  go:golang-go
  nginx:nginx
  node:nodejs
  npm:npm
  openssl:openssl
  prometheus:prometheus
  python3:python3
  ssh:openssh-client
  sshd:openssh-server
  tmux:tmux
)
packages=()
for pair in "${needed[@]}"; do
  command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
done
# Debian's python3 makes virtual environments only with another package.
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
if ((${#packages[@]})); then
  as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "the tests need Debian's packages ${packages[*]}; install them as root, then run this again" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  echo "installing ${packages[*]}" >&2
  "${as_root[@]}" apt-get update -qq
  # Nothing is to be started: the tests start their own servers, on ports of their own.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

cargo test --workspace --locked "$@"

# No Debian package has an API server; where one is installed, the gates are held against it too.
if command -v kube-apiserver >/dev/null && command -v etcd >/dev/null; then
  cargo test -p glu-tests --locked --test gates kubernetes::real -- --ignored
else
  echo "skipped: the Kubernetes gates against a real API server, for want of kube-apiserver and etcd" >&2
fi
