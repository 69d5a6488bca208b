const variable = "PULUMI_SKIP_CHECKPOINTS";

/**
 * The environment in which the engine saves a stack's state when it ends, whether or not it succeeds. By default it saves all of the
 * state before and after each resource, which for 1,000 certificates means 4,000 times, each larger than the previous one. A killed `up`
 * then has changed nothing, which is right only for a stack with nothing outside of its state.
 *
 * @param given - what the user has set stays
 */
export function savedOnce(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return given[variable] === undefined ? { [variable]: "true" } : {};
}
