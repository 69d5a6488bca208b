/**
 * Gives a cluster's API server a loopback port on the machine. It runs on the node, where it reaches the API
 * server, and accepts on a socket that was opened outside and handed to it: nothing else leads into the cluster,
 * and when the cluster is down, the port answers nobody.
 */
import { connect, createServer, Server } from "node:net";

process.on("message", (_message, listener) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
        const api = connect({ port: 6443, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
        client.pipe(api).pipe(client);
        client.on("error", () => api.destroy()).on("close", () => api.destroy());
        api.on("error", () => client.destroy()).on("close", () => client.destroy());
    });
    server.listen(listener as Server);
    process.disconnect();
});
