// A host small enough to be taken apart: the engine's decisions over the tables of the store in memory, every step of
// the way of a message an action of its own. A world can be forked, so that all that may happen next can be tried.
//
//   W1. An action is what the runtime does between two moments at which something else can come in: one commit, or one
//       read that a later commit relies on. The commits are those of the use cases; the guards are the store's own.
//   W2. The engine is pure, so a decision on the same state is made once, however many worlds it occurs in.
//   W3. What a process knows and a crash forgets (hot runs, begun effects, hints, requests of clients) is `memory`;
//       everything else is in the tables.

import { checkAnswer } from "#engine/answers.ts";
import { patchOf } from "#engine/draft.ts";
import type { Command } from "#engine/engine.ts";
import { isEnded, type RunState } from "#engine/state.ts";
import type { EffectResult } from "#ports/effects.ts";
import type { EffectRow, Guard, InterruptRow, RowOp } from "#ports/rows.ts";
import type { CommitOutcome } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import { applyCommit } from "#store/memory-slow/apply.ts";
import { waitingOn } from "#store/memory-slow/lanes.ts";
import { listOpenEffects, listUnfinishedRuns } from "#store/memory-slow/reads.ts";
import { Table, Tables } from "#store/memory-slow/tables.ts";
import { type Decided, Engine, environment, type Message, resultOf, TENANT } from "./lane-engine.ts";

type Say = { act: "say" } & Message;

/** What a person does. */
export type Intent = Say | { act: "stop"; threadId: string };

export type Action =
  | { do: "client"; client: number }
  /** A person answers an open card. */
  | { do: "answer"; interruptId: string }
  | { do: "begin-effect" | "end-effect"; effectId: string }
  | { do: "start-next"; runId: string }
  | { do: "crash" };

interface Client {
  intents: readonly Intent[];
  at: number;
  /** How far the intent at hand has come. */
  stage: Stage;
}

type Stage =
  | { is: "new" }
  /** The next try of an acceptance: take the lane, or wait on it. */
  | { is: "accepting"; begin: boolean }
  | { is: "answering"; question: InterruptRow }
  | { is: "stopping"; runId: string };

interface Memory {
  hot: Map<string, RunState>;
  /** Open effects this process knows of: to be begun, or under way. */
  effects: Map<string, "known" | "begun">;
  /** Runs that took their lane and have not been told yet. */
  nexts: Set<string>;
}

export class LaneWorld {
  readonly tables: Tables;
  #clients: readonly Client[];
  #memory: Memory;
  #crashesLeft: number;
  readonly #engine: Engine;

  constructor(clients: readonly (readonly Intent[])[], crashes: number, engine = new Engine()) {
    this.tables = new Tables();
    this.#clients = clients.map((intents) => ({ intents, at: 0, stage: { is: "new" } }));
    this.#memory = { hot: new Map(), effects: new Map(), nexts: new Set() };
    this.#crashesLeft = crashes;
    this.#engine = engine;
  }

  /** The same world once more; what happens to one does not happen to the other. */
  fork(): LaneWorld {
    const copy = new LaneWorld([], this.#crashesLeft, this.#engine);
    for (const [name, value] of Object.entries(this.tables)) {
      const place = copy.tables[name as keyof Tables];
      if (value instanceof Table) (place as Table<unknown>).load(value.dump());
    }
    copy.tables.lastNumber = this.tables.lastNumber;
    copy.tables.lastPlace = this.tables.lastPlace;
    copy.#clients = this.#clients;
    const { hot, effects, nexts } = this.#memory;
    copy.#memory = { hot: new Map(hot), effects: new Map(effects), nexts: new Set(nexts) };
    return copy;
  }

  /** Everything that may happen next; empty: the world is at rest. */
  actions(): Action[] {
    const found: Action[] = [];
    for (const [client, { intents, at }] of this.#clients.entries()) {
      if (at < intents.length) found.push({ do: "client", client });
    }
    for (const { interruptId, kind } of this.tables.interrupts.filter(({ status }) => status === "open")) {
      // A question in words is answered by the next message, or by nobody: then the person presses a button.
      if (kind !== "clarification" || found.length === 0) found.push({ do: "answer", interruptId });
    }
    for (const [effectId, state] of this.#memory.effects) {
      found.push({ do: state === "known" ? "begin-effect" : "end-effect", effectId });
    }
    for (const runId of this.#memory.nexts) found.push({ do: "start-next", runId });
    if (this.#crashesLeft > 0 && found.length > 0) found.push({ do: "crash" });
    return found;
  }

  do(action: Action): void {
    switch (action.do) {
      case "client":
        return this.#stepClient(action.client);
      case "answer":
        return this.#answer(action.interruptId);
      case "begin-effect":
        return this.#beginEffect(action.effectId);
      case "end-effect":
        return this.#endEffect(action.effectId);
      case "start-next":
        this.#memory.nexts.delete(action.runId);
        return this.#startOrContinue(action.runId);
      case "crash":
        return this.#crash();
    }
  }

  #stepClient(number: number): void {
    const client = this.#clients[number] as Client;
    const intent = client.intents[client.at] as Intent;
    const stage = intent.act === "stop" ? this.#stop(client.stage, intent) : this.#say(client.stage, intent);
    const next =
      stage === "done" ? { ...client, at: client.at + 1, stage: { is: "new" } as const } : { ...client, stage };
    this.#clients = this.#clients.with(number, next);
  }

  /** Stop: look who runs, then cancel it. */
  #stop(stage: Stage, { threadId }: Intent): Stage | "done" {
    if (stage.is === "stopping") {
      this.#dispatch(stage.runId, () => ({ type: "cancel", reason: "stopped", by: "operator" }));
      return "done";
    }
    const runId = this.tables.threads.get(TENANT, threadId)?.activeRunId;
    return runId === undefined ? "done" : { is: "stopping", runId };
  }

  /** A message: look for a question that it answers; else take the lane or wait on it, until one of them works. */
  #say(stage: Stage, intent: Say): Stage | "done" {
    switch (stage.is) {
      case "answering":
        return this.#answerByMessage(stage.question, intent);
      case "accepting":
        return this.#accept(stage.begin, intent);
      default: {
        const { threadId } = intent;
        const [question] = this.tables.interrupts.filter(
          (row) => row.status === "open" && row.threadId === threadId && row.kind === "clarification",
        );
        return question ? { is: "answering", question } : { is: "accepting", begin: true };
      }
    }
  }

  #answerByMessage(question: InterruptRow, intent: Say): Stage | "done" {
    const { runId, nodeId, interruptId } = question;
    const open = this.#load(runId).waiting.get(nodeId);
    if (open?.interruptId !== interruptId) return { is: "accepting", begin: true };
    const { guards, rows } = this.#messageParts(intent, this.#engine.id("msg"), runId);
    const outcome = this.#dispatch(
      runId,
      (state) => this.#answerCommand(state, question, { answers: { answer: intent.turn } }),
      [...guards, { guard: "interruptOpen", interruptId }],
      rows,
    );
    if (outcome?.outcome === "committed" || isRepeated(outcome)) return "done";
    return { is: "accepting", begin: true };
  }

  #accept(begin: boolean, intent: Say): Stage | "done" {
    const { threadId } = intent;
    const lane = { tenantId: TENANT, threadId };
    const before = this.#engine.firstState(intent);
    const { start } = before;
    const { runId } = start;
    const idle: Decided = { state: before, events: [], rows: [], unfinished: false, lines: [] };
    const decision = begin ? this.#engine.decide(before, { type: "start" }) : idle;
    const message = this.#messageParts(intent, (start.turn as { messageId: string }).messageId, runId);
    const outcome = this.#commit(
      before,
      decision,
      [...message.guards, { guard: begin ? "laneFree" : "laneBusy", ...lane }],
      [
        ...message.rows,
        { op: begin ? "claimLane" : "queueOnLane", ...lane, runId },
        { op: "insertRun", run: { start, ...patchOf(decision.state, decision.unfinished) } },
        ...decision.rows,
      ],
    );
    if (outcome.outcome === "committed") {
      this.#memory.hot.set(runId, decision.state);
      return "done";
    }
    return isRepeated(outcome) ? "done" : { is: "accepting", begin: !begin };
  }

  #messageParts({ threadId, clientMessageId, turn }: Say, messageId: string, runId: string) {
    const guards: Guard[] = [{ guard: "dedupAbsent", scope: threadId, key: clientMessageId }];
    const rows: RowOp[] = [
      { op: "claimDedup", scope: threadId, key: clientMessageId, value: { messageId, runId }, atMs: 0 },
      {
        op: "insertMessage",
        channel: "web",
        message: { messageId, tenantId: TENANT, threadId, role: "user", contentId: turn, runId, atMs: 0 },
      },
    ];
    return { guards, rows };
  }

  #answer(interruptId: string): void {
    const question = this.tables.interrupts.get(interruptId) as InterruptRow;
    this.#dispatch(question.runId, (state) => {
      const refused = state.start.inputs.turn === "refuse";
      const value =
        question.kind === "clarification" ? { answers: { answer: "?" } } : { action: refused ? "reject" : "accept" };
      return this.#answerCommand(state, question, value);
    });
  }

  #answerCommand(state: RunState, { nodeId, interruptId }: InterruptRow, value: JsonObject): Command {
    const open = state.waiting.get(nodeId);
    if (open?.interruptId !== interruptId) return { type: "continue" };
    const checked = checkAnswer(environment, open, value, { principal: "operator", at: new Date(0).toISOString() });
    if (!checked.ok) throw new Error(`the answer ${JSON.stringify(value)} does not fit`);
    return { type: "answerInterrupt", nodeId, interruptId, answer: checked.answer, by: "operator", voter: "operator" };
  }

  /** What must not be repeated is durably begun first. */
  #beginEffect(effectId: string): void {
    const guard: Guard = { guard: "effectState", effectId, states: ["planned"] };
    const outcome = this.#apply([guard], [], [{ op: "startEffect", effectId }]);
    if (outcome.outcome === "committed") this.#memory.effects.set(effectId, "begun");
    else this.#memory.effects.delete(effectId);
  }

  #endEffect(effectId: string, result?: EffectResult): void {
    this.#memory.effects.delete(effectId);
    const effect = this.tables.effects.get(effectId);
    if (!effect) return;
    const { runId, nodeId, attempt, kind, ordinal } = effect;
    const state = result?.outcome === "interrupted" ? "unknown" : "done";
    this.#dispatch(
      runId,
      (run) => ({
        type: "settleEffect",
        nodeId,
        attempt,
        effect: { kind, ordinal },
        result: result ?? resultOf(run, effect),
      }),
      [{ guard: "effectState", effectId, states: ["planned", "started"] }],
      [{ op: "settleEffect", effectId, state }],
    );
  }

  #startOrContinue(runId: string): void {
    this.#dispatch(runId, ({ phase }) => ({ type: phase === "pending" ? "start" : "continue" }));
  }

  /** Everything in memory is gone; the next process finds what it has to do in the rows. Clients ask again. */
  #crash(): void {
    this.#crashesLeft -= 1;
    this.#memory = { hot: new Map(), effects: new Map(), nexts: new Set() };
    this.#clients = this.#clients.map((client) => ({ ...client, stage: { is: "new" } }));
    for (const runId of listUnfinishedRuns(this.tables, 100)) this.#startOrContinue(runId);
    for (const { effectId, class: effectClass, state } of listOpenEffects(this.tables, 100)) {
      if (effectClass === "unkeyed" && state === "started") this.#endEffect(effectId, { outcome: "interrupted" });
      else this.#know(effectId, effectClass);
    }
  }

  #dispatch(
    runId: string,
    command: (state: RunState) => Command,
    guards: Guard[] = [],
    rows: RowOp[] = [],
  ): CommitOutcome | undefined {
    const before = this.#load(runId);
    const decision = this.#engine.decide(before, command(before));
    const patch = patchOf(decision.state, decision.unfinished);
    const changed = decision.events.length > 0 || decision.rows.length > 0;
    if (!changed && rows.length === 0) return undefined;
    const all: RowOp[] = [...rows, ...decision.rows, ...(changed ? [{ op: "updateRun", runId, patch } as const] : [])];
    const outcome = this.#commit(before, decision, guards, all);
    if (outcome.outcome === "committed") this.#memory.hot.set(runId, decision.state);
    return outcome;
  }

  #load(runId: string): RunState {
    const known = this.#memory.hot.get(runId);
    if (known) return known;
    const run = this.tables.runs.get(runId);
    if (!run) throw new Error(`there is no run ${runId}`);
    const state = this.#engine.fold(run.start, this.tables.log.get(runId) ?? []);
    this.#memory.hot.set(runId, state);
    return state;
  }

  #commit(before: RunState, { lines }: Decided, guards: Guard[], rows: RowOp[]): CommitOutcome {
    const stream = before.start.runId;
    const appends = lines.length > 0 ? [{ stream, expectedSequence: before.lastSequence + 1, lines }] : [];
    return this.#apply(guards, appends, rows);
  }

  #apply(guards: Guard[], appends: { stream: string; expectedSequence: number; lines: string[] }[], rows: RowOp[]) {
    const outcome = applyCommit(this.tables, { commitId: this.#engine.id("cmt"), guards, appends, rows }, true, 0);
    if (outcome.outcome !== "committed") return outcome;
    for (const runId of outcome.laneNext) this.#memory.nexts.add(runId);
    for (const row of rows) if (row.op === "putEffect") this.#know(row.effect.effectId, row.effect.class);
    return outcome;
  }

  #know(effectId: string, effectClass: EffectRow["class"]): void {
    this.#memory.effects.set(effectId, effectClass === "unkeyed" ? "known" : "begun");
  }

  /** What is wrong with the world as it stands, whatever may still happen. */
  problems(): string[] {
    const { tables } = this;
    const found: string[] = [];
    for (const { threadId, activeRunId } of tables.threads.all) {
      const waiting = waitingOn(tables, TENANT, threadId);
      if (activeRunId === undefined) {
        if (waiting.length > 0) found.push(`${threadId}: ${waiting.length} runs wait for nobody`);
      } else found.push(...this.#problemsOfOwner(threadId, activeRunId));
    }
    for (const { start, status } of tables.runs.filter(({ endedMs }) => endedMs === undefined)) {
      const { threadId } = start.turn as { threadId: string };
      const isActive = tables.threads.get(TENANT, threadId)?.activeRunId === start.runId;
      if (!isActive && !tables.lane.get(start.runId)) found.push(`${start.runId} (${status}) has no lane`);
    }
    const replies = Map.groupBy(
      tables.messages.filter(({ role }) => role === "agent"),
      (row) => row.inReplyTo,
    );
    for (const [messageId, rows] of replies) if (rows.length > 1) found.push(`${messageId} was answered twice`);
    return found;
  }

  /** The run that holds a lane goes on by itself, waits for a person, or is found by the next boot; and so it is now. */
  #problemsOfOwner(threadId: string, runId: string): string[] {
    const { tables } = this;
    const run = tables.runs.get(runId);
    if (!run || run.endedMs !== undefined) return [`${threadId}: its owner ${runId} is ${run?.status ?? "gone"}`];
    const asks = tables.interrupts.filter((row) => row.runId === runId && row.status === "open").length > 0;
    const works = tables.effects.filter(
      ({ runId: of, state }) => of === runId && (state === "planned" || state === "started"),
    );
    const found: string[] = [];
    if (!asks && works.length === 0 && !run.unfinished) found.push(`${runId} would never go on after a crash`);
    const goesOn = this.#memory.nexts.has(runId) || works.some(({ effectId }) => this.#memory.effects.has(effectId));
    if (!asks && !goesOn) found.push(`${runId} does not go on`);
    return found;
  }

  /** What is wrong with a world at rest. */
  problemsAtRest(): string[] {
    const { tables } = this;
    const open = tables.runs.filter(({ endedMs }) => endedMs === undefined);
    const found = open.map(({ start, status }) => `${start.runId} never ended: ${status}`);
    for (const { start, status } of tables.runs.all) {
      const { messageId } = start.turn as { messageId: string };
      const behind = tables.messages.filter(({ inReplyTo }) => inReplyTo === messageId);
      if (behind.length === 0) found.push(`nothing was said to ${messageId}`);
      const replies = behind.filter(({ role }) => role === "agent").length;
      if (replies !== (status === "completed" ? 1 : 0)) found.push(`${messageId}: ${status}, ${replies} replies`);
    }
    const said = this.#clients.flatMap(({ intents }) => intents.filter(({ act }) => act === "say"));
    const stored = tables.messages.filter(({ role }) => role === "user");
    if (stored.length !== said.length) found.push(`${said.length} messages were sent, ${stored.length} are there`);
    for (const state of this.#memory.hot.values()) {
      if (!isEnded(state)) found.push(`${state.start.runId} is ${state.phase} in memory`);
    }
    return found;
  }
}

function isRepeated(outcome: CommitOutcome | undefined): boolean {
  return outcome?.outcome === "guard_failed" && outcome.guard.guard === "dedupAbsent";
}
