# The report page in a real browser: it must hold its parts and log nothing. Installs Debian's chromium when missing.
source "$CI_LIB"
need chromium chromium fonts-dejavu-core
node .ci/checks/page.mjs --self-test
did "$(node .ci/checks/page.mjs out/mnist/report.html out/mnist/report.png)"
