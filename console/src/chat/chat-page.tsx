// The chat: threads on the left, the open conversation beside them; on a phone one of both.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../shell/context.ts";
import { addressOf, NEW_CHAT } from "../shell/router.ts";
import { useCell } from "../ui/cell.ts";
import { Conversation } from "./conversation.tsx";
import { ThreadList } from "./thread-list.tsx";

export function ChatPage({ threadId }: { threadId: string | undefined }): JSX.Element {
  const console = useConsole();
  const isNew = threadId === undefined || threadId === NEW_CHAT;
  // A new chat has its id from the beginning, so that nothing moves when the first message is sent.
  const [newId, setNewId] = useState(freshId);
  const shownId = isNew ? newId : threadId;
  useEffect(() => console.openThread(shownId, isNew), [console, shownId]);
  useEffect(() => {
    if (!isNew && threadId === newId) setNewId(freshId());
  }, [isNew, threadId, newId]);
  const thread = useCell(console.thread);
  return (
    <div class={`chat ${threadId === undefined ? "shows-list" : "shows-conversation"}`}>
      <ThreadList selected={isNew ? undefined : threadId} />
      {thread?.threadId === shownId ? (
        <Conversation
          key={shownId}
          thread={thread}
          onFirstSend={() => {
            if (isNew) location.replace(addressOf({ page: "chat", threadId: shownId }));
          }}
        />
      ) : (
        <section class="conversation" />
      )}
    </div>
  );
}

function freshId(): string {
  return `web-${crypto.randomUUID()}`;
}
