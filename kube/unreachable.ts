/** Why a cluster cannot be asked: the kubeconfig, the API server, a missing permission. */
export class Unreachable extends Error {}
