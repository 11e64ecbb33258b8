// Who speaks in a conversation, and in which colour.

import type { Message } from "#protocol/threads.ts";
import { oneLine } from "../terminal.ts";
import type { Speaker } from "./screen.ts";

export const parley: Speaker = { name: "parley", colour: "yellow" };
export const you: Speaker = { name: "you", colour: "green" };
export const somebody: Speaker = { name: "somebody", colour: "green" };
export const assistant: Speaker = { name: "assistant", colour: "cyan" };

/** Who wrote a message; `user` is what a person is called. */
export function speakerOf({ role, agent }: Message, user: string): Speaker {
  if (role === "user") return { ...somebody, name: user };
  if (role === "system") return parley;
  return agent === undefined ? assistant : named(agent);
}

/** `host:chief` → chief */
export function named(agent: string): Speaker {
  return { ...assistant, name: oneLine(agent).replaceAll("host:", "") };
}
