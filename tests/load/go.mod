module istio-plugin-ca/tests/load

go 1.26
