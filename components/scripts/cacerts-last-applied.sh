#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" --namespace "$ISTIO_NAMESPACE" "$@"; }

# Each where it is there.
for secret in $(kubectl get secrets --output name | { grep -E '/(cacerts|cacerts-former)$' || true; }); do
    kubectl annotate "$secret" kubectl.kubernetes.io/last-applied-configuration-
done
