#!/usr/bin/env bash
set -euo pipefail

istioctl kube-inject --context "$KUBE_CONTEXT" --filename <(cat) |
    kubectl apply --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" --filename -
kubectl rollout status "deployment/$DEPLOYMENT" --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" --timeout=300s
