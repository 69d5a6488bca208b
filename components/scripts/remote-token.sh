#!/usr/bin/env bash
set -euo pipefail

# A token for the ServiceAccount that other clusters read this one with, if there is one, and what verifies the API server: in the first line when
# the token expires, and the token; then the CA, PEM.
kubectl() { command kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" "$@"; }

if [ -n "$SERVICE_ACCOUNT" ]; then
    kubectl create token "$SERVICE_ACCOUNT" --duration "${TOKEN_HOURS}h" \
        --output jsonpath='{.status.expirationTimestamp} {.status.token}{"\n"}'
else
    echo " "
fi
kubectl get configmap kube-root-ca.crt --output jsonpath='{.data.ca\.crt}'
