/**
 * The verification of Istio's task, as written there, in a folder that holds `certs/cluster1` and after an
 * `up` that returned when the mesh was ready: hence without its `sleep 20`.
 */
export const seedVerification = String.raw`
kubectl exec "$(kubectl get pod -l app=sleep -n foo -o jsonpath={.items..metadata.name})" -c istio-proxy -n foo -- openssl s_client -showcerts -connect httpbin.foo:8000 > httpbin-proxy-cert.txt
sed -n '/-----BEGIN CERTIFICATE-----/{:start /-----END CERTIFICATE-----/!{N;b start};/.*/p}' httpbin-proxy-cert.txt > certs.pem
awk 'BEGIN {counter=0;} /BEGIN CERT/{counter++} { print > "proxy-cert-" counter ".pem"}' < certs.pem

openssl x509 -in certs/cluster1/root-cert.pem -text -noout > root-cert.crt.txt
openssl x509 -in ./proxy-cert-3.pem -text -noout > pod-root-cert.crt.txt
diff -s root-cert.crt.txt pod-root-cert.crt.txt

openssl x509 -in certs/cluster1/ca-cert.pem -text -noout > ca-cert.crt.txt
openssl x509 -in ./proxy-cert-2.pem -text -noout > pod-cert-chain-ca.crt.txt
diff -s ca-cert.crt.txt pod-cert-chain-ca.crt.txt

openssl verify -CAfile <(cat certs/cluster1/ca-cert.pem certs/cluster1/root-cert.pem) ./proxy-cert-1.pem
`;

/** What it prints on success. */
export const seedVerified = [
    "Files root-cert.crt.txt and pod-root-cert.crt.txt are identical",
    "Files ca-cert.crt.txt and pod-cert-chain-ca.crt.txt are identical",
    "./proxy-cert-1.pem: OK",
];
