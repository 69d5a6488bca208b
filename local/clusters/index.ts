export { down, type DownOptions } from "./down";
export { status, type ClusterStatus } from "./status";
export { up, type UpOptions } from "./up";
