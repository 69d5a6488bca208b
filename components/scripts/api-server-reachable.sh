#!/usr/bin/env bash
set -euo pipefail

# Whether the pods of a cluster reach the API server of another one at this address, and whether it is that one by its CA.
kubectl() { command kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" "$@"; }

for attempt in 1 2 3 4 5; do
    if found=$(kubectl exec --stdin --quiet deployment/"$DEPLOYMENT" --container "$CONTAINER" -- \
        curl --silent --show-error --max-time 5 --cacert /dev/stdin --output /dev/null --write-out '%{http_code}' \
        "$API_SERVER/version" 2>&1); then
        # An API server that answers nobody unknown has proved who it is, too.
        case $found in 200 | 401 | 403) exit ;; esac
        found="HTTP status $found"
    fi <<<"$API_SERVER_CA"
    [ "$attempt" = 5 ] || sleep 1
done
echo "The pods of cluster $KUBE_CONTEXT do not reach the API server of $REMOTE at $API_SERVER: $found" >&2
echo "No Secret was written. Set apiServers to the address that they reach: $REMOTE=https://…" >&2
exit 1
