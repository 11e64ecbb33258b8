// Rulings of streams-webhooks.md §1 to §3: streams and polling.

import type { Ruling } from "../ruling.ts";

export const streams: readonly Ruling[] = [
  {
    id: "streams 1/1",
    says: "the default mode is updates; mode is an alias, streamMode wins",
    by: ["stream-modes", "updates is the default, and `mode` an alias"],
  },
  {
    id: "streams 1/2",
    says: "bufferMs outside 0..5000 is 400 with its bounds",
    by: [
      "stream-negotiation",
      'with bufferMs "5001" is refused with its bounds',
      'with bufferMs "-1" is refused with its bounds',
      'with bufferMs "abc" is refused with its bounds',
    ],
  },
  {
    id: "streams 1/3",
    says: "a Last-Event-ID that is no number is 400",
    by: ["stream-negotiation", 'with Last-Event-ID "abc" is refused'],
  },
  {
    id: "streams 1/4",
    says: "Accept application/json answers as a poll",
    by: [
      "stream-negotiation",
      "with all events of the run as a poll would show them",
      "holds all events, also more than a page of the poll",
    ],
  },
  {
    id: "streams 1/5",
    says: "the order of the gates holds for every Accept",
    by: [
      "stream-negotiation",
      "text/event-stream: the credential first",
      "text/event-stream: then the run",
      "text/event-stream: then the mode",
      "text/event-stream: then bufferMs",
      "application/json: the credential first",
      "application/json: then the run",
      "application/json: then the mode",
      "application/json: then bufferMs",
      "*/*: the credential first",
      "*/*: then the run",
      "*/*: then the mode",
      "*/*: then bufferMs",
    ],
  },
  {
    id: "streams 1/6",
    says: "an unknown mode, or values with another, is unsupported_stream_mode with the supported ones",
    by: [
      "stream-negotiation",
      'with streamMode "everything" is refused with the modes there are',
      'with streamMode "values,updates" is refused with the modes there are',
    ],
  },
  {
    id: "streams 1/7",
    says: "id is the sequence; event is the type, or the mode in a mixed stream",
    by: [
      "stream-modes",
      "updates: transitions only, as they stand in the log",
      "mixed: the union in the order of arrival, each event once",
    ],
  },
  {
    id: "streams 1/8",
    says: "a comment keeps the line alive",
    by: ["stream-live", "that are idle say so with a comment, never with an event"],
  },
  {
    id: "streams 1/9",
    says: "the server closes after the terminal event, also when it was there before",
    by: [
      "stream-live",
      "close after the terminal event in every mode, however the run ends",
      "of a run that was over before end with its history",
    ],
  },
  {
    id: "streams 1/10",
    says: "a subscriber that comes while events are written misses none and sees none twice",
    by: ["stream-live", "show the same live as afterwards, to every subscriber, in every mode"],
  },
  {
    id: "streams 1/11",
    says: "a resume begins after the id; an id beyond the end is benign",
    by: [
      "stream-live",
      "resumes updates at each position of a finished run",
      "resumes debug at each position of a finished run",
      "beyond the end waits for what is new, or closes when the run is over",
    ],
  },
  {
    id: "streams 1/12",
    says: "values begins a resume with a fresh snapshot",
    by: ["stream-live", "in values mode begins with a fresh snapshot"],
  },
  {
    id: "streams 2/1",
    says: "each mode admits the types of the table",
    by: [
      "stream-modes",
      "are tried on every type of the table",
      "updates: transitions only, as they stand in the log",
      "values: a snapshot after each transition, the last one as GET shows it",
    ],
  },
  {
    id: "streams 2/2",
    says: "state.snapshot is the run's snapshot with atSeq and channels",
    by: ["stream-modes", "values: a snapshot after each transition, the last one as GET shows it"],
  },
  {
    id: "streams 2/3",
    says: "messages shows chunks only, isLast once per call",
    by: ["stream-modes", "messages: text chunks only, empty when no text is streamed"],
    also: ["call-prompt", "writes one chunk per token in order, the last with reason and usage"],
  },
  {
    id: "streams 2/4",
    says: "mixed modes keep the order of arrival",
    by: ["stream-modes", "mixed: the union in the order of arrival, each event once"],
  },
  {
    id: "streams 2/5",
    says: "a batch is an array of events under the highest id, flushed at once at a suspension or an end",
    by: [
      "stream-live",
      "collects events into batch frames that hold what an unbuffered stream shows",
      "does not make the end of a run wait",
      "does not make a suspension wait",
      "is resumed by the id of a batch",
    ],
  },
  {
    id: "streams 2/6",
    says: "a2uiDelta is ignored",
    by: ["stream-negotiation", "with a2uiDelta gets what it gets without"],
  },
  {
    id: "streams 3/1",
    says: "a poll past the end is 200 and empty",
    by: ["poll", "answers an empty page past the end, at once"],
  },
  {
    id: "streams 3/2",
    says: "lastSequence 0 leaves event 0 out",
    by: ["poll", "gives what comes after lastSequence, which is never repeated"],
  },
  {
    id: "streams 3/3",
    says: "limit pages, and isComplete is false until the last",
    by: [
      "poll",
      "gives at most 100 events unless asked for more, and is not complete before the last page",
      "pages join without gap",
    ],
  },
  { id: "streams 3/4", says: "polls of an ended run are identical", by: ["poll", "says the same each time"] },
  {
    id: "streams 3/5",
    says: "negative and fractional values are 400",
    by: ["poll", "refuses lastSequence=-1", "refuses lastSequence=1.5", "refuses timeout=-1", "refuses timeout=1.5"],
  },
  {
    id: "streams 3/6",
    says: "a poll waits for news, and answers at once when there is some",
    by: [
      "poll",
      "waits for the next event and returns with it",
      "returns at once when there is something to read",
      "returns an empty page when nothing came in time",
    ],
  },
  {
    id: "streams 1/13",
    says: "subscribers of one run are not limited, but by the protection of the host: 429",
    by: ["stream-live", "are not limited in number: 100 subscribers of one run all get the end"],
  },
];
