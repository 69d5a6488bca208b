/** What commands that act on stacks load once they run: Pulumi's automation API is slow to load, and `--help` needs none of it. */
export { chosen } from "../operations/project/project";
export { currentProject, described } from "./currentProject";
export { terminal } from "./terminal";
