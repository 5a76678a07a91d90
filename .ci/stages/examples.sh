# Every program in examples/ runs, and says something.
source "$CI_LIB"
npm run build

# Examples that are not simply `node dist/examples/NAME.js`: what to do instead.
declare -A special=(
  [mnist]='npm start is this example; the stage `start` runs it and looks at what it leaves'
)

ran=0 elsewhere=0
for file in examples/*.ts examples/*/main.ts; do
  [[ -e $file ]] || continue
  name=${file#examples/}
  name=${name%.ts}
  if [[ -n ${special[$name]:-} ]]; then
    echo "$name: ${special[$name]}"
    elsewhere=$((elsewhere + 1))
    continue
  fi
  echo "--- $name"
  node "dist/examples/$name.js" >"$CI_RECORD.out"
  tail -n 12 "$CI_RECORD.out"
  [[ -s $CI_RECORD.out ]] || fail "$file printed nothing"
  ran=$((ran + 1))
done
((ran + elsewhere > 0)) || fail 'examples/ holds no example'
for name in "${!special[@]}"; do
  [[ -e examples/$name.ts ]] || fail "the table names an example that is gone: $name"
done
did "$ran run, $elsewhere run by another stage"
