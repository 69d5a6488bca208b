#!/usr/bin/env bash
set -euo pipefail

arguments=(--set "profile=$ISTIO_PROFILE")
while IFS= read -r value; do
    if [ -n "$value" ]; then arguments+=(--set "$value"); fi
done <<<"$ISTIO_SET"
operators=$(mktemp -d)
trap 'rm -rf "$operators"' EXIT
# istioctl lets the later file win.
for operator in ISTIO_DEFAULTS ISTIO_OPERATOR; do
    if [ -n "${!operator}" ]; then
        printf '%s' "${!operator}" >"$operators/$operator.yaml"
        arguments+=(--filename "$operators/$operator.yaml")
    fi
done
istioctl install --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE" "${arguments[@]}"
