import { CaCertificate } from "../caCertificate";
import { Finding } from "./finding";
import { Judged } from "./judged";

/** Peers get the workload's certificate and cert-chain.pem: what leads to the root must be in there. */
export function servedChain({ ca, certificate, roots, pool, chain }: Judged): Finding | undefined {
    const served = (each: CaCertificate) => [...pool, ...roots].some((other) => other.equals(each));
    const lacking = (chain.length > 0 ? chain : [certificate]).find((each) => !served(each));
    return lacking === undefined
        ? undefined
        : {
              rule: "chain-incomplete",
              severity: "error",
              file: ca.certChain.name,
              found: `${lacking.name} is missing`,
              effect: "istiod accepts it. Workloads serve this file with their certificates, so no peer finds the path to the root.",
              remedy: "Let it hold the intermediate CA's certificate first, then each one's issuer.",
          };
}

/** What else is in the file: repeated, foreign or in the wrong place. */
export function chainContents({ ca, certificate, pool, chain }: Judged): (Finding | undefined)[] {
    const file = { severity: "warning" as const, file: ca.certChain.name };
    const twice = pool.find((each, index) => pool.findIndex((other) => other.equals(each)) < index);
    const foreign = pool.find((each) => !chain.some((other) => other.equals(each)));
    const path = pool.filter((each, index) => pool.findIndex((other) => other.equals(each)) === index);
    const ordered =
        path[0]?.equals(certificate) &&
        path.every((each, index) => index === 0 || path[index - 1]!.namesIssuer(each));
    const misplaced = path.length > 0 && !foreign && !ordered;
    return [
        twice && {
            ...file,
            rule: "chain-doubled",
            found: `${twice.name} is in it twice`,
            effect: "Each handshake carries it twice; some clients, such as Java's, reject such chains.",
            remedy: "Remove the repetition.",
        },
        foreign && {
            ...file,
            rule: foreign.isCa ? "chain-foreign" : "chain-end-entity",
            found: `${foreign.name} ${foreign.isCa ? "is not on the path from the intermediate to a root" : "is not a CA's"}`,
            effect: "Each workload serves it in its chain; strict clients reject that.",
            remedy: "Remove it.",
        },
        misplaced
            ? {
                  ...file,
                  rule: "chain-order",
                  found: `it is ordered ${path.map(({ subject }) => subject).join("; ")}`,
                  effect: "TLS 1.2 requires each certificate to be followed by its issuer's; istiod's expiry metric shows the first one.",
                  remedy: "Order it from the intermediate to the root.",
              }
            : undefined,
    ];
}

/** Names alone link a certificate to its issuer where key identifiers are missing. */
export function sameSubjects({ ca, chain }: Judged): Finding | undefined {
    const same = chain.find(
        (each, index) => chain.findIndex(({ subject }) => subject === each.subject) < index,
    );
    return same === undefined
        ? undefined
        : {
              rule: "same-subject",
              severity: "error",
              file: ca.caCert.name,
              found: `it and its issuer are both named ${same.subject || "by an empty subject"}`,
              effect: "OpenSSL and BoringSSL take the intermediate for a self-signed root and build no chain; CRLs of the two cannot be distinguished.",
              remedy: "Give the intermediate a subject of its own, with L=<cluster>.",
          };
}

/** Where a certificate names its issuer's key, Go tries issuers of other names too; OpenSSL and BoringSSL do not. */
export function issuerKey({ ca, chain }: Judged): Finding | undefined {
    const other = chain.find(({ extensions: { authorityKeyId } }, depth) => {
        const keyId = chain[depth + 1]?.extensions.subjectKeyId;
        return authorityKeyId !== undefined && keyId !== undefined && authorityKeyId !== keyId;
    });
    return other === undefined
        ? undefined
        : {
              rule: "issuer-key",
              severity: "error",
              file: ca.certChain.name,
              found: `the authority key identifier of ${other.name} is not its issuer's subject key identifier`,
              effect: "istiod accepts it. Envoy does not find the issuer: workloads reject each other.",
              remedy: "Have it signed again by software that copies the issuer's identifier.",
          };
}
