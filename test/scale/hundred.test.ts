/**
 * A hundred guest processes on this machine, as `npm start` starts them: registered in time, in real time, and small. The bounds are
 * those of docs/scaling.md for two cores; the test runs when no other does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { setup } from "../../scripts/setup.mjs";
import { readTable } from "../../services/monitor/results/read.ts";
import { processes } from "../processes.ts";

const GUESTS = 100;
const REGISTERED_LIMIT_S = 60;
const PRIVATE_LIMIT_MB = 25;
/** Of the classic scenario. All guests tick at once, so half of them wait for the others; README.md has the 99th percentile. */
const STEP_MS = 200;
const DURATION_S = 20;
/** A hundred processes boot and compile at once: until then they have no time for the clock. */
const WARM_S = 10;
/** Share of their time that guests may stand still for an answer of their host that is late. */
const WAITING_LIMIT = 0.05;
/** Into the run. */
const READ_AT_MS = 2_000;

const out = mkdtempSync(join(tmpdir(), "aerostat-hundred-"));
beforeAll(() => setup());
afterAll(() => rmSync(out, { recursive: true, force: true }));

const counts = ["day", "night", "cache", "small"].map((group) => `--set=guests.${group}.count=${GUESTS / 4}`);
const words = [
  "demo",
  "--plain",
  "--speed=1",
  `--out=${out}`,
  ...counts,
  `--set=host.memory=${2 * GUESTS}GiB`,
  `--set=duration=${DURATION_S}s`,
];

const guestsOf = (run: string): number[] =>
  processes().flatMap(({ pid, command }) => (command.includes("main.js guest") && command.includes(`--run ${run}`) ? [pid] : []));

/** Memory that a process shares with no other (proc(5)), MB. */
function privateMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kibs = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].map((match) => Number(match[1]));
  return (kibs.reduce((sum, kib) => sum + kib, 0) * 1024) / 1e6;
}

test("a hundred guest processes", async ({ skip }) => {
  if (!existsSync("/proc/self/smaps_rollup")) return skip("needs Linux to tell what memory a process has for itself");
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...words], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  while (child.exitCode === null && !said.includes("the run begins")) await delay(100);
  await delay(READ_AT_MS);
  const [run] = readdirSync(out) as [string];
  const memory = guestsOf(run).map(privateMb);
  const [code] = await ended;
  expect(code, said).toBe(0);

  const [, actors, tookS] = /^all (\d+) are registered after (\S+) s: the run begins$/m.exec(said) ?? [];
  expect(Number(actors), said).toBe(GUESTS + 2);
  expect(Number(tookS)).toBeLessThan(REGISTERED_LIMIT_S);

  expect(memory).toHaveLength(GUESTS);
  expect(Math.max(...memory), "private memory of the largest guest process, MB").toBeLessThan(PRIVATE_LIMIT_MB);

  const read = (file: string) => JSON.parse(readFileSync(join(out, run, file), "utf8"));
  expect(read("manifest.json")).toMatchObject({ complete: true, clock: "wall", bus: "nats", speed: 1 });
  const { lag } = read("summary.json");
  expect(lag.guest.count).toBeGreaterThan(0.75 * GUESTS * DURATION_S);
  expect(lag.guest.p50Ns / 1e6, "how late guests' ticks are, median, ms").toBeLessThan(STEP_MS / 2);
  const rows = await readTable(join(out, run), "samples", ["time_ns", "interval_ns", "link_stall_ns"]);
  const warm = rows.filter((row) => Number(row.time_ns) > WARM_S * 1e9);
  const sum = (column: string): number => warm.reduce((total, row) => total + Number(row[column]), 0);
  expect(sum("interval_ns") / 1e9).toBeGreaterThan(0.75 * GUESTS * (DURATION_S - WARM_S));
  expect(sum("link_stall_ns") / sum("interval_ns"), "share of time in which guests waited for their host").toBeLessThan(WAITING_LIMIT);
  expect(guestsOf(run)).toEqual([]);
});
