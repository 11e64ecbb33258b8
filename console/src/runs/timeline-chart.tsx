// The timeline as a picture. Every bar has its numbers in a tooltip, and in the list of events below the picture.

import type { JSX } from "preact";
import { addressOf } from "../shell/router.ts";
import { duration } from "../ui/time.ts";
import type { Bar, Lane, Timeline } from "./lanes.ts";

const LANE_PX = 32;
const BAR_PX = 16;
const TOOL_PX = 4;
/** Of the drawing's own width: positions are in thousandths, so that it can be as wide as the page. */
const WIDTH = 1_000;
/** A moment is visible too. */
const THINNEST = 3;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000,
  21_600_000, 86_400_000,
];
const MOST_TICKS = 8;

export function TimelineChart({ timeline, rootId }: { timeline: Timeline; rootId: string }): JSX.Element | null {
  const { lanes, lengthMs } = timeline;
  if (lanes.length === 0) return null;
  const ticks = ticksOf(lengthMs);
  return (
    <figure class="timeline">
      <figcaption class="timeline-legend">
        <span>
          <i class="key key-working" /> works
        </span>
        <span>
          <i class="key key-tool" /> uses a tool
        </span>
        <span>
          <i class="key key-waiting" /> waits
        </span>
        <span>
          <i class="key key-failed" /> failed
        </span>
      </figcaption>
      <div class="timeline-grid">
        <div class="timeline-corner" />
        <div class="timeline-axis" aria-hidden="true">
          {ticks.map((ms) => (
            <span key={ms} style={{ left: `${(ms / lengthMs) * 100}%` }}>
              {duration(ms)}
            </span>
          ))}
        </div>
        {lanes.map((lane) => (
          <LaneRow key={lane.key} lane={lane} lengthMs={lengthMs} ticks={ticks} rootId={rootId} />
        ))}
      </div>
    </figure>
  );
}

interface LaneProperties {
  lane: Lane;
  lengthMs: number;
  ticks: readonly number[];
  rootId: string;
}

function LaneRow({ lane, lengthMs, ticks, rootId }: LaneProperties): JSX.Element {
  const place = (ms: number) => (ms / lengthMs) * WIDTH;
  const words = lane.bars.map((bar) => `${bar.label} ${duration(bar.toMs - bar.fromMs)}`).join(", ");
  return (
    <>
      <div class={`lane-label depth-${Math.min(lane.depth, 4)}`}>
        {lane.runId === rootId ? lane.label : <a href={addressOf({ page: "runs", runId: lane.runId })}>{lane.label}</a>}
      </div>
      <svg
        class="lane"
        viewBox={`0 0 ${WIDTH} ${LANE_PX}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${lane.label}: ${words}`}
      >
        {ticks.map((ms) => (
          <line key={ms} class="tick" x1={place(ms)} x2={place(ms)} y1={0} y2={LANE_PX} />
        ))}
        {lane.bars.map((bar) => (
          <BarShape key={`${bar.kind}-${bar.fromMs}-${bar.label}`} bar={bar} place={place} />
        ))}
      </svg>
    </>
  );
}

function BarShape({ bar, place }: { bar: Bar; place: (ms: number) => number }): JSX.Element {
  const height = bar.kind === "tool" ? TOOL_PX : BAR_PX;
  const x = Math.min(place(bar.fromMs), WIDTH - THINNEST);
  const width = Math.max(THINNEST, place(bar.toMs) - place(bar.fromMs));
  return (
    <rect class={`bar bar-${bar.kind}`} x={x} y={(LANE_PX - height) / 2} width={width} height={height}>
      <title>{`${bar.label}: ${duration(bar.toMs - bar.fromMs)}`}</title>
    </rect>
  );
}

function ticksOf(lengthMs: number): number[] {
  const step = STEPS.find((candidate) => lengthMs / candidate <= MOST_TICKS) ?? lengthMs;
  return Array.from({ length: Math.floor(lengthMs / step) + 1 }, (_, index) => index * step).filter(
    (ms) => ms < lengthMs * 0.97,
  );
}
