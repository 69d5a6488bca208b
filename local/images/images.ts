import * as path from "node:path";
import type { ListrTask } from "listr2";
import { isBuilt, type Part } from "../toolchain/part";
import { buildStep, runTasks, stepTask, type RunTasksOptions } from "../toolchain/steps";
import { imageNames, imagesPart, type ImageNames, type ImageSources } from "./imagesPart";
import { imageStorePart } from "./imageStore";

/** The container images of the local clusters. */
export interface Images {
    /** One archive with all of them: `ctr --namespace k8s.io images import <archive>`. */
    archive: string;
    /** A containerd root with the same images, imported and unpacked: see seedImageStore. */
    store: string;
    /** Changes whenever an image does. */
    key: string;
    /** The names under which they are imported, as the manifests ask for them. */
    names: ImageNames;
}

/**
 * Makes the images unless they are there, which is shown as a list of steps.
 *
 * @throws Error naming the log when a step fails
 */
export async function ensureImages(toolchain: ImageSources, options: RunTasksOptions = {}): Promise<Images> {
    const { parts, images } = await planImages(toolchain);
    if (!parts.every(isBuilt)) {
        await runTasks(parts.map(buildStep).map(stepTask), false, options);
    }
    return images;
}

/**
 * The same as a task of listr2, among the steps of a larger job.
 *
 * @param toolchain gives the toolchain, which an earlier step made
 * @param done gets the images when they are complete
 */
export function imagesTask(toolchain: () => ImageSources, done: (images: Images) => void): ListrTask {
    return {
        title: "Container images",
        async task(_, task) {
            const { parts, images } = await planImages(toolchain());
            const missing = parts.filter((part) => !isBuilt(part));
            const finish: ListrTask = { task: () => done(images) };
            return task.newListr([...missing.map(buildStep).map(stepTask), finish], { concurrent: false });
        },
    };
}

async function planImages(toolchain: ImageSources): Promise<{ parts: Part[]; images: Images }> {
    const part = imagesPart(toolchain);
    const archive = path.join(part.folder, "images.tar");
    const store = await imageStorePart(archive, toolchain.system);
    return {
        parts: [part, store],
        images: {
            archive,
            store: path.join(store.folder, "root"),
            key: path.basename(part.folder),
            names: imageNames(toolchain),
        },
    };
}
