/** What the tests of containers need, and what to say where it is not there. */
import { composeClient, engineProblem } from "./engine.ts";
import { imageProblem, namedImages } from "./images.ts";

export interface Ready {
  readonly client: readonly string[];
}

/** A sentence that says what is missing, or what was found. */
export async function requirements(): Promise<Ready | string> {
  const engine = await engineProblem();
  if (engine !== undefined) return engine;
  const client = await composeClient();
  if (client === undefined) return "neither `docker compose` nor docker-compose is installed here";
  for (const image of namedImages().filter((name) => !name.startsWith("grafana/"))) {
    const problem = await imageProblem(image);
    if (problem !== undefined) return problem;
  }
  return { client };
}
