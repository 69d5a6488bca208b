import { isUnknown } from "../properties";
import { PropertyMap } from "../provider";

const hour = 60 * 60 * 1000;

/** Whether the certificate in this state is within `earlyRenewalHours` of its expiry. */
export function renewalIsDue(state: PropertyMap): boolean {
    const end = state["validityEndTime"];
    if (typeof end !== "string" || isUnknown(end)) {
        return false;
    }
    return Date.parse(end) - Number(state["earlyRenewalHours"] ?? 0) * hour <= Date.now();
}

/** What `readyForRenewal` says of a state: once true it stays so. */
export function isReadyForRenewal(state: PropertyMap): boolean {
    return state["readyForRenewal"] === true || renewalIsDue(state);
}

/** The time that many hours after another. */
export function hoursAfter(start: Date, hours: number): Date {
    return new Date(start.getTime() + hours * hour);
}
