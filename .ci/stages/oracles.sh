# Real Keras makes the goldens anew, and they must equal the committed ones. Needs Python 3.11 with venv.
source "$CI_LIB"
need python3 python3 python3-venv
if ! python3 -c 'import ensurepip, venv'; then install_debian python3-venv; fi
npm run oracles -- --self-test
npm run oracles -- --check
did "$(ls test/golden/keras | wc -l) golden files, made again and equal"
