module istio-plugin-ca/pki/verdict/istiod

go 1.26.8
