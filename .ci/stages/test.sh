# The README's `npm test`. Every test file of the repository must have run, and no test may be skipped.
source "$CI_LIB"
# one of the examples is a page
need chromium chromium fonts-dejavu-core
# Without a C compiler the tests pass too, but those of the native target would have nothing to compile with.
need cc gcc libc6-dev
mkdir -p out
rm -f out/tests.json
npm test -- --reporter=default --reporter=json --outputFile.json=out/tests.json
did "$(node .ci/checks/tests.mjs out/tests.json)"
