import * as fs from "node:fs";
import * as path from "node:path";
import { capture, type RunOptions } from "./run";

/** What `go list` prints of a package. */
interface Package {
    ImportPath: string;
    Dir: string;
    GoFiles?: string[];
    /** Whether it is not installed, which programs never are, or the build cache lacks it. */
    Stale?: boolean;
    StaleReason?: string;
}

/**
 * How much of its work a `go build` has begun. Packages count by the size of their code, because that decides how long
 * one takes; those in the build cache do not count.
 */
export class GoProgress {
    private readonly sizes: Map<string, number>;
    private readonly whole: number;
    private done = 0;

    constructor(packages: readonly Package[]) {
        const stale = packages.filter(({ Stale, StaleReason }) => Stale && StaleReason !== onlyLinked);
        this.sizes = new Map(stale.map((each) => [each.ImportPath, codeSize(each)]));
        this.whole = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    }

    /**
     * The progress of a build that is about to begin.
     *
     * @param args the arguments of `go build`: flags, then packages
     */
    static async of(args: readonly string[], options: Pick<RunOptions, "cwd" | "env">): Promise<GoProgress> {
        const fields = "-json=ImportPath,Dir,GoFiles,Stale,StaleReason";
        const printed = await capture("go", ["list", "-deps", fields, ...args], options);
        return new GoProgress(JSON.parse(`[${printed.replaceAll("\n}\n{", "\n},\n{")}]`) as Package[]);
    }

    /** From 0 to 1, by what {@link compiles} was given. */
    get share(): number {
        return this.isCached ? 1 - linking : (this.done / this.whole) * (1 - linking);
    }

    /** Whether nothing is left but to link the programs. */
    get isCached(): boolean {
        return this.whole === 0;
    }

    /** Whether a line of `go build -v` names a package, whose compilation begins. */
    compiles(line: string): boolean {
        const size = this.sizes.get(line);
        this.sizes.delete(line);
        this.done += size ?? 0;
        return size !== undefined;
    }
}

/** The share of the time that linking takes, compared with compiling; go build -v does not report when it begins. */
const linking = 0.02;

/** The reason of a program that is compiled and will be linked. */
const onlyLinked = "not installed but available in build cache";

function codeSize({ Dir, GoFiles = [] }: Package): number {
    return GoFiles.reduce((sum, file) => sum + fs.statSync(path.resolve(Dir, file)).size, 0);
}
