/** The ledger: the identity of machine pages, and the rule by which an eviction that crosses a release is settled. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantViolation } from "../../lib/errors.ts";
import { Ledger } from "../../services/hypervisor/ledger.ts";

const MACHINE = 5_000;
const SIZE = { machinePages: MACHINE, reservedPages: 300, overheadPagesPerVm: 20, vms: 4 };

/** A guest's own book: what it has heard of its host, and what it has given back. */
class Book {
  granted = 0;
  seen = 0;
  released = 0;

  get held(): number {
    return this.granted - this.released - this.seen;
  }

  hear(ledger: Ledger, vm: number): void {
    this.granted = ledger.grantedTotal(vm);
    this.seen = ledger.evictedTotal(vm);
  }
}

const step = fc.record({
  vm: fc.nat(3),
  what: fc.constantFrom("grant", "evict", "release", "hear", "tell", "tell twice", "tell old", "boot", "end", "share", "pool"),
  amount: fc.nat(1_000),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly ledger = new Ledger(SIZE);
  readonly books = [0, 1, 2, 3].map(() => new Book());
  /** The message before the newest, by VM. */
  readonly old = [0, 1, 2, 3].map(() => ({ released: 0, seen: 0 }));

  do({ vm, what, amount }: Step): void {
    const { ledger } = this;
    const book = this.books[vm] as Book;
    if (what === "end") ledger.close(vm);
    else if (what === "boot") this.boot(vm);
    else if (what === "share") ledger.keep("shared", amount);
    else if (what === "pool") ledger.keep("pool", amount);
    else if (!ledger.isOpen(vm)) return;
    else if (what === "grant") ledger.grant(vm, Math.min(amount, ledger.freePages));
    else if (what === "evict") ledger.evict(vm, Math.min(amount, ledger.resident(vm)));
    else if (what === "hear") book.hear(ledger, vm);
    else if (what === "release") book.released += Math.min(amount, Math.max(0, book.held));
    else this.tell(vm, what);
  }

  /** A new incarnation ends the lease before it. */
  boot(vm: number): void {
    this.ledger.close(vm);
    this.ledger.open(vm, 0);
    this.books[vm] = new Book();
    this.old[vm] = { released: 0, seen: 0 };
  }

  tell(vm: number, what: string): void {
    const { released, seen } = this.books[vm] as Book;
    const before = this.old[vm] as { released: number; seen: number };
    if (what === "tell old") {
      this.ledger.settle(vm, before.released, before.seen);
      return;
    }
    expect(this.ledger.settle(vm, released, seen)).toBe(true);
    if (what === "tell twice") expect(this.ledger.settle(vm, released, seen)).toBe(true);
    this.old[vm] = { released, seen };
  }

  check(): void {
    this.ledger.audit();
    this.ledger.auditAll();
    let sum = 0;
    for (let vm = 0; vm < 4; vm++) {
      expect(this.ledger.resident(vm)).toBeGreaterThanOrEqual(0);
      sum += this.ledger.resident(vm);
    }
    const { overheadPages, sharedPages, poolPages, freePages } = this.ledger;
    expect(SIZE.reservedPages + overheadPages + sum + sharedPages + poolPages + freePages).toBe(MACHINE);
  }
}

describe("ledger", () => {
  it("keeps the identity, and no account below 0, in any sequence of grants, evictions, releases, boots and stale messages", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = new Run();
        for (let vm = 0; vm < 4; vm++) run.boot(vm);
        for (const one of steps) {
          run.do(one);
          run.check();
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("agrees with the guest's own book once each has heard the other", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const run = new Run();
        for (let vm = 0; vm < 4; vm++) run.boot(vm);
        for (const one of steps) run.do(one);
        for (let vm = 0; vm < 4; vm++) {
          if (!run.ledger.isOpen(vm)) continue;
          const book = run.books[vm] as Book;
          run.tell(vm, "tell");
          book.hear(run.ledger, vm);
          expect(run.ledger.resident(vm)).toBe(book.held);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes released pages from the evicted ones in the proportion in which they were unseen", () => {
    const ledger = new Ledger(SIZE);
    ledger.open(0, 1_000);
    ledger.evict(0, 400);
    expect(ledger.settle(0, 100, 0)).toBe(true);
    // Of 100 pages that the guest gave back, 40 had been evicted on the way.
    expect([ledger.resident(0), ledger.evictedTotal(0)]).toEqual([540, 360]);
  });

  it("settles an eviction that the guest knows of like any other release", () => {
    const ledger = new Ledger(SIZE);
    ledger.open(0, 1_000);
    ledger.evict(0, 400);
    ledger.settle(0, 100, 400);
    expect([ledger.resident(0), ledger.evictedTotal(0), ledger.unseen(0)]).toEqual([500, 400, 0]);
  });

  it("refuses figures that can not be true, and changes nothing", () => {
    const ledger = new Ledger(SIZE);
    ledger.open(0, 1_000);
    expect(ledger.settle(0, 1_001, 0)).toBe(false);
    expect(ledger.resident(0)).toBe(1_000);
  });

  it("opens no account beyond what is free", () => {
    const ledger = new Ledger(SIZE);
    expect(ledger.open(0, 4_000)).toBe(true);
    expect(ledger.open(1, 700)).toBe(false);
    expect(ledger.freePages).toBe(680);
    expect(() => ledger.grant(0, 681)).toThrow(/covered by 680 free/);
    expect(() => ledger.evict(0, 4_001)).toThrow(/finds 4000 resident/);
  });

  it("has an audit that fails where free memory is not what the accounts leave", () => {
    const size = { ...SIZE };
    const ledger = new Ledger(size);
    ledger.audit();
    size.reservedPages++;
    expect(() => ledger.audit()).toThrow(InvariantViolation);
  });
});
