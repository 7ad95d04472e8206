import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseFault } from "../../lib/scenario/fault.ts";
import { loadScenario, loadText } from "../../lib/scenario/load.ts";
import { packScenario, unpackScenario } from "../../lib/scenario/pack.ts";
import { leaseOrder, rosterOf } from "../../lib/scenario/roster.ts";
import { edited, GOOD } from "./helpers.ts";

const FOLDER = join(import.meta.dirname, "../../scenarios");
const load = async (text: string, ...overrides: string[]) => loadText("tiny.yaml", text, overrides);

describe("a group becomes VMs", () => {
  test("named after it, with as many digits as its count needs", async () => {
    expect((await load(GOOD)).scenario.guests.map((guest) => guest.name)).toEqual(["web-01", "web-02"]);
    const many = (await load(GOOD, "guests[0].count=120", "host.memory=64GiB", "faults=[]")).scenario.guests;
    expect([many[0]?.name, many[119]?.name]).toEqual(["web-001", "web-120"]);
    expect(rosterOf((await load(GOOD)).scenario).map((entry) => entry.name)).toEqual(["conductor", "monitor", "host", "web-01", "web-02"]);
  });

  test("leased one of each group in turn", async () => {
    const text = edited(
      "guests:\n",
      "guests:\n  - { group: db, count: 3, memory: 512MiB, workload: { regions: { heap: { kind: anonymous, size: 64MiB } } } }\n",
    );
    const { scenario } = await load(text, "host.memory=8GiB", "faults=[]");
    const names = leaseOrder(scenario).map((actor) => rosterOf(scenario)[actor]?.name);
    expect(names).toEqual(["db-01", "web-01", "db-02", "web-02", "db-03"]);
  });

  test("in model units, with the defaults that follow from the memory", async () => {
    const [guest] = (await load(edited("    minimum: 64MiB\n", ""))).scenario.guests;
    expect(guest).toMatchObject({
      sizePages: 131_072,
      minimumPages: 32_768,
      swapPages: 131_072,
      shares: 5120,
      kernelPages: 8192,
      bootNs: 2e9,
    });
    // The kernel's own choice of watermarks, unless vm.min_free_kbytes is given.
    expect(guest?.watermarks).toBeUndefined();
    const [given] = (await load(GOOD, "guests[0].minFree=44MiB")).scenario.guests;
    expect(given?.watermarks).toEqual({ minPages: 11_264, lowPages: 14_080, highPages: 16_896 });
    expect(guest?.workload.regions).toEqual([
      { name: "heap", kind: "anonymous", pages: 65_536, law: { kind: "uniform" }, writes: 0.3, weight: 1 },
    ]);
    expect(guest?.workload.phases).toEqual([{ atNs: 2e9, name: "grow", regions: { heap: { pages: 76_800 } } }]);
  });
});

describe("a size that changes over a time", () => {
  const phases = async (...overrides: string[]) => (await load(GOOD, ...overrides)).scenario.guests[0]?.workload.phases ?? [];
  const grow = "guests[0].workload.phases[0]";

  test("takes even steps from what it was to what it shall be", async () => {
    const steps = await phases(`${grow}.regions.heap={size: 320MiB, over: 1600ms, weight: 2}`);
    expect(steps).toHaveLength(17);
    expect(steps[0]).toEqual({ atNs: 2e9, name: "grow", regions: { heap: { weight: 2 } } });
    expect(steps[1]).toEqual({ atNs: 2.1e9, name: "grow", regions: { heap: { pages: 65_536 + 1024 } } });
    expect(steps[16]).toEqual({ atNs: 3.6e9, name: "grow", regions: { heap: { pages: 81_920 } } });
  });

  test("goes on from there in the next phase, which has to wait for it", async () => {
    const back = "guests[0].workload.phases[1]={at: 4s, name: back, regions: {heap: {size: 304MiB, over: 16ms}}}";
    const steps = await phases(`${grow}.regions.heap={size: 320MiB, over: 1s}`, back);
    expect(steps[18]?.regions?.heap?.pages).toBe(81_920 - 256);
    await expect(phases(`${grow}.regions.heap={size: 320MiB, over: 3s}`, back)).rejects.toThrow(
      "4s is not after the phase before, which lasts until 5s",
    );
  });
});

describe("what begins after the end of the run", () => {
  test("a fault is left out, and the user is told", async () => {
    const { scenario, notes } = await load(GOOD, "duration=2s");
    expect(scenario.faults).toEqual([]);
    expect(notes).toEqual(["1 of 1 faults begin after the end of the run and do not happen"]);
  });
});

test("anonymous memory beyond memory and swap is allowed, and the user is told", async () => {
  const { notes } = await load(GOOD, "guests[0].swap=0B", "guests[0].workload.regions.heap.size=1GiB");
  expect(notes).toEqual(['group "web": its anonymous regions are larger than its memory and swap together, so the OOM killer will act']);
});

describe("faults", () => {
  const targets = { host: "earth", names: new Set(["earth", "monitor", "web-01"]) };

  test('"host" names the host, whatever it is called, and amounts have their defaults', () => {
    expect(parseFault({ at: "1s", fault: "disk-slow", target: "host", for: "2s" }, targets)).toEqual({
      atNs: 1e9,
      fault: "disk-slow",
      target: "earth",
      durationNs: 2e9,
      amount: 10,
      delayNs: 0,
    });
    expect(parseFault({ at: "0s", fault: "link-delay", target: "web-01", peer: "host" }, targets)).toMatchObject({
      peer: "earth",
      delayNs: 1e8,
    });
  });

  test("a wrong one is refused with everything that is wrong with it", () => {
    expect(() => parseFault({ fault: "crsh", target: "web-01" }, targets)).toThrow(
      /^at: is missing.*\nfault: "crsh" is not known \(did you mean "crash"\?\)/,
    );
    expect(() => parseFault({ at: "0s", fault: "crash", target: "web-02" }, targets)).toThrow(
      /there is no actor "web-02" \(did you mean "web-01"\?\)/,
    );
  });

  test("are in order of time, whatever the order in the file", async () => {
    const { scenario } = await load(GOOD, "faults[1]={at: 1s, fault: hang, target: web-02}");
    expect(scenario.faults.map((fault) => fault.atNs)).toEqual([1e9, 3e9]);
  });
});

describe("the packed form", () => {
  test("gives the same scenario back", async () => {
    const { scenario } = await load(GOOD, "guests[1]={group: db, memory: 256MiB, kernel: 16MiB, workload: {regions: {a: {size: 4MiB}}}}");
    expect(unpackScenario(packScenario(scenario))).toEqual(scenario);
  });

  test("of 20,000 equal VMs fits in one message of the bus", async () => {
    const { scenario } = await load(GOOD, "guests[0].count=20000", "host.memory=4TiB", "faults=[]");
    expect(packScenario(scenario).length).toBeLessThan(500_000);
  });

  test("another text is refused", () => {
    expect(() => unpackScenario("{")).toThrow(/is not JSON/);
    expect(() => unpackScenario("{}")).toThrow(/another form/);
  });
});

describe("the scenarios that come with the project", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml") && name !== "trace.yaml");

  test.each(files)("%s loads", async (name) => {
    const { scenario } = await loadScenario(join(FOLDER, name));
    expect(scenario.guests.length).toBeGreaterThan(0);
    expect(scenario.description.length).toBeGreaterThan(20);
  });

  test("classic promises 64 GiB on 32 GiB, and takes about 90 s on the wall clock", async () => {
    const { scenario } = await loadScenario(join(FOLDER, "classic.yaml"));
    expect(scenario.guests).toHaveLength(16);
    expect(scenario.guests.reduce((sum, guest) => sum + guest.sizePages, 0)).toBe(2 * scenario.host.memoryPages);
    expect(scenario.host.memoryPages * 4096).toBe(32 * 2 ** 30);
    const wallS = scenario.durationNs / 1e9 / scenario.speed;
    expect(wallS).toBeGreaterThan(75);
    expect(wallS).toBeLessThan(105);
  });
});

test("a file that is not there", async () => {
  await expect(loadScenario("nowhere.yaml")).rejects.toThrow("scenario nowhere.yaml: there is no such file");
});
