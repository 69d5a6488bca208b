#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" --namespace "$ISTIO_NAMESPACE" "$@"; }

kubectl annotate pods --selector app=istiod --overwrite "istio-plugin-ca/cacerts=$CACERTS"

# An istiod that began without cacerts has a CA of its own and does not look again (istio/istio#57853).
made=$(kubectl get secret cacerts --output jsonpath='{.metadata.creationTimestamp}')
began=$(kubectl get pods --selector app=istiod --output go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.status.startTime}}{{"\n"}}{{end}}{{end}}' | sort | sed --quiet 1p)
if [[ -n $began && $began < $made ]]; then
    kubectl rollout restart deployment --selector app=istiod
    kubectl rollout status deployment --selector app=istiod --timeout=300s
fi
