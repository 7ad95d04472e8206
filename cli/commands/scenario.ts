/** `aerostat scenario FILE`: checks a scenario and prints it as the actors would get it. */
import { showSize } from "../../lib/scenario/schema/units.ts";
import { PAGE_BYTES } from "../../lib/units.ts";
import { type Io, writeJson } from "../io.ts";
import { loadChecked, type ScenarioOptions } from "../loading.ts";

export interface ScenarioCommandOptions extends ScenarioOptions {
  readonly json?: boolean;
}

export async function scenarioCommand(file: string, options: ScenarioCommandOptions, io: Io): Promise<number> {
  const { scenario } = await loadChecked(file, options, io);
  const promised = scenario.guests.reduce((sum, guest) => sum + guest.sizePages, 0);
  const size = (pages: number) => showSize(pages * PAGE_BYTES);
  io.stderr.write(`${file} is right: ${scenario.guests.length} VMs with ${size(promised)} in all on ${size(scenario.host.memoryPages)}\n`);
  if (options.json) writeJson(io, scenario);
  else io.stdout.write(`${JSON.stringify(scenario, null, 2)}\n`);
  return 0;
}
