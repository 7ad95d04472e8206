import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtPath } from "../../lib/built.ts";
import { aerostat } from "./helpers.ts";

const SMALL = "scenarios/small.yaml";

let out = "";
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "aerostat-run-"));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const run = async (...words: string[]) => {
  const ran = await aerostat("run", SMALL, "--out", out, "--json", "--set", "duration=5s", ...words);
  return { ...ran, json: JSON.parse(ran.stdout) };
};

describe("run", () => {
  test("prints one JSON object and leaves a complete record", async () => {
    const { code, json } = await run();
    expect(code).toBe(0);
    expect(json).toMatchObject({ scenario: "small", seed: 7, clock: "virtual", bus: "memory", complete: true });
    expect(json.digest).toMatch(/^[0-9a-f]{16}$/);
    expect(json.eventsRun).toBeGreaterThan(100);
    expect(json.summary.vms.map((vm: { name: string }) => vm.name)).toEqual(["busy-01", "busy-02", "idle-01"]);
    for (const file of json.paths.files) expect(existsSync(join(json.paths.folder, file))).toBe(true);
    const manifest = JSON.parse(readFileSync(join(json.paths.folder, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ complete: true, digest: json.digest, id: json.run });
    expect(manifest.command.join(" ")).toBe("npx aerostat run scenarios/small.yaml --seed 7 --set duration=5s");
    expect(readFileSync(json.paths.report, "utf8")).toContain("<html");
  });

  test("gives the same digest again, and another for another seed or another scenario", async () => {
    const digests = [];
    for (const words of [[], [], ["--seed", "8"], ["--set", "guests.idle.count=2"]]) digests.push((await run(...words)).json.digest);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });

  test("prints tables, digest and report for people", async () => {
    const { code, stdout } = await aerostat("run", SMALL, "--out", out, "--set", "duration=5s");
    expect(code).toBe(0);
    expect(stdout).toContain("busy-01");
    expect(stdout).toMatch(/^digest {2}[0-9a-f]{16}$/m);
    expect(stdout).toMatch(/^report {2}.*report\.html$/m);
  });

  test("on the wall clock takes its time, and has no digest", async () => {
    const { code, json } = await run("--clock", "wall", "--set", "duration=2s", "--speed", "4");
    expect(code).toBe(0);
    expect(json).toMatchObject({ clock: "wall", complete: true, digest: "" });
    expect(json.wallS).toBeGreaterThan(0.45);
  });

  test("options without effect are noted, and change nothing", async () => {
    const plain = await run();
    const { code, json, stderr } = await run("--guests-per-process", "50", "--speed", "3");
    expect([code, json.digest]).toEqual([0, plain.json.digest]);
    expect(plain.stderr).not.toContain("note: ");
    expect(stderr).toContain("note: --guests-per-process 50 has no effect: without --bus nats one process plays all\n");
    expect(stderr).toContain("note: --speed 3 has no effect: without --clock wall a run goes as fast as it can\n");
  });

  test("says where results can not be written", async () => {
    const { code, stderr } = await aerostat("run", SMALL, "--out", "package.json");
    expect(code).toBe(1);
    expect(stderr).toContain("AERO_E_RESULTS");
  });

  test.runIf(existsSync("/proc/self"))("a folder in which none can be made ends at once, and names it", async () => {
    const { code, stderr } = await aerostat("run", SMALL, "--out", "/proc/nope/runs", "--set", "duration=1s");
    expect(code).toBe(1);
    expect(stderr).toMatch(/AERO_E_RESULTS.*the folder \/proc\/nope\/runs.* can not be made/s);
  });

  test("a NATS server that does not answer is told before any process starts", async () => {
    const words = ["run", SMALL, "--bus", "nats", "--out", out, "--set", "duration=1s"];
    const child = spawn(process.execPath, [builtPath("cli/main.js"), ...words], {
      env: { ...process.env, AEROSTAT_NATS_URL: "nats://127.0.0.1:9" },
    });
    const stderr: Buffer[] = [];
    child.stderr.on("data", (data) => stderr.push(data));
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(1);
    expect(Buffer.concat(stderr).toString()).toMatch(/AERO_E_NATS.*127\.0\.0\.1:9/s);
    expect(Buffer.concat(stderr).toString()).not.toContain("AERO_E_RESULTS");
  });
});

test("Ctrl-C keeps what was recorded, marks it incomplete, and ends with code 130", async () => {
  const words = [builtPath("cli/main.js"), "run", SMALL, "--clock", "wall", "--speed", "2", "--out", out, "--json"];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  const stdout: Buffer[] = [];
  child.stdout.on("data", (data) => stdout.push(data));
  // Its progress on stderr says that it runs.
  await once(child.stderr, "data");
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.once("exit", resolve));
  expect(code).toBe(130);
  const json = JSON.parse(Buffer.concat(stdout).toString());
  expect(json).toMatchObject({ complete: false, reason: "stopped by the user" });
  expect(json.endNs).toBeGreaterThan(0);
  expect(JSON.parse(readFileSync(join(json.paths.folder, "manifest.json"), "utf8"))).toMatchObject({ complete: false });
});
