/** What package.json says about the package. */
export interface Manifest {
    name: string;
    version: string;
    description: string;
    keywords: string[];
    license: string;
    /** A release sets it. */
    repository?: { url: string };
}

/**
 * What Pulumi's Registry shows of the package, as fields of its schema, which the analysis of components does not state. The addresses
 * are those of the repository, and are missing from a build that is no release.
 */
export function metadata({ name, version, description, keywords, license, repository }: Manifest): object {
    const [, owner] = /github\.com\/([^/]+)\/[^/]+?(?:\.git)?$/.exec(repository?.url ?? "") ?? [];
    const address = `github.com/${owner}/${name}`;
    return {
        displayName: "Istio Plugin CA",
        description,
        keywords,
        license,
        ...(owner !== undefined && {
            publisher: owner,
            homepage: `https://${address}`,
            repository: `https://${address}`,
            logoUrl: `https://raw.githubusercontent.com/${owner}/${name}/v${version}/docs/logo.png`,
        }),
    };
}
