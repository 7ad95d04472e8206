/** Threads and processes run the build, from the sources as from the build itself: Node 20 reads no TypeScript. */
import { fileURLToPath, pathToFileURL } from "node:url";

/** Path of a built file. `path`: from the project's root, such as `cli/main.js`. */
export function builtPath(path: string): string {
  const root = fileURLToPath(new URL("../", import.meta.url));
  return root.endsWith("/dist/") ? root + path : `${root}dist/${path}`;
}

/** The same as a file URL, as a Worker takes it. */
export function builtUrl(path: string): URL {
  return pathToFileURL(builtPath(path));
}
