import { CaProfile, KeyAlgorithm, ProfileName, profiles } from "../pki/profile";
import { ConfigReader } from "./reader";

/** The CA profile, with what the stack's settings change of it. */
export function readProfile(reader: ConfigReader): CaProfile {
    const name = reader.oneOf("profile", Object.keys(profiles) as ProfileName[]) ?? "default";
    const preset: CaProfile = profiles[name];
    const profile: CaProfile = {
        ...preset,
        keyAlgorithm: reader.oneOf("keyAlgorithm", Object.values(KeyAlgorithm)) ?? preset.keyAlgorithm,
        rootValidityDays: reader.integer("rootValidityDays", 0) || preset.rootValidityDays,
        intermediateValidityDays:
            reader.integer("intermediateValidityDays", 0) || preset.intermediateValidityDays,
        renewalWindowDays: reader.integer("renewalWindowDays", 0) || preset.renewalWindowDays,
    };
    const { rootValidityDays, intermediateValidityDays, renewalWindowDays } = profile;
    if (intermediateValidityDays > rootValidityDays) {
        const allowed = `at most rootValidityDays, ${rootValidityDays}: an intermediate must not outlive its root`;
        reader.fault(
            "intermediateValidityDays",
            intermediateValidityDays,
            allowed,
            "lower it or raise rootValidityDays",
        );
    }
    if (renewalWindowDays >= intermediateValidityDays) {
        const allowed = `less than intermediateValidityDays, ${intermediateValidityDays}, or every \`up\` would renew`;
        reader.fault(
            "renewalWindowDays",
            renewalWindowDays,
            allowed,
            "lower it or raise intermediateValidityDays",
        );
    }
    return profile;
}
