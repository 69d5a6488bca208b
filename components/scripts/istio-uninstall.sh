istioctl uninstall --purge --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE"
