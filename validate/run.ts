/** Runs groups of rows, one after the other. */
import { AerostatError } from "../lib/errors.ts";
import type { Group, GroupOptions } from "./group.ts";
import { GROUPS } from "./groups.ts";
import type { Plot } from "./plot.ts";
import type { Row } from "./row.ts";

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly plots: readonly Plot[];
  readonly notes: readonly string[];
}

/** The groups of those names, in their own order; all for none. */
export function groupsNamed(names: readonly string[], groups: readonly Group[] = GROUPS): readonly Group[] {
  const unknown = names.find((name) => !groups.some((group) => group.name === name));
  if (unknown !== undefined) {
    const known = groups.map((group) => group.name).join(", ");
    throw new AerostatError("AERO_E_INPUT", `--only ${unknown}: there is no such group of rows; known: ${known}`);
  }
  return names.length === 0 ? groups : groups.filter((group) => names.includes(group.name));
}

export async function runGroups(groups: readonly Group[], options: GroupOptions): Promise<Section[]> {
  const sections: Section[] = [];
  for (const group of groups) {
    options.progress(group.title);
    const { rows, plots, notes } = await group.run(options);
    check(group, rows);
    const met = rows.filter((row) => row.met).length;
    options.progress(`  ${met} of ${rows.length} rows met`);
    sections.push({ name: group.name, title: group.title, rows, plots, notes });
  }
  return sections;
}

function check(group: Group, rows: readonly Row[]): void {
  const ids = new Set(rows.map((row) => row.id));
  if (ids.size === rows.length && rows.every((row) => row.group === group.name)) return;
  throw new AerostatError("AERO_E_ACTOR", `rows of "${group.name}" have ids of their own that begin with its name`);
}
