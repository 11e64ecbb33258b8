// The console's pictures: 20 by 20, drawn with one stroke in the colour of the text around them. Decoration only:
// whoever uses one gives the words.

import type { JSX } from "preact";

const paths = {
  chat: "M3.5 5.5a2 2 0 0 1 2-2h9a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H9l-3.5 3v-3a2 2 0 0 1-2-2z",
  inbox:
    "M3 11.5 5.2 4.6a1.5 1.5 0 0 1 1.4-1.1h6.8a1.5 1.5 0 0 1 1.4 1.1L17 11.5v3.5a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15zM3 11.5h4l1 2h4l1-2h4",
  runs: "M3 5h8M6 10h11M4.5 15h6M13.5 5h.01M13 15h4",
  agents:
    "M10 3.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM4.5 12.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM15.5 12.5a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM10 7.5V10M4.5 12.5V11a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v1.5",
  settings: "M3 6h7M14 6h3M3 14h3M10 14h7M12 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM8 12a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  stop: "M6 6h8v8H6z",
  retry: "M15.5 10a5.5 5.5 0 1 1-1.7-4M15.5 3.5V7H12",
  copy: "M7 7V4.5a1 1 0 0 1 1-1h7.5a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H13M4.5 7H12a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H4.5a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1z",
  check: "M4.5 10.5 8.5 14.5 15.5 6",
  external: "M8 5H5.5a1 1 0 0 0-1 1v8.5a1 1 0 0 0 1 1H14a1 1 0 0 0 1-1V12M11.5 4.5h4v4M15 5l-6 6",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l3.5 3.5",
  close: "M5 5l10 10M15 5 5 15",
  down: "M10 4v11.5M5 10.5l5 5 5-5",
  back: "M12 4.5 6.5 10l5.5 5.5",
  next: "M8 4.5 13.5 10 8 15.5",
  plus: "M10 4v12M4 10h12",
  clock: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6.5V10l2.5 1.5",
  alert: "M10 3.5 17 16H3zM10 8.5v3.5M10 14h.01",
  trace:
    "M5 3.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM15 13.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3zM5 6.5V11a4 4 0 0 0 4 4h4.5M6.5 5H12",
  signOut: "M8 3.5H5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h3M12.5 6.5 16 10l-3.5 3.5M16 10H8",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark of parley: two voices that meet. */
export function Mark({ size = 24 }: { size?: number }): JSX.Element {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path class="mark-one" d="M4 4h11a5 5 0 0 1 0 10H9l-5 4z" />
      <path class="mark-two" d="M15 14a5 5 0 0 0 4.5-7.2A3 3 0 0 1 21 9.5V21l-4-3.5h-5a3 3 0 0 1-2.8-2z" />
    </svg>
  );
}
