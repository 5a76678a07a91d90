# The tests that need more than npm: a C compiler for native code and C99, Chromium for the example that is a page.
source "$CI_LIB"
need cc gcc libc6-dev
need chromium chromium fonts-dejavu-core
mkdir -p out
rm -f out/machine.json
npm run test:machine -- --reporter=default --reporter=json --outputFile.json=out/machine.json
did "$(node .ci/checks/tests.mjs out/machine.json machine)"
