# Nothing of the above may have changed a file of the repository or left one that git does not ignore.
source "$CI_LIB"
left=$(git status --porcelain)
[[ -z $left ]] || fail "the run changed the working tree:"$'\n'"$left"
did 'the working tree is as it was'
