module istio-plugin-ca/local/images/pause

go 1.26.0
