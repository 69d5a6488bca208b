#!/usr/bin/env bash
set -euo pipefail

kubectl() { command kubectl --context "$KUBE_CONTEXT" "$@"; }

# --purge would take every Istio of the cluster.
others=$(kubectl get deployments --selector app=istiod --all-namespaces --output name \
    --field-selector "metadata.namespace!=$ISTIO_NAMESPACE")
if [ -z "$others" ]; then
    # It goes by this label, which the install gave to what was there before, too.
    noted=$(grep / <<<"${ISTIO_PRESENT-}" || true)
    present=$(xargs --no-run-if-empty kubectl --context "$KUBE_CONTEXT" get --ignore-not-found --output name <<<"$noted")
    if [ -n "$present" ]; then
        # shellcheck disable=SC2086 # one argument each
        kubectl label --overwrite $present operator.istio.io/component-
    fi
    istioctl uninstall --purge --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE"
    exit
fi

revisions() { kubectl get deployments --selector app=istiod "$@" --output jsonpath='{.items[*].metadata.labels.istio\.io/rev}'; }
theirs=" $(revisions --all-namespaces --field-selector "metadata.namespace!=$ISTIO_NAMESPACE") "
for revision in $(revisions --namespace "$ISTIO_NAMESPACE"); do
    # Of the same revision they cannot be distinguished; what is in the namespace goes with it.
    if [[ $theirs != *" $revision "* ]]; then
        istioctl uninstall --revision "$revision" --skip-confirmation --context "$KUBE_CONTEXT" \
            --istioNamespace "$ISTIO_NAMESPACE"
    fi
done
