arguments=(--set "profile=$ISTIO_PROFILE")
while IFS= read -r value; do
    if [ -n "$value" ]; then arguments+=(--set "$value"); fi
done <<<"$ISTIO_SET"
if [ -n "$ISTIO_OPERATOR" ]; then
    arguments=(-f <(printf '%s' "$ISTIO_OPERATOR") "${arguments[@]}")
fi
istioctl install --skip-confirmation --context "$KUBE_CONTEXT" --istioNamespace "$ISTIO_NAMESPACE" "${arguments[@]}"
