# The task's clean-up, and Istio's instructions to uninstall, to which it refers.
rm -rf certs
kubectl delete secret cacerts -n istio-system
kubectl delete ns foo istio-system
istioctl uninstall --purge -y
