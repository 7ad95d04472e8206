/** The process of the hypervisor. */
import { runService, type ServiceOptions } from "../../lib/federate/service.ts";
import { hypervisorFactory } from "./hypervisor.ts";

export function runHypervisorProcess(options: ServiceOptions): Promise<void> {
  return runService(options, { role: "hypervisor", open: ({ scenario }) => ({ cast: () => hypervisorFactory(scenario) }) });
}
