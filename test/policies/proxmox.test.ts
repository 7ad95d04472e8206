import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { goalOf, MAX_CHANGE_BYTES, type ProxmoxVm, spread } from "../../services/hypervisor/policies/proxmox/distribute.ts";

const MB = 1_000_000;
const GIB = 1024 * 1024 * 1024;

function vm(id: string, balloon: number, minimum: number, maximum: number, shares: number, free: number): ProxmoxVm {
  return { id, balloonBytes: balloon * MB, minimumBytes: minimum * MB, maximumBytes: maximum * MB, shares, freeBytes: free * MB };
}

test("case 16 of the original's tests oscillates: 1307, 1300, 1200, 1300, 1200, 1300", () => {
  const file = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/policies/proxmox.json"), "utf8"));
  const start = file.upstream_cases.find(({ id }: { id: number }) => id === 16);
  let vms = [vm("100", 2000, 2000, 2000, 2000, 0), vm("101", 1007, 1000, 2000, 1000, 0), vm("102", 1000, 1000, 2000, 1000, 512)];
  let goal: number = start.goal;
  const sizes: number[] = [];
  for (let round = 0; round < 20; round++) {
    const targets = spread(vms, goal, 100 * MB);
    vms = vms.map((old) => {
      const bytes = targets.get(old.id) ?? old.balloonBytes;
      goal -= bytes - old.balloonBytes;
      return { ...old, balloonBytes: bytes, freeBytes: Math.max(0, (old.freeBytes ?? 0) + bytes - old.balloonBytes) };
    });
    sizes.push((vms[1] as ProxmoxVm).balloonBytes / MB);
  }
  expect(sizes.slice(0, 9)).toEqual([1107, 1207, 1307, 1300, 1200, 1300, 1200, 1300, 1300]);
});

test("the manual's example: 9 GB to hand out, half of it to the VM with half of the shares", () => {
  const used = 16 * GIB + 4 * 0.15 * GIB;
  expect(goalOf(32 * GIB, 16 * GIB, 80)).toBe(Math.trunc(32 * GIB * 0.8 - 16 * GIB));
  expect(goalOf(32 * GIB, used, 80)).toBe(Math.trunc((32 * GIB * 80) / 100 - used));
  const vms = ["db", "a", "b", "c"].map((id) => ({
    id,
    balloonBytes: GIB,
    minimumBytes: GIB,
    maximumBytes: 16 * GIB,
    freeBytes: 0,
    shares: id === "db" ? 3000 : 1000,
  }));
  const targets = spread(vms, 9 * GIB, 16 * GIB);
  expect(targets.get("db")).toBe(GIB + 4.5 * GIB);
  expect(targets.get("a")).toBe(GIB + 1.5 * GIB);
});

test("who is left alone: no driver, no minimum, no shares, migrating; and everyone within 10 MiB of the goal", () => {
  const base = vm("1", 1000, 500, 2000, 1000, 0);
  const others: ProxmoxVm[] = [
    { ...base, balloonBytes: 0 },
    { ...base, minimumBytes: 0 },
    { ...base, shares: 0 },
    { ...base, lock: "migrate" },
  ];
  for (const other of others) expect(spread([other], 50 * MB, MAX_CHANGE_BYTES).size).toBe(0);
  expect(spread([base], 10 * 1024 * 1024, MAX_CHANGE_BYTES).size).toBe(0);
  expect(spread([base], 10 * 1024 * 1024 + 1, MAX_CHANGE_BYTES).size).toBe(1);
  expect(spread([{ ...base, shares: undefined }], 50 * MB, MAX_CHANGE_BYTES)).toEqual(spread([base], 50 * MB, MAX_CHANGE_BYTES));
});

test("a VM that reports no free memory counts as pressed: it shrinks only when nobody else can", () => {
  const silent = { ...vm("1", 1500, 1000, 2000, 1000, 0), freeBytes: undefined };
  const idle = vm("2", 1500, 1000, 2000, 1000, 800);
  expect([...spread([silent, idle], -90 * MB, MAX_CHANGE_BYTES).keys()]).toEqual(["2"]);
  expect(spread([silent], -90 * MB, MAX_CHANGE_BYTES).get("1")).toBe(1410 * MB);
});

const anyVm = fc
  .record({
    minimumBytes: fc.integer({ min: 0, max: 4000 }).map((mb) => mb * MB),
    range: fc.integer({ min: 0, max: 8000 }).map((mb) => mb * MB),
    position: fc.integer({ min: 0, max: 1000 }),
    freeBytes: fc.option(fc.integer({ min: 0, max: 2_000_000_000 }), { nil: undefined }),
    shares: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
    lock: fc.constantFrom(undefined, "migrate", "backup"),
  })
  .map(({ range, position, ...vm }) => ({
    ...vm,
    maximumBytes: vm.minimumBytes + range,
    balloonBytes: vm.minimumBytes + Math.trunc((range * position) / 1000),
  }));
const anyVms = fc.array(anyVm, { maxLength: 8 }).map((vms) => vms.map((vm, i) => ({ ...vm, id: String(100 + i) })));
const anyGoal = fc.integer({ min: -8_000_000_000, max: 8_000_000_000 });

test("property: targets stay in [minimum, maximum] and within one step, asked twice or in another order", () => {
  fc.assert(
    fc.property(anyVms, anyGoal, (vms, goal) => {
      const targets = spread(vms, goal, MAX_CHANGE_BYTES);
      for (const [id, bytes] of targets) {
        const vm = vms.find((candidate) => candidate.id === id) as ProxmoxVm;
        expect(Number.isInteger(bytes)).toBe(true);
        expect(bytes).toBeGreaterThanOrEqual(vm.minimumBytes);
        expect(bytes).toBeLessThanOrEqual(vm.maximumBytes);
        expect(Math.abs(bytes - vm.balloonBytes)).toBeLessThanOrEqual(MAX_CHANGE_BYTES);
      }
      const again = spread([...vms].reverse(), goal, MAX_CHANGE_BYTES);
      expect(Object.fromEntries(again)).toEqual(Object.fromEntries(targets));
    }),
    { numRuns: 1000 },
  );
});
