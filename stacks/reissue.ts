import * as pulumi from "@pulumi/pulumi";
import { MeshSettings } from "../config/settings";
import { parseCertificates } from "../pki/certificates";
import { SignedCertificate } from "./outputs";

/**
 * Two workload lifetimes must fit into the time in which an intermediate is renewed: workloads that follow slowly must
 * have done so long before it ends.
 *
 * @param windowHours - how long before its end it is renewed; undefined where nobody is known to
 * @throws pulumi.RunError where they do not fit.
 */
export function refuseLongReissue(mesh: MeshSettings | undefined, windowHours: number | undefined): void {
    const hours = (mesh?.reissueMinutes ?? 0) / 60;
    if (windowHours !== undefined && 4 * hours > windowHours) {
        throw new pulumi.RunError(
            `The setting reissueWithin gives workloads ${hours} hours to follow, so certificates of ${2 * hours}, but the intermediate is renewed only ${windowHours} hours before its end. Nothing was changed. Set reissueWithin to ${Math.floor(windowHours * 15)}m at most, or renewalWindowDays, where the intermediate is signed, to ${Math.ceil(hours / 6)} at least.`,
        );
    }
}

/** How many hours before its end a certificate is renewed; undefined where nobody is known to renew it. */
export function renewalWindowOf({ pem, renewFrom }: SignedCertificate): number | undefined {
    const [certificate] = parseCertificates(pem);
    return renewFrom && certificate
        ? (certificate.validToDate.getTime() - Date.parse(renewFrom)) / 3_600_000
        : undefined;
}
