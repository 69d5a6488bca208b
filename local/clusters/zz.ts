import { ensureToolchain } from "/work/main/local/toolchain/toolchain";
import { ensureImages } from "/work/main/local/images/images";
import { up, down, status } from "/work/main/local/clusters";
async function main() {
    const [cmd, ...names] = process.argv.slice(2);
    const t0 = performance.now();
    const log = (c: string, s: string) =>
        console.log(`${((performance.now() - t0) / 1000).toFixed(2)} ${c}: ${s}`);
    if (cmd === "up") {
        const programs = await ensureToolchain();
        const images = await ensureImages(programs);
        log("-", "toolchain");
        await up(names, { programs, images, onStep: log });
        log("-", "done");
    } else if (cmd === "down") {
        await down(names.length ? names : undefined, { onStep: log });
        log("-", "done");
    } else console.log(await status());
}
main().catch((e) => {
    console.error(e);
    process.exit(1);
});
