/** What model code may not do, and what to write in its place. */
import { builtinModules } from "node:module";
import { importsOf, reachable } from "./imports.ts";
import { codeOf, lineOf, type Source } from "./source.ts";

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
}

const CLOCK = "take the time from context.nowNs";
const TIMER = "set a timer with context.after()";
const SYNC = "an actor is a synchronous state machine: send a message, or set a timer with context.after()";
const LOCALE = "its result depends on the machine: compare with < and >, or write the digits yourself";

/** Bits of exp, log and sqrt are the same on every supported Node, those of the others are not (docs/decisions/0002). */
const MATH = "abs|ceil|floor|round|trunc|sign|min|max|sqrt|exp|log|imul|clz32|fround|PI|E|LN2|LN10|SQRT2|SQRT1_2";

export const BANS: readonly Ban[] = [
  { pattern: /\bMath\s*\.\s*pow\b/g, instead: "write Math.exp(b * Math.log(a)), or multiply: its bits differ between Node versions" },
  { pattern: /\*\*=?/g, instead: "write Math.exp(b * Math.log(a)), or multiply: its bits differ between Node versions" },
  { pattern: /\bMath\s*\.\s*random\b/g, instead: "draw from context.random(purpose)" },
  {
    pattern: new RegExp(`\\bMath\\s*\\.\\s*(?!(?:${MATH}|pow|random)\\b)\\w+`, "g"),
    instead: "use exp, log and sqrt: the bits of other functions differ between Node versions",
  },
  { pattern: /\bMath\s*(?:\[|(?=[;,)=}\n])|\?\.)/g, instead: "call each function as Math.name(), so that this test can see which" },
  { pattern: /\bDate\b/g, instead: CLOCK },
  { pattern: /\bperformance\b/g, instead: CLOCK },
  {
    pattern: /\bprocess\s*\.\s*(?:env|hrtime|nextTick|uptime|memoryUsage|cpuUsage|argv|exit|std\w+)\b/g,
    instead: "leave it to the process around the actor",
  },
  { pattern: /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g, instead: TIMER },
  { pattern: /\b(?:async|await|Promise)\b/g, instead: SYNC },
  { pattern: /\b(?:localeCompare|toLocale\w*|Intl)\b/g, instead: LOCALE },
  { pattern: /\b(?:WeakRef|FinalizationRegistry)\b/g, instead: "hold what you need: collection comes at a time of its own" },
  { pattern: /\b(?:console|fetch|crypto)\b/g, instead: "send a message: an actor touches nothing outside" },
  { pattern: /\bimport\s*\(/g, instead: "import at the top of the file" },
];

/** The banned things in one file, each with its place and its replacement. */
export function modelProblems(source: Source): string[] {
  const code = codeOf(source.text);
  const problems: string[] = [];
  for (const { pattern, instead } of BANS) {
    for (const match of code.matchAll(pattern)) {
      problems.push(`${source.path}:${lineOf(code, match.index)}: \`${match[0].trim()}\` is banned in model code: ${instead}.`);
    }
  }
  for (const { specifier } of importsOf(source)) {
    if (!specifier.startsWith("node:") && !builtinModules.includes(specifier)) continue;
    problems.push(`${source.path}: import of "${specifier}" is banned in model code: leave it to the process around the actor.`);
  }
  return problems;
}

/** Model code: every class that implements Actor, every policy, the kernel, and all that these are made of at run time. */
export function modelSources(sources: readonly Source[]): Source[] {
  const roots = sources.filter(({ path, text }) => isModelRoot(path, codeOf(text))).map(({ path }) => path);
  const model = reachable(sources, roots, true);
  return sources.filter(({ path }) => model.has(path));
}

function isModelRoot(path: string, code: string): boolean {
  if (path.startsWith("services/hypervisor/policies/") || path === "lib/engine/kernel.ts") return true;
  return path.startsWith("services/") && /\bimplements\s+(?:\w+\s*,\s*)*Actor\b/.test(code);
}
