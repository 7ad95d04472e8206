/** The process of the hypervisor. */
import { runService, type ServiceOptions } from "../../lib/federate/service.ts";
import { hypervisorFactory } from "./hypervisor.ts";
import { loadPolicy } from "./policyfile.ts";

export function runHypervisorProcess(options: ServiceOptions): Promise<void> {
  return runService(options, {
    role: "hypervisor",
    open: async ({ scenario }) => {
      loadPolicy(scenario.host.policy.name);
      return { cast: () => hypervisorFactory(scenario) };
    },
  });
}
