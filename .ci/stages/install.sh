# The packages, exactly those of the lock file.
source "$CI_LIB"
npm ci --no-fund --no-audit
did "$(find node_modules -maxdepth 1 -mindepth 1 -not -name '.*' | wc -l) entries in node_modules, node $(node --version)"
