#!/usr/bin/env bash
# All tests: format, build, unit and integration tests (real Envoy, real sockets), the demo's checks on real pods,
# the proofs on them (hack/proofs.sh), each policy at work (hack/policies.sh), the operator in a cluster
# (hack/operator.sh), injection on a node whose pods really run (hack/node.sh, hack/demo.sh --cluster,
# hack/injection.sh), and container images of the programs (hack/image.sh check).
#   hack/test.sh         the short forms
#   hack/test.sh soak    the long forms; also a release, by release builds of all programs, twice (hack/release.sh)
#   hack/test.sh envoy   only each policy at work: live requests through real Envoys, and the table of what came of them
# Needs root for the tests that use network namespaces; says so if it lacks it.
source "$(dirname "$0")/common.sh"
source "$root/hack/rows.sh"
cd "$root"
export OSM_TEST_FORM=short
case ${1:-} in
"") ;;
soak) export OSM_TEST_FORM=soak ;;
envoy) exec hack/policies.sh ;;
*) fail "usage: hack/test.sh [soak | envoy]" ;;
esac
mkdir -p "$cache"

hack/setup.sh
hack/setup.sh images
step "format"
hack/format.sh --lint
step "build (a cold one takes several minutes)"
quietly "$cache/build.log" swift build --build-tests
step "tests"
# A few at once: some start clusters and Envoys of their own, and all at once would wait for each other.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=3
swift test --skip-build 2>&1 | tee "$cache/test.log" | grep -aE --line-buffered '^(figure|not run:|.*(✘|error:|warning:|recorded an issue|Test run with|Suite .*(passed|failed)))' || true
closing=$(grep -aE 'Test run with' "$cache/test.log" | tail -n 1 || true)
grep -aqE 'Test run with [0-9]+ tests .*passed' <<<"$closing" || fail "tests failed; the log is $cache/test.log"
step "on real pods, in clusters, and in images"
form=
[[ $OSM_TEST_FORM == short ]] || form=' soak'
run_rows "$cache/rows" "\
demo on real pods: hack/demo.sh --check --skip-setup
proofs on real pods: hack/proofs.sh$form --skip-setup
the demo in a cluster: hack/demo.sh --cluster --check --skip-setup
container images: hack/image.sh check --skip-setup" "\
the operator in a cluster: hack/operator.sh$form --skip-setup
each policy on real proxies: hack/policies.sh --skip-setup
a node whose pods really run: hack/node.sh --skip-setup
injection and admission: hack/injection.sh$form --skip-setup"
if [[ $OSM_TEST_FORM == soak ]]; then hack/release.sh --registry registry.example.com/mesh --reproduce; fi
step "result"
printf '%s\n' "$closing"
