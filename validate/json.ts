/** The rows as `--json` writes them. */
import type { Section } from "./run.ts";

export function jsonOf(sections: readonly Section[]): string {
  const rows = sections.flatMap((section) =>
    section.rows.map(({ id, group, reference, ours, error, tolerance, met, kind, unit, source, fitted }) => ({
      id,
      group,
      reference,
      ours,
      error,
      tolerance,
      met,
      kind,
      unit,
      source,
      fitted,
    })),
  );
  return `${JSON.stringify({ rows }, null, 1)}\n`;
}
