/** A scenario's text: its plain data after overrides, and where each part of it was written. */
import { isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { AerostatError } from "../errors.ts";
import { type Issue, type Path, showPath } from "./issue.ts";
import { applyOverride, type Override } from "./override.ts";

const MAX_TEXT_BYTES = 4 << 20;
const MAX_SHOWN_ISSUES = 20;

export class Source {
  readonly file: string;
  readonly data: Record<string, unknown>;
  readonly #lines = new LineCounter();
  readonly #root: Node | null;
  readonly #overrides: { readonly path: Path; readonly written: string }[] = [];

  constructor(file: string, text: string, overrides: readonly Override[]) {
    this.file = file;
    if (text.length > MAX_TEXT_BYTES) throw this.#refused(`the file has ${text.length} characters; allowed: ${MAX_TEXT_BYTES}`);
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, logLevel: "error" });
    const [first] = document.errors;
    if (first !== undefined) {
      const { line, col } = this.#lines.linePos(first.pos[0]);
      throw new AerostatError("AERO_E_SCENARIO", `${file}:${line}:${col}: ${reasonOf(first)}`);
    }
    this.#root = document.contents;
    const data = this.#plain(() => document.toJS({ maxAliasCount: 1000 }));
    if (data === null || typeof data !== "object" || Array.isArray(data)) {
      throw this.#refused("not a scenario: a mapping with name, duration, host and guests is needed");
    }
    this.data = data as Record<string, unknown>;
    for (const override of overrides) this.#overrides.push({ path: applyOverride(data, override), written: override.written });
  }

  /** One error for all mistakes, each with its place. */
  error(issues: readonly Issue[]): AerostatError {
    const lines = issues.slice(0, MAX_SHOWN_ISSUES).map((issue) => this.#line(issue));
    if (issues.length > MAX_SHOWN_ISSUES) lines.push(`... and ${issues.length - MAX_SHOWN_ISSUES} more`);
    return new AerostatError("AERO_E_SCENARIO", lines.join("\n"));
  }

  #line(issue: Issue): string {
    const path = showPath(issue.path);
    return `${this.#place(issue)}: ${path === "" ? "" : `${path}: `}${issue.message}`;
  }

  #place(issue: Issue): string {
    const { depth, offset } = this.#find(issue.path, issue.atKey === true);
    // An override that set the value, or that made the place where something is missing.
    const blamed = this.#overrides.findLast(({ path }) => {
      const shared = sharedLength(path, issue.path);
      return shared === path.length || shared > depth;
    });
    if (blamed !== undefined) return `--set ${blamed.written}`;
    const { line, col } = this.#lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }

  /** The deepest node on the path, and how many steps lead to it. */
  #find(path: Path, atKey: boolean): { readonly depth: number; readonly offset: number } {
    let node: unknown = this.#root;
    let offset = this.#root?.range?.[0] ?? 0;
    for (const [index, step] of path.entries()) {
      let next: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => String(item.key) === step);
        if (pair === undefined) return { depth: index, offset };
        next = atKey && index === path.length - 1 ? pair.key : (pair.value ?? pair.key);
      } else if (isSeq(node) && typeof step === "number") {
        next = node.items[step];
      }
      if (next === undefined || next === null) return { depth: index, offset };
      node = next;
      offset = (next as Node).range?.[0] ?? offset;
    }
    return { depth: path.length, offset };
  }

  #plain(read: () => unknown): unknown {
    try {
      return read();
    } catch (cause) {
      throw this.#refused(`not YAML that can be read: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }

  #refused(message: string): AerostatError {
    return new AerostatError("AERO_E_SCENARIO", `${this.file}: ${message}`);
  }
}

function reasonOf(error: { readonly code: string; readonly message: string }): string {
  if (error.code === "MULTIPLE_DOCS") return "the file holds several YAML documents; a scenario is one";
  return `not YAML: ${error.message}`;
}

function sharedLength(a: Path, b: Path): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
