// Where the person is, as a fragment of the address: `#/chat/web-1`, `#/runs/run-1`. Pure; the shell listens.

export type Place =
  | { page: "chat"; threadId?: string }
  | { page: "inbox" }
  | { page: "runs"; runId?: string }
  | { page: "agents" }
  | { page: "settings" };

export type PageName = Place["page"];

/** The address of a conversation that does not exist yet. */
export const NEW_CHAT = "new";

/** Unknown addresses lead to the chat. */
export function placeOf(fragment: string): Place {
  const [page, id] = fragment.replace(/^#\/?/, "").split("/").map(decoded);
  switch (page) {
    case "inbox":
    case "agents":
    case "settings":
      return { page };
    case "runs":
      return id ? { page, runId: id } : { page };
    default:
      return id ? { page: "chat", threadId: id } : { page: "chat" };
  }
}

export function addressOf(place: Place): string {
  const id = place.page === "chat" ? place.threadId : place.page === "runs" ? place.runId : undefined;
  return id === undefined ? `#/${place.page}` : `#/${place.page}/${encodeURIComponent(id)}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
