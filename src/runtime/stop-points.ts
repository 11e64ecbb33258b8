// Stop points: named places between a durable statement and the effect that follows, where the crash suite ends the
// process (P-1, P-2). In production every call is an empty function.

export const stopPointNames = [
  "store.before-write",
  "store.before-commit",
  "store.after-commit",
  "accept.committed",
  "effect.started",
  "effect.performed",
  "timer.due",
  "child.started",
  "fork.page-written",
  "schedule.due",
  "outbox.claimed",
  "outbox.handed-over",
  "webhook.due",
  "webhook.posted",
] as const;
export type StopPointName = (typeof stopPointNames)[number];

export type StopPoint = (name: StopPointName) => void;

export const noStopPoint: StopPoint = () => undefined;

/**
 * A stop point that kills this process with SIGKILL at the `hit`-th pass of `name`.
 * `spec` is `name` or `name:hit`; an unknown name is refused, so that a sweep cannot pass by testing nothing.
 */
export function stopPointFrom(spec: string): StopPoint {
  const [name, hit = "1"] = spec.split(":");
  if (!stopPointNames.includes(name as StopPointName)) throw new Error(`no stop point is called ${name}`);
  let left = Number(hit);
  return (passed) => {
    if (passed !== name) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
}
