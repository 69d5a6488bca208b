# A root's rotation as Istio's own test walks it (tests/integration/security/cacert_rotation), with the care of somebody
# who takes the next step only when every proxy of every cluster has picked up the last. $1: the new root's name, $2: the
# old one's.
source "$(dirname "$0")/ca.sh"
new=$1 old=$2

# The certificates of a PEM file or bundle, one a line, each once.
certificates() { awk '/BEGIN/ { one = ""; next } /END/ { print one; next } { one = one $0 }' | sort -u; }

# What a proxy trusts or serves: trusted_ca or certificate_chain of its dump.
secret() { sed -n "/\"$1\"/,/}/ s/.*\"inline_bytes\": \"\(.*\)\".*/\1/p" | base64 --decode | certificates; }

# Whether a proxy trusts the roots of file $4 and no other, and serves below the intermediate of file $5.
followed() {
    local dump
    dump=$(kubectl exec --context "$1" --namespace "$2" "$3" --container istio-proxy -- \
        pilot-agent request GET 'config_dump?resource=dynamic_active_secrets' </dev/null 2>/dev/null) &&
        [ "$(secret trusted_ca <<<"$dump")" = "$(certificates <"$4")" ] &&
        secret certificate_chain <<<"$dump" | grep --quiet --fixed-strings "$(certificates <"$5")"
}

wait_for_proxies() {
    for cluster in $CLUSTERS; do
        while read -r namespace pod; do
            until followed "$cluster" "$namespace" "$pod" "$2" "$1/$cluster/ca-cert.pem"; do
                if [ "$SECONDS" -gt 900 ]; then echo "$cluster $namespace/$pod does not follow" >&2 && exit 1; fi
                sleep 1
            done
        done < <(kubectl get pods --context "$cluster" --all-namespaces --no-headers \
            --selector service.istio.io/canonical-name --output custom-columns=:metadata.namespace,:metadata.name)
    done
}

root "$new"
cat "$old.pem" "$new.pem" >both.pem
# Twice, so that the bytes change: proxies ask for a new certificate then and not before.
cat "$old.pem" "$new.pem" "$new.pem" >again.pem
while read -r signer roots; do
    plug_in "$signer" "$roots"
    wait_for_proxies "$signer" "$roots"
    echo "$SECONDS s: $signer signs, $roots is trusted"
done <<EOF
$old both.pem
$new again.pem
$new $new.pem
EOF
