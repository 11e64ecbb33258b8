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
  // On a phone one of both is shown; where there is nothing to list, the first chat begins at once.
  const isFirst = useCell(console.threads).value?.length === 0;
  return (
    <div class={`chat ${threadId === undefined && !isFirst ? "shows-list" : "shows-conversation"}`}>
      <ThreadList selected={isNew ? undefined : threadId} />
      {thread?.threadId === shownId ? (
        <Conversation
          key={shownId}
          thread={thread}
          draftName={isNew ? NEW_CHAT : shownId}
          canGoBack={!isFirst}
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
