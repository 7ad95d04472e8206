/** How often the pages of a region are touched. */
export type PopularityLaw =
  | { readonly kind: "uniform" }
  | { readonly kind: "zipf"; readonly exponent: number }
  /** `hotShare` of the pages take `hotAccesses` of the accesses. */
  | { readonly kind: "hotcold"; readonly hotShare: number; readonly hotAccesses: number }
  /** Cyclic scan: every page in turn. */
  | { readonly kind: "scan" };
