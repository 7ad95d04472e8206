/** The host's compressed pool, and how well pages compress. */

export interface CompressionConfig {
  /** Absent: as the policy's host. */
  readonly on?: boolean;
  /** Most machine pages of the pool for each VM, as a share of the VM's size. */
  readonly share: number;
  /** Time that a touch of a compressed page takes. */
  readonly decompressNs: number;
}

/** Shares of a VM's pages by the block that they compress into; the rest does not fit into half a page. */
export interface Compressible {
  /** Of a page: better than 50 %, not better than 75 %. */
  readonly half: number;
  readonly quarter: number;
}

/**
 * Of cold pages of a data centre 31 % did not compress, the others to a third in the median (Lagar-Cavilla and others, Software-Defined
 * Far Memory, ASPLOS 2019). In blocks of a half and a quarter, a third is one page in a half for two in a quarter.
 */
export const COMPRESSIBLE: Compressible = { half: 0.23, quarter: 0.46 };

/** The pool of a host that has one. */
export function poolOf({ compression }: { readonly compression?: CompressionConfig }): CompressionConfig | undefined {
  return compression?.on === true ? compression : undefined;
}

/** Of a page's frame, what a page takes in the pool: in the mean over those that compress. */
export function blockShare({ half, quarter }: Compressible): number {
  return half + quarter > 0 ? (half / 2 + quarter / 4) / (half + quarter) : 1;
}
