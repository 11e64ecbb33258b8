// Changes to open questions.

import assert from "node:assert/strict";
import { anInterrupt, type OpenStore, putInterrupt, stores, write } from "./store-builders.ts";

export function interruptContract(open: OpenStore): void {
  const itStores = stores(open);

  itStores("amendInterrupt gives an open question other data, and leaves the rest", async (store) => {
    await write(store, putInterrupt("int_1", { deadlineMs: 9, authRequired: true }), putInterrupt("int_2"));
    await write(store, { op: "amendInterrupt", interruptId: "int_1", data: { delegates: ["anna"] } });
    const amended = anInterrupt("int_1", { deadlineMs: 9, authRequired: true, data: { delegates: ["anna"] } });
    assert.deepEqual(await store.readInterrupt("int_1"), amended);
    assert.deepEqual(await store.readInterrupt("int_2"), anInterrupt("int_2"));
  });

  itStores("amendInterrupt changes nothing of a settled one, and nothing where there is none", async (store) => {
    await write(store, putInterrupt("int_1", { status: "expired" }));
    const before = await store.readInterrupt("int_1");
    await write(store, { op: "amendInterrupt", interruptId: "int_1", data: { delegates: ["anna"] } });
    await write(store, { op: "amendInterrupt", interruptId: "int_9", data: {} });
    assert.deepEqual(await store.readInterrupt("int_1"), before);
    assert.equal(await store.readInterrupt("int_9"), undefined);
  });
}
