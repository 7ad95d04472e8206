/** The live view, character by character. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KINDS, memoryBar } from "../../cli/terminal/bar.ts";
import { plainLine } from "../../cli/terminal/plain.ts";
import { clip, painter } from "../../cli/terminal/style.ts";
import { liveLines } from "../../cli/terminal/view.ts";
import { host, memory, mibPages, view, vm } from "./fixture.ts";

const plain = painter(false);
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const bare = (line: string): string => line.replace(/\u001b\[[0-9;]*m/g, "");

test("80 columns", () => {
  const swapping = view({ host: host({ swapInPagesPerS: mibPages(89), swapOutPagesPerS: mibPages(83) }) });
  expect(liveLines(swapping, { columns: 80, rows: 24, colour: false }, "guest vm-3 was started again")).toEqual([
    "aerostat classic  storm  0:42 / 6:00  ██···············  12,345 messages, 2 lost",
    "host-1  state soft        ██████████████████··  free 4.0 of 32.0 GiB, 3 VMs",
    "        disk 96 % busy    ███████████████████·  queue 3.3, host swap 0.3 GiB",
    "",
    "VM   memory; sizes in GiB, swap in MiB/s     target actual     in    out  slowed",
    "vm-1 ▒▒▒▒▒███████████████████▓▓▓▓▓·····░░░░░    3.5    3.5      0      0   1.00x",
    "vm-2 ▒▒▒▒▒██████████·░░░░░░░░░░░░░░░░░░░░░░░    1.2    1.6    3.3     48   3.46x",
    "vm-3 waiting for its first report",
    "swap of the host itself                                        89     83",
    "▒▒ kernel  ██ anonymous  ▓▓ cache  ·· free  ░░ balloon",
    "guest vm-3 was started again",
  ]);
});

test("120 columns have room for what is swapped and what the driver does", () => {
  expect(liveLines(view(), { columns: 120, rows: 24, colour: false }).slice(4, 8)).toEqual([
    "VM   memory; sizes in GiB, swap in MiB/s                       target actual     in    out  slowed  swapped  driver",
    "vm-1 ▒▒▒▒▒▒▒█████████████████████████████▓▓▓▓▓▓▓·······░░░░░░░    3.5    3.5      0      0   1.00x      0.0  at-target",
    "vm-2 ▒▒▒▒▒▒▒██████████████··░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░    1.2    1.6    3.3     48   3.46x      1.3  inflating",
    "vm-3 waiting for its first report",
  ]);
});

test("colour changes nothing but escape sequences", () => {
  const coloured = liveLines(view(), { columns: 100, rows: 24, colour: true }, "notice");
  expect(coloured.map(bare)).toEqual(liveLines(view(), { columns: 100, rows: 24, colour: false }, "notice"));
  expect(coloured.join("")).toContain("\u001b[31m  3.46x\u001b[0m".replace("  3", "   3"));
});

test("a low terminal shows the VMs that fit and counts the rest", () => {
  const many = view({ vms: Array.from({ length: 30 }, (_, i) => vm(`vm-${i + 1}`)) });
  const lines = liveLines(many, { columns: 80, rows: 20, colour: false });
  expect(lines).toHaveLength(19);
  expect(lines[16]).toBe("… and 20 more (a taller terminal shows them)");
  expect(liveLines(many, { columns: 80, rows: 50, colour: false })).toHaveLength(38);
});

test("every line fits, whatever the terminal's size", () => {
  const size = fc.record({ columns: fc.integer({ min: 40, max: 260 }), rows: fc.integer({ min: 1, max: 60 }), colour: fc.boolean() });
  fc.assert(
    fc.property(size, fc.string({ maxLength: 300 }), (canvas, notice) => {
      const lines = liveLines(view(), canvas, notice.replace(/[^ -~]/g, "?"));
      expect(lines.length).toBeLessThanOrEqual(canvas.rows);
      for (const line of lines) expect(bare(line).length).toBeLessThanOrEqual(canvas.columns);
    }),
  );
});

describe("memory bar", () => {
  test("kinds from left to right, in proportion", () => {
    expect(memoryBar(memory(0.5, 2, 0.5, 0.5, 0.5), 16, plain)).toBe("▒▒████████▓▓··░░");
  });

  test("always as wide as asked", () => {
    const pages = fc.integer({ min: 0, max: 64 });
    fc.assert(
      fc.property(pages, pages, pages, pages, pages, fc.integer({ min: 1, max: 200 }), (a, b, c, d, e, width) => {
        const bar = memoryBar(memory(a, b, c, d, e), width, plain);
        expect(bar).toHaveLength(width);
        if (a + b + c + d + e > 0) expect(bar).not.toContain(" ");
        for (const kind of KINDS) if (kind.pages(memory(a, b, c, d, e)) === 0) expect(bar).not.toContain(kind.cell);
      }),
    );
  });
});

test("a cut line closes its colours", () => {
  const paint = painter(true);
  expect(clip(paint("red", "abcdef"), 3)).toBe("\u001b[31mabc\u001b[0m");
  expect(clip(`${paint("red", "ab")}cdef`, 4)).toBe("\u001b[31mab\u001b[0mcd");
  expect(clip("abc", 3)).toBe("abc");
});

describe("a plain line", () => {
  test("has the host, the balloons, the swap and the slowest VM", () => {
    const line = "0:42/6:00  storm  host soft, free 4.0 GiB, disk 96 %  2 of 3 VMs  balloons 3.4 GiB";
    const slowed = "1 slowed, worst vm-2 3.46x";
    expect(plainLine(view())).toBe(`${line}  swap in 3.3 out 48 MiB/s  ${slowed}`);
    const swapping = view({ host: host({ swapInPagesPerS: mibPages(89), swapOutPagesPerS: mibPages(83) }) });
    expect(plainLine(swapping)).toBe(`${line}  swap in 3.3 out 48 MiB/s, host's in 89 out 83  ${slowed}`);
  });

  test("before anything was heard", () => {
    const empty = view({
      nowNs: 0,
      phase: "",
      host: host({ seen: false }),
      vms: [vm("vm-1", { seen: false, memory: memory(0, 0, 0, 0, 0), slowdown: null })],
    });
    expect(plainLine(empty)).toBe("0:00/6:00  host not heard yet  0 of 1 VMs  balloons 0.0 GiB  swap in 0 out 0 MiB/s  no VM slowed");
  });

  test("a VM that gets nothing done is the worst", () => {
    const stalled = view({ vms: [vm("vm-1", { slowdown: 900 }), vm("vm-2", { slowdown: null, idled: true })] });
    expect(plainLine(stalled)).toMatch(/2 slowed, worst vm-2 stalled$/);
  });
});

test("who is not heard any more is not shown as it last was", () => {
  const gone = view({ host: host({ silentNs: 85.4e9 }), vms: [vm("vm-1", { silentNs: 12e9, slowdown: 9 }), vm("vm-2")] });
  const lines = liveLines(gone, { columns: 80, rows: 24, colour: false });
  expect(lines.slice(1, 3)).toEqual(["host-1 not heard for 85 s", ""]);
  expect(lines[5]).toBe("vm-1 not heard for 12 s");
  expect(plainLine(gone)).toMatch(/host not heard for 85 s {2}1 of 2 VMs .* no VM slowed$/);
});
