import type { Checker } from "./case.ts";
import { cros } from "./cros.ts";
import { mom } from "./mom.ts";
import { proxmox } from "./proxmox.ts";
import { psi } from "./psi.ts";
import { qubes } from "./qubes.ts";
import { squeezed } from "./squeezed.ts";

/** One per vector format; a file belongs to the one whose sections it has. */
export const CHECKERS: readonly Checker[] = [proxmox, mom, psi, cros, qubes, squeezed];
