import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";

new PolicyPack("istio-plugin-ca", { policies });
