# What the hand does with openssl and kubectl, for the two scripts beside this one. CLUSTERS holds the contexts.

curve=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc)

# A root of this name.
root() {
    openssl req -x509 "${curve[@]}" -days 3650 -subj "/O=Istio/CN=Root $1" -keyout "$1-key.pem" -out "$1.pem" \
        -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
    for cluster in $CLUSTERS; do intermediate "$1" "$cluster"; done
}

# The intermediate of a cluster below a root, in a folder of its own.
intermediate() {
    mkdir -p "$1/$2"
    openssl req -new "${curve[@]}" -subj "/O=Istio/CN=Intermediate CA/L=$2" \
        -keyout "$1/$2/ca-key.pem" -out "$1/$2/ca.csr" 2>/dev/null
    openssl x509 -req -in "$1/$2/ca.csr" -CA "$1.pem" -CAkey "$1-key.pem" -CAcreateserial -days 365 \
        -extfile <(printf '%s\n' basicConstraints=critical,CA:true,pathlen:0 keyUsage=critical,keyCertSign,cRLSign \
            subjectKeyIdentifier=hash authorityKeyIdentifier=keyid subjectAltName=DNS:istiod.istio-system.svc) \
        -out "$1/$2/ca-cert.pem" 2>/dev/null
    cp "$1/$2/ca-cert.pem" "$1/$2/cert-chain.pem"
}

# The Secret cacerts of all clusters: signed by the intermediate below one root, trusting those of a file.
plug_in() {
    for cluster in $CLUSTERS; do
        kubectl create secret generic cacerts --namespace istio-system --dry-run=client --output yaml \
            --from-file="$1/$cluster/ca-cert.pem" --from-file="$1/$cluster/ca-key.pem" \
            --from-file="$1/$cluster/cert-chain.pem" --from-file="root-cert.pem=$2" |
            kubectl apply --context "$cluster" --filename -
    done
}
