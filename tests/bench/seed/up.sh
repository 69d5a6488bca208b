# The commands of Istio's task "Plug in CA Certificates", in its order, in an empty folder. Beside them only what the
# task takes for granted: where Istio's files lie, the answer to istioctl's question, and the local mesh's settings.
mkdir -p certs
pushd certs
make -f "$CERTS_TOOL/Makefile.selfsigned.mk" root-ca
make -f "$CERTS_TOOL/Makefile.selfsigned.mk" cluster1-cacerts
kubectl create namespace istio-system
kubectl create secret generic cacerts -n istio-system \
    --from-file=cluster1/ca-cert.pem \
    --from-file=cluster1/ca-key.pem \
    --from-file=cluster1/root-cert.pem \
    --from-file=cluster1/cert-chain.pem
popd

mapfile -t settings < <(sed 's/^/--set=/' <<<"$ISTIO_SET")
istioctl install --set profile=demo "${settings[@]}" <<<y

kubectl create ns foo
kubectl apply -f <(istioctl kube-inject -f "$HTTPBIN_YAML") -n foo
kubectl apply -f <(istioctl kube-inject -f "$SLEEP_YAML") -n foo
kubectl apply -n foo -f - <<EOF
apiVersion: "security.istio.io/v1"
kind: "PeerAuthentication"
metadata:
  name: "default"
spec:
  mtls:
    mode: STRICT
EOF

# httpbin demands a client's certificate and openssl has none to show: it fails once it has printed the chain.
sleep 20; kubectl exec "$(kubectl get pod -l app=sleep -n foo -o jsonpath={.items..metadata.name})" -c istio-proxy -n foo -- \
    openssl s_client -showcerts -connect httpbin.foo:8000 > httpbin-proxy-cert.txt || true
sed -n '/-----BEGIN CERTIFICATE-----/{:start /-----END CERTIFICATE-----/!{N;b start};/.*/p}' httpbin-proxy-cert.txt > certs.pem
awk 'BEGIN {counter=0;} /BEGIN CERT/{counter++} { print > "proxy-cert-" counter ".pem"}' < certs.pem

openssl x509 -in certs/cluster1/root-cert.pem -text -noout > root-cert.crt.txt
openssl x509 -in ./proxy-cert-3.pem -text -noout > pod-root-cert.crt.txt
diff -s root-cert.crt.txt pod-root-cert.crt.txt
openssl x509 -in certs/cluster1/ca-cert.pem -text -noout > ca-cert.crt.txt
openssl x509 -in ./proxy-cert-2.pem -text -noout > pod-cert-chain-ca.crt.txt
diff -s ca-cert.crt.txt pod-cert-chain-ca.crt.txt
openssl verify -CAfile <(cat certs/cluster1/ca-cert.pem certs/cluster1/root-cert.pem) ./proxy-cert-1.pem
