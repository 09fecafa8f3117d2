#!/usr/bin/env bash
# Puts what judges the chart and the compose file into .cache/deploy-tools: helm, built by Go, and two validators, by pip.
# Prometheus, which judges metrics, alerts and dashboard, comes as a package of the system where root runs this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
HELM=v4.3.0
KUBERNETES_VALIDATE=1.37.0
CHECK_JSONSCHEMA=0.39.0

tools=$PWD/.cache/deploy-tools
mkdir -p "$tools/bin"
if [ ! -x "$tools/bin/helm-$HELM" ]; then
  GOBIN=$tools/new go install "helm.sh/helm/v4/cmd/helm@$HELM"
  mv "$tools/new/helm" "$tools/bin/helm-$HELM"
fi
ln -sf "helm-$HELM" "$tools/bin/helm"

python=$tools/python-$KUBERNETES_VALIDATE-$CHECK_JSONSCHEMA
if [ ! -d "$python" ]; then
  rm -rf "$python.new"
  python3 -m venv "$python.new"
  "$python.new/bin/python" -m pip install --quiet "kubernetes-validate==$KUBERNETES_VALIDATE" "check-jsonschema==$CHECK_JSONSCHEMA"
  mv "$python.new" "$python"
fi
for name in kubernetes_validate check_jsonschema; do
  printf '#!/bin/sh\nexec "%s/bin/python" -m %s "$@"\n' "$python" "$name" > "$tools/bin/$name"
  chmod +x "$tools/bin/$name"
done

if ! command -v promtool >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >/dev/null
fi
