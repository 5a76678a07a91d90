# The types of everything, tests included.
source "$CI_LIB"
npm run types
files=$(npx tsc -p tsconfig.json --noEmit --listFilesOnly | grep -vc node_modules)
did "$files files"
