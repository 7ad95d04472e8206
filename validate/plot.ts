/** Line charts as SVG text: the plots of docs/validation.md. */

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
  /** The reference is drawn as marks, ours as a line. */
  readonly reference: boolean;
  /** Series of one colour belong together; the default is the series' own place. */
  readonly colour?: number;
}

export interface Plot {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 380;
const LEFT = 64;
const RIGHT = 200;
const TOP = 40;
const BOTTOM = 48;
/** Okabe and Ito: told apart by colour-blind readers too. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555", "#8b6d00"];

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

export function svgOf(plot: Plot): string {
  const all = plot.series.flatMap(({ points }) => points).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const xs = axisOf(all.map(([x]) => x));
  const ys = axisOf(all.map(([, y]) => y).concat(0));
  const x = (value: number) => LEFT + ((value - xs.low) / (xs.high - xs.low)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - ((value - ys.low) / (ys.high - ys.low)) * (HEIGHT - TOP - BOTTOM);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${escaped(plot.title)}</text>`,
    ...xs.ticks.map((t) => tick(x(t), HEIGHT - BOTTOM + 18, "middle", t) + line(x(t), y(ys.low), x(t), y(ys.high))),
    ...ys.ticks.map((t) => tick(LEFT - 8, y(t) + 4, "end", t) + line(x(xs.low), y(t), x(xs.high), y(t))),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(plot.x)}</text>`,
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(plot.y)}</text>`,
    ...plot.series.map((series, i) => drawn(series, COLOURS[(series.colour ?? i) % COLOURS.length] as string, x, y)),
    ...plot.series.map((series, i) => legend(series, COLOURS[(series.colour ?? i) % COLOURS.length] as string, i)),
    "</svg>\n",
  ].join("\n");
}

function drawn(series: Series, colour: string, x: (v: number) => number, y: (v: number) => number): string {
  const points = series.points.filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  if (series.reference) return points.map(([a, b]) => mark(x(a), y(b), colour)).join("");
  const path = points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>`;
}

function legend(series: Series, colour: string, place: number): string {
  const [left, top] = [WIDTH - RIGHT + 14, TOP + 10 + place * 18];
  const sign = series.reference ? mark(left + 10, top, colour) : `<path d="M${left} ${top}h20" stroke="${colour}" stroke-width="1.6"/>`;
  return `${sign}<text x="${left + 26}" y="${top + 4}">${escaped(series.label)}</text>`;
}

function mark(x: number, y: number, colour: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.6" fill="none" stroke="${colour}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="#e4e4e4"/>`;
}

function tick(x: number, y: number, anchor: string, value: number): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#555">${Number(value.toPrecision(6))}</text>`;
}

/** About six ticks at 1, 2 or 5 times a power of ten, the axis ending on one. */
function axisOf(values: readonly number[]): Axis {
  const [least, most] = values.reduce(
    ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  if (!Number.isFinite(least)) return { low: 0, high: 1, ticks: [0, 1] };
  const span = most - least || Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 6));
  const step = ([1, 2, 5, 10].find((m) => span / (m * power) <= 6) ?? 10) * power;
  const low = Math.floor(least / step + 1e-9) * step;
  const high = Math.max(low + step, Math.ceil(most / step - 1e-9) * step);
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  return { low, high, ticks };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
