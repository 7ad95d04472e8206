// Makes dist/: wire code from proto/, JavaScript from TypeScript. The build is due when a source is newer than its stamp.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { isMain, root, runMain, runTool, say } from "./common.mjs";

const SOURCES = ["lib", "services", "cli", "bench", "validate", "scripts"];
const RECIPE = ["proto/aerostat", "scripts/generate.mjs"];
const SETTINGS = ["tsconfig.json", "tsconfig.build.json", "package.json"];
const GENERATED = join("lib", "wire", "generated");
const STAMP = join(root, "dist/.built");
/** Newest change in a file or folder, folders themselves included: a removed file changes its folder. 0 where there is none. */
function newestMs(path) {
  if (path === GENERATED || !existsSync(join(root, path))) return 0;
  const status = statSync(join(root, path));
  if (!status.isDirectory()) return status.mtimeMs;
  let newest = status.mtimeMs;
  for (const name of readdirSync(join(root, path))) newest = Math.max(newest, newestMs(join(path, name)));
  return newest;
}

const newestOf = (paths) => Math.max(...paths.map(newestMs));
const madeMs = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

export function isBuilt() {
  return madeMs(STAMP) >= newestOf([...SOURCES, ...RECIPE, ...SETTINGS]);
}

function generate() {
  const schema = join(root, GENERATED, "schema.ts");
  if (madeMs(schema) >= newestOf(RECIPE) && existsSync(join(root, GENERATED, "codec.js"))) return;
  runTool("../scripts/generate.mjs", [], "The wire code could not be made from proto/.");
}

/** What was built from a source that is gone. */
function removeOrphans(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const source = join(root, relative(join(root, "dist"), path));
    if (entry.isDirectory()) {
      if (existsSync(source)) removeOrphans(path);
      else rmSync(path, { recursive: true });
    } else if (entry.name.endsWith(".js") && !existsSync(source) && !existsSync(source.replace(/\.js$/, ".ts"))) {
      rmSync(path);
      rmSync(`${path}.map`, { force: true });
    }
  }
}

export function build() {
  say("Building ...");
  // Made before the clock is read: a new folder changes the one around it.
  mkdirSync(join(root, GENERATED), { recursive: true });
  const startedS = Date.now() / 1000;
  generate();
  mkdirSync(join(root, "dist", GENERATED), { recursive: true });
  copyFileSync(join(root, GENERATED, "codec.js"), join(root, "dist", GENERATED, "codec.js"));
  runTool("typescript/bin/tsc", ["-p", "tsconfig.build.json"], "The TypeScript build failed.");
  for (const source of SOURCES) removeOrphans(join(root, "dist", source));
  writeFileSync(STAMP, "");
  // A source that changed while this build ran makes the next one due.
  utimesSync(STAMP, startedS, startedS);
}

if (isMain(import.meta.url)) await runMain(build);
