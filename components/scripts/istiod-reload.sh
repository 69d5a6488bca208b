#!/usr/bin/env bash
set -euo pipefail

kubectl annotate pods --context "$KUBE_CONTEXT" --namespace "$ISTIO_NAMESPACE" --selector app=istiod --overwrite "istio-plugin-ca/cacerts=$CACERTS"
