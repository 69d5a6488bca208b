/**
 * The parts of client-node that are used. Imported dynamically: it takes a tenth of a second to load, which the engine
 * need not wait for when it starts the plugin.
 */
export { KubeConfig, ListWatch, Watch } from "@kubernetes/client-node";
