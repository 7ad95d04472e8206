/** The identities of machine pages: every page of the machine is in exactly one part, and what a VM holds follows from its totals. */
import { InvariantViolation } from "../../lib/errors.ts";

export interface LedgerSize {
  readonly machinePages: number;
  readonly reservedPages: number;
  readonly overheadPagesPerVm: number;
  readonly vms: number;
}

/** Where the machine's pages are. */
export interface MachineParts {
  readonly reserved: number;
  readonly overhead: number;
  readonly resident: number;
  readonly shared: number;
  readonly pool: number;
  readonly free: number;
}

/** Throws where the parts, in pages, are not whole, not positive or not `machinePages` in all. Asked after every message. */
export function auditIdentity(parts: MachineParts, machinePages: number): void {
  const { reserved, overhead, resident, shared, pool, free } = parts;
  const sum = reserved + overhead + resident + shared + pool + free;
  const areWhole = whole(reserved) && whole(overhead) && whole(resident) && whole(shared) && whole(pool) && whole(free);
  if (sum === machinePages && areWhole) return;
  const text = Object.entries(parts).map(([name, pages]) => `${name} ${pages}`);
  throw new InvariantViolation("machine-pages", `${text.join(", ")} pages make ${sum}, not ${machinePages}`);
}

function whole(pages: number): boolean {
  return Number.isInteger(pages) && pages >= 0;
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
