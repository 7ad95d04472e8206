/**
 * Tested sizes: as many guest processes and VMs as named, in real time over NATS with keys. How long until all are registered, how late
 * their own timers run, what memory a guest process has for itself, and how many windows of the virtual clock they do in a second.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "../cli/version.ts";
import { conductorAccess } from "../lib/bus/access.ts";
import { type Broker, startNatsServer } from "../lib/bus/server.ts";
import { type Fleet, launchFleet } from "../lib/federate/launch.ts";
import { createLogger } from "../lib/logging.ts";
import { loadScenario } from "../lib/scenario/load.ts";
import type { Scenario } from "../lib/scenario/scenario.ts";
import { runConductor } from "../services/conductor/main.ts";
import { createRunFolder } from "../services/monitor/results/folder.ts";
import { median } from "./measure.ts";

/** Guest processes, and VMs in each. */
const SIZES: readonly (readonly [number, number])[] = [
  [16, 1],
  [50, 1],
  [100, 1],
  [16, 16],
  [8, 125],
];
const REAL_TIME = "20s";
const VIRTUAL_TIME = "4s";

export interface Size {
  readonly processes: number;
  readonly vms: number;
  readonly registeredS: number;
  /** Median over the guest processes; undefined where the system does not tell. */
  readonly privateMib: number | undefined;
  /** 99th percentile over the guests' own ticks. */
  readonly lagMs: number | undefined;
  readonly windowsPerS: number;
}

export async function sizes(): Promise<Size[]> {
  const broker = await startNatsServer();
  const folder = mkdtempSync(join(tmpdir(), "aerostat-sizes-"));
  try {
    const found: Size[] = [];
    for (const [processes, each] of SIZES) {
      process.stderr.write(`bench sizes: ${processes} processes of ${each}\n`);
      found.push(await measured(processes, each, broker, folder));
    }
    return found;
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(processes: number, each: number, broker: Broker, folder: string): Promise<Size> {
  const vms = processes * each;
  const wall = await played(await scenarioOf(vms, REAL_TIME), false, each, broker, folder);
  const virtual = await played(await scenarioOf(vms, VIRTUAL_TIME), true, each, broker, folder);
  const { registeredS, privateMib, lagMs } = wall;
  return { processes, vms, registeredS, privateMib, lagMs, windowsPerS: virtual.windowsPerS };
}

/** The classic four groups, and a host that grows with them. */
async function scenarioOf(vms: number, duration: string): Promise<Scenario> {
  const counts = ["day", "night", "cache", "small"].map((group, i) => `guests.${group}.count=${Math.ceil((vms - i) / 4)}`);
  const { scenario } = await loadScenario("scenarios/classic.yaml", [...counts, `duration=${duration}`, `host.memory=${2 * vms}GiB`]);
  return scenario;
}

async function played(scenario: Scenario, virtual: boolean, each: number, broker: Broker, folder: string) {
  const run = `sizes-${process.pid}-${scenario.guests.length}-${virtual ? "virtual" : "wall"}`;
  const facts = { version: version(), clock: virtual ? "virtual" : "wall", bus: "nats", command: [] } as const;
  const outDir = createRunFolder(folder, run, scenario, facts);
  const log = createLogger("bench", "error");
  const more = { monitor: ["--http", "127.0.0.1:0"] };
  const door = { natsUrl: broker.url, keys: broker.keys, run };
  const beganMs = performance.now();
  const fleet = launchFleet({ ...door, guests: scenario.guests.length, guestsPerProcess: each, logLevel: "error", more, log });
  let registeredMs = Number.NaN;
  let privateMib: number | undefined;
  const options = { scenario, run, version: version(), virtual, speed: 1, outDir, log, rosterLimitMs: 300_000 };
  const result = await runConductor({
    ...options,
    ...(await conductorAccess(broker)),
    onProgress: ({ phase, nowNs }) => {
      if (phase === "running" && Number.isNaN(registeredMs)) registeredMs = performance.now();
      if (!virtual && phase === "running" && nowNs > scenario.durationNs / 2) privateMib ??= privateOf(fleet);
    },
  });
  const runS = (performance.now() - registeredMs) / 1000;
  await fleet.ended();
  const { lag } = JSON.parse(readFileSync(join(outDir, "summary.json"), "utf8"));
  return {
    registeredS: (registeredMs - beganMs) / 1000,
    privateMib,
    lagMs: lag?.guest?.p99Ns === undefined ? undefined : lag.guest.p99Ns / 1e6,
    windowsPerS: result.windows / runS,
  };
}

/** Memory that a process shares with no other, from proc(5); undefined where there is none. */
function privateOf(fleet: Fleet): number | undefined {
  try {
    const each = fleet.pids("guest").map((pid) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      return [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce((sum, match) => sum + Number(match[1]), 0) / 1024;
    });
    return median(each);
  } catch {
    return undefined;
  }
}

export function sizesTable(found: readonly Size[]): string {
  const head = [
    "guest processes",
    "VMs",
    "registered after",
    "private memory of one",
    "lag of guests' ticks, p99",
    "windows/s, virtual time",
  ];
  const lines = [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`];
  for (const { processes, vms, registeredS, privateMib, lagMs, windowsPerS } of found) {
    const memory = privateMib === undefined ? "-" : `${privateMib.toFixed(0)} MiB`;
    const lag = lagMs === undefined ? "-" : `${lagMs.toFixed(1)} ms`;
    lines.push(`| ${processes} | ${vms} | ${registeredS.toFixed(1)} s | ${memory} | ${lag} | ${windowsPerS.toFixed(0)} |`);
  }
  return lines.join("\n");
}
