import { describe, expect, test } from "vitest";
import { edited, GOOD, mistakeOf } from "./helpers.ts";

const TOP = "name, description, seed, duration, speed, step, sample, convergence, network, host, guests, trace, faults";
const GROUP =
  "group, count, memory, minimum, shares, kernel, swap, minFree, swappiness, pageCluster, replacement, credit, boot, " +
  "compressible, driver, workload";
const HOST =
  "name, memory, reserved, overhead, swap, lease, statistics, hostSwap, hostSwapVictims, shareScan, compression, states, disk, policy";
const FAULTS =
  "crash, hang, driver-stuck, driver-missing, driver-slow, driver-refusing, driver-over-reporting, driver-under-reporting, driver-stale, " +
  "driver-deflating, disk-slow, link-drop, link-delay, link-duplicate";
const ACTORS = 'allowed: a VM, "host" or "monitor"';

/** What is replaced, by what, and the whole message. */
type Case = readonly [string, string, string];

const heap = "size: 256MiB\n";
const host = "host:\n  memory: 1GiB";

const LONG = "a".repeat(63);

const CASES: Readonly<Record<string, readonly Case[]>> = {
  "a unit is missing or wrong": [
    ["memory: 512MiB", "memory: 512", "8:13: guests[0].memory: 512 has no unit; a size is a number with a unit, such as 512MiB or 4GiB"],
    [
      "memory: 512MiB",
      'memory: "512"',
      '8:13: guests[0].memory: "512" has no unit; a size is a number with a unit, such as 512MiB or 4GiB',
    ],
    [
      "memory: 512MiB",
      "memory: 512MB",
      '8:13: guests[0].memory: "512MB" has the unknown unit "MB" (did you mean "MiB"?); units of a size are B, KiB, MiB, GiB, TiB',
    ],
    ["memory: 512MiB", "memory: lots", '8:13: guests[0].memory: "lots" is not a size; write a number with a unit, such as 512MiB or 4GiB'],
    ["duration: 10s", "duration: 10", "2:11: duration: 10 has no unit; a time is a number with a unit, such as 200ms or 90s"],
    [
      "duration: 10s",
      "duration: 10m",
      '2:11: duration: "10m" has the unknown unit "m" (did you mean "min"?); units of a time are ns, us, ms, s, min, h, d',
    ],
    ["at: 2s", "at: -2s", '16:17: guests[0].workload.phases[0].at: "-2s" is negative; write a time such as 200ms or 90s'],
    [
      heap,
      `${heap}          writes: 130%\n`,
      '15:19: guests[0].workload.regions.heap.writes: "130%" is not a share; write a number from 0 to 1, or a percentage such as 6%',
    ],
    [
      "kernel: 32MiB",
      "driver: { inflate: 1GiB }",
      '10:24: guests[0].driver.inflate: "1GiB" is not a rate; write a size per second, such as 512MiB/s',
    ],
  ],
  "a field is missing or empty": [
    ["    memory: 512MiB\n", "", "6:5: guests[0].memory: is missing; needed: a size (16MiB to 4TiB)"],
    ["memory: 512MiB", "memory:", "8:12: guests[0].memory: is empty; needed: a size (16MiB to 4TiB)"],
    ["duration: 10s\n", "", "1:1: duration: is missing; needed: a time (1ms to 100d)"],
    [`${host}\n`, "", `1:1: host: is missing; needed: a mapping with ${HOST}`],
    ["fault: crash, ", "", `18:5: faults[0].fault: is missing; needed: one of ${FAULTS}`],
    [heap, `${heap}          law: zipf\n`, "15:16: guests[0].workload.regions.heap.law.exponent: is missing; needed: a number (0 to 3)"],
    [
      heap,
      `${heap}          law: { exponent: 1 }\n`,
      "15:16: guests[0].workload.regions.heap.law.kind: is missing; needed: one of uniform, zipf, hotcold, scan",
    ],
  ],
  "a key or a word is unknown": [
    ["count: 2", "cuont: 2", `7:5: guests[0].cuont: unknown key (did you mean "count"?); allowed here: ${GROUP}`],
    ["faults:", "bugs: 1\nfaults:", `17:1: bugs: unknown key; allowed here: ${TOP}`],
    [host, `${host}\n  driver: virtio`, `5:3: host.driver: unknown key; allowed here: ${HOST}`],
    [
      heap,
      `${heap}          law: { kind: uniform, hotShare: 1 }\n`,
      "15:33: guests[0].workload.regions.heap.law.hotShare: unknown key; allowed here: kind",
    ],
    [
      heap,
      `${heap}          law: zip\n`,
      '15:16: guests[0].workload.regions.heap.law.kind: "zip" is not known (did you mean "zipf"?); allowed: uniform, zipf, hotcold, scan',
    ],
    [
      heap,
      `${heap}          kind: anonymus\n`,
      '15:17: guests[0].workload.regions.heap.kind: "anonymus" is not known (did you mean "anonymous"?); allowed: anonymous, file',
    ],
    ["fault: crash", "fault: cras", `18:22: faults[0].fault: "cras" is not known (did you mean "crash"?); allowed: ${FAULTS}`],
    [
      host,
      `${host}\n  disk: nvm`,
      '5:9: host.disk.preset: "nvm" is not known (did you mean "nvme"?); allowed: hdd-7200, sata-ssd, nvme, optane',
    ],
  ],
  "a value has the wrong shape or range": [
    ["count: 2", "count: 2.5", "7:12: guests[0].count: 2.5 is not a whole number; allowed: 1 to 20000"],
    ["count: 2", "count: 0", "7:12: guests[0].count: 0 is out of range; allowed: 1 to 20000"],
    ["memory: 512MiB", "memory: 1KiB", "8:13: guests[0].memory: 1KiB is out of range; allowed: 16MiB to 4TiB"],
    ["name: tiny", "name: 7", "1:7: name: 7 is not a text; put it in quotes"],
    ["duration: 10s", "duration: 10s\nspeed: fast", '3:8: speed: "fast" is not a number; allowed: 0.001 to 100000'],
    [host, `${host}\n  hostSwap: maybe`, '5:13: host.hostSwap: "maybe" is not a flag; allowed: true or false'],
    [
      "group: web",
      "group: we.b",
      '6:12: guests[0].group: "we.b" is not a name; allowed: letters, digits, "-" and "_", at most 63, the first a letter or digit',
    ],
    [host, "host: 1GiB", `3:7: host: "1GiB" is not a mapping; needed: a mapping with ${HOST}`],
    ["faults:\n  - { at: 3s, fault: crash, target: web-01, for: 1s }", "faults: { a: 1 }", '17:9: faults: {"a":1} is not a list'],
    [
      heap,
      `${heap}        my heap: { size: 1MiB }\n`,
      '15:9: guests[0].workload.regions.my heap: "my heap" is not a name; allowed: letters, digits, "-" and "_", at most 63',
    ],
  ],
  "fields contradict each other": [
    [
      "regions: { heap:",
      "regions: { hep:",
      '16:44: guests[0].workload.phases[0].regions.hep: the workload has no region "hep" (did you mean "heap"?); allowed: heap',
    ],
    [
      "minimum: 64MiB",
      "minimum: 500MiB",
      '6:3: guests: the VMs\' minimums sum to 1000MiB, but the host has 448MiB for them; lower "minimum" or raise "host.memory"',
    ],
    [
      "kernel: 32MiB",
      "kernel: 400MiB",
      "10:13: guests[0].kernel: kernel and credit take 408MiB of the VM's 512MiB; allowed: at most half of it",
    ],
    [
      "kernel: 32MiB",
      "kernel: 32MiB\n    minFree: 200MiB",
      "11:14: guests[0].minFree: 200MiB is too much of the VM's 512MiB; allowed: at most a quarter of it",
    ],
    [
      host,
      "host:\n  memory: 64MiB\n  reserved: 64MiB",
      "4:11: host.memory: 64MiB is not more than what the host keeps (reserved, and overhead of 2 VMs): 128MiB",
    ],
    [
      host,
      `${host}\n  states: { high: 3% }`,
      "5:11: host.states: high 0.03, soft 0.04, hard 0.02, low 0.01: each must be below the one before",
    ],
    [host, `${host}\n  lease: 1s`, "5:10: host.lease: 1s is too short: statistics are the heartbeat, so it needs at least twice 1s"],
    ["duration: 10s", "duration: 10s\nsample: 150ms", "3:9: sample: 150ms is not a multiple of the step, 100ms"],
    [
      "duration: 10s",
      "duration: 10s\nnetwork: { latency: 25ms }",
      "3:21: network.latency: latency and jitter, 25ms, must be below a quarter of the step, 25ms",
    ],
    [
      "faults:",
      "  - { group: web, memory: 64MiB, minimum: 0B, kernel: 4MiB, workload: { regions: { a: { size: 1MiB } } } }\nfaults:",
      '17:14: guests[1].group: "web" is the name of an earlier group; each needs its own\n' +
        'tiny.yaml:6:3: guests: two VMs are called "web-01"; rename the group "web"',
    ],
    [
      "faults:",
      `  - { group: ${LONG}, memory: 64MiB, minimum: 0B, kernel: 4MiB, workload: { regions: { a: { size: 1MiB } } } }\nfaults:`,
      `17:14: guests[1].group: "${"a".repeat(56)}... makes a VM's name 66 characters long; allowed: 64, so here at most 61 for the group`,
    ],
    [
      "name: grow, regions: { heap: { size: 300MiB } } }",
      "name: a }\n        - { at: 1s, name: b }",
      "17:17: guests[0].workload.phases[1].at: 1s is not after the phase before, which lasts until 2s; phases are in order of time",
    ],
  ],
  "a fault does not fit its target": [
    ["target: web-01", "target: web-1", `18:37: faults[0].target: there is no actor "web-1" (did you mean "web-01"?); ${ACTORS}`],
    [
      "fault: crash, target: web-01",
      "fault: driver-stuck, target: host",
      '18:44: faults[0].target: "host" has no balloon driver; allowed: a VM',
    ],
    ["fault: crash", "fault: disk-slow", '18:41: faults[0].target: "web-01" has no disk; allowed: "host"'],
    ["fault: crash", "fault: link-drop, amount: 3", "18:41: faults[0].amount: 3 is not a probability; allowed: 0 to 1"],
    ["fault: crash", "fault: hang, peer: host", '18:34: faults[0].peer: a "hang" has no peer; only link faults have one'],
    ["fault: crash", "fault: link-drop, delay: 1s", '18:40: faults[0].delay: a "link-drop" has no delay; only "link-delay" has one'],
    [
      "fault: crash",
      "fault: link-drop, peer: web-01",
      '18:39: faults[0].peer: "web-01" is the target itself; an actor has no link to itself',
    ],
    [
      "fault: crash",
      "fault: link-drop, peer: web-02",
      '18:39: faults[0].peer: VMs do not speak to each other, so "web-01" has no link to "web-02"; allowed: "host" or "monitor"',
    ],
    [
      "fault: crash, target: web-01",
      "fault: link-drop, target: monitor",
      '18:41: faults[0].target: "monitor" only listens: it has no link to hit; allowed: a VM or "host"',
    ],
    ["fault: crash", "fault: link-delay, delay: 0s", "18:41: faults[0].delay: 0s is out of range; allowed: 1ns to 1h"],
  ],
  "it is not one YAML mapping": [
    ["duration: 10s", "duration: 10s\nduration: 3s", "3:1: not YAML: Map keys must be unique"],
    ["duration: 10s", "duration: a: 10s", "2:11: not YAML: Nested mappings are not allowed in compact mappings"],
    ["faults:", "---\nfaults:", "17:1: the file holds several YAML documents; a scenario is one"],
  ],
};

test("the scenario that the cases change is right", async () => {
  expect(await mistakeOf(GOOD)).toBe("");
});

for (const [kind, cases] of Object.entries(CASES)) {
  describe(kind, () => {
    test.each(cases)("%s -> %s", async (from, to, message) => {
      expect(await mistakeOf(edited(from, to))).toBe(`tiny.yaml:${message}`);
    });
  });
}

describe("mistakes of both kinds are told at once", () => {
  const texts = (message: string): string[] => message.split("\n").map((line) => line.replace(/^tiny\.yaml:\d+:\d+: /, ""));
  const [inFields, between] = [Object.entries(CASES).slice(0, 4), Object.entries(CASES).slice(4, 6)].map((kinds) =>
    kinds.flatMap(([, cases]) => cases),
  ) as [Case[], Case[]];

  // A region's name is looked at with the phases.
  test.each(inFields.filter(([, to]) => !to.includes("my heap")))(
    "%s -> %s, with each of those between fields: none is made up",
    async (from, to) => {
      const alone = texts(await mistakeOf(edited(from, to)));
      const elsewhere = between.filter(([other]) => edited(from, to).includes(other) && edited(other, "").includes(from));
      // At least those of entries that are right, where neither names nor times can be trusted.
      let told = 0;
      for (const [otherFrom, otherTo] of elsewhere) {
        const other = texts(await mistakeOf(edited(otherFrom, otherTo)));
        const both = texts(await mistakeOf(edited(from, to).replace(otherFrom, otherTo)));
        expect(both).toEqual(expect.arrayContaining(alone));
        for (const text of both) expect([...alone, ...other], `${to} and ${otherTo}`).toContain(text);
        if (other.some((text) => both.includes(text))) told++;
      }
      expect(told).toBeGreaterThanOrEqual(7);
    },
  );

  test("at their places: entries beside a broken one keep their numbers", async () => {
    const broken = "  - { group: db, memory: 64 }\n";
    const small = "  - { group: last, memory: 64MiB, minimum: 70MiB, kernel: 4MiB, workload: { regions: { a: { size: 1MiB } } } }\n";
    const fault = "  - { at: 4s, fault: crash }\n  - { at: 5s, fault: hang, target: web-9, amount: 2 }\n";
    const text = `${edited("faults:\n", `${broken}${small}faults:\n${fault}`).replace(host, `${host}\n  policy: nobody`)}`;
    const unknown = ({ name }: { name: string }) => [{ path: ["host", "policy", "name"], message: `"${name}" is not known` }];
    expect((await mistakeOf(text, [], unknown)).split("\n").map((line) => line.split(": ").slice(0, 2).join(" "))).toEqual([
      "tiny.yaml:18:26 guests[1].memory",
      "tiny.yaml:18:5 guests[1].workload",
      "tiny.yaml:21:5 faults[0].target",
      "tiny.yaml:19:44 guests[2].minimum",
      "tiny.yaml:22:51 faults[1].amount",
      "tiny.yaml:5:11 host.policy.name",
    ]);
  });
});

describe("what is not a scenario at all", () => {
  test.each(["", "[]", "7", "- a\n- b"])("%j", async (text) => {
    expect(await mistakeOf(text)).toBe("tiny.yaml: not a scenario: a mapping with name, duration, host and guests is needed");
  });

  test("a value that contains itself, an alias without anchor, keys of Object.prototype", async () => {
    expect(await mistakeOf("name: &a [*a]")).toContain("tiny.yaml:1:10: name: a value that contains itself is not a text");
    expect(await mistakeOf("name: *b")).toContain("Unresolved alias");
    expect(await mistakeOf(`${GOOD}__proto__: 3\n`)).toContain(`tiny.yaml:19:1: __proto__: unknown key; allowed here: ${TOP}`);
    expect(await mistakeOf(edited("        heap:\n", "        __proto__:\n"))).toContain("guests[0].workload.regions");
  });

  test("several mistakes are told together, and at most 20 of them", async () => {
    const message = await mistakeOf(edited("count: 2", "count: 0").replace("duration: 10s", "duration: 10"));
    expect(message.split("\n")).toHaveLength(2);
    const many = Array.from({ length: 30 }, (_, i) => `k${i}: 1\n`).join("");
    expect((await mistakeOf(GOOD + many)).split("\n").at(-1)).toBe("... and 10 more");
  });
});
