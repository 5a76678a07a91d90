# The README's `npm test`, which needs nothing but Node. Every test file of the repository must have run but those that need
# more of the machine, and no test may be skipped.
source "$CI_LIB"
mkdir -p out
rm -f out/tests.json
npm test -- --reporter=default --reporter=json --outputFile.json=out/tests.json
did "$(node .ci/checks/tests.mjs out/tests.json node)"
