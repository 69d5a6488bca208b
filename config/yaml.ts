/** The parser of YAML, loaded when a file is to be read: most runs read none. */
export function yaml(): typeof import("yaml") {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("yaml") as typeof import("yaml");
}
