/** MOM as oVirt ships it in vdsm (static/etc/vdsm/mom.d): without ballooning, which is its default, and with it. */
import { Mom, momOptions } from "./mom.ts";
import { definePolicy } from "./policy.ts";

const options = momOptions("15s", "15s");
const source = "oVirt vdsm static/etc/vdsm/mom.d/{00-defines,02-balloon}.policy";

export const vdsm = definePolicy({
  name: "vdsm",
  summary: "MOM as oVirt ships it, ballooning off: guests only grow, and none is left below its minimum.",
  source,
  options,
  create: (chosen) => new Mom(chosen, { kind: "vdsm", balloonEnabled: false }),
});

export const vdsmBalloon = definePolicy({
  name: "vdsm-balloon",
  summary: "MOM as oVirt ships it, ballooning on: shrinks as MOM does, grows in one jump by the host's free share.",
  source,
  options,
  create: (chosen) => new Mom(chosen, { kind: "vdsm", balloonEnabled: true }),
});
