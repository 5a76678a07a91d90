# The benchmark's smoke run: every peer gives a number for every workload it knows. Its figures mean nothing here.
source "$CI_LIB"
npm ci --ignore-scripts --no-fund --no-audit --prefix bench
rm -f out/bench-smoke.json
mkdir -p out
npm run bench -- --smoke --json out/bench-smoke.json
node bench/embedded.js --only sizes,start,prediction --rounds 1
did "$(node .ci/checks/bench.mjs out/bench-smoke.json)"
