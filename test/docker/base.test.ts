/** What the containers are made of, got ready beside the tests of the machine: an image may take minutes to be pulled or made. */
import { expect, test } from "vitest";
import { docker } from "./engine.ts";
import { BUILD_LIMIT_MS, PROJECT, Project } from "./project.ts";
import { requirements } from "./requirements.ts";

const ready = await requirements();
if (typeof ready === "string") test("images", ({ skip }) => skip(ready));
else
  test(
    "the project's image is built from the images that it names",
    async () => {
      await new Project(PROJECT, ready.client).compose(["build"], { limitMs: BUILD_LIMIT_MS });
      expect(await docker(["image", "ls", "--quiet", "aerostat"])).toMatch(/^[0-9a-f]+$/m);
    },
    BUILD_LIMIT_MS,
  );
