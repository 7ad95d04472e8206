import { describe, expect, test } from "vitest";
import { loadText } from "../../lib/scenario/load.ts";
import { edited, GOOD, mistakeOf } from "./helpers.ts";

const load = async (...overrides: string[]) => (await loadText("tiny.yaml", GOOD, overrides)).scenario;

describe("--set reaches every kind of field", () => {
  test("a field that is there, one that is not, and one below a mapping that is not", async () => {
    expect((await load("host.memory=2GiB")).host.memoryPages).toBe(524_288);
    expect((await load("seed=99")).seed).toBe(99);
    expect((await load("network.jitter=1ms")).network.jitterNs).toBe(1e6);
  });

  test("an entry of a list by index, in both notations, and a group by its name", async () => {
    for (const path of ["guests[0].count", "guests.0.count", "guests.web.count"]) expect((await load(`${path}=5`)).guests).toHaveLength(5);
    const grown = await load("guests.web.workload.regions.heap.size=100MiB", "guests[0].workload.phases[0].regions.heap.shift=50%");
    expect(grown.guests[0]?.workload.regions[0]?.pages).toBe(25_600);
    expect(grown.guests[1]?.workload.phases[0]?.regions?.heap).toEqual({ pages: 76_800, shift: 0.5 });
  });

  test("a new entry of a list, and a whole list", async () => {
    expect((await load("faults[1]={at: 4s, fault: hang, target: web-02}")).faults.map((fault) => fault.fault)).toEqual(["crash", "hang"]);
    expect((await load("faults=[]")).faults).toEqual([]);
  });

  test("below a shorthand, and a shorthand in place of a mapping", async () => {
    const named = await load("host.disk=nvme", "host.disk.channels=2");
    expect(named.host.disk.channels).toBe(2);
    expect(named.host.disk.service.randomReadNs).toBe((await load("host.disk=nvme")).host.disk.service.randomReadNs);
    expect((await load("host.policy.options.rate=0.5", "host.policy=none")).host.policy).toEqual({ name: "none", options: {} });
  });

  test("the later one wins, and leaves the rest as it was", async () => {
    const changed = await load("seed=5", "seed=6");
    expect(changed).toEqual({ ...(await load()), seed: 6 });
  });
});

describe("a mistake in an override names it", () => {
  test.each([
    ["host.memory=4", "--set host.memory=4: host.memory: 4 has no unit; a size is a number with a unit, such as 512MiB or 4GiB"],
    ["guests.web.count=0", "--set guests.web.count=0: guests[0].count: 0 is out of range; allowed: 1 to 20000"],
    ["faults[1].at=3s", "--set faults[1].at=3s: faults[1].target: is missing; needed: a text (at most 80 characters)"],
    ["guests[3].count=2", "--set guests[3].count=2: guests has 1 entry; allowed: a group's name (web), or index 0, or 1 for a new one"],
    ["guests.nope.count=2", "guests has 1 entry; allowed: a group's name (web), or index 0, or 1 for a new one"],
    ["faults[7].at=2s", "faults has 1 entry; allowed: index 0, or 1 for a new one"],
    ["duration=0s", "duration: 0s is out of range; allowed: 1ms to 100d"],
    ["name.y=3", '--set name.y=3: name is "tiny", so it has no field "y"'],
    ["x", "--set x: write it as path=value, such as host.memory=16GiB or guests[0].count=4"],
    ["=3", "--set =3: write it as path=value, such as host.memory=16GiB or guests[0].count=4"],
    ["seed=[1", '--set seed: "[1" is not a value; put texts with special characters in quotes'],
    ["__proto__.polluted=1", '--set __proto__.polluted=1: there is no field "__proto__"'],
  ])("%s", async (override, message) => {
    expect(await mistakeOf(GOOD, [override])).toContain(message);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("one in the file is still told with its place there", async () => {
    expect(await mistakeOf(edited("count: 2", "count: 0"), ["seed=2"])).toBe(
      "tiny.yaml:7:12: guests[0].count: 0 is out of range; allowed: 1 to 20000",
    );
  });
});
