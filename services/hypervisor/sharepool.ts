/**
 * The frames that page sharing keeps for the VMs' equal pages, each counted once (OSDI'02 section 4).
 *
 * One frame serves all zero pages; two equal pages of one VM stand on one. Common pages of a group's VMs come from one image of
 * M contents. A VM that shares h of them has each with the chance h / M, so that N VMs have
 *
 *     M (1 - (1 - h1 / M) ... (1 - hN / M))
 *
 * different ones: one VM frees nothing, a second one frees what both have.
 */
import type { Hasher } from "../../lib/engine/hasher.ts";
import type { GuestConfig } from "../../lib/scenario/scenario.ts";
import type { SharedPages } from "../../lib/wire/messages.ts";
import type { Ledger } from "./ledger.ts";

const NONE: SharedPages = { zero: 0, duplicate: 0, common: 0 };
/** Rounding errors of the product do not make a frame. */
const GRAIN = 1e-6;

interface Image {
  readonly vms: number[];
  /** Contents in it. */
  readonly pages: number;
}

export class SharePool {
  readonly #ledger: Ledger;
  readonly #images = new Map<string, Image>();
  readonly #shared: Readonly<SharedPages>[];
  #changed = false;
  /** Guest pages that are shared, over all VMs. */
  sharingPages = 0;

  constructor(ledger: Ledger, guests: readonly GuestConfig[]) {
    this.#ledger = ledger;
    this.#shared = guests.map(() => NONE);
    for (const [vm, guest] of guests.entries()) {
      const pages = imagePages(guest);
      if (pages === 0) continue;
      const image = this.#images.get(guest.group);
      if (image === undefined) this.#images.set(guest.group, { vms: [vm], pages });
      else image.vms.push(vm);
    }
  }

  /** What a VM says that it shares; absent: nothing. */
  set(vm: number, shared?: Readonly<SharedPages> | null): void {
    const before = this.#shared[vm] as SharedPages;
    const now = shared ?? NONE;
    if (now.zero === before.zero && now.duplicate === before.duplicate && now.common === before.common) return;
    this.#shared[vm] = now;
    this.sharingPages += sum(now) - sum(before);
    this.#changed = true;
  }

  /** Takes the frames that are needed from the free ones, or gives them back. What is not there now is taken later. */
  settle(): void {
    if (!this.#changed) return;
    const pages = this.#framePages();
    this.#ledger.keep("shared", pages);
    this.#changed = this.#ledger.sharedPages < pages;
  }

  #framePages(): number {
    let zero = 0;
    let frames = 0;
    for (const shared of this.#shared) {
      zero += shared.zero;
      frames += Math.ceil(shared.duplicate / 2);
    }
    for (const image of this.#images.values()) frames += this.#different(image);
    return frames + Math.min(1, zero);
  }

  #different({ vms, pages }: Image): number {
    let absent = 1;
    let all = 0;
    for (const vm of vms) {
      const { common } = this.#shared[vm] as SharedPages;
      absent *= Math.max(0, 1 - common / pages);
      all += common;
    }
    return Math.min(all, Math.ceil(pages * (1 - absent) - GRAIN));
  }

  digest(hasher: Hasher): void {
    hasher.number(this.sharingPages);
  }
}

/** Contents of the image that a VM's common pages are drawn from. */
function imagePages(guest: GuestConfig): number {
  let pages = 0;
  for (const { contents, pages: size } of guest.workload.regions) {
    if (contents !== undefined && contents.common > 0) pages += (contents.common * size) / contents.overlap;
  }
  return Math.ceil(pages);
}

function sum({ zero, duplicate, common }: Readonly<SharedPages>): number {
  return zero + duplicate + common;
}
