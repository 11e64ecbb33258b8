// The console that components belong to.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Console } from "./console.ts";

const context = createContext<Console | undefined>(undefined);

export const ConsoleProvider = context.Provider;

export function useConsole(): Console {
  const value = useContext(context);
  if (!value) throw new Error("This component stands outside of the console.");
  return value;
}
