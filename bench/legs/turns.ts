// Chat turns on the web channel with a model that answers at once: alone, sixteen threads side by side, in a long
// thread; and what twenty thousand of them leave in memory.
//
//   The baseline of a turn is what cannot be left out of it: one streamed call to that model and two durable commits.

import { setTimeout as sleep } from "node:timers/promises";
import { converse } from "../chat.ts";
import { type Figure, MB, rounded } from "../figures.ts";
import type { BenchOptions } from "../options.ts";
import { rawCommitMs } from "../raw-commit.ts";
import { type FakeModel, residentBytes, type Server, startFakeModel, startHost } from "../servers.ts";
import { distribution, median } from "../stats.ts";

const MAX_ALONE_MS = 10;
const MIN_PER_SECOND = 150;
const THREADS = 16;
const MAX_IDLE_MB = 130;
const MAX_AFTER_MB = 220;
const MAX_LONG_RATIO = 1.2;
const WARM_UP = 200;

export async function turnsLeg(options: BenchOptions, say: (line: string) => void): Promise<Figure[]> {
  const model = await startFakeModel();
  const host = await startHost({ model: model.url });
  try {
    await sleep(options.restMs);
    const idleBytes = await residentBytes(host.pid);
    await alone(host, "warm", WARM_UP);
    const took = await alone(host, "alone", options.turnsAlone);
    const callMs = await bareCalls(model, options.turnsAlone);
    const commitMs = rawCommitMs();
    say(
      `alone: p50 ${rounded(median(took), 2)} ms (model ${rounded(callMs, 2)} ms, commit ${rounded(commitMs, 2)} ms)`,
    );
    const { perSecond } = await sideBySide(host, options.turns);
    say(`${THREADS} threads: ${Math.round(perSecond)} turns/s`);
    const long = await longThread(host, options.longThread, say);
    await sideBySide(host, Math.max(0, options.turnsInAll - options.turns - options.longThread));
    await sleep(options.restMs);
    const afterBytes = await residentBytes(host.pid);
    return [
      aloneFigure(took, callMs + 2 * commitMs),
      throughputFigure(perSecond, callMs, options),
      longFigure(long, options),
      memoryFigure(idleBytes, afterBytes, options),
    ];
  } finally {
    await host.stop();
    await model.stop();
  }
}

async function alone(host: Server, threadId: string, count: number): Promise<number[]> {
  const conversation = await converse(host, threadId);
  const took: number[] = [];
  for (let at = 0; at < count; at += 1) took.push(await conversation.turn(`turn ${at}`));
  conversation.close();
  return took;
}

async function sideBySide(host: Server, turns: number): Promise<{ perSecond: number }> {
  const startedMs = performance.now();
  let left = turns;
  const worker = async (_: unknown, at: number) => {
    const conversation = await converse(host, `side-${at}`);
    while (left > 0) {
      left -= 1;
      await conversation.turn(`turn ${left}`);
    }
    conversation.close();
  };
  await Promise.all(Array.from({ length: THREADS }, worker));
  return { perSecond: (turns * 1_000) / (performance.now() - startedMs) };
}

/** Median milliseconds of one streamed call to the model, from a client of its own. */
async function bareCalls({ url }: FakeModel, count: number): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startedMs = performance.now();
    const body = JSON.stringify({ model: "fake-1", stream: true, messages: [{ role: "user", content: `turn ${at}` }] });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/chat/completions`, { method: "POST", headers, body });
    await response.text();
    took.push(performance.now() - startedMs);
  }
  return median(took);
}

interface LongThread {
  shortMs: number;
  longMs: number;
  ratio: number;
}

/** A turn in a thread of ten messages beside one in a thread of thousands, taken in turns. */
async function longThread(host: Server, messages: number, say: (line: string) => void): Promise<LongThread> {
  const filler = await converse(host, "long");
  for (let at = 0; at < messages / 2; at += 1) await filler.turn(`message ${at}`);
  say(`a thread of ${messages} messages stands`);
  const [short, long]: number[][] = [[], []];
  for (let at = 0; at < 60; at += 1) {
    const beside = await converse(host, `short-${at}`);
    // Four turns make eight messages; the fifth is measured.
    for (let turn = 0; turn < 4; turn += 1) await beside.turn(`turn ${turn}`);
    short?.push(await beside.turn("measured"));
    long?.push(await filler.turn("measured"));
    beside.close();
  }
  filler.close();
  const [shortMs, longMs] = [median(short ?? []), median(long ?? [])];
  return { shortMs, longMs, ratio: longMs / shortMs };
}

function aloneFigure(took: number[], floorMs: number): Figure {
  const p50 = median(took);
  return {
    leg: "turns",
    name: "a chat turn alone, p50",
    unit: "ms",
    parley: rounded(p50, 2),
    baseline: { name: "one model call and two raw commits", value: rounded(floorMs, 2) },
    bar: { text: `<= ${MAX_ALONE_MS} ms`, holds: p50 <= MAX_ALONE_MS },
    details: { distribution: distribution(took) },
  };
}

function throughputFigure(perSecond: number, callMs: number, { turns }: BenchOptions): Figure {
  return {
    leg: "turns",
    name: `chat turns in ${THREADS} threads`,
    unit: "turns/s",
    parley: rounded(perSecond, 0),
    baseline: { name: "calls to the model alone, one after the other", value: rounded(1_000 / callMs, 0) },
    bar: { text: `>= ${MIN_PER_SECOND} turns/s`, holds: perSecond >= MIN_PER_SECOND },
    details: { turns },
  };
}

function longFigure({ shortMs, longMs, ratio }: LongThread, { longThread: messages }: BenchOptions): Figure {
  return {
    leg: "turns",
    name: `a turn in a thread of ${messages} messages, p50`,
    unit: "ms",
    parley: rounded(longMs, 2),
    baseline: { name: "in a thread of 10", value: rounded(shortMs, 2) },
    compared: { name: "ratio", value: rounded(ratio) },
    bar: { text: `ratio <= ${MAX_LONG_RATIO}`, holds: ratio <= MAX_LONG_RATIO },
    details: {},
  };
}

function memoryFigure(idleBytes: number, afterBytes: number, { turnsInAll }: BenchOptions): Figure {
  return {
    leg: "turns",
    name: `resident memory after ${turnsInAll} turns`,
    unit: "MB",
    parley: rounded(afterBytes / MB, 1),
    baseline: { name: "the same daemon, idle", value: rounded(idleBytes / MB, 1) },
    bar: {
      text: `idle <= ${MAX_IDLE_MB}, after <= ${MAX_AFTER_MB} MB`,
      holds: idleBytes <= MAX_IDLE_MB * MB && afterBytes <= MAX_AFTER_MB * MB,
    },
    details: { idleBytes, afterBytes },
  };
}
