import type { Certificate } from "../pki/certificate";
import type { Crl } from "../pki/crl";

/** The CA that must have signed a workload's certificate. */
export interface ExpectedCa {
    caCert: Certificate;
    /** One root; several while roots rotate. */
    roots: readonly Certificate[];
    /** What the workload itself trusts, which it serves after its chain: more than `roots`, if a rotation has come to it first. */
    ownRoots?: readonly Certificate[];
    /** Whether certificates of the previous CA may still be served. Default: they may not. */
    reissue?: Reissue;
    /** The CRLs that every proxy must hold; undefined if the mesh uses none. */
    crls?: readonly Crl[];
}

/** The time in which proxies ask for their next certificates, each at its own time. */
export interface Reissue {
    /** How long that takes: no certificate is kept longer. */
    minutes: number;
    /** When istiod began to sign with the expected CA, by its own certificate, which it makes then. */
    since: Date;
}
