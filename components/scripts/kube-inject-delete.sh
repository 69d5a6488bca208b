#!/usr/bin/env bash
set -euo pipefail

kubectl delete deployment "$DEPLOYMENT" --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" --ignore-not-found
