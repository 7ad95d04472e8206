import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { statusLines } from "../../cli/commands/status.ts";
import { version } from "../../cli/version.ts";
import { aerostat } from "./helpers.ts";

const COMMANDS = [
  "run",
  "verify",
  "compare",
  "demo",
  "status",
  "inject",
  "scenario",
  "trace",
  "policies",
  "policy-template",
  "guest",
  "hypervisor",
  "monitor",
  "conductor",
];

describe("help", () => {
  test("lists every command", async () => {
    const { code, stdout } = await aerostat("--help");
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  });

  test.each(COMMANDS.filter((command) => command !== "demo"))("of %s says what it does", async (command) => {
    const { code, stdout, stderr } = await aerostat(command, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: aerostat ${command}`);
  });

  test("the version is the package's", async () => {
    const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(version()).toBe(manifest.version);
    expect((await aerostat("--version")).stdout).toBe(`${manifest.version}\n`);
  });
});

describe("bad input ends with code 2 and says what would be right", () => {
  test.each([
    [["rnu"], "unknown command 'rnu'\n(Did you mean run?)"],
    [["run"], "missing required argument 'scenario'"],
    [["run", "a.yaml", "--bus", "pigeon"], "Allowed choices are memory, nats."],
    [["run", "a.yaml", "--seed", "-1"], "Allowed: a whole number from 0 to 4294967295."],
    [["run", "a.yaml", "--speed", "0"], "Allowed: a number from 0.001 to 100000."],
    [["run", "a.yaml", "--guests-per-process", "0"], "Allowed: a whole number from 1 to 20000."],
    [["run", "scenarios"], "AERO_E_INPUT: scenario scenarios: is a folder; a YAML file is wanted"],
    [
      ["run", "scenarios/trace.yaml"],
      "AERO_E_TRACE: trace.csv: there is no such trace, and scenarios/trace.yaml brings none; name one with --set trace=FILE",
    ],
    [["run", "a.yaml", "--what"], "unknown option '--what'"],
    [["run", "nowhere.yaml"], "AERO_E_INPUT: scenario nowhere.yaml: there is no such file"],
    [["run", "scenarios/small.yaml", "--set", "x"], "AERO_E_INPUT: --set x: write it as path=value"],
    [["scenario", "scenarios/small.yaml", "--set", "seed=x"], 'AERO_E_SCENARIO: --set seed=x: seed: "x" is not a whole number'],
    [
      ["scenario", "scenarios/small.yaml", "--set", "host.policy=nnoe"],
      '--set host.policy=nnoe: host.policy.name: "nnoe" is not known (did you mean "none"?)',
    ],
    [
      ["scenario", "scenarios/small.yaml", "--set", "host.policy.options.rte=1"],
      "--set host.policy.options.rte=1: host.policy.options.rte: unknown key",
    ],
    [["trace", "nowhere.csv"], "AERO_E_TRACE: nowhere.csv: there is no such trace"],
    [["trace", "a.csv", "--set", "interval=5"], "AERO_E_INPUT: --set interval: 5 has no unit"],
    [["inject", "crsh", "web-01"], 'AERO_E_INPUT: fault: "crsh" is not known (did you mean "crash"?)'],
    [["inject", "crash", "web-01", "--for", "5"], 'for: "5" has no unit'],
    [["inject", "link-delay", "web-01", "--delay", "0s"], "--delay: 0s is out of range; allowed: 1ns to 1h"],
    [["status", "--nats", "foo:bar"], 'AERO_E_INPUT: "foo:bar" is no address of a NATS server; write nats://HOST:4222'],
    [["status", "--nats", "http://localhost:4222"], '"http://localhost:4222" is no address of a NATS server'],
    [["status", "--nats", "nats://a:secret@"], '"nats://" is no address of a NATS server'],
    [["inject", "link-drop", "web-01", "--amount", "lots"], 'amount: "lots" is not a number'],
  ] as const)("%j", async (words, message) => {
    const { code, stdout, stderr } = await aerostat(...words);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("with --json the error is on standard output too", async () => {
    const { code, stdout } = await aerostat("run", "nowhere.yaml", "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: "AERO_E_INPUT", message: "scenario nowhere.yaml: there is no such file" } });
  });

  test.each([
    [["run", "a.yaml", "--speed", "0"], "option '--speed <x>' argument '0' is invalid."],
    [["run"], "missing required argument 'scenario'"],
    [["status", "--what"], "unknown option '--what'"],
  ])("an option's error is one as every other: %j", async (words, message) => {
    const { code, stdout, stderr } = await aerostat(...words, "--json");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { code: "AERO_E_INPUT", message: expect.stringContaining(message) } });
    expect(stderr).toContain(`aerostat: AERO_E_INPUT: ${message}`);
  });

  test.runIf(existsSync("/proc/self"))("keys where no folder can be made end at once", async () => {
    const { code, stderr } = await aerostat("keys", "/proc/nope");
    expect([code, stderr]).toEqual([2, expect.stringMatching(/AERO_E_INPUT: the folder \/proc\/nope\/nats can not be made/)]);
  });

  test("keys where no folder can be", async () => {
    const file = fileURLToPath(import.meta.url);
    const { code, stderr } = await aerostat("keys", file);
    const said = `aerostat: AERO_E_INPUT: the folder ${join(file, "nats")} can not be made: ${file} is a file; `;
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});

test("nobody at the other end is a failure, not bad input", async () => {
  const { code, stderr } = await aerostat("status", "--nats", "nats://127.0.0.1:1", "--run", "x");
  expect(code).toBe(1);
  expect(stderr).toContain("AERO_E_NATS: no NATS server answers at nats://127.0.0.1:1");
});

test("status shows an actor that nobody plays", () => {
  const process = {
    process: "guest-1",
    role: "guest",
    actors: [3],
    names: ["vm-1"],
    incarnations: [2],
    version: "1",
    pid: 7,
    lastHeardMs: 10,
    nextEventNs: -1,
    refused: 0,
  };
  const run = { run: "r", scenarioName: "s", phase: "running", nowNs: 1e9, endNs: 2e9, window: 0, version: "1" };
  const lines = statusLines({ ...run, virtualClock: false, processes: [process], waitingFor: ["host"] });
  expect(lines).toContainEqual(expect.stringMatching(/^- +nobody .* host$/));
  expect(lines.at(-1)).toBe("waiting for: host");
  const virtual = statusLines({ ...run, virtualClock: true, processes: [process], waitingFor: ["guest-1 (vm-1)"] });
  expect(virtual.join("\n")).not.toContain("nobody");
});
