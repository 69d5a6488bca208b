#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" "$@"; }

# A living istiod would write its ConfigMaps again.
kubectl wait --for=delete pod --selector=app=istiod --namespace "${ISTIO_NAMESPACE:=istio-system}" --timeout=120s

# Of another Istio: all below is its own too.
others=$(kubectl get deployments --selector app=istiod --all-namespaces --output name \
    --field-selector "metadata.namespace!=$ISTIO_NAMESPACE")
if [ -n "$others" ]; then exit; fi

for configmap in istio-ca-root-cert istio-ca-crl; do
    kubectl delete configmap --all-namespaces --field-selector "metadata.name=$configmap" --ignore-not-found
done
{
    kubectl get customresourcedefinitions --output name | { grep '\.istio\.io$' || true; }
    kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations --output name | { grep '/istio' || true; }
} | { grep --invert-match --line-regexp --fixed-strings "${PULUMI_COMMAND_STDOUT:-none was there}" || true; } |
    xargs --no-run-if-empty kubectl --context "$KUBE_CONTEXT" delete --ignore-not-found
