// Weather: what makes the store in memory slow and unreliable. Everything random comes from one seeded source, so a
// failing test can be run again.

export interface WeatherOptions {
  /** In [0, 1). */
  random: () => number;
  /** Most turns (micro- or macrotasks) that one step waits. 0: none. */
  maxTurns: number;
  /** Longest real wait of one step. */
  maxDelayMs: number;
}

/** A process that died neither answers nor goes on. */
const never = new Promise<never>(() => undefined);

export class Weather {
  readonly #options: WeatherOptions;
  readonly #failures: ("before" | "after")[] = [];
  #dead = false;

  constructor(options: WeatherOptions) {
    this.#options = options;
  }

  /** Resolves some turns later; never, once the process has died. */
  async wait(): Promise<void> {
    const { random, maxTurns, maxDelayMs } = this.#options;
    const turns = Math.floor(random() * (maxTurns + 1));
    for (let turn = 0; turn < turns; turn += 1) {
      if (random() < 0.5) await undefined;
      else await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (maxDelayMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, random() * maxDelayMs));
    if (this.#dead) await never;
  }

  failNext(when: "before" | "after"): void {
    this.#failures.push(when);
  }

  /** Whether and when the commit that is called now fails. */
  takeFailure(): "before" | "after" | undefined {
    return this.#failures.shift();
  }

  die(): void {
    this.#dead = true;
  }
}
