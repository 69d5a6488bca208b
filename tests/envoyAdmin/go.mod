module istio-plugin-ca/tests/envoyAdmin

go 1.26
