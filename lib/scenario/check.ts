/** Checks that span several fields of a scenario. */
import { PAGE_BYTES } from "../units.ts";
import type { Issue, Path } from "./issue.ts";
import type { Scenario } from "./scenario.ts";
import { shown, showSize, showTime } from "./schema/units.ts";
import type { ScenarioFile } from "./schema.ts";

const MAX_STEPS = 100_000_000;

/** Adds what is wrong to `issues`; returns notes on what is allowed but worth saying. */
export function checkFile(file: ScenarioFile, scenario: Scenario, issues: Issue[]): string[] {
  const refuse = (path: Path, message: string) => issues.push({ path, message });
  checkTimes(file, refuse);
  checkStates(file, refuse);
  checkMemory(file, scenario, refuse);
  checkNames(file, scenario, refuse);
  return notesOn(scenario);
}

type Refuse = (path: Path, message: string) => void;

function checkTimes(file: ScenarioFile, refuse: Refuse): void {
  const { step, sample, duration, network, host } = file;
  const stepText = showTime(step);
  // The host's tick is five eighths of a step in (docs/architecture.md).
  if (step % 8 !== 0) refuse(["step"], `${stepText} can not be divided by 8; choose a whole number of microseconds`);
  if (sample % step !== 0) refuse(["sample"], `${showTime(sample)} is not a multiple of the step, ${stepText}`);
  if (host.statistics % step !== 0)
    refuse(["host", "statistics"], `${showTime(host.statistics)} is not a multiple of the step, ${stepText}`);
  if (duration < step) refuse(["duration"], `${showTime(duration)} is shorter than a step, ${stepText}`);
  if (duration / step > MAX_STEPS)
    refuse(["duration"], `has ${Math.floor(duration / step)} steps of ${stepText}; allowed: at most ${MAX_STEPS}`);
  // Beside a demand's way there and its answer's back there is to be room for what a busy machine adds.
  const slowest = network.latency + network.jitter;
  if (slowest >= step / 4) {
    refuse(["network", "latency"], `latency and jitter, ${showTime(slowest)}, must be below a quarter of the step, ${showTime(step / 4)}`);
  }
  if (host.lease < 2 * host.statistics) {
    refuse(
      ["host", "lease"],
      `${showTime(host.lease)} is too short: statistics are the heartbeat, so it needs at least twice ${showTime(host.statistics)}`,
    );
  }
}

function checkStates(file: ScenarioFile, refuse: Refuse): void {
  const { high, soft, hard, low } = file.host.states;
  if (!(high > soft && soft > hard && hard > low)) {
    refuse(["host", "states"], `high ${high}, soft ${soft}, hard ${hard}, low ${low}: each must be below the one before`);
  }
}

function checkMemory(file: ScenarioFile, scenario: Scenario, refuse: Refuse): void {
  const { host, guests } = scenario;
  const show = (pages: number) => showSize(pages * PAGE_BYTES);
  const own = host.reservedPages + guests.length * host.overheadPagesPerVm;
  if (own >= host.memoryPages) {
    refuse(
      ["host", "memory"],
      `${show(host.memoryPages)} is not more than what the host keeps (reserved, and overhead of ${guests.length} VMs): ${show(own)}`,
    );
    return;
  }
  // OSDI'02 section 6.2: a VM is admitted only if its minimum and overhead can be kept.
  const promised = guests.reduce((sum, guest) => sum + guest.minimumPages, 0);
  if (own + promised > host.memoryPages) {
    const where = file.trace === undefined ? ["guests"] : ["trace"];
    refuse(
      where,
      `the VMs' minimums sum to ${show(promised)}, but the host has ${show(host.memoryPages - own)} for them; ` +
        'lower "minimum" or raise "host.memory"',
    );
  }
}

function checkNames(file: ScenarioFile, scenario: Scenario, refuse: Refuse): void {
  if (scenario.guests.length === 0 && file.trace === undefined)
    refuse(["guests"], "there is no VM; needed: at least one group, or a trace");
  const hostName = scenario.host.name;
  if (hostName === "monitor" || hostName === "conductor")
    refuse(["host", "name"], `${shown(hostName)} is the name of another actor; choose another`);
  const seen = new Set<string>();
  for (const { name, group } of scenario.guests) {
    if (seen.has(name)) refuse(["guests"], `two VMs are called ${shown(name)}; rename the group ${shown(group)}`);
    if (name === hostName) refuse(["host", "name"], `${shown(name)} is the name of a VM; choose another`);
    seen.add(name);
  }
}

function notesOn(scenario: Scenario): string[] {
  const notes: string[] = [];
  const groups = new Set<string>();
  for (const guest of scenario.guests) {
    if (groups.has(guest.group)) continue;
    groups.add(guest.group);
    const anonymous = guest.workload.regions.filter((region) => region.kind === "anonymous").reduce((sum, region) => sum + region.pages, 0);
    if (guest.kernelPages + anonymous > guest.sizePages + guest.swapPages) {
      notes.push(`group "${guest.group}": its anonymous regions are larger than its memory and swap together, so the OOM killer will act`);
    }
  }
  return notes;
}
