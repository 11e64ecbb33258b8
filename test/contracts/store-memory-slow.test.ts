import { openMemoryStore } from "#store/memory-slow/open.ts";
import { seededRandom } from "../store/random.ts";
import { storeContract } from "./store.ts";

for (const seed of [1, 2, 3]) {
  storeContract(`memory, slow and hostile, seed ${seed}`, async (options) => {
    const store = openMemoryStore({ random: seededRandom(seed), ...options });
    return {
      store,
      async reopen() {
        store.crash();
        return store.reopen();
      },
      openCopy: async (from) => openMemoryStore({ random: seededRandom(seed), from }),
      cleanup: async () => undefined,
    };
  });
}
