/** What a benchmark reports: a figure, its unit, and the figure of what was run beside it on the same machine. */

export interface Measurement {
  readonly bench: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Absent where the figure stands alone. */
  readonly beside?: { readonly name: string; readonly value: number };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Runs `work`, which returns how many events it ran. */
export function eventsPerSecond(work: () => number): number {
  const startNs = process.hrtime.bigint();
  const events = work();
  return events / (Number(process.hrtime.bigint() - startNs) / 1e9);
}

export function renderTable(measurements: readonly Measurement[]): string {
  const lines = ["| bench | what | figure | beside it | ratio |", "| --- | --- | --- | --- | --- |"];
  for (const { bench, name, value, unit, beside } of measurements) {
    const other = beside === undefined ? "" : `${beside.name}: ${figure(beside.value)} ${unit}`;
    const ratio = beside === undefined ? "" : (value / beside.value).toFixed(2);
    lines.push(`| ${bench} | ${name} | ${figure(value)} ${unit} | ${other} | ${ratio} |`);
  }
  return lines.join("\n");
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
