/** What commands that act on stacks load when they run, because Pulumi's automation API is slow to load and `--help` does not need it. */
export { chosen } from "../operations/project/project";
export { currentProject, described } from "./currentProject";
export { terminal } from "./terminal";
