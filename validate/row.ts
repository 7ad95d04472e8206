/** One row of the validation: a figure of the model beside its reference. */

export interface Row {
  /** Unique, stable, `group/what/case`. */
  readonly id: string;
  readonly group: string;
  readonly reference: number;
  /** null: the model has no answer. */
  readonly ours: number | null;
  /** In the tolerance's terms: a difference, or a share of the reference. */
  readonly error: number | null;
  readonly tolerance: number;
  readonly kind: "absolute" | "relative";
  readonly met: boolean;
  /** Of reference and ours. */
  readonly unit: string;
  readonly source: string;
  /** Fitted: the row took part in the choice of a parameter, and proves nothing. */
  readonly fitted: boolean;
}

export interface Spec {
  readonly id: string;
  readonly reference: number;
  readonly ours: number | null;
  readonly tolerance: number;
  readonly unit: string;
  readonly source: string;
  readonly fitted?: boolean;
}

/** |ours - reference| is to be at most `tolerance`. */
export function absolute(spec: Spec): Row {
  const error = spec.ours === null ? null : Math.abs(spec.ours - spec.reference);
  return rowOf(spec, "absolute", error);
}

/** |ours / reference - 1| is to be at most `tolerance`. */
export function relative(spec: Spec): Row {
  const difference = spec.ours === null ? null : Math.abs(spec.ours - spec.reference);
  const error = difference === null ? null : difference === 0 ? 0 : difference / Math.abs(spec.reference);
  return rowOf(spec, "relative", error);
}

/** What the reference does not exceed: ours is to be between `low` and `high`; the reference shown is the nearer bound. */
export function between(spec: Omit<Spec, "reference" | "tolerance">, low: number, high: number): Row {
  const { ours } = spec;
  const reference = ours === null ? low : Math.min(high, Math.max(low, ours));
  return absolute({ ...spec, reference, tolerance: 0 });
}

function rowOf(spec: Spec, kind: Row["kind"], error: number | null): Row {
  const { id, reference, ours, tolerance, unit, source, fitted = false } = spec;
  const usable = error !== null && Number.isFinite(error);
  // A figure that is no number would be null in JSON anyway: then the model has no answer.
  const known = usable ? ours : null;
  return {
    id,
    group: id.slice(0, id.indexOf("/")),
    reference,
    ours: known,
    error: usable ? error : null,
    tolerance,
    kind,
    met: usable && error <= tolerance * (1 + 1e-9),
    unit,
    source,
    fitted,
  };
}
