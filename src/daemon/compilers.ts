// How V8 compiles a daemon that serves.

import { setFlagsFromString } from "node:v8";

/**
 * Without the middle compiler, and with the last one a third as late as V8 has it: Maglev's threads keep some 40 MB after
 * the first thousands of requests, for no speed that the bench could see. Call when everything is loaded: flags like
 * these on the command line make V8 refuse the compiled code that Node brings along, which costs a start 60 ms.
 */
export function tuneCompilers(): void {
  setFlagsFromString("--no-maglev");
  setFlagsFromString("--invocation-count-for-turbofan=1000");
}
