# Two clusters with Istio, and with names of meshes, clusters and networks, linked as Istio's documentation has it:
# install/multicluster/multi-primary_multi-network, from step "Install the east-west gateway" on. Then the first request that is answered
# in the other cluster. SERVERS holds the addresses of the API servers, in the order of CLUSTERS.
read -ra clusters <<<"$CLUSTERS"
read -ra servers <<<"$SERVERS"
mapfile -t settings < <(sed 's/^/--set=/' <<<"$ISTIO_SET")

for cluster in "${clusters[@]}"; do
    istioctl install --context "$cluster" --skip-confirmation "${settings[@]}" --filename - <<EOF
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata:
  name: by-hand
spec:
  profile: empty
  components:
    ingressGateways:
      - name: by-hand
        label: { istio: by-hand, app: by-hand, topology.istio.io/network: $cluster }
        enabled: true
        k8s:
          env: [{ name: ISTIO_META_REQUESTED_NETWORK_VIEW, value: $cluster }]
          service:
            ports: [{ name: tls, port: 15443, targetPort: 15443 }]
  values:
    gateways:
      istio-ingressgateway: { injectionTemplate: gateway }
    global: { network: $cluster }
EOF
    kubectl apply --context "$cluster" --filename - <<EOF
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: by-hand, namespace: istio-system }
spec:
  selector: { istio: by-hand }
  servers:
    - port: { number: 15443, name: tls, protocol: TLS }
      tls: { mode: AUTO_PASSTHROUGH }
      hosts: ["*.local"]
EOF
done
for read in 0 1; do
    istioctl create-remote-secret --context "${clusters[read]}" --name "${clusters[read]}" --server "${servers[read]}" |
        kubectl apply --context "${clusters[1 - read]}" --filename -
done
for attempt in $(seq 600); do
    if kubectl exec --context "${clusters[0]}" --namespace foo deploy/sleep -- \
        curl --silent --fail --max-time 2 --output /dev/null http://httpbin.foo:8000/status/200; then
        exit 0
    fi
    sleep 0.1
done
echo "no request was answered" >&2
exit 1
