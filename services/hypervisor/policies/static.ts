/** Fixed targets: what an operator sets by hand with `virsh setmem` or QEMU's `balloon`, once and for all. */
import { z } from "zod";
import { AerostatError } from "../../../lib/errors.ts";
import type { Scenario } from "../../../lib/scenario/scenario.ts";
import { required, size } from "../../../lib/scenario/schema/field.ts";
import { definePolicy, type HostView, type TargetDecision } from "./policy.ts";

const targetPages = required(size("0B", "8TiB"), "Target of a VM, or of every VM of a group, by name; a VM's own entry comes first.");

export const staticTargets = definePolicy({
  name: "static",
  summary: "Fixed targets by VM or group; a VM that is not named keeps its size.",
  source: "manual control: libvirt `virsh setmem`, QEMU monitor `balloon`",
  options: z.strictObject({
    targets: z
      .record(z.string(), targetPages)
      .meta({ description: "Targets by VM or group.", kind: "mapping", allowed: "name: size", fallback: "required" }),
  }),
  create(options, scenario) {
    const targets = new Map(Object.entries(options.targets));
    checkSizes("targets", targets, scenario);
    return {
      intervalNs: Number.POSITIVE_INFINITY,
      occasions: ["roster"],
      enforces: false,
      decide: (view: HostView) => decide(view, targets),
    };
  },
});

function decide(view: HostView, targets: ReadonlyMap<string, number>): TargetDecision[] {
  const decisions: TargetDecision[] = [];
  for (const { vm, name, group, targetPages: present } of view.vms) {
    const target = targets.get(name) ?? targets.get(group);
    if (target !== undefined && target !== present) decisions.push({ vm, targetPages: target });
  }
  return decisions;
}

/** Of a parameter that gives sizes by VM or group: every name is known, and every VM can have its size. Throws AERO_E_SCENARIO. */
export function checkSizes(parameter: string, targets: ReadonlyMap<string, number>, scenario: Scenario): void {
  const wrong = (name: string, message: string) =>
    new AerostatError("AERO_E_SCENARIO", `host.policy.options.${parameter}.${name}: ${message}`);
  for (const [name, pages] of targets) {
    const meant = scenario.guests.filter((guest) => guest.name === name || guest.group === name);
    if (meant.length === 0) throw wrong(name, "names no VM and no group of this scenario");
    for (const guest of meant) {
      if ((targets.get(guest.name) ?? pages) !== pages) continue;
      if (pages >= guest.minimumPages && pages <= guest.sizePages) continue;
      throw wrong(
        name,
        `${pages} pages is not from the minimum (${guest.minimumPages}) to the size (${guest.sizePages}) of VM "${guest.name}"`,
      );
    }
  }
}
