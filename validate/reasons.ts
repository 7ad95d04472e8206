/** Why rows are missed, as far as it was found out. A reason that fits no missed row is not shown. */

export interface Reason {
  /** Of the ids of the rows that it explains. */
  readonly rows: RegExp;
  readonly why: string;
}

export const REASONS: readonly Reason[] = [];
