import { loadText, type PolicyCheck } from "../../lib/scenario/load.ts";

/** A small scenario that is right; `edit` makes it wrong. */
export const GOOD = `name: tiny
duration: 10s
host:
  memory: 1GiB
guests:
  - group: web
    count: 2
    memory: 512MiB
    minimum: 64MiB
    kernel: 32MiB
    workload:
      regions:
        heap:
          size: 256MiB
      phases:
        - { at: 2s, name: grow, regions: { heap: { size: 300MiB } } }
faults:
  - { at: 3s, fault: crash, target: web-01, for: 1s }
`;

/** The message of the error that a text gives, or "" when it is right. */
export async function mistakeOf(text: string, overrides: readonly string[] = [], checkPolicy?: PolicyCheck): Promise<string> {
  try {
    await loadText("tiny.yaml", text, overrides, checkPolicy);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** GOOD with one piece replaced, which must be there. */
export function edited(from: string, to: string): string {
  if (!GOOD.includes(from)) throw new Error(`the good scenario has no "${from}"`);
  return GOOD.replace(from, to);
}
