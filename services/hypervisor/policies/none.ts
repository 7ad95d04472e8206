/** No ballooning at all: when memory is short, the host swaps. */
import { z } from "zod";
import { definePolicy } from "./policy.ts";

export const none = definePolicy({
  name: "none",
  summary: "No targets: when memory is short, the host swaps, uninformed.",
  source: "the baseline of VSwapper (ASPLOS 2014) and of every ballooning paper",
  options: z.strictObject({}),
  create: () => ({ intervalNs: Number.POSITIVE_INFINITY, occasions: [], enforces: false, decide: () => [] }),
});
