import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { program } from "../../../cli/main";
import { otherCommands, stackCommands, withTyped } from "../../../cli/packaged";

const checkout = path.resolve(__dirname, "..", "..", "..");

describe("A command that a message names", () => {
    const inPackage = { packaged: true, project: "" };
    const text =
        "`npm run up` renews it. `npm run rotate -- root --back`. <code>npm run verify -- c1</code> npm run --silent csr -- c1 > c1.csr";

    it("is the npm script in a checkout, and the package's command in a package", () => {
        assert.equal(withTyped(text, { packaged: false, project: "" }), text);
        assert.equal(
            withTyped(text, inPackage),
            "`npx istio-plugin-ca up` renews it. `npx istio-plugin-ca rotate root --back`. <code>npx istio-plugin-ca verify c1</code> npx istio-plugin-ca csr c1 > c1.csr",
        );
    });

    it("acts on the project that the user has chosen, if it acts on stacks", () => {
        const chosen = "`npm run up`, `npm run review -- --refresh`, `npm run check -- certs`";
        assert.equal(
            withTyped(chosen, { packaged: true, project: "--cwd ../infra" }),
            "`npx istio-plugin-ca up --cwd ../infra`, `npx istio-plugin-ca review --cwd ../infra --refresh`, `npx istio-plugin-ca check certs`",
        );
        assert.equal(
            withTyped(chosen, { packaged: false, project: "--project own" }),
            "`npm run up -- --project own`, `npm run review -- --project own --refresh`, `npm run check -- certs`",
        );
    });

    it("is left as it is if it is another project's script", () => {
        const others = "npm run build, npm run test:unit, npm run up-all, npm run upgrade -- x";
        assert.equal(withTyped(others, inPackage), others);
    });

    it("is one of those that the command line has", () => {
        assert.deepEqual(
            program.commands.map((command) => command.name()).sort(),
            [...stackCommands, ...otherCommands].sort(),
        );
        const acting = program.commands.filter(({ options }) => options.some(({ long }) => long === "--cwd"));
        assert.deepEqual(acting.map((command) => command.name()).sort(), [...stackCommands].sort());
    });
});

describe("What the commands print", () => {
    it("is printed by the function that names commands, except files for others", () => {
        const files = ["csr.ts", "fleet.ts", "print.ts", "sign.ts"];
        const direct = fs
            .globSync("*.ts", { cwd: path.join(checkout, "cli") })
            .filter((file) =>
                /console\.log|stdout\.write\(|writeFileSync/.test(
                    fs.readFileSync(path.join(checkout, "cli", file), "utf8"),
                ),
            );
        assert.deepEqual(direct.sort(), files);
    });

    it("names no npm script where other programs show it: in the components, the verification and the policies", () => {
        for (const file of fs.globSync("{components,kube,pki,plugin,policy,verify}/**/*.ts", {
            cwd: checkout,
        })) {
            assert.doesNotMatch(
                fs.readFileSync(path.join(checkout, file), "utf8"),
                /npm run|npm start/,
                file,
            );
        }
    });
});
