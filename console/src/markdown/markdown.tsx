// Shows a message's text. Elements are built one by one from what was read: text never becomes markup (blocks.ts, M2).

import type { ComponentChildren, JSX } from "preact";
import { CopyButton } from "../ui/copy-button.tsx";
import { Icon } from "../ui/icons.tsx";
import { memo } from "../ui/memo.ts";
import { type Block, parseBlocks } from "./blocks.ts";
import type { Inline } from "./inline.ts";

/** `text` is a message as it was written, by whomever. */
export const Markdown = memo(function Markdown({ text }: { text: string }): JSX.Element {
  return <div class="prose">{parseBlocks(text).map(showBlock)}</div>;
});

function showBlock(block: Block, index: number): JSX.Element {
  switch (block.kind) {
    case "paragraph":
      return <p key={index}>{block.content.map(showInline)}</p>;
    case "heading":
      return <Heading key={index} level={block.level} content={block.content.map(showInline)} />;
    case "code":
      return <CodeBlock key={index} language={block.language} text={block.text} />;
    case "quote":
      return <blockquote key={index}>{block.blocks.map(showBlock)}</blockquote>;
    case "list":
      return <List key={index} start={block.start} items={block.items} />;
    case "table":
      return <Table key={index} head={block.head} rows={block.rows} sides={block.sides} />;
    case "rule":
      return <hr key={index} />;
  }
}

/** Headings of a message stand below those of the page. */
function Heading({ level, content }: { level: number; content: ComponentChildren }): JSX.Element {
  if (level <= 1) return <h3>{content}</h3>;
  return level === 2 ? <h4>{content}</h4> : <h5>{content}</h5>;
}

function CodeBlock({ language, text }: { language: string; text: string }): JSX.Element {
  return (
    <figure class="code">
      <figcaption>
        <span>{language || "code"}</span>
        <CopyButton text={text} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}

function List({ start, items }: { start: number | undefined; items: Block[][] }): JSX.Element {
  const entries = items.map((blocks, index) => <li key={index}>{tight(blocks)}</li>);
  return start === undefined ? <ul>{entries}</ul> : <ol start={start}>{entries}</ol>;
}

/** An item that is one paragraph needs none around it. */
function tight(blocks: Block[]): ComponentChildren {
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph") return blocks.map(showBlock);
  return [...first.content.map(showInline), ...rest.map((block, index) => showBlock(block, index + 1_000_000))];
}

function Table({ head, rows, sides }: Omit<Extract<Block, { kind: "table" }>, "kind">): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell, column) => (
              <th key={column} class={`at-${sides[column]}`}>
                {cell.map(showInline)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} class={`at-${sides[column]}`}>
                  {cell.map(showInline)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function showInline(inline: Inline, index: number): ComponentChildren {
  switch (inline.kind) {
    case "text":
      return inline.text;
    case "break":
      return <br key={index} />;
    case "code":
      return <code key={index}>{inline.text}</code>;
    case "strong":
      return <strong key={index}>{inline.content.map(showInline)}</strong>;
    case "emphasis":
      return <em key={index}>{inline.content.map(showInline)}</em>;
    case "struck":
      return <s key={index}>{inline.content.map(showInline)}</s>;
    case "link":
      return (
        <a key={index} class="external" href={inline.address} target="_blank" rel="noopener noreferrer">
          {inline.content.map(showInline)}
          <Icon name="external" size={12} />
          <span class="unseen"> (opens elsewhere)</span>
        </a>
      );
  }
}
