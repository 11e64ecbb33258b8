// P-6: messages, stops, answers and crashes in any order. In no state that they lead to does a message wait for a run
// that cannot go on; in the end every message has its end, and one answer at most.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom, type Random } from "../../bench/chaos/random.ts";
import type { Turn } from "./lane-engine.ts";
import { type Action, type Intent, LaneWorld } from "./lane-world.ts";

const INTERLEAVINGS = 100_000;
const WAYS_PER_WORLD = 512;
/** Ways that begin alike: their last steps are tried in every order. */
const WAYS_PER_BEGINNING = 64;
/** How likely, per step, a way parts in two, and a beginning ends. */
const PART_PROBABILITY = 0.3;
const BEGUN_PROBABILITY = 0.12;

const turns: readonly Turn[] = ["plain", "plain", "tool", "press", "approve", "refuse", "ask"];

/** A few people over two threads; now and then one of them stops a turn. */
function anyWorld(random: Random): LaneWorld {
  let number = 0;
  const intent = (): Intent => {
    const threadId = random.chance(0.75) ? "a" : "b";
    if (random.chance(0.2)) return { act: "stop", threadId };
    number += 1;
    return { act: "say", threadId, turn: random.pick(turns), clientMessageId: `m${number}` };
  };
  const clients = [1, random.int(1, 2), random.int(1, 2)].map((intents) => Array.from({ length: intents }, intent));
  return new LaneWorld(clients, random.int(0, 2));
}

/** Tries ways through worlds, depth first. Two ways never do the same in the same order. */
class Explorer {
  ways = 0;
  readonly did = new Set<Action["do"]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Follows up to `ways` ways from here to their rest. `path` is what was done to come here. Returns how many. */
  begin(world: LaneWorld, ways: number, path: readonly Action[]): number {
    const random = this.#random;
    const actions = world.actions();
    const isBegun = ways <= WAYS_PER_BEGINNING && random.chance(BEGUN_PROBABILITY);
    if (actions.length === 0 || isBegun) return this.#finish(world, ways, path);
    const action = random.pick(actions);
    const others = actions.filter((other) => other !== action);
    if (ways <= WAYS_PER_BEGINNING || others.length === 0 || !random.chance(PART_PROBABILITY)) {
      return this.begin(world, ways, this.#do(world, action, path));
    }
    const copy = world.fork();
    const found = this.begin(copy, Math.ceil(ways / 2), this.#do(copy, random.pick(others), path));
    return found + this.begin(world, Math.floor(ways / 2), this.#do(world, action, path));
  }

  /** Every order of what is left, up to `ways` of them. */
  #finish(world: LaneWorld, ways: number, path: readonly Action[]): number {
    const actions = shuffled(world.actions(), this.#random);
    if (actions.length === 0) {
      const problems = world.problemsAtRest();
      if (problems.length > 0) assert.deepEqual(problems, [], `at rest after ${JSON.stringify(path)}`);
      this.ways += 1;
      return 1;
    }
    let found = 0;
    for (const [at, action] of actions.entries()) {
      if (found >= ways) return found;
      const next = at === actions.length - 1 ? world : world.fork();
      found += this.#finish(next, ways - found, this.#do(next, action, path));
    }
    return found;
  }

  #do(world: LaneWorld, action: Action, path: readonly Action[]): Action[] {
    world.do(action);
    this.did.add(action.do);
    const way = [...path, action];
    const problems = world.problems();
    if (problems.length > 0) assert.deepEqual(problems, [], `after ${JSON.stringify(way)}`);
    return way;
  }
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, place: random.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

describe("a lane", () => {
  it(`keeps every message moving, over ${INTERLEAVINGS} interleavings`, { timeout: 150_000 }, () => {
    const random = createRandom(20_260_101);
    const explorer = new Explorer(random);
    while (explorer.ways < INTERLEAVINGS) explorer.begin(anyWorld(random), WAYS_PER_WORLD, []);
    const everything = ["answer", "begin-effect", "client", "crash", "end-effect", "start-next"];
    assert.deepEqual([...explorer.did].toSorted(), everything);
  });
});
