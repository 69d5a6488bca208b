import { text } from "node:stream/consumers";
import { reason } from "../kube/apiError";
import { ReloadInput, reloadIstiod } from "./istiodReload";

// The whole work of a program: what istiod is to read comes as JSON on stdin. The connections that the client keeps alive must
// not hold it up.
text(process.stdin)
    .then((json) => reloadIstiod(JSON.parse(json) as ReloadInput))
    .then(
        () => process.exit(0),
        (error: unknown) => {
            console.error(reason(error));
            process.exit(1);
        },
    );
