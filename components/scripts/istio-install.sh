#!/usr/bin/env bash
set -euo pipefail

if ! kubectl --context "$KUBE_CONTEXT" --namespace "$ISTIO_NAMESPACE" get secret cacerts --output name >/dev/null; then
    echo "Secret $ISTIO_NAMESPACE/cacerts is missing: istiod would make a CA of its own, so Istio was not installed." >&2
    echo "If somebody deleted it, or the cluster was rebuilt: \`pulumi up --refresh\` makes it again." >&2
    exit 1
fi

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
