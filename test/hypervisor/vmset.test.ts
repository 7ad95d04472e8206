/** A set of VMs, beside the language's own. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { VmSet } from "../../services/hypervisor/vmset.ts";

const VMS = 6;
const step = fc.tuple(fc.constantFrom("add", "remove", "clear", "sorted"), fc.nat(VMS - 1));

test("property: adding, removing and visiting in any order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const set = new VmSet(VMS);
      const members = new Set<number>();
      for (const [what, vm] of steps) {
        if (what === "add") {
          set.add(vm);
          members.add(vm);
        } else if (what === "remove") {
          set.remove(vm);
          members.delete(vm);
        } else if (what === "clear") {
          set.clear();
          members.clear();
        } else expect([...set.sorted()]).toEqual([...members].sort((a, b) => a - b));
        expect(set.size).toBe(members.size);
        expect(set.has(vm)).toBe(members.has(vm));
      }
      expect([...set.sorted()]).toEqual([...members].sort((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
});
