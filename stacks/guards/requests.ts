import { csrFaults } from "../../pki/csr";
import { Refusal } from "../refusal";
import { RootChange } from "../rootChange";

/** The component that signs would refuse them too, but one by one and with some clusters signed already. */
export async function requestRefused({ asked }: Pick<RootChange, "asked">): Promise<Refusal | undefined> {
    const { requests } = await asked();
    const faulty = Object.entries(requests)
        .map(([cluster, { pem }]) => ({ cluster, faults: csrFaults(pem, cluster) }))
        .filter(({ faults }) => faults.length > 0);
    const names = faulty.map(({ cluster }) => cluster).join(", ");
    return faulty.length === 0
        ? undefined
        : {
              id: "request-refused",
              found: faulty
                  .flatMap(({ cluster, faults }) => [
                      `The certificate request of cluster ${cluster} was refused, nothing was signed:`,
                      ...faults,
                  ])
                  .join("\n    "),
              remedy: `Let each stack (${names}) make its request again (\`pulumi up\`), and find out who altered it.`,
          };
}
