# Two meshes that are ready for a root's rotation, as Istio's documentation and tests have them.
source "$(dirname "$0")/ca.sh"
root old
for cluster in $CLUSTERS; do kubectl create namespace istio-system --context "$cluster"; done
plug_in old old.pem

mapfile -t settings < <(sed 's/^/--set=/' <<<"$ISTIO_SET")
for cluster in $CLUSTERS; do
    istioctl install --context "$cluster" --skip-confirmation --set profile=demo "${settings[@]}" \
        --set values.pilot.env.ISTIO_MULTIROOT_MESH=true \
        --set meshConfig.defaultConfig.proxyMetadata.PROXY_CONFIG_XDS_AGENT=true
    kubectl create namespace foo --context "$cluster"
    kubectl label namespace foo istio-injection=enabled --context "$cluster"
    kubectl apply --context "$cluster" --namespace foo --filename "$HTTPBIN_YAML" --filename "$SLEEP_YAML"
    kubectl apply --context "$cluster" --namespace foo --filename - <<EOF
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
EOF
done
for cluster in $CLUSTERS; do
    kubectl wait deployment --all --for=condition=Available --context "$cluster" --namespace foo --timeout=300s
done
