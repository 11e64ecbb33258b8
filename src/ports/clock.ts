// Clock: the only source of wall time. Nothing below the shell reads a clock by itself; time comes in as a value.

export interface Clock {
  /**
   * Now, as an integer: milliseconds since 1970-01-01 UTC.
   *
   * May step backwards or jump (NTP, a suspended laptop, an operator). So callers
   *   - never order by it: order comes from sequences, positions and ids (ids never go back, see {@link Ids});
   *   - clamp a difference at zero before they wait for it, and wait again when a wait ends early;
   *   - store deadlines as absolute values and compare on waking, so that a jump only shifts them once.
   */
  nowMs(): number;
}
