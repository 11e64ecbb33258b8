// What an operator can ask about undoing the effects of a run (asked.ts says when it means anything).

export interface CompensateCommand {
  type: "compensate";
  /** `start`: the run is given up and undone; `resume`: an undoing that was paused goes on. */
  action: "start" | "resume";
  reason?: string;
  by: string;
}
