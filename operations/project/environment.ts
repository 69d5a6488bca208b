/** The file in a project's folder with the environment of its pulumi commands. */
export const environmentFile = "environment.json";

/** What a project adds to the environment of its pulumi commands. */
export interface ProjectEnvironment {
    /** Those for every stack. */
    variables: Record<string, string>;
    /** Folders to prepend to PATH. */
    path: string[];
    /** The folder with a passphrase file for each stack. */
    passphrases: string;
}
