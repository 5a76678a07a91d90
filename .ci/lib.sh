# What every stage begins with: `source "$CI_LIB"`. Run stages through .ci/run.
set -euo pipefail

# Says what the stage did, in one line; the last thing a stage does.
did() { printf '%s\n' "$*" >"$CI_RECORD"; }

# Ends the stage with a reason.
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Installs Debian packages when a command is missing: need COMMAND PACKAGE...
need() {
  local command=$1
  shift
  if command -v "$command" >/dev/null; then return; fi
  install_debian "$@"
  command -v "$command" >/dev/null || fail "'$command' is still missing after installing $*"
}

install_debian() {
  [[ $(id -u) == 0 ]] || fail "not root, so cannot install: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
