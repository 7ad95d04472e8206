/** The commands of the documents, and how the tests run each: as it is, shortened, or not, and why. */

export interface Command {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Every line of every ```sh block: one command each; comments and continued lines are put together. */
export function commandsOf(file: string, markdown: string): Command[] {
  const commands: Command[] = [];
  let inBlock = false;
  let continued: { line: number; text: string } | undefined;
  for (const [index, raw] of markdown.split("\n").entries()) {
    const text = raw.trim();
    if (text.startsWith("```")) {
      inBlock = text === "```sh";
      continue;
    }
    if (!inBlock || text === "" || text.startsWith("#")) continue;
    const whole = continued === undefined ? { line: index + 1, text } : { line: continued.line, text: `${continued.text} ${text}` };
    continued = text.endsWith("\\") ? { ...whole, text: whole.text.slice(0, -1).trimEnd() } : undefined;
    if (continued === undefined) commands.push({ file, ...whole });
  }
  return commands;
}

/** `run`: what is run in its place (absent: the command itself). `not`: why it is not run here. */
export type Rule =
  | { readonly command: RegExp; readonly run?: (command: string) => string }
  | { readonly command: RegExp; readonly not: string };

export const RULES: readonly Rule[] = [
  { command: /^npm start$/, run: () => "npm start --silent -- --speed 200" },
  { command: /^npm test$/, not: "this is it" },
  { command: /^npm run check$/, not: ".ci/run runs it before the tests" },
  { command: /^npm run (bench|golden|validate)$/, not: "changes files or takes minutes; its parts have tests of their own" },
  { command: /^npm run docs$/, run: () => "npm run --silent docs -- --check" },
  { command: /^npx aerostat run scenarios\/small\.yaml/, run: (command) => `${command} --json` },
  { command: /^npx aerostat run scenarios\/\S+/, run: (command) => `${command} --json --set duration=5s` },
  { command: /^npx aerostat keys \S+ --renew/, not: "tells a server that runs: test/keys/revocation.test.ts does" },
  { command: /^npx aerostat keys \S+/, run: (command) => command.replace(/keys \S+/, 'keys "$(mktemp -d)/keys"') },
  { command: /^npx aerostat verify /, not: "test/verify does it on the same scenario" },
  { command: /^npx aerostat (status|inject)\b/, not: "asks a running system: the tests of the live system do" },
  { command: /^npx aerostat guest --nats nats:\/\/one/, not: "needs the machines that it names: test/scale runs the same on one" },
  { command: /^kubectl /, not: "needs a cluster: test/scale checks the manifests" },
  { command: /^AEROSTAT_CONTAINERS=1 /, not: "takes many minutes and an engine" },
  { command: /^(AEROSTAT_SPEED=\S+ )?docker (compose|run) /, not: "needs a container engine" },
];

export function ruleOf(command: string): Rule | undefined {
  return RULES.find((rule) => rule.command.test(command));
}
