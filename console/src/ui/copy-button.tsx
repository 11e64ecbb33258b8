// Copies a text, and says that it did.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";

const SHOWN_MS = 1_500;

export function CopyButton({ text, label }: { text: string; label: string }): JSX.Element {
  const [standing, setStanding] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (standing === "idle") return;
    const timer = setTimeout(() => setStanding("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [standing]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setStanding("copied"),
      () => setStanding("failed"),
    );
  const words = { idle: label, copied: "Copied", failed: "Select it and copy by hand" }[standing];
  return (
    <button type="button" class="quiet-button" onClick={copy} aria-live="polite">
      <Icon name={standing === "copied" ? "check" : "copy"} size={16} />
      <span>{words}</span>
    </button>
  );
}
