/** What is written to a terminal, and that it is given back. */
import { describe, expect, test } from "vitest";
import { frameUpdate, Screen, type Terminal, terminalOf, wantsColour } from "../../cli/terminal/tty.ts";

const ESC = "\u001b";

function fake(columns = 80, rows = 24): Terminal & { written: string[]; columns: number; rows: number } {
  const written: string[] = [];
  return { columns, rows, written, write: (text) => void written.push(text) };
}

describe("frames", () => {
  test("only changed lines are drawn, in one synchronised piece", () => {
    expect(frameUpdate(["a", "b", "c"], ["a", "B", "c"])).toBe(`${ESC}[?2026h${ESC}[2;1HB${ESC}[K${ESC}[?2026l`);
  });

  test("nothing is written when nothing changed", () => {
    expect(frameUpdate(["a"], ["a"])).toBe("");
  });

  test("lines that are gone are erased", () => {
    expect(frameUpdate(["a", "b"], ["a"])).toBe(`${ESC}[?2026h${ESC}[2;1H${ESC}[K${ESC}[?2026l`);
  });
});

describe("the screen", () => {
  test("enters once, and leaves as it was found", () => {
    const terminal = fake();
    const screen = new Screen(terminal);
    screen.draw(["a"]);
    screen.draw(["a"]);
    screen.close();
    screen.close();
    expect(terminal.written).toEqual([
      `${ESC}[?1049h${ESC}[?25l${ESC}[?7l${ESC}[2J`,
      `${ESC}[?2026h${ESC}[1;1Ha${ESC}[K${ESC}[?2026l`,
      `${ESC}[?7h${ESC}[?25h${ESC}[?1049l`,
    ]);
  });

  test("writes nothing when nothing was drawn", () => {
    const terminal = fake();
    new Screen(terminal).close();
    expect(terminal.written).toEqual([]);
  });

  test("draws all anew when the size changed", () => {
    const terminal = fake();
    const screen = new Screen(terminal);
    screen.draw(["a"]);
    terminal.columns = 100;
    screen.draw(["a"]);
    expect(terminal.written.slice(2)).toEqual([`${ESC}[2J`, `${ESC}[?2026h${ESC}[1;1Ha${ESC}[K${ESC}[?2026l`]);
  });
});

describe("the stream", () => {
  const stream = (isTTY: boolean) => ({ isTTY, columns: 100, rows: 30, write: () => true }) as unknown as NodeJS.WriteStream;

  test("a pipe and a dumb terminal are no terminals", () => {
    expect(terminalOf(stream(false), {})).toBeUndefined();
    expect(terminalOf(stream(true), { TERM: "dumb" })).toBeUndefined();
    expect(terminalOf(stream(true), { TERM: "xterm" })).toMatchObject({ columns: 100, rows: 30 });
  });

  test("NO_COLOR is honoured, unless it is empty", () => {
    expect(wantsColour(stream(true), {})).toBe(true);
    expect(wantsColour(stream(true), { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour(stream(true), { NO_COLOR: "" })).toBe(true);
    expect(wantsColour(stream(false), {})).toBe(false);
  });
});
