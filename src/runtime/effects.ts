// Effect runner: performs what decisions planned, after they are durable, and brings the results back as commands.
//
//   X1. An effect is begun only after its row is committed; its result and the end of its row are one commit.
//   X2. `unkeyed` is durably `started` before I/O. Found `started` after a crash it becomes `interrupted`, never again.
//   X3. `read` and `keyed` may be performed again with the same effectId.
//   X4. Messages between our own runs (`child-ended`, `child-status`, `cancel-run`, `start-run`) never wait behind calls to the world.
//   X5. While a run is paused none of its effects begins; the result of one that was under way is kept in its row.
//   X6. Bounded: at most `maxConcurrent` at a time; what does not fit in the queue stays a row and is swept later.

import { CANCEL_RUN_EFFECT } from "#engine/abandon.ts";
import { CHILD_ENDED_EFFECT, CHILD_STATUS_EFFECT, START_RUN_EFFECT } from "#engine/children/effects.ts";
import { MODEL_EFFECT } from "#engine/turn/model-call.ts";
import type { EffectHandler, EffectResult } from "#ports/effects.ts";
import type { Ids } from "#ports/ids.ts";
import type { Logger } from "#ports/logger.ts";
import type { EffectRow, RowOp } from "#ports/rows.ts";
import type { Committed, Store } from "#ports/store.ts";
import type { JsonObject } from "#protocol/json.ts";
import type { Runs } from "./runs.ts";
import type { StopPoint } from "./stop-points.ts";

export interface EffectsDeps {
  store: Store;
  runs: Runs;
  ids: Ids;
  logger: Logger;
  handlers: readonly EffectHandler[];
  maxConcurrent: number;
  maxQueued: number;
  stopPoint: StopPoint;
}

const SWEEP_PAGE = 200;
/** A result that could not be committed is offered again after this long. */
const SETTLE_RETRY_MS = 500;
/** A minute: what does not work by then does not work for a reason that waiting cannot mend. */
const MAX_STORE_ATTEMPTS = 120;

/** Local work: a commit or two. */
const LOCAL_KINDS = new Set([CANCEL_RUN_EFFECT, CHILD_ENDED_EFFECT, CHILD_STATUS_EFFECT, START_RUN_EFFECT]);

export class Effects {
  readonly #deps: EffectsDeps;
  readonly #handlers: Map<string, EffectHandler>;
  readonly #queue: EffectRow[] = [];
  /** Effects queued or running. A later attempt of the same effect is another entry. */
  readonly #known = new Set<string>();
  /** Found open at boot: an earlier process may have begun them. */
  readonly #inherited = new Set<string>();
  readonly #running = new Map<string, { effect: EffectRow; abort: AbortController; done: Promise<void> }>();
  /** Rows beyond the queue's bound wait in the store. */
  #behind = false;
  #stopping = false;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
    this.#handlers = new Map(deps.handlers.map((handler) => [handler.kind, handler]));
  }

  /** Picks up what a commit planned, and aborts what it made pointless. */
  onCommitted(committed: Committed): void {
    for (const row of committed.rows) {
      if (row.op === "putEffect") this.#enqueue(row.effect);
      if (row.op === "endRun") this.#abort(({ runId }) => runId === row.runId, "the run has ended");
      if (row.op === "dropEffects") {
        const dropped = ({ runId, nodeId }: EffectRow) => runId === row.runId && nodeId === row.nodeId;
        this.#abort(dropped, "the node was interrupted");
      }
      if (row.op === "releaseTimers") this.#sweepSoon();
    }
    for (const append of committed.appends) this.#abortTimedOut(append.stream, append.lines);
  }

  /** Finds all open effects in the store: at boot (`inherited`), and after the queue was full. */
  async sweep(inherited: boolean): Promise<void> {
    this.#behind = false;
    let after: string | undefined;
    for (;;) {
      const page = await this.#deps.store.listOpenEffects(SWEEP_PAGE, after);
      for (const effect of page) {
        if (inherited && !this.#known.has(entryOf(effect))) this.#inherited.add(entryOf(effect));
        this.#enqueue(effect);
      }
      after = page.at(-1)?.effectId;
      if (page.length < SWEEP_PAGE || this.#behind) return;
    }
  }

  #enqueue(effect: EffectRow): void {
    if (this.#stopping || this.#known.has(entryOf(effect))) return;
    const isLocal = LOCAL_KINDS.has(effect.kind);
    if (!isLocal && this.#queue.length >= this.#deps.maxQueued) {
      this.#behind = true;
      return;
    }
    this.#known.add(entryOf(effect));
    if (isLocal) return this.#begin(effect);
    this.#queue.push(effect);
    this.#pump();
  }

  #begin(effect: EffectRow): void {
    const abort = new AbortController();
    const done = this.#perform(effect, abort).finally(() => {
      this.#running.delete(entryOf(effect));
      this.#known.delete(entryOf(effect));
      this.#inherited.delete(entryOf(effect));
      this.#pump();
    });
    this.#running.set(entryOf(effect), { effect, abort, done });
  }

  #pump(): void {
    while (!this.#stopping && this.#running.size < this.#deps.maxConcurrent) {
      const effect = this.#queue.shift();
      if (!effect) break;
      this.#begin(effect);
    }
    if (this.#behind && this.#queue.length === 0 && !this.#stopping) this.#sweepSoon();
  }

  #sweepSoon(): void {
    this.sweep(false).catch((error) => this.#deps.logger.error({ error }, "open effects could not be read"));
  }

  async #perform(effect: EffectRow, abort: AbortController): Promise<void> {
    try {
      if (effect.kind === CANCEL_RUN_EFFECT) return await this.#cancelRun(effect);
      const result = await this.#resultOf(effect, abort);
      if (result === "abandoned") return;
      this.#deps.stopPoint("effect.performed");
      await this.#settle(effect, result);
    } catch (error) {
      this.#deps.logger.error(
        { error, effectId: effect.effectId, runId: effect.runId },
        "an effect could not be handled",
      );
    }
  }

  /** The end of a run reaches a run that it started. */
  async #cancelRun({ effectId, runId, request }: EffectRow): Promise<void> {
    const parentRunId = String(request.parentRunId);
    const settled: RowOp = { op: "settleEffect", effectId, state: "done" };
    await this.#untilStored(effectId, async () => {
      const outcome = await this.#deps.runs.dispatch(runId, () => ({
        command: { type: "cancel", reason: undefined, by: "system", parentRunId },
        extras: () => ({ rows: [settled] }),
      }));
      // It was never created, and never will be: its creation is guarded by what is gone with its parent.
      if (outcome.outcome === "no_run") await this.#commitRows([settled]);
    });
  }

  #commitRows(rows: RowOp[]): Promise<unknown> {
    return this.#deps.store.commit({ commitId: this.#deps.ids.next("cmt"), guards: [], appends: [], rows });
  }

  /** A call to a model that an earlier process may have made: the bill knows of it, we do not (P-9). */
  async #noteUnseen(effect: EffectRow): Promise<void> {
    const { runId, nodeId, attempt, kind, ordinal } = effect;
    await this.#untilStored(effect.effectId, () =>
      this.#deps.runs.dispatch(runId, () => ({
        command: { type: "noteCall", nodeId, attempt, effect: { kind, ordinal } },
      })),
    );
  }

  async #resultOf(effect: EffectRow, abort: AbortController): Promise<EffectResult | "abandoned"> {
    if (effect.kind === CHILD_ENDED_EFFECT || effect.kind === CHILD_STATUS_EFFECT) {
      return (await this.#isWanted(effect)) ? { outcome: "done", value: effect.request } : "abandoned";
    }
    const handler = this.#handlers.get(effect.kind);
    if (!handler) return failed("capability_not_provided", `Nothing here performs ${effect.kind}.`, false);
    if (!(await this.#isWanted(effect))) return "abandoned";
    if (effect.result) return effect.result as unknown as EffectResult;
    if (effect.class === "unkeyed") {
      if (effect.state === "started") return this.#outcomeOfStarted(effect);
      if (!(await this.#markStarted(effect))) return "abandoned";
    }
    if (effect.kind === MODEL_EFFECT && this.#inherited.has(entryOf(effect))) await this.#noteUnseen(effect);
    this.#deps.stopPoint("effect.started");
    const timer = setTimeout(() => abort.abort(new Error("deadline")), effect.timeoutMs).unref();
    try {
      return await handler.perform(effect, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) {
        const { effectId, runId, kind } = effect;
        this.#deps.logger.error({ error, effectId, runId, kind }, "an effect failed inside parley");
        return failed("effect_failed", messageOf(error), false);
      }
      // Stopping or pointless: the row stays as it is (or is gone with its run), the next boot decides.
      return messageOf(abort.signal.reason) === "deadline" ? this.#lateResult(effect) : "abandoned";
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * It was begun before, and nobody saw its end; unless the row was read before its result was kept or settled: a sweep
   * after a pause may be older than the end of what was under way.
   */
  async #outcomeOfStarted({ effectId }: EffectRow): Promise<EffectResult | "abandoned"> {
    const row = await this.#deps.store.readEffect(effectId);
    if (row?.result) return row.result as unknown as EffectResult;
    return row?.state === "started" ? { outcome: "interrupted" } : "abandoned";
  }

  #lateResult(effect: EffectRow): EffectResult {
    if (effect.class === "unkeyed") return { outcome: "interrupted" };
    return failed("effect_failed", "No answer before the deadline.", true);
  }

  /**
   * Whether the node still waits for this very attempt. The row of one that nobody waits for ends unperformed; a row
   * that a later attempt planned anew is that attempt's.
   */
  async #isWanted({ effectId, runId, nodeId, attempt }: EffectRow): Promise<boolean> {
    // We hear of a commit before the run that made it stands in memory: its mailbox knows.
    const state = (await this.#deps.runs.settled(runId))?.state;
    // Its row stays: the sweep after the pause finds it.
    if (state?.phase === "paused") return false;
    const node = state?.nodes.get(nodeId);
    if (node?.status === "running" && node.attempt === attempt) return true;
    if ((node?.attempt ?? attempt) > attempt) return false;
    await this.#deps.store.commit({
      commitId: this.#deps.ids.next("cmt"),
      guards: [{ guard: "effectState", effectId, states: ["planned", "started"] }],
      appends: [],
      rows: [{ op: "settleEffect", effectId, state: "unknown" }],
    });
    return false;
  }

  /** Durably begun: true; somebody else has it, or it ended: false. */
  async #markStarted({ effectId }: EffectRow): Promise<boolean> {
    const commitId = this.#deps.ids.next("cmt");
    const outcome = await this.#untilStored(effectId, () =>
      this.#deps.store.commit({
        commitId,
        guards: [{ guard: "effectState", effectId, states: ["planned"] }],
        appends: [],
        rows: [{ op: "startEffect", effectId }],
      }),
    );
    return outcome?.outcome === "committed" || outcome?.outcome === "repeated";
  }

  /** Repeats what the store refused, for a while; the row is there for the next start should it never work. */
  async #untilStored<T>(effectId: string, write: () => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        this.#deps.logger.warn({ error, effectId, attempt }, "an effect waits for the store");
        if (this.#stopping || attempt >= MAX_STORE_ATTEMPTS) return undefined;
        await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS));
      }
    }
  }

  /** Brings the result to the run; tried at least once, also while the process stops. */
  async #settle(effect: EffectRow, result: EffectResult): Promise<void> {
    const { effectId, nodeId, attempt, kind, ordinal } = effect;
    const state = result.outcome === "interrupted" ? ("unknown" as const) : ("done" as const);
    const kept = { op: "keepEffectResult", effectId, result: result as unknown as JsonObject } as const;
    await this.#untilStored(effectId, () =>
      this.#deps.runs.dispatch(effect.runId, (run) => ({
        command: { type: "settleEffect", nodeId, attempt, effect: { kind, ordinal }, result },
        // The row of an effect that a later attempt planned anew is not ours to settle.
        ...(run.state.nodes.get(nodeId)?.attempt === attempt && {
          extras: () => ({
            guards: [{ guard: "effectState", effectId, states: ["planned", "started"] }],
            rows: [run.state.phase === "paused" ? kept : { op: "settleEffect", effectId, state }],
          }),
        }),
      })),
    );
  }

  #abort(pointless: (effect: EffectRow) => boolean, reason: string): void {
    for (const { effect, abort } of this.#running.values()) {
      if (pointless(effect)) abort.abort(new Error(reason));
    }
    for (let at = this.#queue.length - 1; at >= 0; at -= 1) {
      const queued = this.#queue[at] as EffectRow;
      if (!pointless(queued)) continue;
      this.#queue.splice(at, 1);
      this.#known.delete(entryOf(queued));
    }
  }

  /** A node whose own time ran out does not wait for its effect any more. */
  #abortTimedOut(runId: string, lines: readonly string[]): void {
    for (const { effect, abort } of this.#running.values()) {
      if (effect.runId !== runId) continue;
      const ended = lines.some(
        (line) => line.includes('"node_timeout"') && line.includes(JSON.stringify(effect.nodeId)),
      );
      if (ended) abort.abort(new Error("the node ran out of time"));
    }
  }

  /** Aborts what runs; open rows stay for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { abort } of this.#running.values()) abort.abort(new Error("the daemon stops"));
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }
}

function entryOf(effect: EffectRow): string {
  return `${effect.effectId}:${effect.attempt}`;
}

function failed(code: string, message: string, retryable: boolean): EffectResult {
  return { outcome: "failed", error: { code, message, retryable } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
