import type { Element } from "hast";
import { h } from "hastscript";
import type { Cell } from "../verify/matrixReport";
import { blamed } from "./findings";
import type { Mesh } from "./trustFacts";

/** Of how many clusters each has a column; of more, the worst. */
const mostShown = 100;

/** From how many clusters on the columns are narrow. */
const many = 12;

/** For each mesh, who reaches whom. */
export function matrixTables(meshes: Mesh[]): { title: string; table: Element }[] {
    return meshes.map((mesh) => ({
        title: `Requests between clusters (${mesh.stack})`,
        table: tableOf(mesh),
    }));
}

function tableOf({ stack, matrix }: Mesh): Element {
    if (!matrix) {
        return h("p", [
            "Nobody has looked: the setting verification is false. Look now: ",
            h("code", `npm run verify -- ${stack}`),
            ".",
        ]);
    }
    const { clusters, cells } = matrix;
    const shown = clusters.length > mostShown ? worst(cells) : clusters;
    const seen = new Map(cells.map((cell) => [`${cell.from} ${cell.to}`, cell]));
    const failed = cells.filter(({ ok }) => !ok).length;
    const some = shown.length < clusters.length && shown.length > 0;
    const summary = `${cells.length - failed} of ${cells.length} links are as expected${some ? `; the table shows ${shown.length} clusters, the worst first` : ""}.`;
    return h("div", [
        h("p", summary),
        shown.length === 0
            ? ""
            : h("div", { class: "scroll" }, [
                  h("table", { class: shown.length > many ? "matrix many" : "matrix" }, [
                      h("thead", [
                          h("tr", [
                              h("th", { scope: "col" }, "from \\ to"),
                              ...shown.map((to) => h("th", { scope: "col" }, to)),
                          ]),
                      ]),
                      h(
                          "tbody",
                          null,
                          shown.map((from) =>
                              h("tr", [
                                  h("th", { scope: "row" }, from),
                                  ...shown.map((to) => cellOf(seen.get(`${from} ${to}`))),
                              ]),
                          ),
                      ),
                  ]),
              ]),
    ]);
}

/** The clusters that explain the most of what fails, with those that they fail with. */
function worst(cells: Cell[]): string[] {
    const names = [...blamed(cells)].flatMap(([name, bad]) => [
        name,
        ...bad.flatMap(({ from, to }) => [from, to]),
    ]);
    return [...new Set(names)].slice(0, mostShown);
}

function cellOf(cell: Cell | undefined): Element {
    if (!cell) {
        return h("td");
    }
    return cell.ok
        ? h("td", { class: "ok" }, "ok")
        : h("td", { class: "bad", title: cell.found }, cell.fault);
}
