// The turns of the load: what a person writes, what the model makes of it, and how the person answers its questions.
// A message names its turn ("chaos tools a3-7"), so that the model needs no memory: it reads how far the turn has come.

import type { ReceiverMode } from "./receiver.ts";

export const turnKinds = [
  "plain",
  "slow",
  "stuck",
  "tools",
  "risky",
  "rounds",
  "accept",
  "refuse",
  "delegate",
  "delegate-risky",
  "delegate-accept",
] as const;
export type TurnKind = (typeof turnKinds)[number];

/** How often each is chosen, relative to the others. */
export const turnWeights: Readonly<Record<TurnKind, number>> = {
  plain: 4,
  slow: 2,
  // It would hold up its thread for as long as the campaign lasts.
  stuck: 0,
  tools: 4,
  risky: 2,
  rounds: 3,
  accept: 3,
  refuse: 2,
  delegate: 3,
  "delegate-risky": 1,
  "delegate-accept": 2,
};

export interface PlayedCall {
  name: string;
  arguments: Record<string, unknown>;
}

/** What the model says to a prompt. */
export interface Played {
  text: string;
  calls: PlayedCall[];
  /** How long it thinks first. */
  waitMs: number;
}

export const TESTER = "host:tester";
export const HELPER = "host:helper";
/** In the note of a call that a person shall not agree to. */
export const UNWANTED = "unwanted";

const waitMs: Partial<Record<TurnKind, number>> = { slow: 800, stuck: 60_000 };

/** What a person writes. `tag` names the turn: no other text of the campaign holds it. */
export function messageText(kind: TurnKind, tag: string): string {
  return `chaos ${kind} ${tag}`;
}

interface Asked {
  kind: TurnKind;
  tag: string;
}

/** The turn that a message asks for; undefined for a text that is not of the campaign. */
export function askedIn(text: string): Asked | undefined {
  const [, kind, tag] = /^chaos (\S+) (\S+)$/.exec(text) ?? [];
  if (kind === undefined || tag === undefined || !turnKinds.includes(kind as TurnKind)) return undefined;
  return { kind: kind as TurnKind, tag };
}

/** The model's part. `round`: how often it has called tools in this turn. */
export function play({ kind, tag }: Asked, round: number, receiverUrl: string): Played {
  const rounds = roundsOf(kind, tag, receiverUrl);
  const calls = rounds[round] ?? [];
  return { text: calls.length > 0 ? "" : answerText(tag), calls, waitMs: waitMs[kind] ?? 0 };
}

export function answerText(tag: string): string {
  return `The answer to ${tag} is ready, and these are a few more words.`;
}

/** The calls of each round; after the last one it answers. */
function roundsOf(kind: TurnKind, tag: string, receiverUrl: string): PlayedCall[][] {
  const post = (tool: string, mode: ReceiverMode, note = "wanted"): PlayedCall => ({
    name: `openwop_parley_test_${tool}`,
    arguments: { url: `${receiverUrl}/${mode}`, note },
  });
  const handOn = (task: TurnKind): PlayedCall => ({
    name: "openwop_parley_delegate",
    arguments: { to: HELPER, task: messageText(task, `${tag}.helper`) },
  });
  switch (kind) {
    case "plain":
    case "slow":
    case "stuck":
      return [];
    case "tools":
      return [[post("keyed", "ok"), post("unkeyed", "ok"), post("keyed", "slow"), post("unkeyed", "slow")]];
    case "risky":
      return [[post("unkeyed", "drop"), post("keyed", "failing"), post("keyed", "ok")]];
    case "rounds":
      return [[post("keyed", "ok")], [post("unkeyed", "slow"), post("keyed", "slow")], [post("unkeyed", "ok")]];
    case "accept":
      return [[post("keyed", "ok"), post("keyed_approved", "slow"), post("keyed_approved", "ok")]];
    case "refuse":
      return [[post("unkeyed", "ok"), post("keyed_approved", "ok", UNWANTED)]];
    case "delegate":
      return [[handOn("tools"), post("keyed", "slow")]];
    case "delegate-risky":
      return [[handOn("risky")]];
    case "delegate-accept":
      return [[handOn("accept")], [post("keyed", "ok")]];
  }
}
