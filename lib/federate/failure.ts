/** A process's failure, told to the conductor as text and made an error again there. */
import { AerostatError, CODES, type ErrorCode } from "../errors.ts";

/** "CODE: message". */
export function failureText(error: unknown): string {
  const code: ErrorCode = error instanceof AerostatError ? error.code : "AERO_E_ACTOR";
  return `${code}: ${error instanceof Error ? error.message : String(error)}`;
}

export function failureOf(process: string, text: string): AerostatError {
  const colon = text.indexOf(": ");
  const code = text.slice(0, colon);
  if (!Object.hasOwn(CODES, code)) return new AerostatError("AERO_E_ACTOR", `${text} (process ${process})`);
  return new AerostatError(code as ErrorCode, `${text.slice(colon + 2)} (process ${process})`);
}
