/**
 * The images that the project's own are made from and run beside: those that are here, else pulled, else, on a machine without a
 * way to a registry, stand-ins of the same name. Whatever a test makes has its label, and is removed by it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/common.mjs";
import { docker, engineProblem, succeeds } from "./engine.ts";
import { LABEL, standInFor } from "./standins.ts";

const PULL_LIMIT_MS = 180_000;
const OWN = "aerostat";

/** As Dockerfile and docker-compose.yml name them. */
export function namedImages(): readonly string[] {
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8").matchAll(/^ARG \w+_IMAGE=(\S+)$/gm);
  const compose = readFileSync(join(root, "docker-compose.yml"), "utf8").matchAll(/^ +image: (\S+)$/gm);
  return [...new Set([...dockerfile, ...compose].map((match) => match[1] as string))].filter((image) => image !== OWN);
}

/** Why an image can not be had; undefined: it is here. */
export async function imageProblem(image: string): Promise<string | undefined> {
  if (await succeeds(["docker", "image", "inspect", image])) return undefined;
  if (await succeeds(["docker", "pull", "--quiet", image], { limitMs: PULL_LIMIT_MS })) return undefined;
  try {
    await standInFor(image);
    return undefined;
  } catch (error) {
    return `${image} can not be pulled, and no stand-in can be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** At the end of all tests: containers and images with their label; images that were made from them have it too. */
export async function teardown(): Promise<void> {
  if ((await engineProblem()) !== undefined) return;
  const containers = (await docker(["ps", "--all", "--quiet", "--filter", `label=${LABEL}`])).split("\n").filter((id) => id !== "");
  if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
  if (process.env.AEROSTAT_KEEP_IMAGES !== "1") await docker(["image", "prune", "--all", "--force", "--filter", `label=${LABEL}`]);
}
