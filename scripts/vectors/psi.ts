/** psi.json: sequences of samples of the kernel's running averages; each sample is one case. */
import { PsiAverages } from "../../services/guest/psi.ts";
import { byKey, type Case, type Checker, type Json } from "./case.ts";

const INPUTS = new Set(["missed", "stallNs", "periodNs"]);

export const psi: Checker = {
  sections: ["sequences"],
  *cases(file: Json): Iterable<Case> {
    for (const [number, sequence] of (file.sequences ?? []).entries()) {
      const averages = new PsiAverages();
      for (const [index, step] of sequence.steps.entries()) {
        const expected = Object.fromEntries(Object.entries(step).filter(([key]) => !INPUTS.has(key)));
        averages.sample(step.missed, step.stallNs, step.periodNs);
        const ours = byKey(expected, { fixed: () => [...averages.fixed], text: () => averages.text });
        yield { name: `sequence ${number}, step ${index}`, input: sequence.steps.slice(0, index + 1), expected, ours };
      }
    }
  },
};
