/** `npm start` with real processes, shortened: it shows, it records, it ends, and it leaves nothing behind. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/common.mjs";
import { setup } from "../../scripts/setup.mjs";
import { processes } from "../processes.ts";

const MAIN = join(root, "dist/cli/main.js");
const out = mkdtempSync(join(tmpdir(), "aerostat-demo-"));
const running = new Set<ChildProcess>();
beforeAll(() => setup());
afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(out, { recursive: true, force: true });
});

/** A demo of the small scenario: 20 s of model time, `speed` of them a second. */
class Demo {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(speed: number, folder: string, env: NodeJS.ProcessEnv = {}) {
    const words = [MAIN, "demo", "--scenario", "scenarios/small.yaml", "--speed", String(speed), "--out", join(out, folder)];
    this.child = spawn(process.execPath, words, { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.child);
    this.child.stdout?.setEncoding("utf8").on("data", (text) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (let tries = 0; tries < 300; tries++) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      await delay(100);
    }
    throw new Error(`it did not say ${pattern} within 30 s:\n${this.stdout}\n${this.stderr}`);
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    running.delete(this.child);
    return this.child.exitCode;
  }

  async where(): Promise<{ run: string; port: number }> {
    const match = await this.says(/--nats nats:\/\/127\.0\.0\.1:(\d+) --run (\S+)/);
    return { run: match[2] as string, port: Number(match[1]) };
  }
}

/** Process numbers of a role in a run. */
function pidsOf(run: string, role = ""): number[] {
  const all = processes().filter(({ command }) => command.includes(`main.js ${role}`) && command.includes(`--run ${run}`));
  return all.map(({ pid }) => pid);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(socket.destroy() !== undefined));
    socket.once("error", () => resolve(false));
  });
}

async function nothingLeft({ run, port }: { run: string; port: number }, withinMs: number): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while ((pidsOf(run).length > 0 || (await listens(port))) && performance.now() < untilMs) await delay(100);
  const log = ["whole", "stopped", "killed", "orphans"].map((folder) => join(out, folder, run, "processes.log")).find(existsSync);
  expect([pidsOf(run), await listens(port)], log && readFileSync(log, "utf8")).toEqual([[], false]);
}

const folderOf = (folder: string): string => join(out, folder, readdirSync(join(out, folder))[0] as string);
const filesOf = (folder: string): (readonly [string, string])[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [[entry.name, readFileSync(join(entry.parentPath, entry.name), "latin1")] as const] : [],
  );
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folderOf(folder), "manifest.json"), "utf8"));

test("a whole run in a pipe: plain lines, a summary, a report, no secret in them, nothing left", async () => {
  const token = "a-token-of-the-pages";
  const demo = new Demo(2.5, "whole", { AEROSTAT_HTTP_TOKEN: token });
  const where = await demo.where();
  await demo.says(/begins\n/);
  const commands = processes().map(({ command }) => command);
  expect(await demo.ended(), demo.stderr).toBe(0);
  expect(demo.stderr).toBe("");
  const lines = demo.stdout.split("\n");
  expect(lines[0]).toBe("Starting a NATS server and 5 processes: 3 VMs, the host and the monitor ...");
  expect(demo.stdout).toMatch(/^all 5 are registered after \d+\.\d s: the run begins$/m);
  expect(demo.stdout).toMatch(/^0:\d\d\/0:20 {2}\w+ {2}host \w+, free .* 3 of 3 VMs/m);
  expect(demo.stdout).toMatch(/^busy-01 /m);
  const report = /^report {2}(\S+)$/m.exec(demo.stdout)?.[1] as string;
  expect(readFileSync(report, "utf8")).toMatch(/^<!doctype html>/i);
  expect(manifestOf("whole")).toMatchObject({ complete: true, clock: "wall", bus: "nats", speed: 2.5 });
  expect(manifestOf("whole").command.join(" ")).toMatch(/--clock wall --speed 2.5$/);
  const { lag, bus, host, vms, endNs } = JSON.parse(readFileSync(join(folderOf("whole"), "summary.json"), "utf8"));
  for (const service of ["guest", "hypervisor", "monitor", "conductor"]) expect(lag[service].count, service).toBeGreaterThan(0);
  expect(bus.guests.latencyMeanNs).toBeGreaterThan(100_000);
  // All of it but how late the processes began.
  for (const { spanNs, name } of [host, ...vms]) expect(endNs - spanNs, name ?? "host").toBeLessThan(0.9e9);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  expect(demo.stdout).not.toMatch(/\u001b/);
  await nothingLeft(where, 0);
  // A seed of nkeys, the beginning of a JWT, and what the pages ask for.
  const secret = new RegExp(`S[AOU][A-Z2-7]{56}|eyJ0eXAiOiJKV1Q|${token}`);
  for (const [file, text] of [...filesOf(folderOf("whole")), ["stdout", demo.stdout] as const]) expect(secret.test(text), file).toBe(false);
  expect(commands.filter((command) => secret.test(command))).toEqual([]);
  expect(commands.length).toBeGreaterThan(4);
});

test("Ctrl-C, twice at once as npm passes it on: what was recorded is kept, and marked incomplete", async () => {
  const demo = new Demo(1, "stopped");
  const where = await demo.where();
  await demo.says(/0:0\d\/0:20/);
  demo.child.kill("SIGINT");
  await delay(30);
  demo.child.kill("SIGINT");
  expect(await demo.ended()).toBe(130);
  expect(demo.stdout).toMatch(/^incomplete: /m);
  expect(manifestOf("stopped")).toMatchObject({ complete: false });
  expect(existsSync(join(folderOf("stopped"), "samples.parquet"))).toBe(true);
  await nothingLeft(where, 0);
});

test("Ctrl-C before anybody is registered: it ends at once, and says that nothing was recorded", async () => {
  const demo = new Demo(1, "early");
  await demo.says(/^Starting /);
  demo.child.kill("SIGINT");
  const beganMs = performance.now();
  expect(await demo.ended(), demo.stderr).toBe(130);
  expect(performance.now() - beganMs).toBeLessThan(20_000);
  expect(demo.stderr).toMatch(/^aerostat: stopped before anything was recorded; .*processes\.log$/m);
  expect(pidsOf(readdirSync(join(out, "early"))[0] as string)).toEqual([]);
});

test("kill -9 of a guest, the monitor and the host: the run goes on to its end, and says so", async () => {
  const demo = new Demo(1.6, "killed");
  const where = await demo.where();
  await demo.says(/begins\n/);
  for (const role of ["guest", "monitor", "hypervisor"]) {
    await delay(1_500);
    process.kill(pidsOf(where.run, role)[0] as number, "SIGKILL");
  }
  expect(await demo.ended(), demo.stderr).toBe(0);
  for (const role of ["guest", "monitor", "hypervisor"]) expect(demo.stdout).toContain(`${role}, a process died, SIGKILL`);
  expect(manifestOf("killed")).toMatchObject({ complete: true });
  await nothingLeft(where, 0);
});

test("kill -9 of the demo itself: its processes and its server go too", async () => {
  const demo = new Demo(1, "orphans");
  const where = await demo.where();
  await demo.says(/0:0\d\/0:20/);
  expect(pidsOf(where.run)).toHaveLength(5);
  demo.child.kill("SIGKILL");
  await demo.ended();
  await nothingLeft(where, 15_000);
  expect(manifestOf("orphans")).toMatchObject({ complete: false, reason: expect.stringContaining("is gone") });
  expect(existsSync(join(folderOf("orphans"), "samples.parquet"))).toBe(true);
});

test("a wrong option or file is a sentence, not a stack", () => {
  const demo = (...words: string[]) => spawnSync(process.execPath, [MAIN, "demo", ...words], { cwd: root, encoding: "utf8" });
  const option = demo("--fast");
  expect([option.status, option.stdout]).toEqual([2, ""]);
  expect(option.stderr).toContain("unknown option '--fast'");
  const file = demo("--scenario", "nowhere.yaml");
  expect([file.status, file.stderr]).toEqual([2, "aerostat: AERO_E_INPUT: scenario nowhere.yaml: there is no such file\n"]);
});

const scriptTool = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
test("on a terminal: drawn in place, without colour where NO_COLOR is set, and given back at the end", ({ skip }) => {
  if (!scriptTool) return skip("needs script(1) of util-linux to have a terminal");
  const words = [process.execPath, MAIN, "demo", "--scenario", "scenarios/small.yaml", "--speed", "4", "--out", join(out, "tty")];
  const env = { ...process.env, NO_COLOR: "1", TERM: "xterm" };
  const done = spawnSync("script", ["--quiet", "--return", "--command", words.join(" "), "/dev/null"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  expect(done.status, done.stdout).toBe(0);
  const [before, rest = ""] = done.stdout.split("\u001b[?1049h");
  const [drawn = "", after] = rest.split("\u001b[?1049l");
  expect(before).toContain("the run begins");
  expect(drawn).toMatch(/busy-01 ▒/);
  expect(drawn).toContain("\u001b[?2026h");
  expect(drawn.endsWith("\u001b[?7h\u001b[?25h")).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  expect(done.stdout).not.toMatch(/\u001b\[[0-9;]*m/);
  expect(after).toMatch(/report {2}\S+/);
});
