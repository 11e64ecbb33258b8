// Kills: a daemon that is started, killed as planned and started again, and what is known of its lives afterwards.

import type { StopPointName } from "#runtime/stop-points.ts";
import type { Daemon } from "./daemon.ts";
import { describeKill, type Kill } from "./plan.ts";
import { pause } from "./world.ts";

/** From the moment when the daemon listened to the moment when it was killed, epoch ms. The last one has no end. */
export interface Life {
  readyMs: number;
  endMs?: number;
}

/** A stop point that is not passed by then is given up, and named in the report. */
const STOP_POINT_DEADLINE_MS = 20_000;

export class Killing {
  /** How often each stop point killed the daemon. */
  readonly stopPoints: Partial<Record<StopPointName, number>> = {};
  /** Stop points that the load never passed in time. */
  readonly missed: string[] = [];
  /** Every life in which it came to listen. */
  readonly lives: Life[] = [];
  readonly killedAtMs: number[];
  slowestBootMs = 0;
  readonly #daemon: Daemon;

  /** `killedAtMs` is filled here; others may look at it. */
  constructor(daemon: Daemon, killedAtMs: number[] = []) {
    this.#daemon = daemon;
    this.killedAtMs = killedAtMs;
  }

  /** A start that must succeed. */
  async boot(): Promise<void> {
    const beganMs = Date.now();
    const outcome = await this.#daemon.start();
    if (outcome === "died") throw new Error(`the daemon did not start:\n${this.#daemon.log}`);
    this.#noteReady(beganMs);
  }

  /** All of them, one after the other. The daemon may be down afterwards. */
  async strikeAll(kills: readonly Kill[], tell?: (line: string) => void): Promise<void> {
    for (const [at, kill] of kills.entries()) {
      await this.#strike(kill);
      tell?.(`kill ${at + 1}/${kills.length}: ${describeKill(kill)}`);
    }
  }

  /** One kill. Before it the daemon runs or is down; afterwards it is down. */
  async #strike(kill: Kill): Promise<void> {
    switch (kill.how) {
      case "stop-point":
        await this.#end();
        return this.#killAtStopPoint(kill);
      case "boot":
        await this.#end();
        return this.#killDuringBoot(kill.afterMs);
      case "random":
        if (!this.#daemon.running) await this.boot();
        await pause(kill.afterMs);
        this.#noteKill();
        return this.#daemon.kill();
    }
  }

  /** Ends a daemon that may be running. */
  async #end(): Promise<void> {
    this.#endLife();
    await this.#daemon.kill();
  }

  async #killAtStopPoint(kill: Extract<Kill, { how: "stop-point" }>): Promise<void> {
    const spec = `${kill.name}:${kill.hit}`;
    const beganMs = Date.now();
    const outcome = await this.#daemon.start({ stopAt: spec });
    if (outcome === "ready") this.#noteReady(beganMs);
    const byItself = await this.#daemon.exited(STOP_POINT_DEADLINE_MS);
    this.#noteKill();
    if (byItself) this.stopPoints[kill.name] = (this.stopPoints[kill.name] ?? 0) + 1;
    else this.missed.push(spec);
  }

  async #killDuringBoot(afterMs: number): Promise<void> {
    const starting = this.#daemon.start();
    await pause(afterMs);
    this.#noteKill();
    await this.#daemon.kill();
    await starting;
  }

  #noteReady(beganMs: number): void {
    const readyMs = Date.now();
    this.slowestBootMs = Math.max(this.slowestBootMs, readyMs - beganMs);
    this.lives.push({ readyMs });
  }

  #noteKill(): void {
    this.killedAtMs.push(Date.now());
    this.#endLife();
  }

  #endLife(): void {
    const life = this.lives.at(-1);
    if (life && life.endMs === undefined) life.endMs = Date.now();
  }
}
