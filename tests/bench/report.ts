import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { trustPage } from "../../report/page";
import { trustReport } from "../../report/trustReport";
import { stackFacts } from "../stackFacts";
import type { Bench } from "./bench";
import { against, alternate, Measure, seconds } from "./measure";

/** The page on who trusts whom, of 100 clusters: how large it is, and how much longer a browser opens it than an empty page. */
export async function report(bench: Bench): Promise<Measure[]> {
    const stacks = await stackFacts(100);
    const [pages, empty]: [number[], number[]] = [[], []];
    const made: number[] = [];
    let size = 0;
    await bench.inFolder("report", async (dir) => {
        const file = (name: string, html: string) => {
            fs.writeFileSync(path.join(dir, name), html);
            return path.join(dir, name);
        };
        const opened = (page: string) =>
            seconds(() =>
                execa("chromium", [
                    ...["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"],
                    ...[`--user-data-dir=${path.join(dir, "profile")}`, `file://${page}`],
                ]),
            );
        const none = file("empty.html", "<!doctype html><title>empty</title>");
        await opened(none);
        await alternate(
            bench.rounds,
            async () => {
                made.push(
                    await seconds(async () => {
                        const html = await trustPage(trustReport("istio-plugin-ca", stacks));
                        size = Buffer.byteLength(html);
                        file("trust.html", html);
                    }),
                );
                pages.push(await opened(path.join(dir, "trust.html")));
            },
            async () => void empty.push(await opened(none)),
        );
    });
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    return [
        against("page of 100 clusters, made", made, 1),
        against("page of 100 clusters, size", [size / 1024], 1024, "KiB"),
        against("page of 100 clusters, opened", [median(pages) - median(empty)], 1),
    ];
}
