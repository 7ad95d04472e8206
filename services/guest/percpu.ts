/**
 * The per-CPU lists of free pages: single pages are freed to them and taken from them first, and the kernel's count of free
 * memory leaves them out (mm/page_alloc.c, free_unref_page() and rmqueue_pcplist()).
 */
export class PerCpuLists {
  readonly #most: number;
  pages = 0;

  /** `most`: pages that the lists of all CPUs hold together. */
  constructor(most: number) {
    this.#most = most;
  }

  get roomPages(): number {
    return this.#most - this.pages;
  }

  freed(pages: number): void {
    this.pages = Math.min(this.#most, this.pages + pages);
  }

  taken(pages: number): void {
    this.pages = Math.max(0, this.pages - pages);
  }

  /** nr_pcp_high(), drain_all_pages(): while a zone is reclaimed its lists stay short. */
  drain(): void {
    this.pages = 0;
  }
}
