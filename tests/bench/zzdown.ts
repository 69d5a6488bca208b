import * as clusters from "../../local/clusters";
void clusters.down(process.argv.slice(2));
