/** The compressed pool: whole frames in the ledger, whatever is said late or twice; what needs no write, and what does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HYPERVISOR } from "../../lib/engine/actor.ts";
import { InvariantViolation } from "../../lib/errors.ts";
import type { Compressible } from "../../lib/scenario/compression.ts";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { type Compression, FaultKind } from "../../lib/wire/messages.ts";
import { CompressedPool } from "../../services/hypervisor/compressedpool.ts";
import { HostSwap } from "../../services/hypervisor/hostswap.ts";
import { hypervisorFactory } from "../../services/hypervisor/hypervisor.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";
import { policyOf } from "../../services/hypervisor/policies/registry.ts";
import { guestConfig, S, type Script, STEP_NS, scenarioOf, World } from "./world.ts";

/** The defaults of host.compression. */
const POOL = { share: 0.1, decompressNs: 6_400 };
const DISK = {
  channels: 1,
  service: { randomReadNs: 1e6, clusteredReadNs: 1e6, transferNs: 0, clusteredWriteNs: 1e6 },
  variation: 1,
  pagesPerClusteredWrite: 10,
};

/** VMs of 10,000 pages; a tenth of that is the pool's for each. */
function poolOver(resident: readonly number[], compressible: Compressible, machinePages = 100_000) {
  const ledger = new Ledger({ machinePages, reservedPages: 0, overheadPagesPerVm: 0, vms: resident.length });
  const guests = resident.map((_, vm) => guestConfig(`vm${vm}`, { compressible }));
  resident.forEach((pages, vm) => {
    ledger.open(vm, pages);
  });
  const pool = new CompressedPool(ledger, guests, { ...POOL, on: true });
  return { ledger, pool, swap: new HostSwap(ledger, 100_000, DISK, STEP_NS, pool) };
}

const HALVES = { half: 1, quarter: 0 };
const NONE = { half: 0, quarter: 0 };

describe("the pool", () => {
  it("keeps the ledger's identity and never holds less than nothing, whatever is stored, spilled, touched, said late or twice", () => {
    const act = fc.record({
      vm: fc.nat(1),
      what: fc.constantFrom("store", "store", "hear", "touch", "tell", "tell old", "end"),
      amount: fc.nat(600),
    });
    const shares = fc.constantFrom(HALVES, { half: 0.23, quarter: 0.46 }, { half: 0.1, quarter: 0.7 });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), shares, (acts, compressible) => {
        const { ledger, pool } = poolOver([10_000, 10_000], compressible);
        const guests = [0, 1].map(() => new Told());
        for (const { vm, what, amount } of acts) {
          const guest = guests[vm] as Told;
          if (what === "store" && ledger.isOpen(vm)) store(ledger, pool, vm, amount);
          else if (what === "hear") guest.hear(pool.told(vm));
          else if (what === "touch") guest.read += Math.min(amount, guest.pages);
          else if (what === "tell") pool.settle(vm, guest.said());
          else if (what === "tell old") pool.settle(vm, guest.before);
          else if (what === "end") {
            ledger.close(vm);
            pool.drop(vm);
            ledger.open(vm, 10_000);
            guests[vm] = new Told();
          }
          ledger.audit();
          ledger.auditAll();
          pool.audit();
          expect(ledger.resident(0) + ledger.resident(1) + ledger.poolPages + ledger.freePages).toBe(100_000);
          expect(ledger.poolPages).toBe(pool.frames(0) + pool.frames(1));
          expect(ledger.poolPages).toBeLessThanOrEqual(2_000);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("counts whole frames: two halves or four quarters in one", () => {
    const { ledger, pool } = poolOver([1_000], { half: 0.4, quarter: 0.6 });
    ledger.evict(0, 101);
    pool.add(0, 101, 0);
    // Of a frame, 0.4 halves and 0.6 quarters take 0.35.
    expect([ledger.poolPages, pool.frames(0)]).toEqual([36, 36]);
  });

  it("takes out of the spilled pages what had left before", () => {
    const { ledger, pool } = poolOver([2_000], HALVES);
    ledger.evict(0, 100);
    pool.add(0, 100, 0);
    pool.add(0, 0, 80);
    pool.settle(0, { pages: 70, readTotalPages: 20, droppedTotalPages: 10 });
    expect([pool.held(0), pool.told(0)?.spilledTotalPages]).toEqual([0, 70]);
    pool.audit();
  });

  it("refuses figures that can not be true, and changes nothing", () => {
    const { ledger, pool } = poolOver([2_000], HALVES);
    ledger.evict(0, 100);
    pool.add(0, 100, 20);
    expect(pool.settle(0, { pages: 0, readTotalPages: 60, droppedTotalPages: 41 })).toBe(false);
    expect(pool.settle(0, { pages: 0, readTotalPages: 200, droppedTotalPages: -150 })).toBe(true);
    expect([pool.held(0), ledger.poolPages]).toEqual([80, 40]);
  });

  it("has an audit that fails where frames are not what the pages need", () => {
    const { ledger, pool } = poolOver([2_000], HALVES);
    ledger.evict(0, 100);
    pool.add(0, 100, 0);
    ledger.keep("pool", 49);
    expect(() => pool.audit()).toThrow(InvariantViolation);
  });
});

describe("host swapping with a pool", () => {
  const evict = (swap: HostSwap, pages: number): number => swap.evict(pages, [() => 0], () => {});

  it("frees pages that compress without a write, and the rest when it is written", () => {
    const { ledger, pool, swap } = poolOver([5_000], { half: 0.5, quarter: 0 });
    expect(evict(swap, 400)).toBe(0);
    expect([ledger.resident(0), pool.held(0), ledger.poolPages]).toEqual([4_800, 200, 100]);
    // Half of the victims need a write, so that is what is asked for.
    swap.ask(400);
    expect(swap.askedPages).toBe(200);
    swap.wrote(1);
    expect(evict(swap, 200)).toBe(100);
    expect([ledger.resident(0), pool.held(0), swap.swappedPages]).toEqual([4_600, 300, 100]);
  });

  it("writes the oldest when it is full, one page for each that comes in", () => {
    const { ledger, pool, swap } = poolOver([9_000], HALVES);
    evict(swap, 2_500);
    expect([pool.held(0), ledger.poolPages]).toEqual([2_000, 1_000]);
    expect(evict(swap, 500)).toBe(0);
    swap.ask(300);
    swap.wrote(1);
    expect(evict(swap, 300)).toBe(300);
    expect([pool.held(0), ledger.resident(0), pool.told(0)]).toEqual([2_000, 6_700, { storedTotalPages: 2_300, spilledTotalPages: 300 }]);
  });

  it("is plain host swapping where nothing compresses", () => {
    const { ledger, pool, swap } = poolOver([4_000, 4_000], NONE);
    expect(evict(swap, 1_000)).toBe(0);
    swap.ask(1_000);
    swap.wrote(1);
    expect(evict(swap, 1_000)).toBe(1_000);
    expect([pool.pages, ledger.poolPages, swap.swappedPages]).toEqual([0, 0, 1_000]);
  });

  it("is charged to the VM: what its pages take in the pool counts against its floor", () => {
    const { swap } = poolOver([4_000], HALVES);
    swap.evict(10_000, [() => 3_000], () => {});
    expect(swap.excess(() => 3_000)).toBe(500);
  });
});

describe("a host with a pool", () => {
  const wants = (pages: number): Script => ({
    step(guest, context) {
      if (guest.epoch > 0 && guest.held < pages) guest.demand(context, pages - guest.held);
    },
  });

  const enforced = (scenario: Scenario) => hypervisorFactory(scenario, () => ({ ...policyOf(scenario), enforces: true }));

  it("compresses in ESX's soft state only of the VM that has no balloon, as it swaps only of that", () => {
    const driver = { ...guestConfig("b").driver, kind: "none" as const };
    const all = { minimumPages: 0, creditPages: 0, compressible: { half: 0, quarter: 1 } };
    const policy = { name: "static", options: { targets: { a: "20MiB", b: "20MiB" } } };
    const states = { high: 0.2, soft: 0.15, hard: 0.02, low: 0.01, margin: 1.1 };
    const host = {
      memoryPages: 14_000,
      overheadPagesPerVm: 0,
      reservedPages: 0,
      compression: { ...POOL, on: true },
      policy,
      states,
    };
    const scenario = scenarioOf([guestConfig("a", all), guestConfig("b", { ...all, driver })], host);
    const once = (pages: number): Script => ({
      step(guest, context) {
        if (guest.epoch > 0 && guest.granted === 0) guest.demand(context, pages);
        else if (guest.steps % 10 === 0) guest.stats(context, 10_000 - (guest.steps % 3));
      },
    });
    const world = new World(scenario, [once(6_000), once(6_400)], enforced(scenario)).run(5 * S);
    const told = world.guests.map((guest) => guest.last("stepGrant"));
    expect(told.map((grant) => grant?.evictedTotalPages === grant?.compression?.storedTotalPages)).toEqual([false, true]);
    expect([told[0]?.evictedTotalPages, (told[1]?.evictedTotalPages ?? 0) > 1_000]).toEqual([0, true]);
  });

  it("takes back what its guests have in the pool when it starts again, and fences one whose pages find no frames", () => {
    const guests = ["a", "b"].map((name) => guestConfig(name, { compressible: HALVES }));
    const host = { memoryPages: 6_000, overheadPagesPerVm: 0, reservedPages: 0, compression: { ...POOL, on: true } };
    const says = (heldPages: number, compressedPages: number): Script => ({
      receive(_guest, message, context) {
        if (message.kind !== "inventoryRequest") return;
        const { hostEpoch } = message.body;
        const rest = { balloonPages: 0, hostSwappedPages: 0, targetAction: 0, targetPages: 0 };
        context.send(HYPERVISOR, "inventory", { hostEpoch, heldPages, compressedPages, ...rest });
      },
    });
    const world = new World(scenarioOf(guests, host), [says(3_000, 501), says(2_500, 600)]);
    world.fault(3 * S, HYPERVISOR, 1, FaultKind.FAULT_KIND_CRASH, true);
    world.fault(4 * S, HYPERVISOR, 1, FaultKind.FAULT_KIND_CRASH, false);
    world.run(6.5 * S);
    expect(world.monitor.last("hostSample")).toMatchObject({ hostEpoch: 2, residentPages: 3_000, poolPages: 251, pooledPages: 501 });
    expect(world.guests[1]?.of("fenced").length).toBe(1);
  });

  it("tells its guests what went in, and the monitor what it holds", () => {
    const guests = ["a", "b"].map((name) =>
      guestConfig(name, { minimumPages: 0, creditPages: 0, compressible: { half: 0.5, quarter: 0 } }),
    );
    const host = { memoryPages: 12_000, overheadPagesPerVm: 0, reservedPages: 0, compression: { ...POOL, on: true } };
    const world = new World(scenarioOf(guests, host), [wants(8_000), wants(6_000)]).run(4.5 * S);
    const sample = world.monitor.last("hostSample");
    if (sample === undefined) throw new Error("no sample");
    expect(sample.poolPages).toBeGreaterThan(500);
    expect(sample.residentPages + sample.poolPages + sample.freePages).toBe(sample.machinePages);
    const stored = world.guests.map((guest) => guest.last("stepGrant")?.compression?.storedTotalPages ?? 0);
    const sum = world.monitor.of("hostSample").reduce((all, { compressedPages }) => all + compressedPages, 0);
    expect(sample.pooledPages).toBeGreaterThan(0);
    expect(stored.every((pages) => pages > 0)).toBe(true);
    expect(sum).toBeGreaterThanOrEqual(sample.pooledPages);
  });
});

/** A guest's book of its pages in the pool. */
class Told {
  stored = 0;
  spilled = 0;
  read = 0;
  before: ReturnType<Told["said"]> | undefined;

  get pages(): number {
    return Math.max(0, this.stored - this.spilled - this.read);
  }

  hear(compression: Compression | undefined): void {
    this.stored = compression?.storedTotalPages ?? this.stored;
    this.spilled = compression?.spilledTotalPages ?? this.spilled;
  }

  said() {
    const said = { pages: this.pages, readTotalPages: this.read, droppedTotalPages: 0 };
    this.before = said;
    return said;
  }
}

function store(ledger: Ledger, pool: CompressedPool, vm: number, amount: number): void {
  const pages = Math.min(amount, ledger.resident(vm));
  ledger.evict(vm, pages);
  const stored = pool.fitting(vm, pages);
  pool.add(vm, stored, Math.min(pool.held(vm), Math.max(0, stored - pool.room(vm))));
}
