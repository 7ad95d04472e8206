/** Shares of a region's pages, by what they are equal to. */
export interface RegionContents {
  /** All zeroes. */
  readonly zero: number;
  /** Two and two alike in this VM. */
  readonly duplicate: number;
  /** Of the system and its programs, which all VMs of the group have: drawn from an image of common / overlap as many pages. */
  readonly common: number;
  /** Chance that a page of that image is in the memory of any one VM. */
  readonly overlap: number;
}
