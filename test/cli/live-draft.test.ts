import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LiveDraft } from "#cli/chat/live-draft.ts";
import { widthOf } from "#cli/chat/rows.ts";

const speaker = { name: "a", colour: "cyan" } as const;
const lettersOf = (text: string) => text.replace(/\s/g, "");
/** Words that differ, so that one that is missing or doubled is seen. */
const texts = fc
  .array(fc.constantFrom(" ", "\n", "\n\n", " 日本 ", " a-word-longer-than-a-narrow-row "), { maxLength: 60 })
  .map((breaks) => breaks.map((after, index) => `w${index}${after}`).join(""));
const steps = fc.array(fc.record({ upTo: fc.nat(), columns: fc.integer({ min: 8, max: 60 }) }), { maxLength: 12 });

describe("a text that grows on a screen", () => {
  it("is written once, every letter of it, whatever the width becomes in between", () => {
    fc.assert(
      fc.property(texts, steps, fc.integer({ min: 1, max: 5 }), (text, grown, most) => {
        const draft = new LiveDraft(40);
        const written: string[] = [];
        const ends = grown.map(({ upTo }) => (text.length === 0 ? 0 : upTo % text.length)).sort((a, b) => a - b);
        for (const [index, { columns }] of grown.entries()) {
          draft.resize(columns);
          const standing = draft.grow({ speaker, text: text.slice(0, ends[index]) }, most);
          assert.equal(standing.isAnew, false);
          for (const row of standing.rows) assert.ok(widthOf(row) <= columns, row);
          assert.ok(draft.rest().rows.length <= most);
          written.push(...standing.rows);
        }
        const end = draft.end({ speaker, text });
        assert.equal(end.isAnew, false);
        assert.equal(lettersOf([...written, ...end.rows].join("")), lettersOf(`a ▸ ${text}`));
      }),
    );
  });

  it("says when another text came in its place, and begins with its label again", () => {
    const draft = new LiveDraft(10);
    draft.grow({ speaker, text: "one two three four" }, 1);
    assert.deepEqual(draft.grow({ speaker, text: "other words" }, 1), {
      rows: ["a ▸ other"],
      hasLabel: true,
      isAnew: true,
    });
  });

  it("shows nothing of a text that is written once more, until it comes to something new", () => {
    const draft = new LiveDraft(10);
    const text = "one two three four";
    draft.grow({ speaker, text }, 1);
    const before = draft.rest();
    for (const upTo of [0, 3, 12, 18]) {
      const standing = draft.grow({ speaker, text: text.slice(0, upTo) }, 1);
      assert.deepEqual(standing, { rows: [], hasLabel: false, isAnew: false });
      assert.deepEqual(draft.rest(), before);
    }
    const further = draft.grow({ speaker, text: `${text} five six` }, 1);
    assert.equal(further.isAnew, false);
    assert.equal(further.rows[0], "four five");
  });

  it("is not begun anew by another text as long as none of it stands", () => {
    const draft = new LiveDraft(40);
    draft.grow({ speaker, text: "one" }, 3);
    assert.equal(draft.grow({ speaker, text: "other" }, 3).isAnew, false);
  });
});
