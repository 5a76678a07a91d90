# The README's `npm start`: trains on real digits, and leaves what the README promises.
source "$CI_LIB"
rm -rf out/mnist
npm start
did "$(node .ci/checks/mnist.mjs out/mnist 0.95)"
