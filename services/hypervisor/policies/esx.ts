/**
 * VMware ESX as it was sold: the published policy (shares-idle-tax.ts) with limits, the progressive tax of vSphere 6.5, and the
 * states of each generation.
 *
 * What acts in which state: high and clear, nothing but the scan for equal pages (products break large pages, which the host does not
 * model); soft, balloons; hard, the host's swap as well, down to the targets; low, that and no VM above its target runs. vSphere 6
 * leaves the balloons alone in the hard and low states (esx-balloons.ts). Swapping and stopping are the host's own doing
 * (reclaim.ts, step.ts).
 */
import { z } from "zod";
import { choice, flag, required, size, withDefault } from "../../../lib/scenario/schema/field.ts";
import { Balloons } from "./esx-balloons.ts";
import { esxThresholds } from "./esx-states.ts";
import { definePolicy, type HostView } from "./policy.ts";
import { decideIdleTax, type Extension, idleTaxFields, idleTaxPolicy } from "./shares-idle-tax.ts";
import { checkSizes } from "./static.ts";

const limit = required(size("0B", "8TiB"), "Limit of a VM, or of every VM of a group, by name; a VM's own entry comes first.");

const options = z.strictObject({
  ...idleTaxFields,
  generation: withDefault(
    choice("2002", "vsphere5", "vsphere6"),
    "vsphere6",
    "States: by the scenario's shares of memory (2002), by minFree (vsphere5), with a clear state (vsphere6).",
  ),
  progressive: withDefault(flag, true, "Tax that grows with the idle share (vSphere 6.5 on). The curve is not published; false: flat."),
  limits: z
    .record(z.string(), limit)
    .prefault({})
    .meta({ description: "Most machine memory by VM or group.", kind: "mapping", allowed: "name: size", fallback: "none" }),
});

export const esx = definePolicy({
  name: "esx",
  summary: "Shares, reservations, limits and a progressive idle tax, with the states of VMware's products.",
  source: "OSDI 2002, sections 5 and 6; vSphere 5 to 8 documentation; frankdenneman.nl 2011, yellow-bricks.com 2011 and 2015",
  options,
  create(chosen, scenario) {
    const limits = new Map(Object.entries(chosen.limits));
    checkSizes("limits", limits, scenario);
    const extension: Extension = {
      progressive: chosen.progressive,
      mostPages: (vm) => limits.get(vm.name) ?? limits.get(vm.group) ?? vm.sizePages,
    };
    const balloons = new Balloons();
    const decide = (view: HostView) => {
      const decisions = decideIdleTax(view, chosen, extension);
      return chosen.generation === "vsphere6" ? balloons.tell(view, decisions) : decisions;
    };
    const thresholds = esxThresholds(chosen.generation, scenario.host.states, scenario.host.memoryPages);
    const compresses = chosen.generation !== "2002";
    return { ...idleTaxPolicy(chosen, decide), thresholds, compresses, digest: (hasher) => balloons.digest(hasher) };
  },
});
