/** What a run survives as a whole: each service restarted, paused for a moment, and cut off from the network. */
import { expect, test } from "vitest";
import { docker } from "./engine.ts";
import { later, type Project } from "./project.ts";
import { boots, heard, leases, type State } from "./state.ts";

const MOMENT_MS = 2_000;
/** Model time that a run must gain afterwards. */
const GAIN_NS = 3e9;
/** Longer than a boot takes. */
const SETTLED_NS = 4e9;

export function interruptions(project: Project, guests: number): void {
  const goesOn = async (sinceNs: number): Promise<void> => {
    await project.until("the run goes on", (state) => leases(guests)(state) && state.live.nowNs > sinceNs + GAIN_NS);
  };

  /** What was done to the run before is over: everybody is heard, and for a while no VM has come up. */
  const settled = async (): Promise<State> => {
    for (let last = await project.state(); ; ) {
      const sinceNs = last.live.nowNs;
      const next = await project.until("all are heard", (state) => heard(guests)(state) && state.live.nowNs > sinceNs + SETTLED_NS);
      if (boots(next) === boots(last)) return next;
      last = next;
    }
  };

  test.each(["hypervisor", "monitor", "nats"])("docker compose restart %s: the run goes on, and no VM boots anew", async (service) => {
    const before = await settled();
    await project.compose(["restart", "--timeout", "20", service]);
    await goesOn((await project.state()).live.nowNs);
    expect(boots(await project.state())).toBe(boots(before));
  });

  test("docker compose restart guest: all leave, and are VMs again", async () => {
    const before = boots(await project.state());
    await project.compose(["restart", "--timeout", "20", "guest"]);
    await project.until("every VM has booted again", (state) => leases(guests)(state) && boots(state) >= before + guests, 120_000);
    for (const { running, restarts } of await project.containers("guest"))
      expect({ running, restarts }).toEqual({ running: true, restarts: 0 });
  });

  test("hypervisor, monitor, NATS and conductor, each paused for a moment: the run goes on", async () => {
    for (const service of ["hypervisor", "monitor", "nats", "conductor"]) {
      const { id } = await project.first(service);
      await project.pause(id);
      await later(MOMENT_MS);
      await docker(["unpause", id]);
    }
    await goesOn((await project.state()).live.nowNs);
  });

  test("hypervisor, monitor and conductor, each cut off from the network for a moment: the run goes on", async () => {
    for (const service of ["hypervisor", "monitor", "conductor"]) {
      const { id } = await project.first(service);
      await docker(["network", "disconnect", `${project.name}_bus`, id]);
      await later(MOMENT_MS);
      await docker(["network", "connect", `${project.name}_bus`, id]);
    }
    await goesOn((await project.state()).live.nowNs);
  });
}
