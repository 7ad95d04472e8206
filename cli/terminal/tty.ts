/** The edge to a real terminal: draws lines in place and always gives the terminal back as it was. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
/** Synchronised output: terminals that know it show a frame at once, others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

/** The part of a frame that differs from the one before: nothing flickers where nothing changed. */
export function frameUpdate(before: readonly string[], lines: readonly string[]): string {
  const changed: string[] = [];
  for (let i = 0; i < Math.max(before.length, lines.length); i++) {
    if (before[i] !== lines[i]) changed.push(`\u001b[${i + 1};1H${lines[i] ?? ""}\u001b[K`);
  }
  return changed.length === 0 ? "" : `${BEGIN_FRAME}${changed.join("")}${END_FRAME}`;
}

export class Screen {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];
  #size = "";
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#terminal;
    const size = `${columns}x${rows}`;
    if (!this.#open || size !== this.#size) {
      this.#terminal.write(this.#open ? "\u001b[2J" : ENTER);
      this.#open = true;
      this.#size = size;
      this.#lines = [];
    }
    const update = frameUpdate(this.#lines, lines);
    if (update !== "") this.#terminal.write(update);
    this.#lines = [...lines];
  }

  /** Can be called again, and when nothing was drawn. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#terminal.write(LEAVE);
  }
}

/** Standard output as a terminal; undefined where it is a pipe or a terminal that can not move its cursor. */
export function terminalOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal | undefined {
  if (!stream.isTTY || env.TERM === "dumb") return undefined;
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    // Node writes to a terminal synchronously, so an exit handler can restore it.
    write: (text) => void stream.write(text),
  };
}

/** https://no-color.org: any value but the empty one. */
export function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}
