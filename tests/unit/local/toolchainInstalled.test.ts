import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import {
    describePulumi,
    findInstalledIstioctl,
    findInstalledPulumi,
} from "../../../local/toolchain/installed";
import { inTemporaryFolder } from "../support/temporary";

describe("Tools that the machine has already", () => {
    const { PATH, PULUMI_HOME } = process.env;
    let folder: string;
    const run = (test: () => Promise<void>) => () =>
        inTemporaryFolder(async (temporary) => {
            folder = temporary;
            process.env.PATH = `${folder}${path.delimiter}/bin`;
            process.env.PULUMI_HOME = path.join(folder, "home");
            await test();
        });
    afterEach(() => Object.assign(process.env, { PATH, PULUMI_HOME }));
    afterEach(() => {
        if (PULUMI_HOME === undefined) {
            delete process.env.PULUMI_HOME;
        }
    });

    const program = (name: string, prints: string) =>
        fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
    const plugins = (versions: Record<string, string>) => {
        for (const [name, version] of Object.entries(versions)) {
            const plugin = path.join(folder, "home", "plugins", `resource-${name}-v${version}`);
            fs.mkdirSync(plugin, { recursive: true });
            fs.writeFileSync(path.join(plugin, `pulumi-resource-${name}`), "");
        }
    };
    const versionsOfThePackages = () => {
        const { devDependencies } = JSON.parse(fs.readFileSync("package.json", "utf8")) as {
            devDependencies: Record<string, string>;
        };
        const version = (name: string) => devDependencies[`@pulumi/${name}`] ?? "";
        return { kubernetes: version("kubernetes"), tls: version("tls"), command: version("command") };
    };

    it(
        "serve when Pulumi has its language host and the plugins of the npm packages",
        run(async () => {
            program("pulumi", "v3.300.1");
            program("pulumi-language-nodejs", "");
            plugins(versionsOfThePackages());
            assert.deepEqual(await findInstalledPulumi(), {
                path: path.join(folder, "pulumi"),
                home: path.join(folder, "home"),
                official: true,
            });
        }),
    );

    it(
        "do not serve when Pulumi is older than ours",
        run(async () => {
            program("pulumi", "v3.254.9");
            program("pulumi-language-nodejs", "");
            plugins(versionsOfThePackages());
            assert.equal(await findInstalledPulumi(), undefined);
        }),
    );

    it(
        "do not serve when a plugin has another version",
        run(async () => {
            program("pulumi", "v3.300.1");
            program("pulumi-language-nodejs", "");
            plugins({ ...versionsOfThePackages(), tls: "4.0.0" });
            assert.equal(await findInstalledPulumi(), undefined);
        }),
    );

    it(
        "do not serve when the language host is missing",
        run(async () => {
            program("pulumi", "v3.300.1");
            plugins(versionsOfThePackages());
            assert.equal(await findInstalledPulumi(), undefined);
        }),
    );

    it(
        "do not serve when the language host is where Pulumi does not look: next to a link to it",
        run(async () => {
            fs.mkdirSync(path.join(folder, "real"));
            program("real/pulumi", "v3.300.1");
            fs.symlinkSync(path.join(folder, "real", "pulumi"), path.join(folder, "pulumi"));
            program("pulumi-language-nodejs", "");
            plugins(versionsOfThePackages());
            assert.equal(await findInstalledPulumi(), undefined);
            program("real/pulumi-language-nodejs", "");
            assert.equal((await findInstalledPulumi())?.official, true);
        }),
    );

    it(
        "are reported as used or not, as a whole, and why",
        run(async () => {
            const ours = { path: "/built/pulumi", home: "/built/home", official: false };
            const built =
                "Pulumi: built by npm start, with this project's stand-ins for the language host and the plugins (local/plugins/README.md).";
            assert.equal(await describePulumi(ours), built);
            program("pulumi", "v3.254.9");
            const { kubernetes, ...others } = versionsOfThePackages();
            plugins(others);
            const install = `pulumi plugin install resource kubernetes ${kubernetes}`;
            assert.equal(
                await describePulumi(ours),
                `${built} Not ${path.join(folder, "pulumi")}, which lacks version v3.255.0 or newer, pulumi-language-nodejs next to it, plugin kubernetes (${install}).`,
            );
            program("pulumi", "v3.300.1");
            program("pulumi-language-nodejs", "");
            plugins({ kubernetes });
            assert.equal(
                await describePulumi((await findInstalledPulumi())!),
                `Pulumi: ${path.join(folder, "pulumi")}, with the official language host and plugins.`,
            );
        }),
    );

    it(
        "serve when istioctl is as recent as ours",
        run(async () => {
            program("istioctl", "client version: 1.31.0");
            assert.equal(await findInstalledIstioctl(), path.join(folder, "istioctl"));
            program("istioctl", "client version: 1.9.9");
            assert.equal(await findInstalledIstioctl(), undefined);
            program("istioctl", "client version: unknown");
            assert.equal(await findInstalledIstioctl(), undefined);
        }),
    );
});
