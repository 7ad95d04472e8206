/** The identities of machine pages: every page of the machine is in exactly one part, and what a VM holds follows from its totals. */
import { InvariantViolation } from "../../lib/errors.ts";

export interface LedgerSize {
  readonly machinePages: number;
  readonly reservedPages: number;
  readonly overheadPagesPerVm: number;
  readonly vms: number;
}

/** Throws where the parts, in pages, are not whole, not positive or not `machinePages` in all. */
export function auditIdentity(parts: Readonly<Record<string, number>>, machinePages: number): void {
  let sum = 0;
  let sound = true;
  for (const pages of Object.values(parts)) {
    sum += pages;
    sound &&= Number.isInteger(pages) && pages >= 0;
  }
  if (sound && sum === machinePages) return;
  const text = Object.entries(parts).map(([name, pages]) => `${name} ${pages}`);
  throw new InvariantViolation("machine-pages", `${text.join(", ")} pages make ${sum}, not ${machinePages}`);
}

export function auditAccount(
  vm: number,
  open: boolean,
  resident: number,
  totals: { readonly granted: number; readonly released: number; readonly evicted: number },
): void {
  const { granted, released, evicted } = totals;
  if (resident >= 0 && resident === granted - released - evicted && (open || resident === 0)) return;
  throw new InvariantViolation(
    "machine-pages",
    `VM ${vm} holds ${resident} pages: granted ${granted}, released ${released}, evicted ${evicted}`,
  );
}
