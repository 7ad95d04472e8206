/** A policy of the user's own: how it is read, what it is told, and that it can do no harm to a run. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compose } from "../../cli/compose.ts";
import { runLocalVirtual } from "../../lib/federate/local.ts";
import { loadScenario } from "../../lib/scenario/load.ts";
import { loadPolicy } from "../../services/hypervisor/policyfile.ts";
import { aerostat } from "../cli/helpers.ts";

const SMALL = "scenarios/small.yaml";
const folder = mkdtempSync(join(tmpdir(), "aerostat-custom-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function written(text: string, extension = "mjs"): string {
  const path = join(folder, `policy-${files++}.${extension}`);
  writeFileSync(path, text);
  return path;
}
/** A module whose `decide` has this body, asked every second. */
const deciding = (body: string): string =>
  written(`export default { create: () => { let calls = 0; return { intervalNs: 1e9, decide: (view) => { calls++; ${body} } }; } };`);

async function run(policy: string, ...words: string[]) {
  const ran = await aerostat(
    "run",
    SMALL,
    "--out",
    join(folder, "runs"),
    "--json",
    "--set",
    "duration=8s",
    "--set",
    `host.policy.name=${policy}`,
    ...words,
  );
  return { ...ran, json: JSON.parse(ran.stdout) };
}

describe("is run", () => {
  test("from JavaScript, with its parameters", async () => {
    const module = `export default {
      options: { target: 70000, on: true, word: "x" },
      create: ({ target }) => ({ intervalNs: 1e9, decide: ({ vms }) => vms.map(({ vm }) => ({ vm, targetPages: target })) }),
    };`;
    const path = written(module);
    const last = async (...words: string[]) =>
      (await run(path, ...words)).json.summary.vms.map((vm: { last: { targetPages: number } }) => vm.last.targetPages);
    expect(await last()).toEqual([70_000, 70_000, 70_000]);
    expect(await last("--set", "host.policy.options.target=80000")).toEqual([80_000, 80_000, 80_000]);
  });

  test("from TypeScript: the template as it is printed, and compared with others", async () => {
    const { stdout, code } = await aerostat("policy-template");
    expect(code).toBe(0);
    const path = written(stdout, "ts");
    const { json } = await run(path);
    expect(json.complete).toBe(true);
    expect(json.summary.control.actions).toBeGreaterThan(0);
    expect(json.summary.events.counts["policy-error"] ?? 0).toBe(0);
    const words = ["--policy", `${path},none,examples/policy/headroom.js`, "--threads", "2", "--set", "duration=8s"];
    const compared = await aerostat("compare", SMALL, ...words, "--out", join(folder, "compared"), "--json");
    const { policies } = JSON.parse(compared.stdout);
    expect(policies.map(({ policy }: { policy: string }) => policy)).toEqual([path, "none", "examples/policy/headroom.js"]);
    const given = policies.map(({ figures }: { figures: Record<string, { mean: number }> }) => figures.balloon_pages?.mean);
    expect(given[0]).toBeGreaterThan(0);
    expect(given[1]).toBe(0);
    expect(given[2]).toBeGreaterThan(0);
  });

  test("by a path beside the scenario", async () => {
    mkdirSync(join(folder, "beside"), { recursive: true });
    writeFileSync(join(folder, "beside/mine.mjs"), "export default { create: () => ({ intervalNs: 1e9, decide: () => [] }) };");
    writeFileSync(
      join(folder, "beside/one.yaml"),
      `name: one
duration: 3s
host: { memory: 2GiB, policy: ./mine.mjs }
guests: [{ group: a, memory: 512MiB, workload: { regions: { heap: { size: 64MiB } } } }]
`,
    );
    const { code, stderr } = await aerostat("run", join(folder, "beside/one.yaml"), "--json", "--out", join(folder, "runs"));
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

describe("is contained: reported by name, the last good targets kept, the run goes on", () => {
  const good = "if (calls <= 2) return view.vms.map(({ vm }) => ({ vm, targetPages: 60000 }));";
  test.each([
    ["throws", 'throw new Error("lost my mind");', "threw: lost my mind"],
    ["throws no error", "throw null;", "threw: null"],
    ["answers NaN", "return [{ vm: 0, targetPages: NaN }];", 'set a target of NaN pages for VM "busy-01", which is not a whole number'],
    ["goes below the minimum", "return [{ vm: 1, targetPages: 5 }];", 'set 5 pages for VM "busy-02", below its minimum of 32768'],
    ["goes above the size", "return [{ vm: 2, targetPages: 1e9 }];", 'set 1000000000 pages for VM "idle-01", above its size of 196608'],
    ["names an unknown VM", "return [{ vm: 7, targetPages: 60000 }];", "set a target for VM 7, which this host does not have"],
    ["answers no list", "return 42;", "answered number, not a list of targets"],
    ["answers nothing", "return;", "answered undefined, not a list of targets"],
    ["answers a promise", "return Promise.resolve([]);", "answered object, not a list of targets"],
    ["answers a list of nothing", "return [null];", "set a target for VM undefined, which this host does not have"],
    ["has a target untold", "return [{ vm: 0, targetPages: 60000, untold: true }];", 'threw: the target of VM 0 is "untold"'],
    ["answers what can not be read", "return [{ get vm() { throw new Error('boo'); } }];", "threw: boo"],
    [
      "changes what it was given",
      "view.vms[0].sizePages = 1e9; view.vms.length = 0; view.freePages = -1; throw new Error('x');",
      "threw: x",
    ],
  ])("when it %s", async (_, body, message) => {
    const path = deciding(`${good} ${body}`);
    const { code, json } = await run(path);
    expect(code).toBe(0);
    expect(json.complete).toBe(true);
    const told = json.summary.events.lines.filter(({ kind }: { kind: string }) => kind === "policy-error");
    expect(told.length).toBeGreaterThan(3);
    expect(told[0].detail).toContain(`policy "${path}" ${message}`);
    expect(json.summary.vms.map((vm: { last: { targetPages: number } }) => vm.last.targetPages)).toEqual([60_000, 60_000, 60_000]);
  });

  test.each([
    ["loops", "for (;;);"],
    ["answers, and leaves a loop in a promise", "void Promise.resolve().then(() => { for (;;); }); return [];"],
    ["answers, and throws in a timer", "setTimeout(() => { throw new Error('later'); }); return [];"],
    ["ends its process", "process.exit(3);"],
  ])("when it %s: stopped, made anew, and after three times not asked any more", async (_, body) => {
    const path = deciding(`if (view.nowNs < 3e9) return view.vms.map(({ vm }) => ({ vm, targetPages: 60000 })); ${body}`);
    const beganMs = performance.now();
    const { code, json } = await run(path, "--set", "duration=12s");
    expect(code).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(20_000);
    const told = json.summary.events.lines.filter(({ kind }: { kind: string }) => kind === "policy-error");
    expect(told).toHaveLength(3);
    expect(told[0].detail).toContain("took longer than 1000 ms and was stopped");
    expect(told[2].detail).toContain("after 3 times it is not asked any more");
    expect(json.summary.vms[0].last.targetPages).toBe(60_000);
  });

  test.skipIf(!existsSync("/proc/self/task"))("and leaves no thread behind", async () => {
    const path = deciding("return [];");
    loadPolicy(path);
    const { scenario } = await loadScenario(SMALL, [`host.policy.name=${path}`, "duration=2s"]);
    const runs = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) await runLocalVirtual({ scenario, cast: compose(scenario).cast });
      await new Promise((resolve) => setTimeout(resolve, 500));
      return readdirSync("/proc/self/task").length;
    };
    const before = await runs(1);
    expect(await runs(8)).toBeLessThan(before + 4);
  });

  test("when it can not be made anew after it was stopped", async () => {
    const marker = join(folder, "stopped");
    const once = `import { existsSync, writeFileSync } from "node:fs";
      export default { create: () => {
        if (existsSync("${marker}")) throw new Error("not again");
        return { intervalNs: 1e9, decide: ({ nowNs }) => { if (nowNs >= 3e9) { writeFileSync("${marker}", ""); for (;;); } return []; } };
      } };`;
    const { code, json } = await run(written(once), "--set", "duration=12s");
    expect(code).toBe(0);
    const told = json.summary.events.lines.filter(({ kind }: { kind: string }) => kind === "policy-error");
    expect(told[0].detail).toContain("create() threw: not again");
    expect(told.at(-1).detail).toContain("after 3 times it is not asked any more");
  });

  test("what it does to the language does not reach the run", async () => {
    const path = deciding("Array.prototype.map = () => []; Math.exp = () => 0; return [];");
    expect(await run(path)).toMatchObject({ code: 0, json: { complete: true, digest: (await run(deciding("return [];"))).json.digest } });
  });
});

describe("what can not be run is refused, with code 2 and what would be right", () => {
  test.each([
    ["nothing there", () => "./nowhere.js", "policy ./nowhere.js: there is no such file"],
    ["no default export", () => written("export const x = 1;"), "has no function `create(options, scenario)`"],
    ["a syntax error", () => written("export default {{"), "can not be loaded: "],
    ["an error at its top", () => written('throw new Error("no luck");'), "can not be loaded: no luck"],
    [
      "a create that throws",
      () => written('export default { create: () => { throw new Error("bad luck"); } };'),
      "create() threw: bad luck",
    ],
    [
      "a create that does not end",
      () => written("export default { create: () => { for (;;); } };"),
      "create() took longer than 1000 ms and was stopped",
    ],
    [
      "no decide",
      () => written("export default { create: () => ({ intervalNs: 1 }) };"),
      "returned nothing with a function `decide(view)`",
    ],
    [
      "no interval",
      () => written("export default { create: () => ({ decide: () => [] }) };"),
      "intervalNs is undefined; needed: nanoseconds above 0",
    ],
    [
      "an unknown occasion",
      () => written('export default { create: () => ({ intervalNs: 1e9, occasions: ["lunch"], decide: () => [] }) };'),
      'occasion "lunch" is not known; allowed: interval, state, roster',
    ],
    [
      "members that nobody would ask for",
      () => written("export default { create: () => ({ intervalNs: 1e9, thresholds: {}, decide: () => [], takeNotices: () => [] }) };"),
      "create() returned thresholds, takeNotices: only Aerostat's own policies have that; allowed: intervalNs, occasions,",
    ],
    [
      "a module's own preparation of the scenario, and its name",
      () => written('export default { name: "mine", prepare: (all) => all, create: () => ({ intervalNs: 1e9, decide: () => [] }) };'),
      "its default export has name, prepare: only Aerostat's own policies have that; allowed: summary, options, create.",
    ],
    [
      "an option of no kind",
      () => written("export default { options: { list: [] }, create: () => ({ intervalNs: 1e9, decide: () => [] }) };"),
      'the default of option "list" is not a number, a text or a flag',
    ],
  ])("%s", async (_, path, message) => {
    const { code, stderr } = await run(path());
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test("an option that it does not have, or of the wrong kind", async () => {
    const path = written("export default { options: { step: 1 }, create: () => ({ intervalNs: 1e9, decide: () => [] }) };");
    const wrongName = await run(path, "--set", "host.policy.options.stp=2");
    expect(wrongName.stderr).toMatch(/host\.policy\.options\.stp: .*step/);
    const wrongKind = await run(path, "--set", "host.policy.options.step=many");
    expect(wrongKind.stderr).toContain('"many" is not a number');
    expect([wrongName.code, wrongKind.code]).toEqual([2, 2]);
  });
});
