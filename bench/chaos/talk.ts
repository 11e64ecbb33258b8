// The person in conversations: says some turns, one after the other, each under a key of its own, then closes.

import type { Body } from "./client.ts";
import type { TalkIntent } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

const TURNS = 3;
const RESEND_PROBABILITY = 0.3;

/** One step of the conversation that this open question stands for. A turn is said again until it is acknowledged. */
export async function takePart(world: World, random: Random, interrupt: Body): Promise<void> {
  const talk = talkOf(world, interrupt);
  let turn = talk.turns.find(({ isAcknowledged }) => !isAcknowledged);
  if (!turn && talk.turns.length === TURNS) return close(world, talk);
  if (!turn) {
    const key = `${talk.interruptId}-${talk.turns.length}`;
    turn = { key, content: `Turn ${key}.`, isAcknowledged: false };
    talk.turns.push(turn);
  }
  const said = turn;
  const times = random.chance(RESEND_PROBABILITY) ? 2 : 1;
  await Promise.all(Array.from({ length: times }, () => say(world, talk, said)));
}

function talkOf({ ledger }: World, { interruptId, runId, nodeId }: Body): TalkIntent {
  const talk = ledger.talks.get(interruptId) ?? { interruptId, runId, nodeId, turns: [], closed: 0 };
  ledger.talks.set(interruptId, talk);
  return talk;
}

async function say(world: World, talk: TalkIntent, turn: TalkIntent["turns"][number]): Promise<void> {
  const { key, content } = turn;
  const status = await answer(world, talk, { operation: "exchange", turn: { content }, exchangeKey: key });
  if (status === 200) turn.isAcknowledged = true;
}

async function close(world: World, talk: TalkIntent): Promise<void> {
  if ((await answer(world, talk, { operation: "close", outcome: { closed: talk.interruptId } })) === 200) {
    talk.closed += 1;
  }
}

/** The HTTP status; undefined when the line broke. What is refused (the run is paused) is tried again later. */
async function answer({ client, ledger }: World, { runId, nodeId }: TalkIntent, resumeValue: object) {
  const path = `/v1/runs/${runId}/interrupts/${nodeId}`;
  const reply = await client.send("POST", path, { body: { resumeValue } });
  if (reply.outcome !== "answered") return undefined;
  if (![200, 409, 503].includes(reply.status)) {
    ledger.noticed.push(`${path} was answered ${JSON.stringify(reply).slice(0, 400)}`);
  }
  return reply.status;
}
