// A live stream that stays: the browser reconnects after a dropped line, we after a refusal.
//
//   S1. `onOpen` comes each time the line is up; whatever has no position (questions, live text) is stale before it.
//   S2. A refused stream is tried again, at most every MAX_RETRY_MS, until `close`.

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;

export interface StreamHandlers {
  onOpen(): void;
  onDown(): void;
  /** `id`: the position of the frame, when it has one. */
  onFrame(event: string, data: unknown): void;
}

export interface Stream {
  close(): void;
}

/** `events`: the names to listen to; others pass unseen, as EventSource has it. */
export function openStream(url: string, events: readonly string[], handlers: StreamHandlers): Stream {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let retryMs = FIRST_RETRY_MS;
  let closed = false;

  function connect(): void {
    source = new EventSource(url);
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      handlers.onOpen();
    };
    source.onerror = () => {
      if (closed) return;
      handlers.onDown();
      // A dropped line the browser picks up by itself, behind the last position; a refusal it takes as final.
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    };
    for (const event of events) {
      source.addEventListener(event, (frame) => handlers.onFrame(event, parsed((frame as MessageEvent).data)));
    }
  }

  connect();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      source?.close();
    },
  };
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
