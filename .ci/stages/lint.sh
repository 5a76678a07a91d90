# Format and lint; fails on a difference, changes nothing.
source "$CI_LIB"
npm run lint -- --colors=off 2>&1 | tee "$CI_RECORD.log"
checked=$(sed -n 's/^Checked \([0-9]*\) files.*/\1/p' "$CI_RECORD.log")
((checked > 50)) || fail "only ${checked:-no} files were checked"
did "$checked files"
