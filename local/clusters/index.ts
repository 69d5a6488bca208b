export { down, type DownOptions } from "./down";
export { settled } from "./settled";
export { status, type ClusterStatus } from "./status";
export { up, type UpOptions } from "./up";
