#!/usr/bin/env bash
set -euo pipefail

istioctl uninstall --purge --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE"
