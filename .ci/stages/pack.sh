# The packed tarball, installed in an empty folder with a space in its name without a warning, works: types, ESM, CommonJS, the command,
# densor/testing, and densor/runtime, whose import graph must hold nothing but itself.
source "$CI_LIB"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" >/dev/null
tarball=$(ls "$work"/densor-*.tgz)
tar -tzf "$tarball" >"$work/contents"
for file in package/LICENSE package/README.md package/CHANGELOG.md package/dist/src/index.js package/dist/src/index.d.ts \
  package/dist/cjs/index.cjs package/dist/cjs/index.d.cts package/dist/densor.browser.js package/src/page.ts package/SECURITY.md package/dist/sbom.cdx.json \
  package/dist/docs/index.html package/dist/docs/modules/densor.html; do
  grep -qx "$file" "$work/contents" || fail "$file is not in the tarball"
done
if grep -E '^package/(dist/)?(examples|test|bench)/' "$work/contents"; then fail 'these do not belong in the tarball'; fi

version() { node -p "require('./package-lock.json').packages['node_modules/$1'].version"; }
tools=("typescript@$(version typescript)" "@types/node@$(version @types/node)" "esbuild@$(version esbuild)")
properties=("fast-check@$(version fast-check)")
user="$work/an empty folder"
mkdir "$user"
cp "$here"/.ci/consumer/* "$user"
cd "$user"
npm init -y >/dev/null
npm pkg set type=module >/dev/null
npm install --no-fund --no-audit "$tarball" 2>&1 | tee "$work/install"
if grep -i warn "$work/install"; then fail 'installing densor warns'; fi
for package in esbuild koffi fast-check; do
  [[ ! -e node_modules/$package ]] || fail "$package is installed, though nobody asked for it"
done
node --no-experimental-require-module require.cjs

# A model in TypeScript needs esbuild, and the command says so; one in JavaScript does not.
if npx densor summary model.ts 2>"$work/error"; then fail 'densor summary read TypeScript without esbuild'; fi
grep -q 'npm install --save-dev esbuild' "$work/error" || fail 'densor summary did not say that esbuild is missing'
npx densor summary plain.js >"$work/summary"
npm install --no-fund --no-audit "${tools[@]}"
npx densor summary model.ts | tee "$work/summary"
grep -q dense "$work/summary" || fail 'densor summary did not show the layers'
npx densor check model.ts
npx densor build model.ts -o 'built models'
node bundle.mjs 'built models'
if npx densor summary missing.ts 2>"$work/error"; then fail 'densor summary accepted a file that does not exist'; fi
if grep -E '^ +at ' "$work/error"; then fail 'a mistake of the user shows a stack trace'; fi

npm install --no-fund --no-audit --save-dev "${properties[@]}"
npx tsc -p tsconfig.json
npx tsc -p tsconfig.bare.json
node out/use.js
node out/properties.js
bytes=$(node graph.mjs)
did "$(wc -l <"$work/contents") files, $(($(stat -c %s "$tarball") / 1024)) kB; densor/runtime alone is $bytes bytes minified"
