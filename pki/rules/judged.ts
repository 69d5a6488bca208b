import { CaCertificate } from "../caCertificate";
import { SigningCa } from "../caFiles";
import { Verdict } from "../verdict/verdict";

/** A CA under judgement, parsed. */
export interface Judged {
    ca: SigningCa;
    certificate: CaCertificate;
    roots: CaCertificate[];
    /** The certificates of cert-chain.pem. */
    pool: CaCertificate[];
    /** From the CA's certificate to a root; empty if there is no way. */
    chain: CaCertificate[];
    verdict: Verdict;
    now: Date;
    trustDomain: string;
}
