/** squeezed before a domain exists, and when one does not do what it is asked. */
import { describe, expect, test } from "vitest";
import type { Scenario } from "../../lib/scenario/scenario.ts";
import { Reservation } from "../../services/hypervisor/policies/squeezed/reservation.ts";
import type { Domain } from "../../services/hypervisor/policies/squeezed/targets.ts";
import { UNCOOPERATIVE_AFTER_S, Uncooperative } from "../../services/hypervisor/policies/squeezed/uncooperative.ts";
import { squeezed } from "../../services/hypervisor/policies/squeezed.ts";
import { GIB_PAGES, MIB_PAGES, ToyHost, type ToyVm } from "./world.ts";

const SLUSH = 1000;
const domain = (id: number, actualKib: number, targetKib = actualKib): Domain => ({
  id,
  canBalloon: true,
  minimumKib: 1000,
  maximumKib: 3000,
  targetKib,
  actualKib,
  inaccuracyKib: 4,
});
const RANGE = { minimumKib: 1000, maximumKib: 3000 };

describe("reserve_memory_range", () => {
  test("takes what is free at once, and no more than the domain can use", () => {
    expect(new Reservation(9, RANGE, [], 10_000, SLUSH).iterate([], 10_000, 0).grantedKib).toBe(3000);
    expect(new Reservation(9, RANGE, [], 3500, SLUSH).iterate([], 3500, 0).grantedKib).toBe(2500);
  });

  test("asks the others for the part that is the newcomer's by its range, and waits until it has come", () => {
    const full = [domain(0, 3000), domain(1, 3000)];
    const call = new Reservation(9, RANGE, full, SLUSH, SLUSH);
    const first = call.iterate(full, SLUSH, 0);
    expect(first.grantedKib).toBeUndefined();
    expect([...first.limits]).toEqual([
      [0, 1828],
      [1, 1828],
    ]);
    const after = [domain(0, 1828), domain(1, 1828)];
    const freeKib = SLUSH + 6000 - 2 * 1828;
    // More than the others keep: a newcomer has nothing to give, and the original does not count its minimum as taken.
    expect(call.iterate(after, freeKib, 1).grantedKib).toBe(2344);
  });

  test("is refused where nobody can give its minimum, naming those that can and do not", () => {
    const least = [domain(0, 1000), domain(1, 1000)];
    expect(new Reservation(9, RANGE, least, SLUSH, SLUSH).iterate(least, SLUSH, 0).failed?.refusing).toEqual([]);
    const stuck = (targetKib: number) => [domain(0, 3000, targetKib)];
    const call = new Reservation(9, RANGE, stuck(3000), SLUSH, SLUSH);
    const asked = call.iterate(stuck(3000), SLUSH, 0).limits.get(0) as number;
    expect(call.iterate(stuck(asked), SLUSH, 5).failed).toBeUndefined();
    expect(call.iterate(stuck(asked), SLUSH, 10.5).failed?.refusing).toEqual([0]);
  });
});

test("a domain off its target for more than 20 s is flagged once, and cleared when it is back", () => {
  const watch = new Uncooperative();
  for (let s = 0; s <= UNCOOPERATIVE_AFTER_S; s++) expect(watch.look([domain(0, 2000, 1500)], s).set).toEqual([]);
  expect(watch.look([domain(0, 2000, 1500)], UNCOOPERATIVE_AFTER_S + 1).set).toEqual([0]);
  expect(watch.look([domain(0, 2000, 1500)], UNCOOPERATIVE_AFTER_S + 2).set).toEqual([]);
  expect(watch.look([domain(0, 1500, 1500)], UNCOOPERATIVE_AFTER_S + 3).cleared).toEqual([0]);
  // A second off, and it evades the flag for ever: a known fault of the original.
  for (let s = 30; s < 90; s++) expect(watch.look([domain(0, 1500, s % 19 === 0 ? 1500 : 1400)], s).set).toEqual([]);
});

describe("on a host", () => {
  const policy = () => squeezed.create(squeezed.options.parse({}), {} as Scenario);
  const vm = { sizePages: 2 * GIB_PAGES, minimumPages: GIB_PAGES } satisfies Partial<ToyVm>;

  test("VMs that start together are promised memory one after the other, and are levelled once their drivers speak", () => {
    const host = new ToyHost(policy(), 5 * GIB_PAGES, [vm, vm, vm]);
    host.run(0.1);
    // 5 GiB less the slush: two whole VMs, and what is left is too little for a third.
    expect(host.targets).toEqual([2 * GIB_PAGES, 2 * GIB_PAGES, 2 * GIB_PAGES]);
    host.run(60);
    expect(new Set(host.targets).size).toBe(1);
    expect(host.assignedPages).toBeLessThanOrEqual(5 * GIB_PAGES - 72 * MIB_PAGES);
    expect(host.errors).toEqual([]);
  });

  test("a start for which memory is short gets the rest, as its first target", () => {
    const host = new ToyHost(policy(), 3.5 * GIB_PAGES, [vm, vm]);
    host.run(0.1);
    expect(host.targets).toEqual([2 * GIB_PAGES, 1.5 * GIB_PAGES - 72 * MIB_PAGES]);
  });

  test("tells of starts that would have been refused, and of drivers that do not cooperate", () => {
    const stuck = policy();
    const host = new ToyHost(stuck, 2.5 * GIB_PAGES, [{ ...vm, speed: 0 }, vm]);
    host.run(0.1);
    expect(stuck.takeNotices?.()).toEqual([{ vm: 1, text: "no reservation for its start: cannot free this much memory" }]);
    host.run(60);
    expect(stuck.takeNotices?.()).toEqual([{ vm: 0, text: "uncooperative: off its target for more than 20 s" }]);
  });
});
