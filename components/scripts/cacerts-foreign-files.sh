#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" --namespace "$ISTIO_NAMESPACE" "$@"; }

# At once, so that istiod never sees half of them.
removal=
for file in $(kubectl get secret cacerts --output go-template='{{range $name, $_ := .data}}{{$name}} {{end}}'); do
    if [[ " $CACERTS_FILES " != *" $file "* ]]; then removal+="${removal:+,}\"$file\":null"; fi
done
if [ -n "$removal" ]; then kubectl patch secret cacerts --type=merge --patch "{\"data\":{$removal}}"; fi
