# The README's first model in every place where densor says that it runs: bundlers, pages, workers, servers, test runners, other
# engines. The tools are those of .ci/places/package-lock.json; the table in src/platform/PLACES.md must be the one that comes out.
source "$CI_LIB"
need chromium chromium fonts-dejavu-core
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" >/dev/null
node .ci/places/run.mjs "$work"/densor-*.tgz | tee "$CI_RECORD.log"
did "$(tail -n 1 "$CI_RECORD.log")"
