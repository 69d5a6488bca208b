#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" "$@"; }

# A living istiod would write its ConfigMaps anew.
kubectl wait --for=delete pod --selector=app=istiod --all-namespaces --timeout=120s

for configmap in istio-ca-root-cert istio-ca-crl; do
    kubectl delete configmap --all-namespaces --field-selector "metadata.name=$configmap" --ignore-not-found
done
kubectl get customresourcedefinitions --output name | { grep '\.istio\.io$' || true; } |
    xargs --no-run-if-empty kubectl --context "$KUBE_CONTEXT" delete --ignore-not-found
kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations --output name | { grep '/istio' || true; } |
    xargs --no-run-if-empty kubectl --context "$KUBE_CONTEXT" delete --ignore-not-found
