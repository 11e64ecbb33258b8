// What everything in a conversation at the terminal works with.

import type { Invocation } from "../command.ts";
import type { Conversation } from "./conversation.ts";
import type { Screen } from "./screen.ts";
import type { Thread } from "./thread.ts";

export interface Talking {
  readonly call: Invocation;
  readonly thread: Thread;
  readonly conversation: Conversation;
  readonly screen: Screen;
  /** Whom new messages go to; undefined: the daemon's default. */
  agent: string | undefined;
}
