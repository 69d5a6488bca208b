module istio-plugin-ca/tests/pem-go

go 1.26
