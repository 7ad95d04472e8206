import { expect, test } from "vitest";
import { loadScenario } from "../../lib/scenario/load.ts";
import { preparedScenario } from "../../services/hypervisor/policies/registry.ts";
import { play } from "../compare/lab.ts";

// The kernel's pages, double paging and stale reads are half of them: reads of a VM that its threads did not ask for.
test.each([[[]], [["host.policy=none"]], [["host.hostSwapVictims=random", "host.memory=900MiB"]]])(
  "what VMs have had read from the host's swap is what the host has read, and was at the disk (%j)",
  async (overrides: readonly string[]) => {
    const { scenario } = await loadScenario("scenarios/small.yaml", overrides);
    const { vms, host } = await play(preparedScenario(scenario));
    const ofVms = vms.flat().reduce((sum, { body }) => sum + body.hostSwapInPages, 0);
    const ofHost = host.reduce((sum, { swapInPages }) => sum + swapInPages, 0);
    expect(ofVms).toBeGreaterThan(20_000);
    // The host has heard all but the last second's.
    expect(ofHost).toBeLessThanOrEqual(ofVms);
    expect(ofHost).toBeGreaterThan(0.95 * ofVms);
    const diskReads = host.reduce((sum, sample) => sum + sample.diskReads, 0);
    expect(diskReads).toBeGreaterThan(ofHost);
  },
);
