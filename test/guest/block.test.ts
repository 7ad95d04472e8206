import fc from "fast-check";
import { expect, test } from "vitest";
import { blockOf } from "../../services/guest/block.ts";

test("columns of a block lie side by side, and none reaches into another", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20 }), (count, length) => {
      const column = blockOf(count, length);
      const columns = Array.from({ length: count }, (_, at) => column().fill(at));
      for (const [at, values] of columns.entries()) {
        expect(values).toEqual(new Float64Array(length).fill(at));
        expect(values.buffer).toBe(columns[0]?.buffer);
      }
    }),
  );
});
