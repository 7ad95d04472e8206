/** Orders are told until they are acknowledged: each, and in their order, whatever is lost on the way there or back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Courier } from "../../services/conductor/courier.ts";

const settled = async (courier: Courier): Promise<void> => {
  while (courier.untold().size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
};

test("whatever the bus loses, every actor gets every order, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ to: fc.nat(2), lose: fc.constantFrom("nothing", "nothing", "order", "answer") }), { maxLength: 12 }),
      async (plan) => {
        const got: number[][] = [[], [], []];
        const lost = new Map<number, string>(plan.map(({ lose }, index) => [index, lose]));
        const courier = new Courier(async (to, frame) => {
          const order = frame[0] as number;
          const lose = lost.get(order);
          lost.delete(order);
          if (lose === "order") throw new Error("lost");
          got[to]?.push(order);
          if (lose === "answer") throw new Error("lost");
        }, 1);
        for (const [index, { to }] of plan.entries()) courier.give(to, Uint8Array.of(index));
        await settled(courier);
        for (const to of [0, 1, 2]) {
          // Told twice where the answer was lost: the receiver knows it by its number.
          const once = got[to]?.filter((order, at, all) => all.indexOf(order) === at);
          expect(once).toEqual(plan.flatMap((letter, index) => (letter.to === to ? [index] : [])));
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("what was meant for a process that was replaced is forgotten, also while it is under way", async () => {
  const told: number[] = [];
  let there = false;
  const courier = new Courier(async (_to, frame) => {
    if (!there) throw new Error("nobody listens");
    told.push(frame[0] as number);
  }, 1);
  courier.give(3, Uint8Array.of(1));
  courier.give(3, Uint8Array.of(2));
  expect(courier.untold().get(3)).toBe(2);
  courier.forget(3);
  courier.give(3, Uint8Array.of(3));
  there = true;
  await settled(courier);
  expect(told).toEqual([3]);
});
