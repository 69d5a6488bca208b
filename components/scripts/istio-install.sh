#!/usr/bin/env bash
set -euo pipefail

arguments=(--set "profile=$ISTIO_PROFILE")
while IFS= read -r value; do
    if [ -n "$value" ]; then arguments+=(--set "$value"); fi
done <<<"$ISTIO_SET"
if [ -n "$ISTIO_OPERATOR" ]; then
    operator=$(mktemp)
    trap 'rm -f "$operator"' EXIT
    printf '%s' "$ISTIO_OPERATOR" >"$operator"
    arguments+=(--filename "$operator")
fi
istioctl install --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE" "${arguments[@]}"
