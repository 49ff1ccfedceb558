/** The policy pack, which Pulumi's engine runs beside a program: a resource that breaks a rule is not made. */
import { PolicyPack } from "@pulumi/policy";
import { rules } from "./rules";

new PolicyPack("kafka-on-ec2", {
  policies: rules.map(({ name, description, faultsOf }) => ({
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: ({ type, name, props, opts }, report) => {
      for (const fault of faultsOf({ type, name, props, isProtected: opts.protect })) report(fault);
    },
  })),
});
